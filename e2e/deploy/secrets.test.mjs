// Secrets on their way: from a vault to what a pod mounts, as the manifests say it, and sealed in a repository.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { image, podman } from './containers.mjs';
import { makeOperator } from './secrets.mjs';
import { KUBERNETES, build, run, tool } from './tools.mjs';
import { startVault } from './vault.mjs';

const SERVICES = ['server', 'database'];
let home, objects, vault, made, call, fetchSecret;
const at = (name) => path.join(home, name);
const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS());
const find = (kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name);

/** What the vault holds, filled as the page on installing says. */
function fill() {
  const keys = (name) => readFileSync(at(`data/keys/${name}`));
  const random = ['refresh.key', 'invite.key', 'device.key', 'seal.key', 'audit.key'];
  return {
    'server/signing': { 'access.key.pem': keys('access.key.pem').toString() },
    'server/keys': Object.fromEntries(random.map((name) => [name, keys(name).toString('base64')])),
    'server/database': { username: 'wardlight_a', password: 'first' },
    'database/roles': { wardlight_a: 'first', wardlight_b: 'second' },
  };
}

before(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-secrets-'));
  objects = read(build(path.join(KUBERNETES, 'overlays/production')));
  mkdirSync(at('data'));
  chownSync(at('data'), 1001, 1001);
  podman('run', '--rm', '--network=none', `--volume=${at('data')}:/data`, image('server'), 'keys', 'create');
  execFileSync('../scripts/certificate.sh', ['authority', at('ca')]);
  execFileSync('../scripts/certificate.sh', ['issue', at('vault'), at('ca'), '2', 'serverAuth', 'vault.vault.svc']);
  made = fill();
  vault = await startVault({
    certificate: readFileSync(at('vault/tls.crt')),
    key: readFileSync(at('vault/tls.key')),
    mount: 'wardlight',
    secrets: made,
    roles: Object.fromEntries(SERVICES.map((name) => [`wardlight-${name}`, { account: name, paths: [`${name}/`] }])),
    tokens: new Map(SERVICES.flatMap((name) => [[`${name}-vault`, { name, audience: 'vault' }], [`${name}-api`, { name, audience: 'https://kubernetes.default.svc' }]])),
  });
  ({ call, fetchSecret } = makeOperator({ port: vault.port, ca: readFileSync(at('ca.crt')), find }));
});

after(async () => {
  await vault?.stop();
  rmSync(home, { recursive: true, force: true });
});

test('each service gets from the vault what its pods mount, byte for byte', async () => {
  for (const name of SERVICES) {
    const external = find('ExternalSecret', name);
    const data = await fetchSecret(external);
    const workload = find(name === 'server' ? 'Deployment' : 'StatefulSet', name);
    const mounts = workload.spec.template.spec.volumes.filter((volume) => volume.secret?.secretName === external.spec.target.name);
    assert.ok(mounts.length > 0, `${name} mounts ${external.spec.target.name}`);
    for (const { secret } of mounts) for (const { key } of secret.items ?? []) assert.ok(key in data, `${name} needs ${key}`);
    if (name === 'database') assert.deepEqual(Object.keys(data).sort(), ['wardlight_a', 'wardlight_b']);
    if (name === 'server') for (const file of readdirSync(at('data/keys'))) assert.deepEqual(data[file], readFileSync(at(`data/keys/${file}`)), file);
  }
  assert.equal(vault.held(), 0, 'every token was given back');
});

test('the server reads its keys where the vault puts them', async () => {
  const data = await fetchSecret(find('ExternalSecret', 'server'));
  const mounted = at('mounted/keys');
  mkdirSync(mounted, { recursive: true });
  for (const [name, value] of Object.entries(data)) {
    writeFileSync(path.join(mounted, name), value);
    chownSync(path.join(mounted, name), 0, 1001);
    chmodSync(path.join(mounted, name), 0o440);
  }
  const list = (data) => podman('run', '--rm', '--network=none', `--volume=${data}:/data:ro`, image('server'), 'keys', 'list', '--format', 'json');
  assert.equal(list(at('mounted')), list(at('data')));
  writeFileSync(path.join(mounted, 'access.key.pem'), 'no key');
  assert.throws(() => list(at('mounted')), /is not/);
});

test('no service can read what is another one\'s, and no token for the cluster\'s API opens the vault', async () => {
  const store = find('SecretStore', 'database');
  const login = (role, jwt) => call(store, 'POST', 'auth/kubernetes/login', { body: { role, jwt } });
  const { value } = await login('wardlight-database', 'database-vault');
  const token = value.auth.client_token;
  assert.equal((await call(store, 'GET', 'wardlight/data/database/roles', { token })).status, 200);
  assert.equal((await call(store, 'GET', 'wardlight/data/server/keys', { token })).status, 403);
  assert.equal((await login('wardlight-server', 'database-vault')).status, 403);
  assert.equal((await login('wardlight-database', 'database-api')).status, 403);
  await call(store, 'POST', 'auth/token/revoke-self', { token });
  assert.equal((await call(store, 'GET', 'wardlight/data/database/roles', { token })).status, 403, 'a token that was given back');
  execFileSync('../scripts/certificate.sh', ['authority', at('other-ca')]);
  await assert.rejects(call(store, 'GET', 'auth/token/lookup-self', { trusted: readFileSync(at('other-ca.crt')) }), /certificate/);
});

test('what changes in the vault is in the next fetch, and asking costs what the page on rotation says', async () => {
  made['server/database'] = { username: 'wardlight_b', password: 'second' };
  const page = readFileSync('../docs/operations/rotate-secrets.md', 'utf8');
  for (const name of SERVICES) {
    const external = find('ExternalSecret', name);
    vault.calls.length = 0;
    const data = await fetchSecret(external);
    if (name === 'server') assert.equal(data.username.toString(), 'wardlight_b');
    const seconds = Number(external.spec.refreshInterval.replace(/s$/, ''));
    assert.equal(seconds, 15);
    const perDay = (86_400 / seconds) * vault.calls.length;
    const row = `| \`${name}\` | ${external.spec.dataFrom.length} | ${perDay.toLocaleString('en')} |`;
    assert.ok(page.includes(row), row);
  }
});

test('what is sealed is opened by its key alone, and in its place alone', () => {
  const copy = at('kubernetes');
  cpSync(KUBERNETES, copy, { recursive: true });
  for (const [name, words] of Object.entries({ controller: [], stranger: [] })) {
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:4096', '-nodes', '-days', '2', '-subj', `/CN=${name}`, ...files, ...words], { stdio: 'ignore' });
  }
  mkdirSync(at('plain/server-secrets'), { recursive: true });
  const secret = { username: 'wardlight_a', password: 'a value that is looked for' };
  for (const [key, value] of Object.entries(secret)) writeFileSync(at(`plain/server-secrets/${key}`), value);
  const seal = (...words) => {
    const dirs = [tool('kubernetes/kubectl'), tool('kubeseal')].map((program) => path.dirname(program));
    return run('env', [`PATH=${[...dirs, process.env.PATH].join(':')}`, path.join(copy, 'seal.sh'), ...words]);
  };
  const { status, stdout, stderr } = seal('staging', at('plain'), at('controller.crt'));
  assert.equal(status, 0, stderr);
  assert.match(stdout, /1 sealed for wardlight-staging/);
  const file = path.join(copy, 'overlays/staging/sealed-secrets.yaml');
  const sealed = readFileSync(file, 'utf8');
  assert.ok(!sealed.includes(secret.password) && !sealed.includes(Buffer.from(secret.password).toString('base64')));
  const open = (text, key) => run(tool('kubeseal'), ['--recovery-unseal', '--recovery-private-key', at(`${key}.key`), '--format', 'json'], text);
  const opened = JSON.parse(open(sealed, 'controller').stdout);
  assert.equal(opened.metadata.namespace, 'wardlight-staging');
  for (const [key, value] of Object.entries(secret)) assert.equal(Buffer.from(opened.data[key], 'base64').toString(), value);
  assert.notEqual(open(sealed, 'stranger').status, 0, 'another key');
  assert.notEqual(open(sealed.replaceAll('wardlight-staging', 'elsewhere'), 'controller').status, 0, 'another namespace');
  assert.notEqual(open(sealed.replaceAll('server-secrets', 'other'), 'controller').status, 0, 'another name');
  // Sealed secrets of the repository are for a key that nobody has: they open nothing.
  assert.notEqual(open(readFileSync(path.join(KUBERNETES, 'overlays/staging/sealed-secrets.yaml'), 'utf8').split('\n---\n')[1], 'controller').status, 0);

  mkdirSync(at('empty'));
  for (const [words, expected] of [
    [['staging', at('empty'), at('controller.crt')], /holds no directories/],
    [['nowhere', at('plain'), at('controller.crt')], /there is no overlay nowhere/],
    [['staging'], /seal.sh OVERLAY/],
  ]) {
    const refused = seal(...words);
    assert.equal(refused.status, 2);
    assert.match(refused.stdout + refused.stderr, expected);
  }
});
