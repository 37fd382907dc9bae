// The log reaches another machine whole, is told to nobody else, and nobody else is heard there: two real rsyslogd with the
// configurations that are shipped, between them TLS. Only places, ports and names of hosts are this machine's.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { makeCertificates } from './edge.mjs';
import { until } from './people.mjs';
import { freePort, program } from './server.mjs';

const shipped = (name) => readFileSync(`../deploy/logging/${name}.conf`, 'utf8');
const PASSWORD = 'violin tugboat anchovy';
/** Whom the server runs as where a test may choose: nobody, who owns nothing. */
const NOBODY = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
const O_ACCMODE = 0o3;
const O_APPEND = 0o2000;

let certificates, at, server, log, main, forwarder;
const ends = [];

before(async () => {
  certificates = await makeCertificates();
  ({ at } = certificates);
  chmodSync(certificates.home, 0o711);
  const { issue } = certificates;
  issue('collector', 'ca', 2, 'serverAuth', 'logs.example');
  issue('imposter', 'ca', 2, 'serverAuth', 'other.example');
  issue('foreign-collector', 'other-ca', 2, 'serverAuth', 'logs.example');
  issue('sender', 'ca', 2, 'clientAuth', 'wardlight.example');
  issue('stranger', 'ca', 2, 'clientAuth', 'stranger.example');
  issue('foreign', 'other-ca', 2, 'clientAuth', 'wardlight.example');
  issue('stale', 'ca', 0, 'clientAuth', 'wardlight.example');
  main = await collectorAt('main');
  await main.start();
  forwarder = forwarderAt('forward', main.port);
  forwarder.start();
  log = at('forward/lines/server.log');
  server = await startServer();
});
after(async () => {
  for (const end of ends.reverse()) await end();
  rmSync(certificates.home, { recursive: true, force: true });
});

/** A process that can be ended and started again. */
function runner(start) {
  let child, said = '', ended;
  const self = {
    start() {
      child = start();
      child.stderr?.on('data', (text) => (said += text));
      const one = child;
      ended = new Promise((resolve) => one.once('exit', resolve));
    },
    kill: (signal) => child.kill(signal),
    async stop(signal = 'SIGKILL') {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await ended;
    },
    said: () => said,
    pid: () => child.pid,
  };
  ends.push(() => self.stop());
  return self;
}

function rsyslog(name, text, places) {
  mkdirSync(at(`${name}/state`), { recursive: true });
  for (const [there, here] of Object.entries(places)) text = text.replaceAll(there, here);
  writeFileSync(at(`${name}/rsyslog.conf`), text);
  return runner(() => spawn('rsyslogd', ['-n', '-i', 'NONE', '-f', at(`${name}/rsyslog.conf`)], { stdio: ['ignore', 'ignore', 'pipe'] }));
}

/** A machine that collects. */
async function collectorAt(name, { change = (text) => text, certificate = 'collector', port } = {}) {
  port ??= await freePort('127.0.0.1');
  mkdirSync(at(name), { recursive: true });
  const file = at(`${name}/kept/127.0.0.1.log`);
  const places = { '/var/spool/rsyslog': at(`${name}/state`), '/etc/wardlight/logs/ca.crt': at('ca.crt'), '/etc/wardlight/logs': at(certificate), '/var/log/wardlight': at(`${name}/kept`), 'port="6514"': `port="${port}"` };
  const running = rsyslog(name, change(shipped('collect')), places);
  return {
    ...running,
    port,
    file,
    kept: () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
    async start() {
      running.start();
      await until(`${name} listens: ${running.said()}`, () => new Promise((resolve) => {
        const probe = net.connect({ host: '127.0.0.1', port }, () => resolve(probe.destroy()));
        probe.once('error', () => resolve(false));
      }));
    },
  };
}

/** What sends, with files of its own to read. */
function forwarderAt(name, port, { change = (text) => text, ca = 'ca' } = {}) {
  for (const part of ['lines', 'docker/one']) mkdirSync(at(`${name}/${part}`), { recursive: true, mode: 0o700 });
  const places = { '/var/lib/wardlight-logs': at(`${name}/state`), '/etc/wardlight/logs/ca.crt': at(`${ca}.crt`), '/etc/wardlight/logs': at('sender'), '/var/log/wardlight': at(`${name}/lines`), '/var/lib/docker/containers': at(`${name}/docker`), 'target="logs.example" port="6514"': `target="127.0.0.1" port="${port}"` };
  const running = rsyslog(name, change(shipped('forward')), places);
  const states = () => readdirSync(at(`${name}/state`)).filter((state) => state.startsWith('imfile-state')).map((state) => readFileSync(at(`${name}/state/${state}`), 'utf8'));
  const queue = at(`${name}/state/wardlight.qi`);
  const held = () => (existsSync(queue) ? Number(/\+iQueueSize:\d+:\d+:(\d+):/.exec(readFileSync(queue, 'utf8'))?.[1] ?? 0) : 0);
  return {
    ...running,
    write: (line, file = 'lines/server.log') => appendFileSync(at(`${name}/${file}`), `${line}\n`),
    /** Waits until all that was written for it is in its hands. */
    hasRead: () => until(`${name} has read its file`, () => states().some((state) => Number(/"curr_offs": *(\d+)/.exec(state)?.[1]) === statSync(at(`${name}/lines/server.log`)).size)),
    held,
    /** Waits until at least so many lines lie on its disk. */
    holds: (count) => until(`${name} holds ${count} lines`, () => held() >= count),
  };
}

/** The real server, as somebody who cannot open the file that its log goes to: whoever starts it has opened that. */
async function startServer() {
  const data = at('data');
  mkdirSync(data, { mode: 0o700 });
  if (NOBODY.uid) chownSync(data, NOBODY.uid, NOBODY.gid);
  const [plain, ops, secure] = [await freePort('127.0.0.1'), await freePort('127.0.0.1'), await freePort('127.0.0.2')];
  const words = ['serve', '--registration', 'open', '--log-format', 'json', '--tls', 'self-signed', '--listen', `127.0.0.1:${plain}`, '--ops-listen', `127.0.0.1:${ops}`, '--tls-listen', `127.0.0.2:${secure}`, '--data', data];
  const file = openSync(log, 'a', 0o600);
  const running = runner(() => spawn(program, words, { stdio: ['ignore', 'ignore', file], cwd: '/', ...NOBODY }));
  running.start();
  closeSync(file);
  const origin = `http://127.0.0.1:${plain}`;
  await until('the server listens', () => fetch(origin).catch(() => null));
  const post = (where, json) => fetch(`${origin}/api/v1${where}`, { method: 'POST', body: JSON.stringify(json), headers: { origin, 'content-type': 'application/json' } });
  return { ...running, data, post };
}

const written = () => readFileSync(log, 'utf8');
const linesOf = (whole) => whole.split('\n').filter(Boolean);
const numbers = (count, from = 1) => Array.from({ length: count }, (_, index) => JSON.stringify({ line: from + index }));
const text = (lines) => lines.map((line) => `${line}\n`).join('');

/** Sends a line as whoever has this certificate, or none, and waits until it was taken or the connection is over. */
function send(port, { certificate, isPlain = false, ...options }, line) {
  const frame = (turn, command, what) => `${turn} ${command} ${Buffer.byteLength(what)} ${what}\n`;
  const own = certificate && { cert: readFileSync(at(`${certificate}/tls.crt`)), key: readFileSync(at(`${certificate}/tls.key`)) };
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port };
    const socket = isPlain ? net.connect(to) : tls.connect({ ...to, rejectUnauthorized: false, ...own, ...options });
    let answer = '';
    socket.on('data', (part) => {
      answer += part;
      if (answer.includes('\n2 rsp')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer.includes('2 rsp 6 200 OK')));
    socket.write(`${frame(1, 'open', 'relp_version=0\nrelp_software=test\ncommands=syslog')}${frame(2, 'syslog', `<134>1 2026-01-01T00:00:00Z host wardlight - - - ${line}`)}`);
  });
}

const SENDERS = {
  'another name': { certificate: 'stranger' },
  'another authority': { certificate: 'foreign' },
  'a certificate that is over': { certificate: 'stale' },
  'a certificate of a server': { certificate: 'collector' },
  'no certificate': {},
  'no TLS': { isPlain: true },
  'TLS 1.1': { certificate: 'sender', minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
};
/** Which of those that are not permitted a collector takes lines from. */
async function heard(collector) {
  const names = [];
  for (const [name, sender] of Object.entries(SENDERS)) if (await send(collector.port, sender, JSON.stringify({ name }))) names.push(name);
  return names;
}

test('who is refused and who comes in stands at the collector, byte for byte', async () => {
  assert.equal((await server.post('/account/register', { login: 'maren', password: PASSWORD })).status, 200);
  assert.equal((await server.post('/session/sign-in', { login: 'maren', password: `${PASSWORD} not` })).status, 401);
  assert.equal((await server.post('/session/sign-in', { login: 'maren', password: PASSWORD })).status, 200);
  await until('all that the server wrote has arrived', () => written().includes('"wrong-password"') && main.kept() === written());
  const events = linesOf(main.kept()).map((line) => JSON.parse(line));
  const has = (message, wanted) => events.some(({ fields, span }) => fields.message === message && Object.entries(wanted).every(([key, value]) => (fields[key] ?? span?.[key]) === value));
  assert.ok(has('http.refused', { problem: 'wrong-password' }));
  assert.ok(has('session.began', { route: '/api/v1/session/sign-in', methods: 'pwd' }));
  assert.equal(statSync(main.file).mode & 0o777, 0o640);
  assert.equal(statSync(path.dirname(main.file)).mode & 0o777, 0o750);
});

/** Five lines that the server writes. */
async function refuse() {
  const from = linesOf(written()).length;
  for (let turn = 0; turn < 5; turn += 1) assert.equal((await server.post('/session/refresh', {})).status, 401);
  return until('the server has written', () => linesOf(written()).length === from + 5 && linesOf(written()).slice(from));
}

/** Waits until the last of these has arrived: in order, and each once. */
async function haveArrived(lines) {
  await until('the last line arrives', () => linesOf(main.kept()).at(-1) === lines.at(-1));
  assert.deepEqual(linesOf(main.kept()).filter((line) => lines.includes(line)), lines);
}

test('what was written while the collector was away arrives in order, each line once', async () => {
  await main.stop('SIGTERM');
  const away = [...(await refuse()), ...(await refuse())];
  // It has another certificate when it is back.
  certificates.issue('collector', 'ca', 2, 'serverAuth', 'logs.example');
  await main.start();
  await haveArrived(away);

  // One that takes bytes and dies before it has kept them.
  main.kill('SIGSTOP');
  const taken = await refuse();
  await forwarder.hasRead();
  await main.stop('SIGKILL');
  const gone = await refuse();
  await main.start();
  await haveArrived([...taken, ...gone]);
  // What was kept and not yet acknowledged when it died may have come again.
  assert.deepEqual([...new Set(linesOf(main.kept()))], linesOf(written()));
});

test('what waits for the collector stays when the sender is killed', async () => {
  const collector = await collectorAt('late');
  const sender = forwarderAt('killed', collector.port);
  const lines = numbers(2400);
  for (const from of [0, 1200]) {
    sender.start();
    const held = sender.held();
    sender.write(lines.slice(from, from + 1200).join('\n'));
    // In the midst of reading.
    await sender.holds(held + 1);
    await sender.stop('SIGKILL');
  }
  sender.start();
  await collector.start();
  for (let count = 200; count <= lines.length; count += 200) await until(`${count} lines arrive`, () => linesOf(collector.kept()).includes(lines[count - 1]));
  // What was read and not yet noted as read is read again.
  assert.deepEqual([...new Set(linesOf(collector.kept()))], lines);
});

test('whoever is not permitted is not heard', async () => {
  const kept = main.kept();
  assert.deepEqual(await heard(main), []);
  assert.equal(main.kept(), kept);
  assert.match(main.said(), /no permited name found', peer is 'DNSname: stranger\.example/);
});

test('whoever breaks into the server cannot change what was collected, nor open where its log is', async () => {
  const open = readdirSync(`/proc/${server.pid()}/fd`).flatMap((fd) => {
    const file = readlinkSync(`/proc/${server.pid()}/fd/${fd}`);
    const flags = Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/${server.pid()}/fdinfo/${fd}`, 'utf8'))[1], 8);
    return file.startsWith('/') && !file.startsWith('/dev/') && (flags & O_ACCMODE) !== 0 ? [{ fd, file, flags }] : [];
  });
  assert.ok(open.some(({ file }) => file.startsWith(`${server.data}/`)));
  const outside = open.filter(({ file }) => !file.startsWith(`${server.data}/`));
  assert.deepEqual(outside.map(({ fd, file }) => [fd, file]), [['2', log]]);
  assert.ok(outside[0].flags & O_APPEND, 'the log can only be appended to');
  if (NOBODY.uid) {
    for (const file of [log, main.file, at('sender/tls.key')]) for (const word of ['<', '>>']) assert.notEqual(spawnSync('sh', ['-c', `exec 3${word}"$0"`, file], NOBODY).status, 0, `${word} ${file}`);
  }
  // What is open for appending can be emptied, here alone.
  const kept = main.kept();
  truncateSync(log);
  await server.post('/session/refresh', {});
  await until('what is written next arrives', () => main.kept().length > kept.length);
  await until('nothing is gone or twice', () => main.kept() === kept + written());
});

test('a collector that cannot prove its name is told nothing, and the right one everything', async () => {
  const lines = numbers(3);
  await Promise.all([
    ['imposter', 'imposter'],
    ['elsewhere', 'foreign-collector'],
  ].map(async ([name, certificate]) => {
    const wrong = await collectorAt(name, { certificate });
    await wrong.start();
    const sender = forwarderAt(`to-${name}`, wrong.port);
    sender.start();
    sender.write(lines[0]);
    await until(`${name} is refused`, () => /authentication error/.test(sender.said()));
    sender.write(lines[1]);
    await sender.hasRead();
    await sender.holds(2);
    await wrong.stop();
    assert.equal(wrong.kept(), '');
    const right = await collectorAt(`not-${name}`, { port: wrong.port });
    await right.start();
    await sender.stop();
    sender.start();
    sender.write(lines[2]);
    await until(`the right one has everything in place of ${name}`, () => linesOf(right.kept()).at(-1) === lines[2]);
    assert.deepEqual([...new Set(linesOf(right.kept()))], lines);
  }));
});

test('lines are taken out of what runtimes of containers keep, and the standard output is left out', async () => {
  const collector = await collectorAt('containers');
  await collector.start();
  const sender = forwarderAt('from-containers', collector.port);
  const podman = (stream, line) => sender.write(`2026-01-01T00:00:00.000000001+00:00 ${stream} F ${line}`, 'lines/server.ctr');
  const docker = (stream, line, more = { attrs: { tag: 'wardlight' } }) => sender.write(JSON.stringify({ log: `${line}\n`, stream, ...more, time: '2026-01-01T00:00:00Z' }), 'docker/one/one-json.log');
  const [one, two] = ['{"by":"podman","text":"ü \\u001b[31m \\" <&> \\\\"}', '{"by":"docker","text":"ü \\u001b[31m \\" <&> \\\\"}'];
  podman('stdout', 'Game master: https://table.example/join#secret');
  docker('stdout', 'Game master: https://table.example/join#secret');
  docker('stderr', '{"by":"another container"}', {});
  podman('stderr', one);
  docker('stderr', two);
  sender.start();
  await until('both have arrived', () => collector.kept().includes(one) && collector.kept().includes(two));
  assert.deepEqual(collector.kept().split('\n').sort(), ['', two, one].sort());
});

/** The configuration without the line that begins with a word. */
const without = (word) => (whole) => {
  const lines = whole.split('\n');
  const left = lines.filter((line) => !line.trim().startsWith(word));
  assert.equal(left.length, lines.length - 1, word);
  return left.join('\n');
};

test('a collector that asks for no name is noticed, and one that permits none hears nobody', async () => {
  const old = (whole) => whole.replace('MinProtocol=TLSv1.2', 'MinProtocol=TLSv1.1\\nCipherString=DEFAULT@SECLEVEL=0');
  const [open, closed, aged] = [
    await collectorAt('open', { change: without('tls.authMode') }),
    await collectorAt('closed', { change: without('tls.permittedPeer') }),
    await collectorAt('aged', { change: old }),
  ];
  await Promise.all([open.start(), closed.start(), aged.start()]);
  assert.deepEqual(await heard(aged), ['TLS 1.1']);
  assert.deepEqual(await heard(open), ['another name', 'another authority', 'a certificate that is over', 'a certificate of a server', 'no certificate']);
  assert.deepEqual(await heard(closed), []);
  assert.equal(await send(main.port, { certificate: 'sender' }, '{"by":"test"}'), true);
  assert.equal(await send(closed.port, { certificate: 'sender' }, '{"by":"test"}'), false);
});

test('a sender that asks for no name is noticed, and one that permits none tells nobody', async () => {
  const [line] = numbers(1);
  const wrong = await collectorAt('wrong', { certificate: 'imposter' });
  const right = await collectorAt('right');
  await Promise.all([wrong.start(), right.start()]);
  const open = forwarderAt('asks-nothing', wrong.port, { change: without('tls.authMode') });
  const closed = forwarderAt('permits-none', right.port, { change: without('tls.permittedPeer') });
  for (const sender of [open, closed]) {
    sender.start();
    sender.write(line);
  }
  await until('the wrong one is told', () => wrong.kept() === text([line]));
  await until('the right one is refused', () => /authentication error/.test(closed.said()));
  assert.equal(right.kept(), '');
});

test('the configuration of the collector goes along with that of the system', () => {
  const [own, theirs] = [at('main/rsyslog.conf'), at('with-system.conf')];
  writeFileSync(theirs, readFileSync('/etc/rsyslog.conf', 'utf8').replace('/etc/rsyslog.d/*.conf', own));
  const { status, stderr } = spawnSync('rsyslogd', ['-N', '1', '-f', theirs], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /error/i);
});
