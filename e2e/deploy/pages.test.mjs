// What the pages for operators tell to type is typed, as far as it goes without nodes and a registry: at a real API server, beside
// a real server that is served from files, and at a vault that keeps what it is told.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { parseAllDocuments } from 'yaml';
import { until } from '../people.mjs';
import { program, startServer } from '../server.mjs';
import { startCluster } from './cluster.mjs';
import { keptFor } from './secrets-command.mjs';
import { makeOperator } from './secrets.mjs';
import { KUBERNETES, build, run, tool } from './tools.mjs';
import { startVault } from './vault.mjs';

const PAGES = '../docs/operations';
/** Words behind `sh` for blocks that need what is not here, and what that is. */
const ELSEWHERE = { images: 'a registry', nodes: 'nodes that run pods' };
const SERVICES = ['server', 'database'];

let home, cluster, server, objects;
const at = (name) => path.join(home, name);
/** Pages in the order in which somebody follows them: nothing can be replaced that was never installed. */
const pages = readdirSync(PAGES).sort((one, other) => (other === 'install.md') - (one === 'install.md') || one.localeCompare(other));
const read = (page) => readFileSync(path.join(PAGES, page), 'utf8');
const find = (kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name);

/** The blocks of a page: the line that opens each, what stands in it, and the line above. */
function fences(page) {
  const found = [];
  let open, above;
  for (const line of page.split('\n')) {
    const [, marks] = line.match(/^\s*(`{3,}|~{3,})/) ?? [];
    if (open && line.trim() === open.marks) {
      found.push(open);
      open = undefined;
    } else if (open) {
      open.text += `${line}\n`;
    } else if (marks) {
      open = { marks, line, above, text: '' };
    }
    above = line;
  }
  return open ? [...found, { ...open, line: `${open.line}, which never ends` }] : found;
}

/** Tables that a program writes are no commands: the mark before them says which. */
const isWritten = ({ line, above }) => line === '```' && /^<!-- (connections|quota): \w+ -->$/.test(above);
const isTyped = ({ line }) => line === '```sh';
const isElsewhere = ({ line }) => Object.keys(ELSEWHERE).some((word) => line === `\`\`\`sh ${word}`);
/** Blocks that are neither typed here nor say what they need. */
const forgotten = (page) => fences(page).filter((fence) => !isTyped(fence) && !isElsewhere(fence) && !isWritten(fence));

/**
 * Commands of the program in the running text and inside of containers: the words up to the first that is for the reader to
 * choose, and the options. What the program says begins with its name and a colon, and is none.
 */
const mentioned = (page) =>
  [...page.matchAll(/(?:`|-- \/)wardlight (?![a-z ]*:)([^`\n]+)/g)].map(([, text]) => ({
    words: text.match(/^[a-z-]+(?: [a-z-]+)*/)[0].split(' ').filter((word) => !word.startsWith('-')),
    options: text.match(/--[a-z-]+/g) ?? [],
  }));

/** What the program says against a command, if it does not know it. */
function complaint({ words, options }) {
  const { status, stdout, stderr } = run(program, [...words, '--help']);
  if (status !== 0 || !stdout.includes(`Usage: wardlight ${words.join(' ')}`)) return stderr || `there is no wardlight ${words.join(' ')}`;
  return options.find((option) => !new RegExp(`${option}\\b`).test(stdout));
}

const type = (text) =>
  run('env', ['-C', home, `PATH=${at('bin')}:${process.env.PATH}`, `KUBECONFIG=${cluster.kubeconfig}`, `VAULT_KEPT=${at('vault.json')}`, `WARDLIGHT_LISTEN=127.0.0.1:${server.ports.plain}`, 'bash', '-euo', 'pipefail', '-c', text]);
const keys = (data) => JSON.parse(run(program, ['keys', 'list', '--format', 'json', '--data', data]).stdout).keys;

/** What each service gets of a vault that holds what was typed so far. */
async function fetched() {
  const vault = await startVault({
    ...keptFor(at('vault.json'), 'wardlight'),
    certificate: readFileSync(at('vault/tls.crt')),
    key: readFileSync(at('vault/tls.key')),
    mount: 'wardlight',
    tokens: new Map(SERVICES.map((name) => [`${name}-vault`, { name, audience: 'vault' }])),
  });
  try {
    const { fetchSecret } = makeOperator({ port: vault.port, ca: readFileSync(at('vault-ca.crt')), find });
    const [got, roles] = [await fetchSecret(find('ExternalSecret', 'server')), await fetchSecret(find('ExternalSecret', 'database'))];
    const mounted = mkdtempSync(at('mounted-'));
    mkdirSync(path.join(mounted, 'keys'));
    for (const [name, value] of Object.entries(got)) writeFileSync(path.join(mounted, 'keys', name), value, { mode: 0o600 });
    return { server: got, roles, keys: keys(mounted) };
  } finally {
    await vault.stop();
  }
}

/** Which certificate the server shows. */
const shown = () =>
  new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.2', port: server.ports.tls, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
const fingerprint = (file) => new X509Certificate(readFileSync(file)).fingerprint256;

/** What was typed, in order: the block, what it said, the keys of the server, and what services would get, after each. */
const typed = [];
/** The step of a page in which these words were typed, and the one before it. */
function step(page, words) {
  const index = typed.findIndex((one) => one.page === page && one.text.includes(words));
  assert.ok(index > 0, `${page}: ${words}`);
  return { ...typed[index], was: typed[index - 1] };
}

before(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-pages-'));
  objects = parseAllDocuments(build(path.join(KUBERNETES, 'overlays/production'))).map((document) => document.toJS());
  for (const part of ['kubernetes', 'nginx', 'postgresql']) cpSync(path.join(KUBERNETES, '..', part), at(`deploy/${part}`), { recursive: true });
  mkdirSync(at('bin'));
  for (const [name, place] of Object.entries({ wardlight: program, kubectl: tool('kubernetes/kubectl'), kubeseal: tool('kubeseal'), kustomize: tool('kustomize'), vault: 'deploy/secrets-command.mjs' })) symlinkSync(path.resolve(place), at(`bin/${name}`));
  const certificate = (...words) => execFileSync('../scripts/certificate.sh', words);
  certificate('authority', at('vault-ca'));
  certificate('issue', at('vault'), at('vault-ca'), '2', 'serverAuth', 'vault.vault.svc');
  for (const name of ['tls', 'fresh']) certificate('issue', at(name), at('vault-ca'), '2', 'serverAuth', 'table.example');
  cpSync(at('tls/tls.crt'), at('was.crt'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:4096', '-nodes', '-days', '2', '-subj', '/CN=controller', '-keyout', at('controller.key'), '-out', at('controller.crt')], { stdio: 'ignore' });
  cluster = await startCluster();
  server = await startServer({ home, keep: true, args: ['--public-url', 'https://table.example', '--tls', 'files', '--tls-cert', at('tls/tls.crt'), '--tls-key', at('tls/tls.key')] });
});
after(async () => {
  await server?.stop();
  await cluster?.stop();
  rmSync(home, { recursive: true, force: true });
});

test('each block of each page is typed here, or says what it needs', () => {
  for (const page of pages) assert.deepEqual(forgotten(read(page)), [], page);
  for (const opening of ['```sh vault', '```sh nodes and more', '```bash', '```console', '```', '````sh', '~~~sh', '  ```sh', '```sh ', '``` sh']) {
    const closing = opening.match(/[`~]+/)[0];
    assert.equal(forgotten(`Words\n\n${opening}\nkubectl get pods\n${closing}\n`).length, 1, opening);
  }
  assert.equal(forgotten('<!-- words -->\n```\nkubectl get pods\n```\n').length, 1, 'a mark that no program writes behind');
  assert.equal(forgotten('```sh\nkubectl get pods\n').length, 1, 'a block that never ends');
});

test('what is to be typed does what it says', async () => {
  for (const page of pages) {
    for (const { text } of fences(read(page)).filter(isTyped)) {
      const { status, stdout, stderr } = type(text);
      assert.equal(status, 0, `${page}:\n${text}\n${stdout}${stderr}`);
      const isAllowed = Object.keys(keptFor(at('vault.json'), 'wardlight').roles).length === SERVICES.length;
      typed.push({ page, text, stdout, keys: keys(server.data), got: isAllowed ? await fetched() : undefined, shown: await shown() });
    }
  }
  assert.deepEqual([...new Set(typed.map(({ page }) => page))], ['install.md', 'audit.md', 'rotate-secrets.md', 'upgrade.md']);
  const deployed = JSON.parse(type('kubectl --namespace wardlight get deployment server --output json').stdout);
  assert.match(deployed.spec.template.spec.containers[0].image, /^registry\.example\/wardlight-server@sha256:1{64}$/);
  assert.notEqual(type('kubectl --namespace wardlight run probe --image=busybox').status, 0, 'a pod that is not ours is refused');
  assert.notEqual(type('kubectl apply --server-side --filename nothing.yaml').status, 0, 'what fails is noticed');
});

test('what is put into the vault is what each service gets, and nothing of another', () => {
  const { got, was } = step('install.md', 'auth/kubernetes/role');
  assert.equal(was.got, undefined, 'before somebody may, nobody can');
  const made = (name) => readFileSync(at(`new/${name}`));
  for (const name of readdirSync(at('new/keys'))) assert.deepEqual(got.server[name], made(`keys/${name}`), name);
  assert.deepEqual(got.server.password, made('password'));
  assert.equal(got.server.username.toString(), 'wardlight_a');
  assert.deepEqual(got.roles, { wardlight_a: made('password') });
  assert.deepEqual(got.keys, keys(at('new')), 'as a server reads them');
  const { roles } = keptFor(at('vault.json'), 'wardlight');
  assert.deepEqual(roles, Object.fromEntries(SERVICES.map((name) => [`wardlight-${name}`, { account: name, paths: [`${name}/`] }])));
  assert.deepEqual(keptFor(at('vault.json'), 'elsewhere').roles, {});
});

test('keys that are replaced by hand are the ones that sign', async () => {
  const [ofFiles, ofVault, ofLeak] = [step('rotate-secrets.md', 'wardlight keys list\n'), step('rotate-secrets.md', '--data keys'), step('rotate-secrets.md', 'keys revoke')];
  for (const [was, is] of [[ofFiles.was.keys, ofFiles.keys], [ofVault.was.got.keys, ofVault.got.keys]]) {
    assert.deepEqual(was.map(({ state }) => state), ['active']);
    assert.deepEqual(is.map(({ kid, state }) => [kid === was[0].kid, state]), [[true, 'active'], [false, 'published']]);
    assert.equal(is[1].active_from_s > Date.now() / 1000, true, 'it waits until everybody has heard of it');
  }
  for (const { kid } of ofFiles.keys) assert.ok(ofFiles.stdout.includes(kid), 'both are in the list');
  for (const name of Object.keys(ofVault.was.got.server)) assert.deepEqual(ofVault.got.server[name], ofVault.was.got.server[name], `${name} is as it was`);

  const leaked = ofFiles.keys[0].kid;
  assert.ok(!ofLeak.keys.some(({ kid }) => kid === leaked), 'the key that leaked is gone');
  const active = ofLeak.keys.filter(({ state }) => state === 'active');
  assert.equal(active.length, 1);
  assert.notEqual(active[0].kid, leaked);
  const published = async () => (await (await fetch(`http://127.0.0.1:${server.ports.plain}/.well-known/jwks.json`)).json()).keys.map(({ kid }) => kid).sort();
  const meant = ofLeak.keys.map(({ kid }) => kid).sort();
  await until('the server has heard of it', async () => (await published()).join() === meant.join());
});

test('a certificate that is replaced by hand is shown', async () => {
  assert.equal(step('rotate-secrets.md', 'install -m 600').was.shown, fingerprint(at('was.crt')));
  await until('the new one is shown', async () => (await shown()) === fingerprint(at('fresh/tls.crt')));
  assert.doesNotMatch(server.log(), /secrets\.reload_failed/);
});

test('the password of the database is replaced in turns', () => {
  const next = step('rotate-secrets.md', 'wardlight_b="$(openssl');
  const { server: got, roles } = next.got;
  assert.equal(got.username.toString(), 'wardlight_b');
  assert.match(got.password.toString(), /^[0-9a-f]{48}$/);
  assert.deepEqual(got.password, roles.wardlight_b);
  assert.deepEqual(roles.wardlight_a, next.was.got.roles.wardlight_a, 'that of before works meanwhile');
  const last = step('rotate-secrets.md', 'wardlight_a=""').got;
  assert.deepEqual(last.roles, { wardlight_a: Buffer.alloc(0), wardlight_b: roles.wardlight_b });
  assert.deepEqual(last.server, got);
});

test('a copy that is taken while people play can be served, and the edge is begun anew', async () => {
  const copy = at('copied');
  mkdirSync(copy);
  cpSync(at('before-the-upgrade'), path.join(copy, 'data'), { recursive: true });
  const restored = await startServer({ home: copy, keep: true });
  await restored.stop();
  assert.deepEqual(keys(path.join(copy, 'data')), typed.at(-1).keys);
  const { spec } = JSON.parse(type('kubectl --namespace wardlight get deployment client --output json').stdout);
  assert.ok(spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt']);
});

test('commands in the running text and inside of containers are commands of the program', () => {
  const all = pages.flatMap((page) => mentioned(read(page)).map((command) => ({ page, ...command })));
  assert.ok(all.length >= 8);
  for (const command of all) assert.equal(complaint(command), undefined, `${command.page}: wardlight ${command.words.join(' ')}`);
  for (const text of ['`wardlight keys burn ID`', '`wardlight accounts lock --gently NAME`', '`wardlight key rotate`', 'kubectl exec deployment/server -- /wardlight backup made']) assert.ok(complaint(mentioned(text)[0]), text);
});

test('links between the pages lead somewhere', () => {
  for (const page of pages) {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)) readFileSync(path.join(PAGES, target));
  }
});
