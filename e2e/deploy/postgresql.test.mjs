// The database's start script, on its own: what it makes of a bad beginning, of files that change, and of the end.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../people.mjs';
import { makeStack } from './compose.mjs';
import { flagsOf, image, isWell, logs, makePlace, pid, podman, processes, unlike, workload } from './containers.mjs';

const USER = 70;
const CERTIFICATE = new URL('../../scripts/certificate.sh', import.meta.url).pathname;

let place, stack, database;

const at = (name) => stack.at(`secrets/${name}`);
const read = (name) => readFileSync(at(name), 'utf8').trim();
const replace = (name, text) => {
  writeFileSync(at(`${name}.new`), text);
  chownSync(at(`${name}.new`), 0, USER);
  chmodSync(at(`${name}.new`), 0o440);
  renameSync(at(`${name}.new`), at(name));
};

const manifest = workload('database');
/** What a database is run with: a volume, and the files that are mounted beside it. */
const given = (volume, tls = at('database/tls')) => ['--network=none', ...flagsOf(manifest, { data: volume, configuration: path.join(stack.home, 'postgresql'), roles: at('database/roles'), tls }), image('postgres')];
/** A database with no network but its own. */
const start = (word, volume) => place.run(word, ...given(volume));
const isReady = (container) => isWell(container, 'sh', '/etc/wardlight/start.sh', 'ready');
const ask = (container, sql, base = 'wardlight') => podman('exec', container, 'psql', '--host=/tmp', '--username=postgres', `--dbname=${base}`, '--no-psqlrc', '--tuples-only', '--no-align', `--command=${sql}`);
const state = (container) => JSON.parse(podman('inspect', '--format', '{{json .State}}', container));
const hasEnded = (container) => until(`${container} has ended`, () => !state(container).Running);
/** Where a volume lies on this machine. */
const files = (volume) => podman('volume', 'inspect', '--format', '{{.Mountpoint}}', volume);
/** How a role comes, by TLS with the server's certificate. */
const words = (user, password) => {
  const ends = at('server/database-tls');
  const all = { host: 'database', hostaddr: '127.0.0.1', dbname: 'wardlight', user, password, sslmode: 'verify-full', sslrootcert: `${ends}/ca.crt`, sslcert: `${ends}/tls.crt`, sslkey: `${ends}/tls.key` };
  const text = Object.entries(all).map(([key, value]) => `${key}='${value}'`).join(' ');
  return [`--net=/proc/${pid(database)}/ns/net`, 'psql', '--no-psqlrc', '--no-password', '--tuples-only', '--no-align', `--dbname=${text}`];
};
const come = (user, password) => spawnSync('nsenter', [...words(user, password), '--command=select current_user'], { encoding: 'utf8' });

before(async () => {
  stack = await makeStack();
  place = makePlace();
  database = start('database', place.volume('database'));
  await isReady(database);
});

after(() => {
  place?.clear();
  stack?.clear();
});

test('the database needs no right, and its cluster notices what a disk does to it', () => {
  assert.deepEqual(unlike(database, manifest), []);
  assert.equal(ask(database, 'show data_checksums'), 'on');
  assert.equal(ask(database, 'show fsync'), 'on');
  assert.equal(ask(database, "select datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate from pg_database where datname = 'wardlight'"), 'wardlight|wardlight|UTF8|C');
});

test('with files that cannot be right it does not start, and one line says which', () => {
  const right = Object.fromEntries(['tls.crt', 'tls.key', 'ca.crt'].map((name) => [name, at(`database/tls/${name}`)]));
  const without = (name) => Object.fromEntries(Object.entries(right).filter(([file]) => file !== name));
  execFileSync(CERTIFICATE, ['issue', at('stale'), at('authorities/server-and-database'), '0', 'serverAuth', 'database']);
  const volume = place.volume('wrong');
  const wrong = [
    [without('tls.crt'), /\/secrets\/tls\/tls\.crt is missing/],
    [without('tls.key'), /\/secrets\/tls\/tls\.key is missing/],
    [without('ca.crt'), /\/secrets\/tls\/ca\.crt is missing/],
    [{ ...right, 'tls.crt': at('stale/tls.crt'), 'tls.key': at('stale/tls.key') }, /\/secrets\/tls\/tls\.crt was good until .* UTC: renew it/],
    [{ ...right, 'tls.key': at('server/database-tls/tls.key') }, /private key file "\/secrets\/tls\/tls\.key": key values mismatch/],
    [{ ...right, 'tls.crt': at('database/tls/tls.key') }, /\/secrets\/tls\/tls\.crt holds no certificate/],
    [{ ...right, 'ca.crt': at('database/tls/tls.key') }, /root certificate file "\/secrets\/tls\/ca\.crt": /],
    [right, /private key file "\/secrets\/tls\/tls\.key" has group or world access/, 0o444],
  ];
  for (const [index, [files, expected, mode]] of wrong.entries()) {
    const { status, stderr } = spawnSync('podman', ['run', '--rm', ...given(volume, place.secret(`wrong-${index}`, files, USER, mode))], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 1, `${expected}: ${stderr}`);
    const told = stderr.split('\n').filter((line) => line && !/ LOG: |made a new cluster/.test(line));
    assert.equal(told.length, 1, stderr);
    assert.match(told[0], expected);
    assert.doesNotMatch(stderr, /listening on|ready to accept/);
  }
});

test('the roles may do nothing but act as the owner of the tables', () => {
  const rights = "select rolname, rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls, rolcanlogin, left(rolpassword, 14) from pg_authid where rolname like 'wardlight%' order by 1";
  assert.deepEqual(ask(database, rights).split('\n'), ['wardlight|f|f|', 'wardlight_a|f|t|SCRAM-SHA-256$', 'wardlight_b|f|f|']);
  assert.equal(come('wardlight_a', read('database/roles/wardlight_a')).stdout.trim(), 'wardlight');
  assert.equal(ask(database, "select has_database_privilege('wardlight', 'postgres', 'connect'), has_database_privilege('wardlight_a', 'wardlight', 'connect')"), 'f|t');
});

test('by the socket nobody comes but its own user', () => {
  const by = (user, role) => spawnSync('podman', ['exec', `--user=${user}`, database, 'psql', '--host=/tmp', `--username=${role}`, '--dbname=wardlight', '--command=select 1'], { encoding: 'utf8' });
  assert.equal(by('70:70', 'postgres').status, 0);
  assert.match(by('1001:70', 'postgres').stderr, /Permission denied/);
  assert.match(by('70:70', 'wardlight_a').stderr, /no pg_hba.conf entry/);
});

test('a first start that is cut short leaves nothing that is taken for a cluster', async () => {
  const volume = place.volume('cut');
  const container = start('cut', volume);
  const data = (name) => path.join(files(volume), name);
  await until('it has begun', () => existsSync(data('data.unfinished/PG_VERSION')));
  process.kill(pid(container), 'SIGKILL');
  await hasEnded(container);
  assert.ok(existsSync(data('data.unfinished')) && !existsSync(data('data')), 'it was cut short');
  podman('start', container);
  await isReady(container);
  assert.ok(!existsSync(data('data.unfinished')));
  // Between the cluster and what is in it, it may be cut short as well.
  ask(container, 'drop database wardlight', 'postgres');
  ask(container, 'drop role wardlight_b', 'postgres');
  podman('stop', '--time=20', container);
  // As a volume is when it was opened to a group.
  chmodSync(data('data'), 0o2770);
  podman('start', container);
  await isReady(container);
  assert.equal(ask(container, "select count(*) from pg_roles where rolname like 'wardlight%'"), '3');
  podman('rm', '--force', '--time=0', container);
});

test('what is no cluster is neither used nor removed', async () => {
  const volume = place.volume('other');
  podman('volume', 'create', volume);
  mkdirSync(path.join(files(volume), 'data'));
  writeFileSync(path.join(files(volume), 'data/mine'), '');
  chownSync(files(volume), USER, USER);
  const container = start('other', volume);
  await hasEnded(container);
  assert.equal(state(container).ExitCode, 1);
  assert.match(logs(container), /^wardlight database: \/var\/lib\/postgresql\/data holds something else than a cluster of PostgreSQL$/m);
  assert.ok(existsSync(path.join(files(volume), 'data/mine')));
});

test('two servers never use the same files, and who comes after one that was killed does', async () => {
  const volume = place.volume('shared');
  const first = start('first', volume);
  await isReady(first);
  const second = start('second', volume);
  await hasEnded(second);
  assert.equal(state(second).ExitCode, 1);
  assert.match(logs(second), /another server uses/);
  await isReady(first);
  process.kill(pid(first), 'SIGKILL');
  await hasEnded(first);
  assert.ok(existsSync(path.join(files(volume), 'data/postmaster.pid')), 'something was left behind');
  podman('start', second);
  await isReady(second);
  podman('rm', '--force', '--time=0', second);
});

test('it ends when it is told to, whoever is in, and with the code of a server that dies', async () => {
  const container = start('ends', place.volume('ends'));
  await isReady(container);
  const client = spawn('podman', ['exec', container, 'psql', '--host=/tmp', '--username=postgres', '--command=select pg_sleep(600)'], { stdio: 'ignore' });
  const gone = new Promise((resolve) => client.once('exit', resolve));
  await until('somebody is in', () => ask(container, "select count(*) from pg_stat_activity where query like '%pg_sleep(600)' and pid <> pg_backend_pid()") === '1');
  podman('kill', '--signal=TERM', container);
  await hasEnded(container);
  await gone;
  assert.equal(state(container).ExitCode, 0);
  assert.match(logs(container), /received fast shutdown request[^]*database system is shut down/);
  podman('start', container);
  await isReady(container);
  const server = processes(container).find((id) => readFileSync(`/proc/${id}/cmdline`, 'utf8').startsWith('postgres\0'));
  process.kill(Number(server), 'SIGKILL');
  await hasEnded(container);
  assert.equal(state(container).ExitCode, 137);
});

test('a role has the password of its file within seconds, and none without a file', { timeout: 60_000 }, async () => {
  const [old, next] = [read('database/roles/wardlight_a'), 'ein anderes Wort, länger: \\ \' " $x'];
  assert.equal(come('wardlight_b', 'anything').status, 2);
  replace('database/roles/wardlight_a', next);
  const libpq = next.replace(/['\\]/g, '\\$&');
  const began = Date.now();
  await until('the new one is good', () => come('wardlight_a', libpq).status === 0);
  assert.ok(Date.now() - began < 8_000);
  assert.match(come('wardlight_a', old).stderr, /password authentication failed/);
  assert.match(come('wardlight_a', '').stderr, /no password supplied/);
  // Whoever is in goes out with the role.
  const client = spawn('nsenter', [...words('wardlight_a', libpq), '--command=select pg_sleep(600)'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  client.stderr.on('data', (text) => (said += text));
  const gone = new Promise((resolve) => client.once('exit', resolve));
  await until('somebody is in', () => ask(database, "select count(*) from pg_stat_activity where usename = 'wardlight_a'") === '1');
  rmSync(at('database/roles/wardlight_a'));
  assert.notEqual(await gone, 0);
  assert.match(said, /terminating connection/);
  assert.match(come('wardlight_a', libpq).stderr, /not permitted to log in|password authentication failed/);
  // A file that no password can be, and one that says nothing.
  for (const [text, word] of [['two\nlines', /the file of wardlight_b is more than one line/], ['', /wardlight_b may not come in/]]) {
    replace('database/roles/wardlight_b', 'a password of its own');
    await until('it may come in', () => come('wardlight_b', 'a password of its own').status === 0);
    const heard = logs(database).length;
    replace('database/roles/wardlight_b', text);
    await until('it is out', () => word.test(logs(database).slice(heard)));
    assert.equal(come('wardlight_b', 'a password of its own').status, 2);
  }
  replace('database/roles/wardlight_a', old);
  await until('it is as before', () => come('wardlight_a', old).status === 0);
  for (const word of [old, next, 'a password of its own']) assert.ok(!logs(database).includes(word));
});

test('a new certificate is shown without a restart, and one without its key is not', { timeout: 60_000 }, async () => {
  const shown = () => {
    const { stdout } = spawnSync('nsenter', [`--net=/proc/${pid(database)}/ns/net`, 'openssl', 's_client', '-starttls', 'postgres', '-connect', '127.0.0.1:5432'], { encoding: 'utf8', input: '' });
    return stdout.match(/-----BEGIN[^]*END CERTIFICATE-----/)?.[0];
  };
  const issue = (to) => execFileSync(CERTIFICATE, ['issue', at(to), at('authorities/server-and-database'), '90', 'serverAuth', 'database']);
  const first = read('database/tls/tls.crt');
  assert.equal(shown(), first);
  const running = pid(database);
  issue('next');
  for (const name of ['tls.key', 'tls.crt']) replace(`database/tls/${name}`, readFileSync(at(`next/${name}`)));
  await until('the new one is shown', () => shown() === read('next/tls.crt'));
  issue('stray');
  replace('database/tls/tls.crt', readFileSync(at('stray/tls.crt')));
  await until('it does not fit', () => /SSL configuration was not reloaded/.test(logs(database)));
  assert.equal(shown(), read('next/tls.crt'));
  assert.equal(pid(database), running);
});
