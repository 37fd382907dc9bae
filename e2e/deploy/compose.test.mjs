// One host: the edge, the server and its database as compose.yaml has them, and a game that goes on while they are changed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, chmodSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { HOST } from '../edge.mjs';
import { until } from '../people.mjs';
import { makeStack } from './compose.mjs';
import { address, generator, image, linesOf, logs, pid, podman, processes, tooMuch } from './containers.mjs';

const SERVICES = { client: 101, server: 1001, database: 70 };
const TABLES = 4;
const CERTIFICATE = new URL('../../scripts/certificate.sh', import.meta.url).pathname;

let stack, games;

before(async () => {
  execFileSync('cargo', ['build', '--quiet', '--locked', '--package', 'server', '--package', 'load'], { cwd: '..', stdio: ['ignore', 'ignore', 'inherit'] });
  stack = await makeStack();
  await stack.up();
  await stack.answers();
  games = generator({ home: stack.at(''), server: `127.0.0.1:${stack.port}`, host: `${HOST}:${stack.port}`, authority: stack.at('secrets/client/edge/tls.crt') });
});

after(() => stack?.clear());

const secret = (file) => readFileSync(stack.at(`secrets/${file}`), 'utf8').trim();
/** Replaces a secret as a whole, as it is mounted. */
const replace = (file, text, group) => {
  const place = stack.at(`secrets/${file}`);
  writeFileSync(`${place}.new`, text);
  chownSync(`${place}.new`, 0, group);
  chmodSync(`${place}.new`, 0o440);
  renameSync(`${place}.new`, place);
};
const inside = (service, ...words) => spawnSync('nsenter', [`--net=/proc/${pid(stack.name(service))}/ns/net`, ...words], { encoding: 'utf8', timeout: 20_000 });

/** Begins a game at new tables; it is on when the first lines are stored. */
async function play(seconds) {
  const events = () => Number(stack.ask('select count(*) from wardlight.events'));
  const furnished = events() + TABLES * 20;
  const game = games.play(podman('exec', stack.name('server'), '/wardlight', 'admin', 'new-table', '--count', TABLES, '--format', 'json'), seconds);
  await until('the game is on', () => {
    assert.equal(game.said.status, null, game.said.stderr);
    return events() > furnished;
  });
  return game;
}
const recall = (played) => games.recall(played);

/** Every file of secrets, with who may read it. */
const files = () =>
  readdirSync(stack.at('secrets'), { recursive: true })
    .map((name) => ({ name, ...statSync(stack.at(`secrets/${name}`)) }))
    .sort((a, b) => a.name.localeCompare(b.name));
const contents = () => [...files().filter(({ mode }) => (mode & 0o170000) === 0o100000).map(({ name }) => `${name}: ${secret(name)}`), ...['site/names.conf', '.env'].map((name) => readFileSync(stack.at(name), 'utf8'))];

test('secrets are made once, and each is readable for one program', () => {
  const made = contents();
  assert.ok(made.length > 20);
  stack.secrets(HOST);
  assert.deepEqual(contents(), made, 'a second call changes nothing');
  const open = ({ uid, gid, mode, name }) => uid !== 0 || (mode & 0o7) !== 0 || (gid === 0 ? (mode & 0o70) !== 0 : SERVICES[name.split('/')[0]] !== gid);
  assert.deepEqual(files().filter(open).map(({ name }) => name), []);
  chmodSync(stack.at('secrets/server/tls/tls.key'), 0o444);
  assert.deepEqual(files().filter(open).map(({ name }) => name), ['server/tls/tls.key'], 'what others may read is noticed');
  chmodSync(stack.at('secrets/server/tls/tls.key'), 0o440);
});

test('a certificate that ends soon is made anew and shown at once, and one of your own is left alone', async () => {
  const shown = () => inside('server', 'openssl', 's_client', '-connect', '127.0.0.1:8443', '-servername', 'server').stdout.match(/-----BEGIN[^]*END CERTIFICATE-----/)?.[0];
  const made = secret('server/tls/tls.crt');
  assert.equal(shown(), made);
  const issue = (to, by, days, ...words) => execFileSync(CERTIFICATE, ['issue', stack.at(to), by, days, 'serverAuth', ...words].map(String));
  issue('soon', stack.at('secrets/authorities/edge-and-server'), 5, 'server');
  for (const name of ['tls.key', 'tls.crt']) replace(`server/tls/${name}`, readFileSync(stack.at(`soon/${name}`)), SERVICES.server);
  execFileSync(CERTIFICATE, ['authority', stack.at('world')]);
  issue('own', stack.at('world'), 5, HOST);
  const before = { key: secret('client/edge/tls.key'), crt: secret('client/edge/tls.crt') };
  for (const name of ['tls.key', 'tls.crt']) replace(`client/edge/${name}`, readFileSync(stack.at(`own/${name}`)), SERVICES.client);
  const own = secret('client/edge/tls.crt');
  stack.secrets(HOST);
  const renewed = secret('server/tls/tls.crt');
  assert.notEqual(renewed, made);
  assert.notEqual(renewed, readFileSync(stack.at('soon/tls.crt'), 'utf8').trim());
  assert.equal(secret('client/edge/tls.crt'), own);
  await until('the server shows it', () => shown() === renewed);
  replace('client/edge/tls.key', before.key, SERVICES.client);
  replace('client/edge/tls.crt', before.crt, SERVICES.client);
});

test('what is not said in so many words is refused', () => {
  for (const words of [['Table.Example'], ['-x'], [HOST, '--port', '0'], [HOST, '--port'], [HOST, 'more'], ['--rotate']]) {
    assert.throws(() => stack.secrets(...words), /Command failed/, words.join(' '));
  }
  assert.match(stack.secrets('--help'), /--rotate-database/);
});

test('images are pinned by digest or built here', () => {
  const text = readFileSync('../deploy/docker/compose.yaml', 'utf8');
  const loose = (text) => [...text.matchAll(/^ {4}image: \$\{\w+:-(.*)\}$/gm)].map(([, name]) => name).filter((name) => !/@sha256:[0-9a-f]{64}$/.test(name));
  assert.deepEqual(loose(text), ['wardlight-client', 'wardlight-server']);
  assert.equal(text.match(/^ {4}image:/gm).length, 3);
  assert.equal(text.match(/^ {4}build:/gm).length, 2);
  assert.equal(loose(text.replace(/@sha256:\w+/, '')).length, 3, 'what is not is noticed');
});

/** What a container was given that differs from what it should be. */
function unlike(container) {
  const { HostConfig, Mounts } = JSON.parse(podman('inspect', container))[0];
  const found = [];
  if (HostConfig.Memory !== 512 << 20) found.push(`memory ${HostConfig.Memory}`);
  if (HostConfig.PidsLimit !== 128) found.push(`processes ${HostConfig.PidsLimit}`);
  if (HostConfig.Init) found.push('an init');
  if (HostConfig.RestartPolicy.Name !== 'unless-stopped') found.push(`restart ${HostConfig.RestartPolicy.Name}`);
  for (const word of ['noexec', 'nosuid', 'nodev', 'size=64m']) if (!HostConfig.Tmpfs['/tmp']?.split(',').includes(word)) found.push(`/tmp without ${word}`);
  for (const { Destination, RW } of Mounts) if (RW && !['/data', '/var/lib/postgresql'].includes(Destination)) found.push(`${Destination} can be written to`);
  return found;
}

test('no container may do anything that it need not', () => {
  for (const [service, user] of Object.entries(SERVICES)) {
    assert.deepEqual(tooMuch(stack.name(service), user), [], service);
    assert.deepEqual(unlike(stack.name(service)), [], service);
  }
});

test('what may too much, or has more than it should, is noticed', async () => {
  const given = /^ {2}(read_only|cap_drop|security_opt|tmpfs|pids_limit|mem_limit):.*\n/gm;
  const loose = await makeStack({ change: (text) => text.replace(given, '').replace('/etc/wardlight:ro', '/etc/wardlight') });
  try {
    await loose.up(['database']);
    const found = tooMuch(loose.name('database'), SERVICES.database).join(', ');
    for (const word of ['CapBnd', 'NoNewPrivs', 'the root is mounted rw']) assert.ok(found.includes(word), found);
    const more = unlike(loose.name('database')).join(', ');
    for (const word of ['memory', 'processes', '/tmp without noexec', '/etc/wardlight can be written to']) assert.ok(more.includes(word), more);
  } finally {
    loose.clear();
  }
});

test('people come in by one port, and only the server comes to the database', async () => {
  const ports = Object.keys(SERVICES).map((service) => podman('port', stack.name(service)));
  assert.deepEqual(ports, [`8443/tcp -> 0.0.0.0:${stack.port}`, '', '']);
  const at = { database: address(stack.name('database'), stack.network('storage')), server: address(stack.name('server'), stack.network('inner')) };
  for (const service of ['server', 'database']) assert.doesNotMatch(inside(service, 'ip', 'route').stdout, /default/, `${service} has no way out`);
  assert.match(inside('client', 'ip', 'route').stdout, /default/, 'the edge has');
  // The edge and the database are strangers, in both directions; that they are is not for want of a listener.
  const reach = (service, host, port) => inside(service, 'timeout', '3', 'bash', '-c', `exec 3<>/dev/tcp/${host}/${port}`).status === 0;
  assert.ok(reach('server', at.database, 5432));
  assert.ok(!reach('client', at.database, 5432));
  assert.ok(reach('client', at.server, 8443));
  assert.ok(!reach('database', at.server, 8443));
});

test('the database lets in nobody without a certificate of its authority and a password', () => {
  const ends = stack.at('secrets/server/database-tls');
  const right = {
    host: 'database',
    hostaddr: address(stack.name('database'), stack.network('storage')),
    dbname: 'wardlight',
    user: secret('server/database/username'),
    password: secret('server/database/password'),
    sslmode: 'verify-full',
    sslrootcert: `${ends}/ca.crt`,
    sslcert: `${ends}/tls.crt`,
    sslkey: `${ends}/tls.key`,
  };
  const come = (change) => {
    const words = Object.entries({ ...right, ...change }).map(([key, value]) => `${key}='${value}'`);
    return inside('server', 'psql', '--no-psqlrc', '--no-password', '--tuples-only', '--no-align', `--dbname=${words.join(' ')}`, '--command=select current_user, session_user');
  };
  assert.equal(come({}).stdout.trim(), `wardlight|${right.user}`);
  const theirs = stack.at('secrets/client/server');
  for (const [word, change, expected] of [
    ['in the open', { sslmode: 'disable' }, /no encryption/],
    ['without a certificate', { sslcert: '/none', sslkey: '/none' }, /client certificate/],
    ["with the edge's certificate", { sslcert: `${theirs}/tls.crt`, sslkey: `${theirs}/tls.key` }, /unknown ca|certificate/],
    ['with another password', { password: 'another' }, /password authentication failed/],
    ['without a password', { password: '' }, /no password supplied/],
    ['as the role that has no password', { user: 'wardlight_b' }, /password authentication failed|not permitted to log in/],
    ['as the owner of the files', { user: 'postgres' }, /no pg_hba.conf entry/],
    ['as the owner of the tables', { user: 'wardlight' }, /password authentication failed|not permitted to log in/],
    ['into another database', { dbname: 'postgres' }, /no pg_hba.conf entry/],
  ]) {
    const { status, stderr } = come(change);
    assert.notEqual(status, 0, word);
    assert.match(stderr, expected, word);
  }
  const tls12 = inside('server', 'openssl', 's_client', '-starttls', 'postgres', '-tls1_2', '-connect', `${right.hostaddr}:5432`);
  assert.match(tls12.stdout + tls12.stderr, /protocol version|Cipher is \(NONE\)/);
});

/** Where a container tells what it should keep. */
function tells(container, secrets) {
  const told = [...processes(container).flatMap((id) => ['cmdline', 'environ'].map((file) => [file, readFileSync(`/proc/${id}/${file}`, 'utf8')])), ['log', logs(container)], ['inspect', podman('inspect', container)]];
  return [...new Set(told.filter(([, text]) => secrets.some((secret) => text.includes(secret))).map(([place]) => place))];
}
const secretLines = () =>
  files()
    .filter(({ name }) => /tls\.key|password|roles\/|\.key$/.test(name) && !name.endsWith('roles'))
    .map(({ name }) => secret(name).split('\n').find((line) => !line.startsWith('-----')));

test('while the database takes another role and password, a game goes on, and no password is told', { timeout: 90_000 }, async () => {
  // Where passwords are set, the log says what every statement was, even of those that ask not to be logged.
  stack.ask('alter database postgres set log_min_duration_statement = 0');
  const old = { user: secret('server/database/username'), password: secret('server/database/password') };
  const game = await play(15);
  const reloads = () => logs(stack.name('server')).split('"secrets.reloaded"').length;
  const before = reloads();
  stack.secrets('--rotate-database');
  assert.deepEqual([old.user, secret('server/database/username')], ['wardlight_a', 'wardlight_b']);
  await until('the server comes as the other', () => reloads() > before);
  stack.secrets('--close-database');
  await until('the first is shut out', () => stack.ask("select rolcanlogin from pg_roles where rolname = 'wardlight_a'") === 'f');
  assert.equal(game.said.status, null, 'the game was on all the time');
  const events = () => Number(stack.ask('select count(*) from wardlight.events'));
  const stored = events();
  await until('it goes on', () => events() > stored + TABLES * 3);
  assert.equal(stack.ask("select string_agg(distinct usename, ' ') from pg_stat_activity where datname = 'wardlight' and usename <> 'postgres'"), 'wardlight_b');
  const played = await game.ended;
  assert.equal(played.status, 0, played.stderr);
  assert.ok(linesOf(played.stdout) > TABLES * 3 * 20, played.stdout);
  const remembered = await recall(played.stdout);
  assert.equal(remembered.status, 0, remembered.stderr);
  assert.equal(Number(remembered.stdout), linesOf(played.stdout));
  const secrets = [...secretLines(), old.password];
  assert.ok(secrets.length >= 10 && secrets.every((line) => line.length > 40));
  for (const service of Object.keys(SERVICES)) assert.deepEqual(tells(stack.name(service), secrets), [], service);
  assert.match(logs(stack.name('database')), /ALTER USER "?wardlight_b"? PASSWORD 'SCRAM-SHA-256\$/, 'that there was one is told');
  stack.ask('alter database postgres reset log_min_duration_statement');
});

test('a container that tells a secret is noticed, and so is a game in which something is not answered, or missing later', { timeout: 90_000 }, async () => {
  const [secret] = secretLines();
  const talker = podman('run', '--detach', '--network=none', `--env=KEY=${secret}`, image('postgres'), 'sh', '-c', 'echo "$KEY"; exec sleep 60');
  try {
    await until('it has said it', () => logs(talker).includes(secret));
    assert.deepEqual(tells(talker, [secret]).sort(), ['environ', 'inspect', 'log']);
  } finally {
    podman('rm', '--force', '--volumes', '--time=0', talker);
  }
  const game = await play(4);
  podman('pause', stack.name('database'));
  const played = await game.ended.finally(() => podman('unpause', stack.name('database')));
  assert.equal(played.status, 1);
  assert.match(played.stderr, /Master after \d+ lines: nothing came/);
  await stack.isWell('server');
  const kept = await recall(played.stdout);
  assert.equal(kept.status, 0, kept.stderr);
  const more = await recall(played.stdout.replace(/"Player-1":(\d+)/, (_, lines) => `"Player-1":${Number(lines) + 9}`));
  assert.equal(more.status, 1);
  assert.match(more.stderr, /Player-1 \d+ was acknowledged and is not there/);
});

test('when the server is replaced in the middle of a game, what was acknowledged is there, and the edge finds the new one', { timeout: 120_000 }, async () => {
  const game = await play(50);
  const who = () => podman('inspect', '--format', '{{.Id}}', stack.name('server'));
  const where = () => podman('inspect', '--format', `{{with index .NetworkSettings.Networks "${stack.network('inner')}"}}{{.IPAddress}} {{.MacAddress}}{{end}}`, stack.name('server'));
  const before = [who(), where()];
  await stack.up(['server'], '--force-recreate', '--no-deps');
  await stack.answers();
  assert.notEqual(who(), before[0]);
  assert.equal(where(), before[1]);
  const played = await game.ended;
  // Everybody was told that it ends: nobody waits for an answer that does not come.
  assert.equal(played.status, 1);
  assert.equal(played.stderr.match(/ after \d+ lines: bye: /g)?.length, TABLES * 3, played.stderr);
  assert.ok(linesOf(played.stdout) > TABLES * 3, played.stdout);
  const remembered = await recall(played.stdout);
  assert.equal(remembered.status, 0, remembered.stderr);
  assert.equal(Number(remembered.stdout), linesOf(played.stdout));
  const again = await (await play(3)).ended;
  assert.equal(again.status, 0, again.stderr);
});

test('nothing that was acknowledged is lost when the database is killed', { timeout: 90_000 }, async () => {
  const game = await play(10);
  const first = pid(stack.name('database'));
  process.kill(first, 'SIGKILL');
  await until('it is there again', () => ![0, first].includes(pid(stack.name('database'))));
  await stack.isWell('database');
  assert.match(logs(stack.name('database')), /was not properly shut down; automatic recovery in progress/);
  const played = await game.ended;
  assert.ok(linesOf(played.stdout) > TABLES * 3, played.stderr);
  await stack.isWell('server');
  const remembered = await until('the server answers', async () => {
    const answer = await recall(played.stdout);
    return /was acknowledged/.test(answer.stderr) || answer.status === 0 ? answer : null;
  });
  assert.equal(remembered.status, 0, remembered.stderr);
  assert.equal(Number(remembered.stdout), linesOf(played.stdout));
});

test('with a password that is wrong the server says so in one line and is never well', async () => {
  const right = secret('server/database/password');
  replace('server/database/password', 'wrong', SERVICES.server);
  const heard = logs(stack.name('server')).length;
  podman('restart', '--time=20', stack.name('server'));
  const refused = /^wardlight: could not open the database: .*password authentication failed for user "wardlight_b"/;
  const said = () => logs(stack.name('server')).slice(heard).split('\n').filter((line) => line.startsWith('wardlight: '));
  // It is started again and again, and says the same each time.
  await until('it tried twice', () => said().length > 1);
  for (const line of said()) assert.match(line, refused);
  assert.notEqual(spawnSync('podman', ['healthcheck', 'run', stack.name('server')]).status, 0);
  replace('server/database/password', right, SERVICES.server);
  await stack.isWell('server');
  const { status, stderr } = await recall(readFileSync(stack.at('played'), 'utf8'));
  assert.equal(status, 0, stderr);
});
