// The images, run as they are deployed: what is in them, what they may, and a game that is played on them.
import assert from 'node:assert/strict';
import { spawnSync, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { HOST, makeCertificates, say } from '../edge.mjs';
import { desktop, knock, map, openBrowser, person, phone, until } from '../people.mjs';
import { address, contents, filesOf, flagsOf, generator, image, isWell, linesOf, logs, makePlace, pid, podman, production, unlike, workload } from './containers.mjs';

const PORT = 8443;
const SERVER = 1001;
const EDGE = 101;
const DATABASE = 70;
const TABLES = 4;

const manifests = production();
const [ofServer, ofEdge, ofDatabase] = ['server', 'client', 'database'].map((name) => workload(name, manifests));
const { args } = ofServer.container;

let certificates, place, inner, server, edge, outside;

/** A secret with a certificate, its key, and an authority; what is null is left out. */
const tlsSecret = (word, group, of, { crt = `${of}/tls.crt`, key = `${of}/tls.key`, ca = 'inner-ca.crt', mode } = {}) => {
  const files = Object.entries({ 'tls.crt': crt, 'tls.key': key, 'ca.crt': ca }).filter(([, from]) => from !== null);
  return place.secret(word, Object.fromEntries(files.map(([name, from]) => [name, certificates.at(from)])), group, mode);
};
const isReady = ['sh', '/etc/nginx/start.sh', 'ready'];

before(async () => {
  execFileSync('cargo', ['build', '--quiet', '--locked', '--package', 'load'], { cwd: '..', stdio: ['ignore', 'ignore', 'inherit'] });
  certificates = await makeCertificates();
  place = makePlace();
  // Inside there is no way out; only the edge is on both networks.
  inner = place.network('inner', '--internal');
  outside = place.network('outside');
  const subnet = podman('network', 'inspect', '--format', '{{(index .Subnets 0).Subnet}}', inner);
  server = place.run(
    'server',
    ...flagsOf(ofServer, { data: place.volume('data'), tls: tlsSecret('server', SERVER, 'server') }),
    // Where a name leads the edge asks once, and its system remembers who has an address: a service keeps both, whatever
    // runs behind it.
    `--network=${inner}:alias=server,ip=${subnet.replace(/0\/\d+$/, '10')},mac=02:00:00:00:00:10`,
    // What a ConfigMap gives it there.
    `--env=WARDLIGHT_PUBLIC_URL=https://${HOST}:${PORT}`,
    `--env=WARDLIGHT_TRUSTED_PROXY=${subnet}`,
    image('server'),
    ...args,
  );
  await isWell(server, '/wardlight', 'healthcheck');
  edge = place.run(
    'edge',
    ...flagsOf(ofEdge, { 'edge-tls': tlsSecret('edge', EDGE, 'edge'), 'server-tls': tlsSecret('proxy', EDGE, 'proxy') }),
    `--network=${inner}`,
    `--network=${outside}`,
    image('client'),
  );
  await isWell(edge, ...isReady);
});

after(() => {
  place?.clear();
  if (certificates) rmSync(certificates.home, { recursive: true, force: true });
});

const link = (label) => logs(server).split('\n').find((line) => line.includes(label))?.match(/https?:\S+/)?.[0];

test('images are built on what is pinned by digest, and say what they are', () => {
  const version = readFileSync('../Cargo.toml', 'utf8').match(/^\[workspace\.package\]\nversion = "(.*)"$/m)[1];
  const base = { server: 'scratch', client: 'localhost/wardlight-test/nginx' };
  for (const [name, title] of Object.entries({ server: 'Wardlight server', client: 'Wardlight edge' })) {
    const { Labels } = JSON.parse(podman('image', 'inspect', image(name)))[0].Config;
    const said = (word) => Labels[`org.opencontainers.image.${word}`];
    assert.equal(said('title'), title);
    assert.equal(said('version'), version);
    assert.match(said('revision'), /^[0-9a-f]{40}(-dirty)?$/);
    assert.equal(execFileSync('git', ['cat-file', '-t', said('revision').replace('-dirty', '')], { encoding: 'utf8' }), 'commit\n', 'it is a revision of this repository');
    assert.equal(said('source'), 'https://git.example/wardlight');
    assert.equal(said('base.name'), base[name]);
    assert.equal(said('licenses'), 'MIT OR Apache-2.0');
  }
});

/** What podman itself puts into each container. */
const OF_PODMAN = ['/dev/', '/dev/console', '/etc/', '/etc/hostname', '/etc/hosts', '/etc/mtab', '/etc/resolv.conf', '/proc/', '/run/', '/run/.containerenv', '/sys/'];
const ownFiles = (name) => filesOf(name).filter(({ file }) => !OF_PODMAN.includes(file)).map(({ file, owner }) => `${file} ${owner}`);

test('the image of the server holds one program, and nothing that could start another', () => {
  assert.deepEqual(ownFiles('server').sort(), ['/data/ 1001/1001', '/wardlight 0/0']);
  const { Size, Config } = JSON.parse(podman('image', 'inspect', image('server')))[0];
  assert.ok(Size < 40e6, `${Size} bytes`);
  assert.equal(Config.User, '1001:1001');
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
  assert.throws(() => list('server', image('client')), 'an image without the list is noticed');
});

/** The packages of which something is in the client that is built from these files, and the files that it consists of. */
function packagesOf(client, dist) {
  const told = execFileSync('node', ['--input-type=module', '--eval', BUNDLE, client, dist], { cwd: client, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(told.trim().split('\n').at(-1));
}
const BUNDLE = `
  import { build } from 'vite';
  const [client, outDir] = process.argv.slice(1);
  const from = new Set();
  const tell = {
    name: 'tell',
    generateBundle(_, bundle) {
      for (const { modules } of Object.values(bundle)) for (const [id, { renderedLength }] of Object.entries(modules ?? {})) if (renderedLength > 0) from.add(id);
    },
  };
  await build({ root: client, logLevel: 'error', plugins: [tell], build: { outDir, emptyOutDir: true } });
  const names = [...from].map((id) => id.match(/.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/)?.[1]);
  console.log(JSON.stringify([...new Set(names.filter(Boolean))].sort()));
`;

test('what the client is made of is listed, and is what is in the image of the edge', { timeout: 300_000 }, () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-client-'));
  const container = podman('create', '--network=none', image('client'));
  try {
    const packages = packagesOf(new URL('../../client', import.meta.url).pathname, path.join(home, 'dist'));
    // The same files as in the image: so what these were built from is in it.
    podman('cp', `${container}:/usr/share/nginx/html`, path.join(home, 'html'));
    const { status, stdout } = spawnSync('diff', ['--recursive', '--brief', '--exclude=*.gz', path.join(home, 'html'), path.join(home, 'dist')], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    const { components } = JSON.parse(execFileSync('node', ['../scripts/sbom.mjs', 'client'], { encoding: 'utf8', maxBuffer: 1 << 26 }));
    const versions = new Map(components.map(({ group, name, version }) => [group ? `${group}/${name}` : name, version]));
    const installed = (name) => JSON.parse(readFileSync(`../client/node_modules/${name}/package.json`, 'utf8')).version;
    for (const name of ['svelte', 'pixi.js', 'earcut']) assert.ok(packages.includes(name), `${name} of ${packages}`);
    const unlisted = (versions) => packages.filter((name) => versions.get(name) !== installed(name));
    assert.deepEqual(unlisted(versions), []);
    assert.deepEqual(unlisted(new Map([...versions, ['svelte', '1.0.0']])), ['svelte'], 'another version is noticed');
    versions.delete('earcut');
    assert.deepEqual(unlisted(versions), ['earcut'], 'what is not listed is noticed');
  } finally {
    podman('rm', container);
    rmSync(home, { recursive: true, force: true });
  }
});

test('neither container may do anything that it need not, and each has what its manifest gives it', () => {
  assert.deepEqual(unlike(server, ofServer), []);
  assert.deepEqual(unlike(edge, ofEdge), []);
});

/** A container that does nothing, with what a manifest of the database gives it. */
const idle = (word, manifest) => place.run(word, '--network=none', ...flagsOf(manifest), '--entrypoint=["sleep","600"]', image('postgres'));

test('what may too much is noticed', () => {
  assert.deepEqual(unlike(idle('idle', ofDatabase), ofDatabase), []);
  const given = { server: flagsOf(ofServer), client: flagsOf(ofEdge), database: flagsOf(ofDatabase) };
  const drop = 'drop:\n            - ALL';
  /** What somebody could write into the manifests, and what is seen of it in a container. */
  const changes = [
    [/runAsUser: \d+/g, 'runAsUser: 0', /^Uid is 0/m],
    [/runAsGroup: \d+/g, 'runAsGroup: 0', /^Gid is 0/m],
    [/fsGroup: \d+/g, 'fsGroup: 5000', /^its groups are .*5000$/m],
    ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false', /^the root is mounted rw/m],
    ['allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true', /^NoNewPrivs is 0/m],
    ['type: RuntimeDefault', 'type: Unconfined', /^Seccomp is 0/m],
    [drop, 'drop:\n            - NET_RAW', /^CapBnd is 0*[1-9a-f]/m],
    [drop, `${drop}\n            add:\n            - NET_BIND_SERVICE`, /^CapBnd is 0*400$/m],
    [/(limits:\n +cpu: .*\n +ephemeral-storage: .*\n +memory: ).*/g, '$12Gi', /^memory is 2147483648$/m],
    [/(limits:\n +cpu: ).*/g, '$1300m', /^processors are 30000 of 100000$/m],
    ['sizeLimit: 64Mi', 'sizeLimit: 32Mi', /^\/tmp has 33554432 bytes$/m],
  ];
  for (const [index, [line, undone, seen]] of changes.entries()) {
    const changed = manifests.replaceAll(line, undone);
    for (const [name, flags] of Object.entries(given)) assert.notDeepEqual(flagsOf(workload(name, changed)), flags, `${name}: ${undone}`);
    const container = idle(`changed-${index}`, workload('database', changed));
    assert.match(unlike(container, ofDatabase).join('\n'), seen);
    podman('rm', '--force', '--volumes', '--time=0', container);
  }
  assert.throws(() => workload('clients', manifests), /0 workloads/);
  assert.throws(() => flagsOf(ofEdge, { secret: '/tmp' }), /mounts no secret/);
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
  // Whether the end comes before the question was read or after it is a matter of luck.
  assert.ok([52, 56].includes(plain.status), `${plain.status}`);
  assert.equal(plain.stdout, '', 'who comes without TLS is told nothing');
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

/** How many frames the server has received since it started. */
const received = () => {
  const { stdout } = fromEdge('--cacert', certificates.at('inner-ca.crt'), '--resolve', `server:9090:${address(server, inner)}`, 'https://server:9090/metrics');
  return Number(stdout.match(/^wardlight_frames_received_total (\d+)$/m)?.[1]);
};

test('a game is played, and goes on by itself when the server was replaced', { timeout: 240_000 }, async () => {
  const at = address(edge, outside);
  const answer = await say({ ports: { tls: PORT } }, { host: at });
  assert.equal(answer.status, 200);
  const browser = await openBrowser([`--host-resolver-rules=MAP ${HOST} ${at}`]);
  try {
    const people = { master: await person(browser, desktop), player: await person(browser, phone) };
    const { master, player } = people;
    await master.page.goto(link('Game master (works once)'));
    await map(master).waitFor();
    const chat = master.page.getByPlaceholder('Say something, or /r 1d20');
    const speak = async (words) => {
      await chat.fill(words);
      await chat.press('Enter');
      await master.page.getByText(words).first().waitFor();
    };
    await speak('before the server was replaced');
    await knock(player.page, link('Players:'), 'Ada');
    await master.page.getByText('Ada knocks').first().waitFor();
    await master.page.getByRole('button', { name: 'Admit', exact: true }).first().click();
    await map(player).waitFor();
    assert.deepEqual([...master.complaints, ...player.complaints], []);

    // Others play all the while, so that commands are under way when it ends.
    const games = generator({ home: certificates.home, server: `${at}:${PORT}`, host: `${HOST}:${PORT}`, authority: certificates.at('ca.crt') });
    const furnished = received() + TABLES * 40;
    const game = games.play(podman('exec', server, '/wardlight', 'admin', 'new-table', '--count', TABLES, '--format', 'json'), 50);
    await until('the others play', () => {
      assert.equal(game.said.status, null, game.said.stderr);
      return received() > furnished;
    });
    const heard = Object.fromEntries(Object.entries(people).map(([name, { heard }]) => [name, heard.frames.length]));
    for (const { page } of Object.values(people)) await page.evaluate(() => (window.neverLoadedAgain = true));
    podman('restart', '--time=20', server);
    await isWell(server, '/wardlight', 'healthcheck');
    for (const [name, { heard: { frames } }] of Object.entries(people)) await until(`the ${name} is back`, () => frames.slice(heard[name]).some((frame) => JSON.parse(frame).fresh));
    await speak('after the server was replaced');
    await until('the player hears it', () => player.heard.frames.some((frame) => frame.includes('after the server was replaced')));
    await map(player).waitFor();
    for (const [name, { page }] of Object.entries(people)) assert.ok(await page.evaluate(() => window.neverLoadedAgain), `the ${name} loaded no page`);
    await master.page.getByText('before the server was replaced').first().waitFor();

    // Whoever was told that something is done finds it; and nobody was left waiting.
    const played = await game.ended;
    assert.equal(played.stderr.match(/ after \d+ lines: bye: /g)?.length, TABLES * 3, played.stderr);
    assert.ok(linesOf(played.stdout) > TABLES * 3, played.stdout);
    const remembered = await games.recall(played.stdout);
    assert.equal(remembered.status, 0, remembered.stderr);
    assert.equal(Number(remembered.stdout), linesOf(played.stdout));
    const [table] = played.stdout.split('\n');
    const more = await games.recall(table.replace(/"Player-1":(\d+)/, (_, lines) => `"Player-1":${Number(lines) + 9}`));
    assert.match(more.stderr, /Player-1 \d+ was acknowledged and is not there/);
  } finally {
    await browser.close();
  }
});

/** What a program says that does not start: its exit code and its lines. */
function refusal(manifest, mounts, ...words) {
  const { status, stderr } = spawnSync('podman', ['run', '--rm', '--no-healthcheck', '--network=none', ...flagsOf(manifest, mounts), ...words], { encoding: 'utf8', timeout: 60_000 });
  return { status, lines: stderr.split('\n').filter(Boolean) };
}

test('what cannot be right stops the start with one line', () => {
  certificates.issue('stale', 'inner-ca', 0, 'serverAuth', 'server');
  const files = (word, what) => ({ tls: tlsSecret(word, SERVER, 'server', what) });
  const right = files('right');
  const wrong = {
    missing: [{}, /tls\.crt/],
    readable: [files('readable', { mode: 0o444 }), /tls\.key/],
    'the key of another': [files('misfit', { key: 'proxy/tls.key' }), /the certificate and its key do not work together/],
    expired: [files('expired', { crt: 'stale/tls.crt', key: 'stale/tls.key' }), /which is not now/],
    'without an authority': [files('no-authority', { ca: 'server/tls.key' }), /no certificate that can vouch/],
    'a network that is none': [right, /'10\.0\.0\.0\/33' for '--trusted-proxy/, '--trusted-proxy=10.0.0.0/33'],
    'a setting out of range': [right, /'1,1' for '--password-cost/, '--password-cost=1,1'],
  };
  for (const [word, [mounts, expected, ...words]] of Object.entries(wrong)) {
    const { status, lines } = refusal(ofServer, mounts, image('server'), ...args, `--public-url=https://${HOST}`, ...words);
    const told = lines.filter((line) => line !== "For more information, try '--help'.");
    assert.ok(status > 0, `${word}: ${lines}`);
    assert.equal(told.length, 1, `${word}: ${lines}`);
    assert.match(told[0], expected, word);
  }
});

/** A certificate that nobody vouches for, good from tomorrow on. */
function issueForTomorrow(name) {
  const at = (file) => certificates.at(`${name}/${file}`);
  mkdirSync(at('made'), { recursive: true });
  writeFileSync(at('index'), '');
  writeFileSync(at('configuration'), `[ca]\ndefault_ca = it\n[it]\ndatabase = ${at('index')}\nnew_certs_dir = ${at('made')}\nrand_serial = yes\ndefault_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n`);
  const day = (days) => `${new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`;
  execFileSync('openssl', ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${HOST}`, '-keyout', at('tls.key'), '-out', at('request')], { stdio: 'ignore' });
  execFileSync('openssl', ['ca', '-batch', '-selfsign', '-config', at('configuration'), '-keyfile', at('tls.key'), '-in', at('request'), '-out', at('tls.crt'), '-notext', '-startdate', day(1), '-enddate', day(2)], { stdio: 'ignore' });
}

test('the edge does not start, and is not ready any more, with files that cannot be right, and says so in one line', { timeout: 300_000 }, () => {
  certificates.issue('edge-stale', 'ca', 0, 'serverAuth', HOST);
  certificates.issue('proxy-stale', 'inner-ca', 0, 'clientAuth', 'edge');
  issueForTomorrow('edge-early');
  writeFileSync(certificates.at('junk'), 'junk\n');
  const at = (name) => `/etc/nginx/tls/${name}`;
  const of = (name) => ({ crt: `${name}/tls.crt`, key: `${name}/tls.key` });
  const wrong = [
    ['edge', { crt: null }, at('edge/tls.crt is missing')],
    ['edge', { key: null }, at('edge/tls.key is missing')],
    ['edge', { key: 'proxy/tls.key' }, `${at('edge/tls.key')}") failed`],
    ['edge', { key: 'junk' }, `key "${at('edge/tls.key')}"`],
    ['edge', { crt: 'junk' }, at('edge/tls.crt holds no certificate')],
    ['edge', of('edge-stale'), at('edge/tls.crt was good until')],
    ['edge', of('edge-early'), at('edge/tls.crt is good from')],
    ['edge', { mode: 0o444 }, at('edge/tls.key can be read by others')],
    ['edge', { mode: 0o400 }, at('edge/tls.crt cannot be read')],
    ['proxy', { crt: null }, at('server/tls.crt is missing')],
    ['proxy', { key: 'server/tls.key' }, `${at('server/tls.key')}") failed`],
    ['proxy', of('proxy-stale'), at('server/tls.crt was good until')],
    ['proxy', { mode: 0o444 }, at('server/tls.key can be read by others')],
    ['proxy', { ca: null }, at('server/ca.crt is missing')],
    ['proxy', { ca: 'junk' }, `${at('server/ca.crt')}") failed`],
  ];
  const ready = () => spawnSync('podman', ['exec', edge, ...isReady], { encoding: 'utf8' });
  const running = pid(edge);
  for (const [index, [name, what, expected]] of wrong.entries()) {
    const files = (word, part) => tlsSecret(`${word}-${index}`, EDGE, part, part === name ? what : {});
    const { status, lines } = refusal(ofEdge, { 'edge-tls': files('edge', 'edge'), 'server-tls': files('proxy', 'proxy') }, image('client'));
    assert.equal(status, 1, `${expected}: ${lines}`);
    assert.equal(lines.length, 1, `${expected}: ${lines}`);
    assert.ok(lines[0].startsWith('wardlight edge: ') && lines[0].includes(expected), lines[0]);
    tlsSecret(name, EDGE, name, what);
    const later = ready();
    assert.equal(later.status, 1, expected);
    assert.deepEqual([later.stdout, later.stderr.split('\n')[0]], ['', lines[0]]);
    tlsSecret(name, EDGE, name);
    assert.equal(ready().status, 0, 'with the right ones it is');
  }
  assert.equal(pid(edge), running);

  // Without a check the same files get as far as nginx, which here finds no server to go to.
  const script = readFileSync('../deploy/nginx/start.sh', 'utf8');
  for (const [check, what] of [['is_good_now "$edge_certificate"', of('edge-stale')], ['is_closed "$edge_key"', { mode: 0o444 }], ['fit_together', { key: 'proxy/tls.key' }]]) {
    const without = script.replace(`\n${check}\n`, '\n');
    assert.notEqual(without, script);
    writeFileSync(certificates.at('start.sh'), without);
    const mounts = { 'edge-tls': tlsSecret('edge-unchecked', EDGE, 'edge', what), 'server-tls': tlsSecret('proxy-unchecked', EDGE, 'proxy') };
    const { lines } = refusal(ofEdge, mounts, `--volume=${certificates.at('start.sh')}:/etc/nginx/start.sh:ro`, image('client'));
    assert.match(lines.join('\n'), /host not found in upstream/, check);
  }
});

test('the edge shows a renewed certificate at once', () => {
  const shown = () => spawnSync('nsenter', [`--net=/proc/${pid(edge)}/ns/net`, 'openssl', 's_client', '-connect', '127.0.0.1:8443', '-servername', HOST], { encoding: 'utf8', input: '' }).stdout.match(/-----BEGIN[^]*END CERTIFICATE-----/)?.[0];
  const read = (name) => readFileSync(certificates.at(`${name}/tls.crt`), 'utf8').trim();
  certificates.issue('edge-next', 'ca', 2, 'serverAuth', HOST);
  const running = pid(edge);
  for (const name of ['edge', 'edge-next', 'edge']) {
    tlsSecret('edge', EDGE, name);
    assert.equal(shown(), read(name));
  }
  assert.equal(pid(edge), running);
});

/** Another directory that images can be built from, with what these files are. */
function makeContext() {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-context-'));
  const left = ['client/node_modules', 'client/dist'].map((name) => path.resolve('..', name));
  for (const name of ['.dockerignore', 'client', 'deploy/nginx', 'deploy/postgresql', 'deploy/docker']) cpSync(path.resolve('..', name), path.join(home, name), { recursive: true, filter: (from) => !left.includes(from) });
  return home;
}

test('the same source is the same image, and one byte makes another', { timeout: 600_000 }, () => {
  const context = makeContext();
  const again = `again-${process.pid}`;
  const make = () => {
    execFileSync('../scripts/images.sh', ['client'], { env: { ...process.env, AGAIN: 'yes', CONTEXT: context, NAMED: again }, stdio: ['ignore', 'ignore', 'inherit'] });
    return contents(again);
  };
  try {
    const first = make();
    assert.equal(make(), first);
    const source = path.join(context, 'client/index.html');
    const text = readFileSync(source, 'utf8');
    writeFileSync(source, text.replace('Wardlight', 'Wardlighd'));
    assert.notEqual(readFileSync(source, 'utf8'), text);
    assert.notEqual(make(), first);
  } finally {
    podman('rmi', '--force', image(again));
    rmSync(context, { recursive: true });
  }
});

test('an image is made of what is named, and of no secret that lies beside it', () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-context-'));
  const named = `context-${process.pid}`;
  const wanted = ['Cargo.lock', 'Cargo.toml', 'LICENSE-MIT', 'client/package.json', 'client/src/App.svelte', 'crates/server/src/main.rs', 'deploy/nginx/nginx.conf', 'deploy/postgresql/certificates.sh', 'xtask/src/main.rs'];
  const planted = [
    ...['.env', '.env.local', '.git/config', 'README.md', 'data/wardlight.db', 'server.pem', 'target/debug/wardlight', 'node_modules/left/index.js'],
    ...['client/.env', 'client/.env.production', 'client/src/own.pem', 'client/node_modules/left/index.js', 'client/dist/index.html', 'crates/server/.env', 'crates/server/tls.key', 'crates/server/target/debug/it'],
    ...['deploy/nginx/tls/edge/tls.key', 'deploy/nginx/tls/edge.pem', 'deploy/docker/.env', 'deploy/docker/secrets/client/edge/tls.key', 'deploy/kubernetes/seal.sh', 'bench/load/ca.pem'],
  ];
  const ignore = readFileSync('../.dockerignore', 'utf8');
  /** The files that a build is given, with these lines of what is left out. */
  const given = (lines) => {
    writeFileSync(path.join(home, 'context/.dockerignore'), lines);
    podman('build', '--quiet', '--file', path.join(home, 'Dockerfile'), '--tag', image(named), path.join(home, 'context'));
    return ownFiles(named).map((line) => line.slice(1).split(' ')[0]).filter((file) => !file.endsWith('/')).sort();
  };
  try {
    for (const name of [...wanted, ...planted]) {
      mkdirSync(path.join(home, 'context', path.dirname(name)), { recursive: true });
      writeFileSync(path.join(home, 'context', name), name);
    }
    writeFileSync(path.join(home, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
    assert.deepEqual(given(ignore), wanted);
    for (const line of ['*', '**/target', '**/node_modules', 'client/dist', '**/*.pem', '**/*.key', '**/.env*']) {
      assert.ok(ignore.includes(`\n${line}\n`), line);
      assert.notDeepEqual(given(ignore.replace(`\n${line}\n`, '\n')), wanted, `without ${line}`);
    }
  } finally {
    spawnSync('podman', ['rmi', '--force', image(named)]);
    rmSync(home, { recursive: true });
  }
});
