// What is watched: rules that fire when they should and else are silent, on figures that the server really has, in a real
// Prometheus while the server is really attacked; and that undoing any of it is noticed.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { KUBERNETES, build, conform, run } from './deploy/tools.mjs';
import { until } from './people.mjs';
import { alertsOf, selectors, series, startPrometheus } from './prometheus.mjs';
import { PASSWORD, World } from './redteam/world.mjs';

const MONITORING = '../deploy/monitoring';
const PAGE = 'docs/operations/alerts.md';
const COMPONENT = 'kubernetes/components/monitoring/security-monitoring.yaml';
const WATCHED = ['production', 'staging'];
const SEVERITIES = ['critical', 'warning', 'info'];
/** So many times faster than in earnest the real Prometheus reads, looks back and waits: ten minutes are twenty seconds. */
const TIMES = 30;

const rules = parse(readFileSync(path.join(MONITORING, 'rules.yaml'), 'utf8'));
const cases = parse(readFileSync(path.join(MONITORING, 'rules.test.yaml'), 'utf8'));
const page = readFileSync(path.join('..', PAGE), 'utf8');
/** Why a request is refused: the words of its problems. */
const problems = [...readFileSync('../crates/server/src/http/problem.rs', 'utf8').matchAll(/StatusCode::[A-Z_]+, "([a-z-]+)", "/g)].map(([, word]) => word);

let home, world, prometheus;
const at = (name) => path.join(home, name);
const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);
const overlay = (name) => read(build(path.join(KUBERNETES, 'overlays', name)));
const find = (objects, kind, name = 'server') => objects.find((object) => object.kind === kind && object.metadata.name === name);

before(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-monitoring-'));
  world = await World.open();
});
after(async () => {
  await prometheus?.stop();
  await world?.close();
  rmSync(home, { recursive: true, force: true });
});

/** The rules with one alert changed. */
function changed(name, change) {
  const copy = structuredClone(rules);
  change(alertsOf(copy).find(({ alert }) => alert === name));
  return copy;
}

/** What promtool says of rules, tried by cases. */
function tried(list, tests = cases.tests) {
  writeFileSync(at('rules.yaml'), stringify(list));
  writeFileSync(at('rules.test.yaml'), stringify({ ...cases, tests }, { aliasDuplicateObjects: false }));
  return run('promtool', ['test', 'rules', at('rules.test.yaml')]);
}

/** Whether the cases of an alert still come out when it is changed. */
function isMissed(name, change) {
  const alone = { groups: [{ name: 'alone', rules: alertsOf(changed(name, change)).filter(({ alert }) => alert === name) }] };
  const own = cases.tests
    .map((one) => ({ ...one, alert_rule_test: one.alert_rule_test.filter(({ alertname }) => alertname === name) }))
    .filter((one) => one.alert_rule_test.length > 0);
  const { status, stdout, stderr } = tried(alone, own);
  // What is no rule at all proves nothing.
  if (status !== 0) assert.match(stdout + stderr, /exp:\[[^]*got:\[/, name);
  return status === 0;
}

test('each alert fires when it should and else is silent, and to change it is noticed', () => {
  const checked = run('promtool', ['check', 'rules', '--lint-fatal', path.join(MONITORING, 'rules.yaml')]);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  const { status, stdout, stderr } = tried(rules);
  assert.equal(status, 0, stdout + stderr);
  const missed = [];
  const notice = (what, name, change) => {
    if (isMissed(name, change)) missed.push(`${name}: ${what}`);
  };
  for (const { alert, expr, for: wait } of alertsOf(rules)) {
    const own = cases.tests.flatMap((one) => one.alert_rule_test).filter(({ alertname }) => alertname === alert);
    assert.ok(own.some(({ exp_alerts: expected }) => expected.length > 0), `${alert} fires in a case`);
    assert.ok(own.some(({ exp_alerts: expected }) => expected.length === 0), `${alert} is silent in a case`);
    assert.ok(isMissed(alert, () => {}), `${alert} alone does the same`);
    notice('never', alert, (rule) => (rule.expr = `(${expr}) and on () vector(1) < 0`));
    notice('always', alert, (rule) => (rule.expr = `(${expr}) or vector(1)`));
    notice('another severity', alert, (rule) => (rule.labels.severity = 'none'));
    if (wait) notice('at once', alert, (rule) => delete rule.for);
    const [, least] = />=? (\d+)/.exec(expr) ?? [];
    if (!Number(least)) continue;
    notice('twice as often', alert, (rule) => (rule.expr = expr.replace(/(>=?) \d+/, `$1 ${least * 2}`)));
    notice('half as often', alert, (rule) => (rule.expr = expr.replace(/(>=?) \d+/, `$1 ${Math.floor(least / 2)}`)));
  }
  // The first of its kind is seen, though its series was not there before.
  const naive = (rule) => (rule.expr = rule.expr.replace('or sum without (version) (0 * wardlight_build_info)', ''));
  for (const name of ['WardlightGuessing', 'WardlightRefusals']) notice('without a 0', name, naive);
  assert.deepEqual(missed, []);
});

/** The name under which a heading is found. */
const anchor = (heading) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-');

/** What a rule lacks for whoever is called by it. */
function lacks(list, text) {
  const sections = new Map([...text.matchAll(/^## (.*)\n([^]*?)(?=^## |$(?![^]))/gm)].map(([, heading, body]) => [anchor(heading), body]));
  return alertsOf(list).flatMap(({ alert, labels = {}, annotations = {} }) => {
    const [file, place] = (annotations.runbook_url ?? '').split('#');
    const body = sections.get(place) ?? '';
    return [
      ...(SEVERITIES.includes(labels.severity) ? [] : [`${alert}: severity`]),
      ...(annotations.summary && annotations.description ? [] : [`${alert}: words`]),
      ...(file === PAGE && place === alert.toLowerCase() && body ? [] : [`${alert}: runbook`]),
      ...['**Look at**', '**Do**', '**Do not**'].filter((part) => body && !body.includes(part)).map((part) => `${alert}: ${part}`),
    ];
  });
}

test('whoever is called is told how urgent it is and what to do', () => {
  assert.deepEqual(lacks(rules, page), []);
  const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(sections, alertsOf(rules).map(({ alert }) => alert), 'the page has a section for each alert, in their order, and no other');
  const names = readFileSync('../docs/logging.md', 'utf8').split('## Names in use')[1];
  const told = [...page.matchAll(/`([a-z]+(?:\.[a-z_]+)+)`/g)].map(([, name]) => name).filter((name) => !name.endsWith('.key'));
  assert.ok(told.length >= 10);
  for (const name of told) assert.ok(names.includes(`\`${name}\``), `${name} is a line of the log`);

  const broken = (change) => lacks(changed('WardlightDefect', change), page);
  assert.deepEqual(broken((rule) => delete rule.annotations.runbook_url), ['WardlightDefect: runbook']);
  assert.deepEqual(broken((rule) => (rule.annotations.runbook_url += 's')), ['WardlightDefect: runbook']);
  assert.deepEqual(broken((rule) => (rule.labels.severity = 'urgent')), ['WardlightDefect: severity']);
  assert.deepEqual(broken((rule) => delete rule.annotations.description), ['WardlightDefect: words']);
  assert.deepEqual(lacks(rules, page.replace('## WardlightDefect', '## WardlightDefects')), ['WardlightDefect: runbook']);
});

test('what is deployed says what the rules say, and a difference is noticed', () => {
  const { status, stderr } = run('../scripts/prometheus-rule.sh', ['--check']);
  assert.equal(status, 0, stderr);
  for (const name of WATCHED) assert.deepEqual(find(overlay(name), 'PrometheusRule').spec, rules, name);
  mkdirSync(at('scripts'));
  cpSync('../scripts/prometheus-rule.sh', at('scripts/prometheus-rule.sh'));
  for (const file of [COMPONENT, 'monitoring/rules.yaml']) {
    const differs = (line, other) => {
      for (const each of [COMPONENT, 'monitoring/rules.yaml']) cpSync(path.join('../deploy', each), at(`deploy/${each}`));
      const text = readFileSync(at(`deploy/${file}`), 'utf8');
      assert.ok(text.includes(line), `${file} has ${line}`);
      writeFileSync(at(`deploy/${file}`), text.replace(line, other));
      return run(at('scripts/prometheus-rule.sh'), ['--check']).status;
    };
    assert.equal(differs('[10m:30s]) > 600', '[10m:30s]) > 601'), 1, file);
    assert.equal(differs('alert: WardlightDefect', 'alert: WardlightDefects'), 1, file);
    assert.equal(run(at('scripts/prometheus-rule.sh'), []).status, 0);
    assert.equal(run(at('scripts/prometheus-rule.sh'), ['--check']).status, 0, 'it is mended by writing it anew');
  }
});

/** What stands between Prometheus and the figures. */
function unreachable(objects) {
  const monitor = find(objects, 'PodMonitor');
  const { namespace } = monitor.metadata;
  const isIn = (selector, labels) => Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value);
  const pods = objects.filter(({ kind, metadata, spec }) => ['Deployment', 'StatefulSet'].includes(kind) && metadata.namespace === namespace && isIn(monitor.spec.selector, spec.template.metadata.labels)).map(({ spec }) => spec.template);
  if (pods.length !== 1) return [`${pods.length} kinds of pods are read`];
  const [pod] = pods;
  const [endpoint] = monitor.spec.podMetricsEndpoints;
  const port = pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === endpoint.port);
  const from = { namespace: { 'kubernetes.io/metadata.name': 'monitoring' }, pod: { 'app.kubernetes.io/name': 'prometheus' } };
  const lets = objects
    .filter(({ kind, metadata, spec }) => kind === 'NetworkPolicy' && metadata.namespace === namespace && isIn(spec.podSelector, pod.metadata.labels))
    .flatMap(({ spec }) => spec.ingress ?? [])
    .some(({ from: peers, ports }) => peers.some((peer) => peer.namespaceSelector && isIn(peer.namespaceSelector, from.namespace) && isIn(peer.podSelector, from.pod)) && ports.some((one) => one.port === port?.containerPort));
  const jobs = new Set(alertsOf(find(objects, 'PrometheusRule').spec).flatMap(({ expr }) => selectors(expr)).flatMap(({ matchers }) => matchers).filter(({ label }) => label === 'job').map(({ value }) => value));
  const { ca, serverName, insecureSkipVerify } = endpoint.tlsConfig ?? {};
  const secret = ca?.secret?.name;
  const shown = objects.find(({ kind, spec }) => kind === 'Certificate' && spec.secretName === secret);
  const isShown = (pod.spec.volumes ?? []).some((volume) => volume.secret?.secretName === secret) && shown?.spec.dnsNames.includes(serverName);
  const isEncrypted = endpoint.scheme === 'https' && !insecureSkipVerify;
  return [
    ...(isEncrypted && isShown && ca.secret.key === 'ca.crt' ? [] : ['Prometheus cannot tell who answers']),
    ...(port ? [] : ['no container has that port']),
    ...(lets ? [] : ['the network does not let Prometheus in']),
    ...(jobs.size === 1 && jobs.has(pod.metadata.labels[monitor.spec.jobLabel]) ? [] : ['the job has another name than in the rules']),
  ];
}

test('Prometheus finds the server and may read it, and what is undone is noticed', () => {
  for (const name of WATCHED) assert.deepEqual(unreachable(overlay(name)), [], name);
  const undone = (change) => {
    const objects = overlay('production');
    change(find(objects, 'PodMonitor').spec, objects);
    return unreachable(objects);
  };
  assert.deepEqual(undone((spec) => (spec.selector.matchLabels = {})), ['3 kinds of pods are read']);
  assert.deepEqual(undone((spec) => (spec.selector.matchLabels['app.kubernetes.io/name'] = 'serve')), ['0 kinds of pods are read']);
  assert.deepEqual(undone((spec) => (spec.podMetricsEndpoints[0].port = 'op')), ['no container has that port', 'the network does not let Prometheus in']);
  assert.deepEqual(undone((spec) => (spec.podMetricsEndpoints[0].port = 'https')), ['the network does not let Prometheus in']);
  for (const change of [
    (spec) => (spec.podMetricsEndpoints[0].scheme = 'http'),
    (spec) => delete spec.podMetricsEndpoints[0].tlsConfig,
    (spec) => (spec.podMetricsEndpoints[0].tlsConfig.insecureSkipVerify = true),
    (spec) => (spec.podMetricsEndpoints[0].tlsConfig.serverName = 'edge'),
    (spec) => (spec.podMetricsEndpoints[0].tlsConfig.ca.secret.name = 'client-tls'),
    (spec) => (spec.podMetricsEndpoints[0].tlsConfig.ca.secret.key = 'tls.crt'),
  ]) assert.deepEqual(undone(change), ['Prometheus cannot tell who answers'], String(change));
  assert.deepEqual(undone((spec) => (spec.jobLabel = 'app.kubernetes.io/name')), ['the job has another name than in the rules']);
  assert.deepEqual(undone((_, objects) => objects.splice(objects.indexOf(find(objects, 'NetworkPolicy')), 1)), ['the network does not let Prometheus in']);

  const yaml = readFileSync(path.join('../deploy', COMPONENT), 'utf8');
  const { status, stdout } = conform(yaml);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /Valid: 2, Invalid: 0, Errors: 0, Skipped: 0/);
  for (const [line, typo] of [['followRedirects:', 'followRedirect:'], ['jobLabel:', 'jobLabels:'], ['kind: PodMonitor', 'kind: PodMonitors'], ['alert: WardlightDefect', 'alerts: WardlightDefect'], ['for: 5m', 'for: 5 minutes']]) {
    assert.ok(yaml.includes(line), line);
    assert.notEqual(conform(yaml.replace(line, typo)).status, 0, `${typo} is noticed`);
  }
});

/** What rules ask for that a server does not have: names, labels, values. Prometheus adds `up` and `job`. */
function missing(list, figures) {
  const has = [...figures, { name: 'up', labels: {} }];
  return alertsOf(list).flatMap(({ alert, expr }) => selectors(expr).flatMap(({ text, name, matchers }) => {
    const own = has.filter((one) => one.name === name);
    if (name === 'wardlight_refusals_total') own.push(...problems.map((reason) => ({ name, labels: { by: 'http', reason } })));
    const values = matchers.filter(({ label }) => label !== 'job').flatMap(({ label, how, value }) => (how === '=~' ? value.split('|') : [value]).map((one) => [label, one]));
    return own.length > 0 && values.every(([label, value]) => own.some(({ labels }) => labels[label] === value)) ? [] : [`${alert}: ${text}`];
  }));
}

test('each name in the rules is one that the server has, and a misspelt one is noticed', async () => {
  const text = await world.server.metrics();
  const linted = run('promtool', ['check', 'metrics'], text);
  assert.equal(linted.status, 0, linted.stdout + linted.stderr);
  const figures = series(text);
  assert.deepEqual(missing(rules, figures), []);
  const count = alertsOf(rules).flatMap(({ expr }) => selectors(expr)).length;
  assert.ok(count >= alertsOf(rules).length, `${count} selectors`);
  for (const [name, right, wrong] of [
    ['WardlightDefect', 'wardlight_decisions_panicked_total', 'wardlight_decisions_panic_total'],
    ['WardlightDecoderKilled', 'picture.decoder_ended', 'picture.decoder_end'],
    ['WardlightDecoderKilled', 'event=', 'name='],
    ['WardlightGuessing', '|wrong-passkey', '|wrong-passkeys'],
    ['WardlightGuessing', 'by="http"', 'by="https"'],
    ['WardlightGuessing', 'wardlight_build_info', 'wardlight_build'],
    ['WardlightRestarts', 'process_start_time_seconds', 'process_started_seconds'],
    ['WardlightDown', 'up{job="wardlight"} == 1', 'ups{job="wardlight"} == 1'],
  ]) {
    const list = changed(name, (rule) => (rule.expr = rule.expr.replace(right, wrong)));
    assert.notDeepEqual(list, rules, right);
    assert.equal(missing(list, figures).length, 1, `${wrong} is noticed`);
  }
});

test('a real Prometheus calls for what really happens, and for nothing else', async () => {
  const { interval } = find(overlay('production'), 'PodMonitor').spec.podMetricsEndpoints[0];
  prometheus = await startPrometheus({ ops: world.server.ports.ops, authority: path.join(world.server.data, 'keys/local.crt.pem'), rules, interval, times: TIMES });
  const called = new Set();
  const isFiring = async (name) => {
    const list = await prometheus.alerts();
    for (const { name: each, health, lastError } of list) assert.notEqual(health, 'err', `${each}: ${lastError}`);
    for (const { name: each, state } of list) if (state === 'firing') called.add(each);
    return called.has(name);
  };

  await until('all rules are looked at, and nothing is amiss', async () => {
    const list = await prometheus.alerts();
    return list.length === alertsOf(rules).length && list.every(({ health, state }) => health === 'ok' && state === 'inactive');
  });
  assert.deepEqual((await prometheus.query('up')).map(({ value }) => value[1]), ['1']);

  // Each from another network, as those do who have many. A password that is wrong costs a hash, a passkey nothing.
  const bytes = 'AAAA';
  const credential = { id: bytes, rawId: bytes, type: 'public-key', response: { authenticatorData: bytes, clientDataJSON: bytes, signature: bytes, userHandle: null } };
  const ways = [
    ['/api/v1/session/sign-in', { login: 'nobody here', password: PASSWORD }],
    ...Array(40).fill(['/api/v1/session/passkey/finish', { challenge: '0'.repeat(32), credential }]),
  ];
  const headers = { Origin: world.origin.replace('127.0.0.1', 'localhost') };
  for (const [place, json] of ways) assert.equal((await world.stranger().ask('POST', place, { json, headers })).status, 401, place);
  await until('guesses are seen', () => isFiring('WardlightGuessing'));
  assert.deepEqual([...called], ['WardlightGuessing']);

  const report = { 'csp-report': { 'violated-directive': 'script-src' } };
  assert.equal((await world.stranger().ask('POST', '/api/v1/reports', { body: JSON.stringify(report), headers: { 'Content-Type': 'application/csp-report' } })).status, 204);
  await until('one report of a page is seen', () => isFiring('WardlightPagePolicyViolated'));

  const person = await world.account();
  const thief = person.twin();
  for (let turn = 0; turn < 2; turn += 1) assert.equal((await person.ask('POST', '/api/v1/session/refresh', {})).status, 200);
  assert.equal((await thief.ask('POST', '/api/v1/session/refresh', {})).status, 401);
  await until('one copied secret is seen', () => isFiring('WardlightRefreshSecretReused'));

  writeFileSync(path.join(world.server.data, 'keys/access.keys.json'), 'no list\n');
  await until('keys that are none are seen', () => isFiring('WardlightSecretsNotReloaded'));
  for (let turn = 0; turn < 16; turn += 1) await Promise.all(Array.from({ length: 40 }, () => world.stranger().ask('GET', '/api/v1/tables')));
  await until('who tries doors is seen', () => isFiring('WardlightRefusals'));
  const expected = ['WardlightGuessing', 'WardlightPagePolicyViolated', 'WardlightRefreshSecretReused', 'WardlightRefusals', 'WardlightSecretsNotReloaded'];
  assert.deepEqual([...called].sort(), expected);

  // What was not provoked here, another test holds against the list.
  for (const { text } of alertsOf(rules).flatMap(({ expr }) => selectors(expr))) assert.ok((await prometheus.query(text)).length > 0, text);
  const reasons = series(await world.server.metrics()).filter(({ labels }) => labels.by === 'http').map(({ labels }) => labels.reason);
  for (const reason of ['wrong-password', 'wrong-passkey', 'signed-out']) assert.ok(reasons.includes(reason), reason);
  for (const reason of reasons) assert.ok(problems.includes(reason), `${reason} is in the list`);

  await world.server.stop();
  await until('that it is away is seen', () => isFiring('WardlightDown'));
  assert.deepEqual([...called].sort(), ['WardlightDown', ...expected]);
});
