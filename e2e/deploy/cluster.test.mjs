// The manifests on a real API server: what is deployed is admitted and counted, and what is hostile is refused.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { until } from '../people.mjs';
import { startCluster } from './cluster.mjs';
import { ADMITTED_OBJECTS, ADMITTED_PODS, ALIKE, HOSTILE_OBJECTS, HOSTILE_PODS, LIMITS, WRAPPED } from './hostile.mjs';
import { KUBERNETES, OVERLAYS, build } from './tools.mjs';

const FIXTURES = '../crates/compliance/tests/fixtures/pod-security';
const ACCESS = '../deploy/test/kubernetes/access.txt';
const NAMESPACE = 'wardlight';
const POLICIES = 'apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = 'apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
/** Ours, where pods are not held to anything by labels. */
const BARE = 'wardlight-bare';
/** Who looks at a pod before the policies do, and how it says so. */
const BEFORE = { 'wardlight-pod-security': /violates PodSecurity "restricted:v1.35"/, 'wardlight-resources': /(maximum|minimum) .* usage per Pod|must specify/ };
/** What no object gets as far as: a pod for Windows has by its nature what other sentences refuse before. */
const SHADOWED = ['a container runs as a process of a Windows host', 'the pod is not for Linux'];

let cluster;
const manifests = {};
const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);
const find = (kind, name) => structuredClone(read(manifests.production).find((object) => object.kind === kind && object.metadata.name === name));
/** Whether a policy of a name refused something, with these words; what it said is kept. */
const said = new Set();
function refusedBy(policy, message, words = '') {
  const [, name, sentence] = message.match(/ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)$/s) ?? [];
  if (name) said.add(`${name}: ${sentence}`);
  return name === policy && sentence.includes(words);
}
const apply = (yaml) => cluster.kubectl(['apply', '--server-side', '--filename', '-'], yaml);

before(async () => {
  for (const name of OVERLAYS) manifests[name] = build(path.join(KUBERNETES, 'overlays', name));
  cluster = await startCluster();
  const bare = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: BARE, labels: { 'app.kubernetes.io/part-of': 'wardlight' } } };
  assert.equal((await cluster.ask('POST', 'api/v1/namespaces', { body: bare })).status, 201);
  for (const name of OVERLAYS) {
    const { status, stderr } = apply(manifests[name]);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '', `${name}: warnings`);
  }
  await until('policies are in force', async () => (await cluster.wouldMake(HOSTILE_OBJECTS[0][1])).status === 422);
});
after(() => cluster?.stop());

test('every overlay is accepted with its policies in force, and changes nothing when it is applied again', async () => {
  for (const name of OVERLAYS) {
    const versions = () => Object.fromEntries(read(cluster.kubectl(['get', '--filename', '-', '--output', 'yaml'], manifests[name]).stdout)[0].items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.generation]));
    const was = versions();
    assert.ok(Object.keys(was).length > 40);
    const { status, stderr } = apply(manifests[name]);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '', `${name}: warnings`);
    assert.deepEqual(versions(), was, name);
  }
});

test('every pod that an overlay asks for is admitted and counted, and no more than the quota allows', async () => {
  for (const name of OVERLAYS) {
    const [namespace] = read(manifests[name]).filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    const workloads = read(manifests[name]).filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind));
    assert.ok(workloads.length >= 2);
    await until(`${name}: all pods are there`, async () => {
      for (const { kind, metadata } of workloads) {
        const { value } = await cluster.ask('GET', `apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${metadata.name}`);
        const failure = value.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
        assert.equal(failure?.message, undefined, `${name}/${metadata.name}`);
        if (!(value.status?.replicas >= 1)) return false;
      }
      return true;
    });
    const pods = (await cluster.ask('GET', `api/v1/namespaces/${namespace}/pods`)).value.items;
    await until(`${name}: they are counted`, async () => (await cluster.ask('GET', `api/v1/namespaces/${namespace}/resourcequotas/wardlight`)).value.status?.used?.pods === String(pods.length));
  }
  // The edge at full scale and in the middle of an update, beside everything else.
  const scale = { spec: { replicas: 5 } };
  const target = `apis/apps/v1/namespaces/${NAMESPACE}/deployments/client`;
  assert.equal((await cluster.ask('PATCH', target, { body: scale, type: 'application/merge-patch+json' })).status, 200);
  await until('the edge is at full scale', async () => (await cluster.ask('GET', target)).value.status?.replicas === 5);
  scale.spec.replicas = 12;
  await cluster.ask('PATCH', target, { body: scale, type: 'application/merge-patch+json' });
  const failure = await until('more than that is refused', async () => (await cluster.ask('GET', target)).value.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message);
  assert.match(failure, /exceeded quota: wardlight/);
  scale.spec.replicas = 2;
  await cluster.ask('PATCH', target, { body: scale, type: 'application/merge-patch+json' });
  await until('the edge is as it was', async () => (await cluster.ask('GET', target)).value.status?.replicas === 2);
});

/** The server's pod, as it is deployed. */
function goodPod(namespace = NAMESPACE) {
  const { spec } = find('Deployment', 'server').spec.template;
  // Made by itself it does not compete for the volume.
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'hostile', namespace }, spec };
}

test('what makes pods is admitted as it is, and refused with any of the hostile changes', async () => {
  assert.ok(HOSTILE_PODS.length + HOSTILE_OBJECTS.length >= 100);
  for (const [kind, wrap] of Object.entries({ ...WRAPPED, ...ALIKE })) {
    for (const [name, change] of ADMITTED_PODS) {
      const pod = goodPod();
      change(pod);
      const good = await cluster.wouldMake(wrap(pod));
      assert.equal(good.status, 201, `${kind} with ${name}: ${good.message}`);
      assert.equal(good.warnings, '', `${kind} with ${name}`);
    }
  }
  const wrong = [];
  const lookedAt = new Set();
  for (const [name, change, policy, words, only] of HOSTILE_PODS) {
    const kinds = policy === LIMITS || lookedAt.has(policy) ? WRAPPED : { ...WRAPPED, ...ALIKE };
    lookedAt.add(policy);
    for (const [kind, wrap] of Object.entries(kinds)) {
      if (only && only !== kind) continue;
      const pod = goodPod();
      change(pod);
      const { status, message } = await cluster.wouldMake(wrap(pod));
      // Where two policies refuse something, the server names one of them, not always the same.
      const twice = policy === 'wardlight-pod-security' && refusedBy('wardlight-pods', message);
      const refused = policy === LIMITS ? message.includes(words) : refusedBy(policy, message, words) || twice || (kind === 'Pod' && BEFORE[policy]?.test(message));
      if (status < 400 || !refused) wrong.push(`${kind} with ${name}: ${status} ${message}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('roles, services, ways of the network and namespaces are admitted or refused by what they give', async () => {
  for (const object of ADMITTED_OBJECTS) {
    const { status, message } = await cluster.wouldMake(object);
    assert.equal(status, 201, `${object.kind}: ${message}`);
  }
  const wrong = [];
  for (const [name, object, policy] of HOSTILE_OBJECTS) {
    const { status, message } = await cluster.wouldMake(object);
    if (status < 400 || !refusedBy(policy, message)) wrong.push(`${name}: ${status} ${message}`);
  }
  assert.deepEqual(wrong, []);
});

test('into a container leads only its own program', async () => {
  const [pod] = (await cluster.ask('GET', `api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app.kubernetes.io/name=server`)).value.items;
  const target = `api/v1/namespaces/${NAMESPACE}/pods/${pod.metadata.name}`;
  const exec = (...words) => cluster.ask('POST', `${target}/exec?${words.map((word) => `command=${encodeURIComponent(word)}`).join('&')}&stdout=true`);
  const refused = ({ message }, what) => assert.ok(refusedBy('wardlight-connect', message), `${what}: ${message}`);
  for (const words of [['/wardlight', 'admin', 'new-table'], ['/wardlight', 'keys', 'list']]) {
    const { status, message } = await exec(...words);
    assert.ok(!refusedBy('wardlight-connect', message), 'admitted; there is only no node to run it');
    assert.notEqual(status, 403, message);
  }
  for (const words of [['sh'], ['/wardlight'], ['/wardlight', 'serve'], ['/bin/sh', '-c', '/wardlight admin'], ['/data/x', 'admin']]) refused(await exec(...words), words.join(' '));
  for (const way of ['attach?stdout=true', 'portforward?ports=8443', 'proxy/']) refused(await cluster.ask(way.startsWith('proxy') ? 'GET' : 'POST', `${target}/${way}`), way);
  refused(await cluster.ask('GET', `api/v1/namespaces/${NAMESPACE}/services/https:server:8443/proxy/`), 'a service by proxy');
  const [container] = pod.spec.containers;
  const debug = { ...container, name: 'debug' };
  for (const field of ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'resources']) delete debug[field];
  const changed = await cluster.ask('PUT', `${target}/ephemeralcontainers`, { body: { ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } } });
  refused(changed, 'a container to debug');
});

test('what is deployed cannot be changed into what is hostile', async () => {
  const patch = (target, path, value) => cluster.ask('PATCH', `${target}?dryRun=All`, { body: [{ op: 'add', path, value }], type: 'application/json-patch+json' });
  const space = (group, kind) => `${group}/namespaces/${NAMESPACE}/${kind}`;
  const [pod] = (await cluster.ask('GET', `${space('api/v1', 'pods')}?labelSelector=app.kubernetes.io/name=server`)).value.items;
  const server = space('apis/apps/v1', 'deployments/server');
  assert.equal((await patch(server, '/spec/replicas', 0)).status, 200, 'a change that is none of these');
  const image = ['/spec/containers/0/image', 'registry.example/wardlight-server:1.0'];
  for (const [policy, target, path, value] of [
    ['wardlight-images', server, `/spec/template${image[0]}`, image[1]],
    ['wardlight-images', `${space('api/v1', 'pods')}/${pod.metadata.name}`, ...image],
    ['wardlight-pod-security', server, '/spec/template/spec/containers/0/ports/0/hostPort', 8443],
    ['wardlight-pods', server, '/spec/template/spec/automountServiceAccountToken', true],
    ['wardlight-resources', server, '/spec/template/spec/containers/0/resources', {}],
    ['wardlight-exposure', space('api/v1', 'services/server'), '/spec/type', 'NodePort'],
    ['wardlight-exposure', space('api/v1', 'services/database'), '/spec', { type: 'ExternalName', externalName: 'example.org' }],
    ['wardlight-network', space('apis/networking.k8s.io/v1', 'networkpolicies/server'), '/spec/egress', [{}]],
  ]) {
    const { message } = await patch(target, path, value);
    assert.ok(refusedBy(policy, message), `${policy}: ${path}: ${message}`);
  }
  const { message } = await patch(`${space('api/v1', 'pods')}/${pod.metadata.name}/resize`, '/spec/containers/0/resources/limits/memory', '3Gi');
  assert.match(message, /maximum memory usage per Pod is 2Gi/);
});

test('whatever is refused is written down by the API server, with the policy that refused it', async () => {
  const name = 'written-down';
  const pod = goodPod();
  pod.metadata.name = name;
  pod.spec.enableServiceLinks = true;
  assert.equal((await cluster.wouldMake(pod)).status, 422);
  const event = await until('it is written down', () => cluster.audited().find(({ objectRef }) => objectRef?.resource === 'pods' && objectRef.name === name));
  assert.equal(event.responseStatus.code, 422);
  const [failure] = JSON.parse(event.annotations['validation.policy.admission.k8s.io/validation_failure']);
  assert.equal(failure.policy, 'wardlight-pods');
  assert.match(failure.message, /told of all services/);
});

test('tokens are made for the vault alone, by whoever fetches secrets', async () => {
  const operator = { name: 'system:serviceaccount:external-secrets:external-secrets', groups: 'system:masters' };
  const token = (audiences, as) => cluster.ask('POST', `api/v1/namespaces/${NAMESPACE}/serviceaccounts/server/token`, { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } }, as });
  assert.equal((await token(['vault'], operator)).status, 201);
  for (const [audiences, as] of [[['vault']], [['https://kubernetes.default.svc'], operator], [['vault', 'https://kubernetes.default.svc'], operator], [[], operator]]) {
    assert.ok(refusedBy('wardlight-tokens', (await token(audiences, as)).message), JSON.stringify(audiences));
  }
});

test('the guard cannot be taken off the namespace', async () => {
  const patch = (labels) => cluster.ask('PATCH', `api/v1/namespaces/${NAMESPACE}?dryRun=All`, { body: { metadata: { labels } }, type: 'application/merge-patch+json' });
  assert.equal((await patch({ 'pod-security.kubernetes.io/enforce-version': 'v1.36' })).status, 200, 'a newer version on purpose');
  for (const labels of [{ 'pod-security.kubernetes.io/enforce': 'privileged' }, { 'pod-security.kubernetes.io/enforce': null }, { 'pod-security.kubernetes.io/enforce-version': 'latest' }, { 'app.kubernetes.io/part-of': null }, { 'app.kubernetes.io/part-of': 'another' }]) {
    assert.ok(refusedBy('wardlight-namespace', (await patch(labels)).message), JSON.stringify(labels));
  }
  // Its parts are written apart, and labels with them.
  const { value } = await cluster.ask('GET', `api/v1/namespaces/${NAMESPACE}`);
  value.metadata.labels['pod-security.kubernetes.io/enforce'] = 'privileged';
  for (const part of ['status', 'finalize']) {
    const { message } = await cluster.ask('PUT', `api/v1/namespaces/${NAMESPACE}/${part}?dryRun=All`, { body: value });
    assert.ok(refusedBy('wardlight-namespace', message), `${part}: ${message}`);
  }
});

test('what each account may is the table that is kept, and that is nothing', async () => {
  const rulesOf = (as, namespace) => {
    const { status, stdout, stderr } = cluster.kubectl(['auth', 'can-i', '--list', '--no-headers', '--namespace', namespace, '--as', as]);
    assert.equal(status, 0, stderr);
    return [...new Set(stdout.split('\n').filter(Boolean).map((line) => line.trim().replaceAll(/\s+/g, ' ')))].sort();
  };
  const everybody = rulesOf('system:serviceaccount:default:default', 'default');
  const lines = ['everybody', ...everybody.map((rule) => `  ${rule}`)];
  const refused = [];
  for (const name of OVERLAYS) {
    for (const { metadata } of read(manifests[name]).filter(({ kind }) => kind === 'ServiceAccount')) {
      const as = `system:serviceaccount:${metadata.namespace}:${metadata.name}`;
      const more = rulesOf(as, metadata.namespace).filter((rule) => !everybody.includes(rule));
      lines.push(`${metadata.namespace}/${metadata.name}`, ...(more.length > 0 ? more : ['nothing more']).map((rule) => `  ${rule}`));
      const own = { name: as, groups: `system:serviceaccounts:${metadata.namespace}` };
      for (const [method, target] of [
        ['GET', `api/v1/namespaces/${metadata.namespace}/secrets`],
        ['GET', `api/v1/namespaces/${metadata.namespace}/pods`],
        ['DELETE', `api/v1/namespaces/${metadata.namespace}/resourcequotas/wardlight`],
        ['DELETE', `api/v1/namespaces/${metadata.namespace}/limitranges/wardlight`],
        ['PATCH', `api/v1/namespaces/${metadata.namespace}`],
        ['POST', `api/v1/namespaces/${metadata.namespace}/pods`],
        ['POST', `api/v1/namespaces/${metadata.namespace}/serviceaccounts/${metadata.name}/token`],
        ['DELETE', `apis/networking.k8s.io/v1/namespaces/${metadata.namespace}/networkpolicies/default-deny`],
        ['DELETE', `${POLICIES}/wardlight-pods`],
        ['DELETE', `${BINDINGS}/wardlight-pods`],
        ['GET', 'api/v1/nodes'],
      ]) if ((await cluster.ask(method, target, { as: own })).status !== 403) refused.push(`${as}: ${method} ${target}`);
    }
  }
  assert.deepEqual(refused, []);
  const table = `${lines.join('\n')}\n`;
  if (process.env.UPDATE) writeFileSync(ACCESS, table);
  assert.equal(table, readFileSync(ACCESS, 'utf8'), 'UPDATE=1 writes it anew');
});

test('every sentence of every policy has refused something', () => {
  const policies = read(manifests.production).filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  const sentences = policies.flatMap(({ metadata, spec }) => spec.validations.map(({ message }) => `${metadata.name}: ${message}`));
  assert.ok(sentences.length >= 45);
  assert.deepEqual(sentences.filter((sentence) => !said.has(sentence) && !SHADOWED.some((words) => sentence.endsWith(words))), []);
});

test('expressions of the policies are sound', async () => {
  const { items } = await until('they were looked at', async () => {
    const { value } = await cluster.ask('GET', POLICIES);
    return value.items.every(({ status, metadata }) => status?.observedGeneration === metadata.generation) && value;
  });
  const ours = items.filter(({ metadata }) => metadata.name.startsWith('wardlight-'));
  assert.ok(ours.length >= 10);
  // Where several kinds are looked at by one expression each warning names a field that another of them has; nothing else is said.
  const warnings = ours.flatMap(({ metadata, status }) => (status.typeChecking?.expressionWarnings ?? []).map(({ warning }) => `${metadata.name}: ${warning}`));
  assert.deepEqual(warnings.filter((text) => !/undefined field/.test(text)), []);
});

test('without labels and other policies one policy tells the official examples apart', async () => {
  // Others would refuse most of them for other reasons.
  for (const { metadata } of (await cluster.ask('GET', BINDINGS)).value.items) {
    if (metadata.name !== 'wardlight-pod-security') await cluster.ask('DELETE', `${BINDINGS}/${metadata.name}`);
  }
  const bare = (pod) => ({ ...pod, metadata: { ...pod.metadata, namespace: BARE } });
  const [pass] = fixtures('restricted', 'pass');
  await until('the others are off', async () => (await cluster.wouldMake(bare(pass))).status === 201);
  const wrong = [];
  for (const level of ['restricted', 'baseline']) {
    for (const pod of fixtures(level, 'fail')) {
      const { status, message } = await cluster.wouldMake(bare(pod));
      if (status !== 422 || !message.includes("'wardlight-pod-security'")) wrong.push(`${pod.metadata.name}: ${status} ${message}`);
    }
  }
  for (const pod of fixtures('restricted', 'pass')) {
    const { status, message } = await cluster.wouldMake(bare(pod));
    if (status !== 201) wrong.push(`${pod.metadata.name}: ${status} ${message}`);
  }
  // And so it does with each change that is its to refuse.
  for (const [name, change, policy, words] of HOSTILE_PODS.filter((entry) => entry[2] === 'wardlight-pod-security')) {
    const pod = goodPod(BARE);
    change(pod);
    const { message } = await cluster.wouldMake(WRAPPED.Deployment(pod));
    if (!refusedBy(policy, message, words)) wrong.push(`${name}: ${message}`);
  }
  assert.deepEqual(wrong, []);
});

test('without its binding a policy refuses nothing of what it refused', async () => {
  const of = (list) => list.filter((entry) => entry[2] !== 'wardlight-pod-security');
  // Those whose policies are off since the test before.
  for (const [name, object] of HOSTILE_OBJECTS) {
    const { status, message } = await cluster.wouldMake(object);
    // Of services there are none on nodes and none for the world, whoever says so.
    // What is there already got as far as that.
    assert.ok(status < 400 || /exceeded quota.*services\.(nodeports|loadbalancers)|already exists/.test(message), `${name}: ${message}`);
  }
  for (const [name, change] of of(HOSTILE_PODS)) {
    const pod = goodPod(BARE);
    change(pod);
    const { status, message } = await cluster.wouldMake(WRAPPED.Deployment(pod));
    assert.equal(status, 201, `${name}: ${message}`);
  }
  await cluster.ask('DELETE', `${BINDINGS}/wardlight-pod-security`);
  const privileged = goodPod(BARE);
  delete privileged.spec.hostUsers;
  privileged.spec.hostNetwork = true;
  await until('it is off', async () => (await cluster.wouldMake(WRAPPED.Deployment(privileged))).status === 201);
  assert.match((await cluster.wouldMake({ ...privileged, metadata: { ...privileged.metadata, namespace: NAMESPACE } })).message, /violates PodSecurity "restricted:v1.35"/, 'where labels hold it is refused all the same');
});

function fixtures(level, verdict) {
  const directory = path.join(FIXTURES, level, 'v1.35', verdict);
  return readdirSync(directory).sort().map((file) => {
    const [pod] = read(readFileSync(path.join(directory, file), 'utf8'));
    // Some names are no names for the API, and it wants a user namespace before it looks at /proc.
    pod.metadata.name = pod.metadata.name.replaceAll('_', '-');
    if (file.startsWith('procmount') && verdict === 'fail') pod.spec.hostUsers = false;
    return pod;
  });
}
