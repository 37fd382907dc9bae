// The images, run as they are deployed: what is in them, what they may, and a game that is played on them.
import assert from 'node:assert/strict';
import { spawnSync, execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { HOST, makeCertificates, say } from '../edge.mjs';
import { desktop, map, openBrowser, person, phone, until } from '../people.mjs';
import { HARDENED, address, filesOf, image, isWell, logs, makePlace, pid, podman, tooMuch } from './containers.mjs';

const PORT = 8443;
const SERVER = 1001;
const EDGE = 101;

let certificates, place, inner, server, edge, outside;

/** What the manifest has the server do. */
const [deployment] = parseAllDocuments(readFileSync('../deploy/kubernetes/base/server.yaml', 'utf8')).map((document) => document.toJS());
const { args: ofServer } = deployment.spec.template.spec.containers[0];

const tlsSecret = (word, directory, authority, group, mode) =>
  place.secret(
    word,
    { 'tls.crt': certificates.at(`${directory}/tls.crt`), 'tls.key': certificates.at(`${directory}/tls.key`), 'ca.crt': certificates.at(authority.includes('/') ? authority : `${authority}.crt`) },
    group,
    mode,
  );

before(async () => {
  certificates = await makeCertificates();
  place = makePlace();
  // Inside there is no way out; only the edge is on both networks.
  inner = place.network('inner', '--internal');
  outside = place.network('outside');
  const subnet = podman('network', 'inspect', '--format', '{{(index .Subnets 0).Subnet}}', inner);
  const secrets = tlsSecret('server', 'server', 'inner-ca', SERVER);
  server = place.run(
    'server',
    ...HARDENED,
    // Where a name leads the edge asks once, and its system remembers who has an address: a service keeps both, whatever
    // runs behind it.
    `--network=${inner}:alias=server,ip=${subnet.replace(/0\/\d+$/, '10')},mac=02:00:00:00:00:10`,
    `--volume=${place.volume('data')}:/data`,
    `--volume=${secrets}:/secrets/tls:ro`,
    image('server'),
    ...[...ofServer, `--public-url=https://${HOST}:${PORT}`, `--trusted-proxy=${subnet}`],
  );
  await isWell(server, '/wardlight', 'healthcheck');
  edge = place.run(
    'edge',
    ...HARDENED,
    `--network=${inner}`,
    `--network=${outside}`,
    `--volume=${tlsSecret('edge', 'edge', 'ca', EDGE)}:/etc/nginx/tls/edge:ro`,
    `--volume=${tlsSecret('proxy', 'proxy', 'inner-ca', EDGE)}:/etc/nginx/tls/server:ro`,
    image('client'),
  );
  await isWell(edge, 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8080/healthz');
});

after(() => {
  place?.clear();
  if (certificates) rmSync(certificates.home, { recursive: true, force: true });
});

const link = (label) => logs(server).split('\n').find((line) => line.includes(label))?.match(/https?:\S+/)?.[0];

/** What a Dockerfile builds on that is not pinned. */
const loose = (text) => [
  ...[...text.matchAll(/^ARG (\w+_IMAGE)=(.*)$/gm)].filter(([, , image]) => !/@sha256:[0-9a-f]{64}$/.test(image)).map(([line]) => line),
  ...[...text.matchAll(/^FROM (\S+)/gm)].filter(([, from]) => !/^\$\{\w+_IMAGE\}$/.test(from)).map(([line]) => line),
];

test('images are built on what is pinned by digest', () => {
  for (const name of ['server', 'client']) {
    const text = readFileSync(`../deploy/docker/${name}.Dockerfile`, 'utf8');
    assert.deepEqual(loose(text), []);
    assert.equal(loose(text.replaceAll(/@sha256:\w+/g, '')).length, text.match(/^ARG \w+_IMAGE/gm).length, 'what is not is noticed');
    assert.equal(loose(`${text}\nFROM nginx:latest`).length, 1);
  }
});

test('the image of the server holds one program, and nothing that could start another', () => {
  const files = filesOf('server').filter(({ file }) => !/^\/(dev|proc|sys|etc|run)\//.test(file));
  assert.deepEqual(files.map(({ file, owner }) => `${file} ${owner}`).sort(), ['/data/ 1001/1001', '/wardlight 0/0']);
  const { Size, Config } = JSON.parse(podman('image', 'inspect', image('server')))[0];
  assert.ok(Size < 40e6, `${Size} bytes`);
  assert.equal(Config.User, '1001:1001');
  assert.equal(Config.Labels['org.opencontainers.image.title'], 'Wardlight server');
  const health = podman('image', 'inspect', '--format', '{{json .HealthCheck}}', image('server'));
  assert.match(health, /"\/wardlight","healthcheck"/);
});

test('the image of the edge adds the client and its configuration to its base, and nothing else', () => {
  const base = new Set(filesOf('nginx').map(({ file }) => file));
  const added = filesOf('client').filter(({ file }) => !base.has(file) && !file.endsWith('/'));
  assert.ok(added.length > 10);
  assert.deepEqual(added.filter(({ file }) => !/^\/(etc\/nginx|usr\/share\/nginx\/html)\//.test(file)), []);
  assert.equal(JSON.parse(podman('image', 'inspect', image('client')))[0].Config.User, '101:101');
});

test('what the server is made of is listed in its image, and is what the lock file pins', () => {
  const list = (...words) => JSON.parse(execFileSync('node', ['../scripts/sbom.mjs', ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 }));
  const { bomFormat, components } = list('server', image('server'));
  assert.equal(bomFormat, 'CycloneDX');
  const locked = new Set([...readFileSync('../Cargo.lock', 'utf8').matchAll(/^name = "(.+)"\nversion = "(.+)"$/gm)].map(([, name, version]) => `${name}@${version}`));
  const listed = components.map(({ name, version }) => `${name}@${version}`);
  assert.deepEqual(listed.filter((crate) => !locked.has(crate)), []);
  const names = new Set(components.filter(({ scope }) => scope === 'required').map(({ name }) => name));
  for (const name of ['server', 'tabletop', 'rustls', 'sqlx', 'tokio', 'mimalloc']) assert.ok(names.has(name), name);
  for (const name of ['criterion', 'proptest', 'compliance', 'load']) assert.ok(!names.has(name), `${name} is no part of it`);
  assert.ok(list('client').components.some(({ purl }) => purl.startsWith('pkg:npm/svelte@')));
  assert.throws(() => list('server', image('client')), 'an image without the list is noticed');
});

test('neither container may do anything that it need not', () => {
  assert.deepEqual(tooMuch(server, SERVER), []);
  assert.deepEqual(tooMuch(edge, EDGE), []);
});

test('what may too much is noticed', async () => {
  const loose = place.run('loose', '--network=none', '--user=0:0', image('server'));
  await isWell(loose, '/wardlight', 'healthcheck');
  const found = tooMuch(loose, SERVER).join(', ');
  for (const word of ['Uid', 'CapEff', 'NoNewPrivs', 'the root is mounted rw']) assert.ok(found.includes(word), found);
  const unconfined = place.run('unconfined', ...HARDENED, '--security-opt=seccomp=unconfined', '--network=none', image('server'));
  await isWell(unconfined, '/wardlight', 'healthcheck');
  assert.match(tooMuch(unconfined, SERVER).join(', '), /Seccomp is 0/);
});

test('the server can reach nobody, and nobody can reach it past the edge', async () => {
  const inside = (...words) => spawnSync('nsenter', [`--net=/proc/${pid(server)}/ns/net`, ...words], { encoding: 'utf8' });
  assert.ok(!inside('ip', 'route').stdout.includes('default'), 'there is no way out');
  const ours = address(edge, inner);
  assert.match(inside('ip', 'route').stdout, new RegExp(`${ours.split('.').slice(0, 3).join('\\.')}\\.`));
  assert.notEqual(fromEdge('--insecure', `https://${address(server, inner)}:8443/`).status, 0, 'without a certificate');
  assert.equal(fromEdge(`http://${address(server, inner)}:8080/`).status, 7, 'plain HTTP is on loopback alone');
});

/** How curl fares with the server where the edge is, which stands for whoever has a way there. */
const fromEdge = (...words) => spawnSync('nsenter', [`--net=/proc/${pid(edge)}/ns/net`, 'curl', '--silent', '--max-time', '5', ...words], { encoding: 'utf8' });

test('the ops listener speaks TLS, with the certificate that the inner authority gave', () => {
  const known = ['--resolve', `server:9090:${address(server, inner)}`, 'https://server:9090/metrics'];
  const told = fromEdge('--cacert', certificates.at('inner-ca.crt'), ...known);
  assert.equal(told.status, 0);
  assert.match(told.stdout, /^process_start_time_seconds /m);
  assert.equal(fromEdge('--cacert', certificates.at('ca.crt'), ...known).status, 60, 'another authority does not vouch for it');
  const plain = fromEdge('--resolve', `server:9090:${address(server, inner)}`, 'http://server:9090/metrics');
  assert.deepEqual([plain.status, plain.stdout], [52, ''], 'who comes without TLS is told nothing');
  const here = spawnSync('nsenter', [`--net=/proc/${pid(server)}/ns/net`, 'curl', '--silent', '--max-time', '5', 'http://127.0.0.1:9090/ready'], { encoding: 'utf8' });
  assert.equal(here.stdout, 'ready\n', 'nobody listens in on loopback');
});

test('the image can tell whether it is well', () => {
  assert.equal(spawnSync('podman', ['healthcheck', 'run', server]).status, 0);
  assert.equal(spawnSync('podman', ['healthcheck', 'run', edge]).status, 0);
});

test('no secret is an argument, a variable, or in a log', () => {
  const secret = readFileSync(certificates.at('server/tls.key'), 'utf8').split('\n')[1];
  assert.ok(secret.length > 40);
  for (const container of [server, edge]) {
    for (const file of ['cmdline', 'environ']) assert.ok(!readFileSync(`/proc/${pid(container)}/${file}`, 'utf8').includes(secret), file);
    assert.ok(!logs(container).includes(secret));
    assert.ok(!podman('inspect', container).includes(secret));
  }
  assert.ok(readFileSync(`/proc/${pid(server)}/root/secrets/tls/tls.key`, 'utf8').includes(secret), 'it is where it belongs');
});

test('no image of the memory of the server is written, and no other process of its user may read it', () => {
  assert.match(readFileSync(`/proc/${pid(server)}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
  // What is its user's own may be read by all that run as that user; this is the system's.
  assert.equal(statSync(`/proc/${pid(server)}/environ`).uid, 0);
  assert.equal(statSync(`/proc/${pid(edge)}/environ`).uid, EDGE, 'of others it can be read');
});

test('a game is played, and goes on by itself when the server was replaced', { timeout: 180_000 }, async () => {
  const at = address(edge, outside);
  const answer = await say({ ports: { tls: PORT } }, { host: at });
  assert.equal(answer.status, 200);
  const browser = await openBrowser([`--host-resolver-rules=MAP ${HOST} ${at}`]);
  try {
    const [master, player] = [await person(browser, desktop), await person(browser, phone)];
    await master.page.goto(link('Game master (works once)'));
    await map(master).waitFor();
    const chat = master.page.getByPlaceholder('Say something, or /r 1d20');
    const speak = async (words) => {
      await chat.fill(words);
      await chat.press('Enter');
      await master.page.getByText(words).first().waitFor();
    };
    await speak('before the server was replaced');
    await player.page.goto(link('Players:'));
    await player.page.getByRole('textbox').first().fill('Ada');
    await player.page.keyboard.press('Enter');
    await master.page.getByText('Ada').first().waitFor();
    assert.deepEqual([...master.complaints, ...player.complaints], []);
    const heard = master.heard.frames.length;
    podman('restart', '--time=20', server);
    await isWell(server, '/wardlight', 'healthcheck');
    await until('the master is back', () => master.heard.frames.slice(heard).some((frame) => JSON.parse(frame).fresh));
    await speak('after the server was replaced');
    await master.page.getByText('before the server was replaced').first().waitFor();
  } finally {
    await browser.close();
  }
});

test('what cannot be right stops the start with one line', () => {
  certificates.issue('stale', 'inner-ca', 0, 'serverAuth', 'server');
  const wrong = {
    missing: [null, /tls\.crt/],
    readable: [tlsSecret('readable', 'server', 'inner-ca', SERVER, 0o444), /tls\.key/],
    expired: [tlsSecret('expired', 'stale', 'inner-ca', SERVER), /which is not now/],
    'without an authority': [tlsSecret('no-authority', 'server', 'server/tls.key', SERVER), /no certificate that can vouch/],
  };
  for (const [word, [secrets, expected]] of Object.entries(wrong)) {
    const mounts = secrets ? [`--volume=${secrets}:/secrets/tls:ro`] : [];
    const words = [...HARDENED, '--network=none', ...mounts, image('server'), ...ofServer, `--public-url=https://${HOST}`];
    const { status, stderr } = spawnSync('podman', ['run', '--rm', ...words], { encoding: 'utf8', timeout: 60_000 });
    const lines = stderr.split('\n').filter((line) => line && !/syslog|systemd/.test(line));
    assert.equal(status, 1, `${word}: ${stderr}`);
    assert.equal(lines.length, 1, `${word}: ${stderr}`);
    assert.match(lines[0], expected, word);
  }
});

test('the same source is the same image', () => {
  const id = (name) => podman('image', 'inspect', '--format', '{{.Digest}} {{.Id}}', image(name));
  const first = ['server', 'client'].map(id);
  execFileSync('../scripts/images.sh', ['server', 'client'], { stdio: ['ignore', 'ignore', 'inherit'] });
  assert.deepEqual(['server', 'client'].map(id), first);
});
