// The edge (deploy/nginx): what it lets through, and what not, seen on a real nginx before the real server.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import WebSocket from 'ws';
import { HOST, borne, hold, makeCertificates, say, sayAgain, sendRaw, startEdge, startInner, startStub, words } from './edge.mjs';
import { desktop, map, openBrowser, person, phone, until } from './people.mjs';
import { freePort } from './server.mjs';

const INGRESS = 'set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; real_ip_recursive on;\n';
const SECURITY = [
  'content-security-policy',
  'reporting-endpoints',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
  'permissions-policy',
  'cross-origin-opener-policy',
  'cross-origin-embedder-policy',
  'cross-origin-resource-policy',
];

/** What the configuration that is deployed says. */
const CONFIGURATION = readFileSync('../deploy/nginx/nginx.conf', 'utf8');
const configured = (pattern, text = CONFIGURATION) => Number(text.match(pattern)?.[1]);

let certificates, server, edge, stub;

before(async () => {
  certificates = await makeCertificates();
  server = await startInner(certificates);
  edge = await startEdge(certificates, server, { believe: INGRESS, port: certificates.port });
  stub = await startStub(certificates);
});

after(async () => {
  for (const other of others.values()) await (await other).stop();
  await edge?.stop();
  await stub?.stop();
  await server?.stop();
  if (certificates) rmSync(certificates.home, { recursive: true, force: true });
});

/** Somebody who was not here before, for whoever counts addresses. */
let count = 0;
const stranger = () => ({ 'X-Forwarded-For': `198.18.${(count += 1) >> 8}.${count & 255}` });

/** Edges before the stub whose configuration is changed in a way that tests share. */
const others = new Map();
function otherEdge(change) {
  if (!others.has(change)) others.set(change, startEdge(certificates, stub, { believe: INGRESS, change }));
  return others.get(change);
}

/** What the edge shows to get in. */
const shown = () => ({ cert: readFileSync(certificates.at('proxy/tls.crt')), key: readFileSync(certificates.at('proxy/tls.key')), servername: 'server' });

/** The same, asked of the server itself. */
const directly = (request) => say(edge, { ...request, host: '127.0.0.2', port: server.ports.tls, secure: shown() });

const asset = () => `/assets/${readdirSync(edge.at('html/assets')).find((name) => /^index.*\.js$/.test(name))}`;

/** The security headers, each once, as the server says them; gives what is wrong. */
function headersWrong(answer, expected) {
  return SECURITY.filter((name) => {
    const given = answer.list.filter(([key]) => key === name);
    return given.length !== 1 || given[0][1] !== expected.header(name);
  });
}

/** Bytes that are asked with, as they are. */
const crooked = (line, head = `Host: ${HOST}\r\nConnection: close\r\n`) => ({ bytes: `${line} HTTP/1.1\r\n${head}\r\n` });
const LONG = 'a'.repeat(9_000);

/** Requests for every way in which an answer is made. */
const ways = () => [
  ['the page', 200, {}],
  ['a page by its path', 200, { path: '/table/abc' }],
  ['a page that is known', 304, { headers: { 'If-None-Match': '*' } }],
  ['a page that is another', 412, { headers: { 'If-Match': '"other"' } }],
  ['a part of a page', 200, { headers: { Range: 'bytes=0-3' } }],
  ['a part that no page has', 200, { headers: { Range: 'bytes=9999999-' } }],
  ['an asset', 200, { path: asset() }],
  ['an asset that is known', 304, { path: asset(), headers: { 'If-None-Match': '*' } }],
  ['an asset that is another', 412, { path: asset(), headers: { 'If-Match': '"other"' } }],
  ['a part that no asset has', 200, { path: asset(), headers: { Range: 'bytes=9999999-' } }],
  ['no asset', 404, { path: '/assets/none.js' }],
  ['a folder', 404, { path: '/assets/' }],
  ['what the edge itself reads', 404, { path: '/errors/429.problem' }],
  ['another method', 405, { method: 'DELETE' }],
  ['another method on an asset', 405, { path: asset(), method: 'DELETE' }],
  ['a method that is for nobody', 405, { method: 'TRACE' }],
  ['the interface', 401, { path: '/api/v1/tables' }],
  ['nothing of the interface', 404, { path: '/api/v1/nothing' }],
  ['a method it does not have', 405, { path: '/api/v1/tables', method: 'DELETE' }],
  ['security.txt', 200, { path: '/.well-known/security.txt' }],
  ['too large', 413, { path: '/api/v1/join', method: 'POST', headers: { 'Content-Length': 20_000 } }],
  ['too large for a page', 413, { method: 'POST', headers: { 'Content-Length': 20_000 } }],
  ['too large for an asset', 413, { path: asset(), method: 'POST', headers: { 'Content-Length': 20_000 } }],
  ['a map too large', 413, { path: '/api/v1/tables/x/scenes', method: 'POST', headers: { 'Content-Length': 70_000_000 } }],
  ['larger than was said', 413, { bytes: `${crooked('POST /api/v1/reports', `Host: ${HOST}\r\nTransfer-Encoding: chunked\r\n`).bytes}4e20\r\n${LONG}${LONG}` }],
  ['a crooked path', 400, { path: '/api/../api/v1/tables' }],
  ['a crooked chunk', 400, { bytes: `${crooked('POST /api/v1/reports', `Host: ${HOST}\r\nTransfer-Encoding: chunked\r\n`).bytes}zz\r\n` }],
  ['too long an address', 414, crooked(`GET /${LONG}`)],
  // What the server calls 431 is a 400 where nginx reads it; more lines than the server takes come through to it.
  ['too long a line', 400, { headers: { 'X-Long': LONG } }],
  ['too many lines', 431, { path: '/api/v1/tables', headers: Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`X-${index}`, 'a'])) }],
  // Its parser's own, before it knows whom they are for.
  ['no request', 400, { bytes: 'G@T\r\n\r\n' }],
  ['no host', 400, crooked('GET /', '')],
  ['a host that is none', 400, { headers: { Host: 'a/b' } }],
  ['a NUL', 400, crooked('GET /\0')],
  ['an unknown coding', 501, { path: '/api/v1/reports', method: 'POST', headers: { 'Transfer-Encoding': 'xchunked' } }],
  ['a version to come', 505, { bytes: `GET / HTTP/2.0\r\nHost: ${HOST}\r\n\r\n` }],
  ['another name', 421, { headers: { Host: 'evil.example' } }],
  ['no name', 421, { bytes: 'GET / HTTP/1.0\r\n\r\n' }],
  ['no TLS where it is spoken', 400, { secure: false }],
  ['a way to TLS', 301, { plain: true }],
  ['the interface without TLS', 400, { plain: true, path: '/api/v1/join' }],
  ['another name without TLS', 421, { plain: true, headers: { Host: 'evil.example' } }],
  ['TLS where it is not spoken', 400, { plain: true, bytes: '\x16\x03\x01\x02\x00\x01\x00' }],
  ['too large without TLS', 413, { plain: true, method: 'POST', headers: { 'Content-Length': 20_000 } }],
  ['too long an address without TLS', 414, { plain: true, ...crooked(`GET /${LONG}`) }],
  ['that it is alive', 200, { plain: true, path: '/healthz', headers: { Host: 'localhost' } }],
  ['nothing beside that', 421, { plain: true, headers: { Host: 'localhost' } }],
];

/** What is asked, by somebody who was not here before; bytes are sent as they are. */
const asked = ({ headers, ...request }) => ({ ...request, headers: { ...headers, ...stranger() } });

/** What an answer that the edge made or passed on lacks. */
function lacks(answer, expected) {
  const wrong = headersWrong(answer, expected);
  if (answer.header('server') !== 'nginx') wrong.push('server');
  if (answer.list.filter(([key]) => key === 'cache-control').length !== 1) wrong.push('cache-control');
  if (answer.list.some(([key]) => key === 'x-powered-by') || /nginx\/\d/.test(answer.body)) wrong.push('a version');
  return wrong;
}

test('every answer has the security headers that the server gives, once', async () => {
  const expected = await directly({ path: '/' });
  for (const name of SECURITY) assert.ok(expected.header(name), name);
  for (const [what, status, request] of ways()) {
    const answer = await say(edge, asked(request));
    assert.equal(answer.status, status, what);
    assert.deepEqual(lacks(answer, expected), [], what);
    const forEver = [200, 304].includes(status) && request.path === asset();
    assert.equal(/immutable/.test(answer.header('cache-control')), forEver, what);
  }
});

test('before there were headers, a request got none: it gets no page and no version either', async () => {
  for (const way of [{ port: edge.ports.tls }, { port: edge.ports.plain, secure: false }]) {
    const answer = await sendRaw(way, 'GET /\r\n');
    assert.match(answer, /^<html>[^]*421 Misdirected Request[^]*<\/html>\s*$/);
    assert.doesNotMatch(answer, /nginx\/|wardlight/i);
  }
});

const SOCKET = { path: '/api/v1/socket', headers: { Connection: 'Upgrade', Upgrade: 'websocket' } };
/** An edge that waits for an answer a hundredth of its time. */
const IMPATIENT = (name, text) => (name === 'nginx.conf' ? text.replace(/proxy_read_timeout 75s/, 'proxy_read_timeout 750ms') : text);

test('whatever the server says or fails to say, the headers are the same', async () => {
  const expected = await directly({ path: '/' });
  const before_ = await otherEdge(IMPATIENT);
  for (const status of [200, 400, 403, 404, 408, 409, 413, 414, 429, 431, 500, 501, 502, 503, 504]) {
    const answer = await say(before_, asked({ path: `/api/v1/status/${status}` }));
    assert.equal(answer.status, status);
    assert.deepEqual(lacks(answer, expected), [], `${status} of the server`);
  }
  const socket = await say(before_, asked(SOCKET));
  assert.equal(socket.status, 101);
  assert.deepEqual(lacks(socket, expected), [], 'a socket');
  for (const [what, status, path] of [
    ['it hangs up', 502, '/api/v1/gone'],
    ['it says nothing', 504, '/api/v1/socket'],
  ]) {
    const answer = await say(before_, asked({ path }));
    assert.deepEqual([answer.status, answer.header('retry-after'), answer.header('content-type')], [status, '3', 'application/problem+json'], what);
    assert.deepEqual(lacks(answer, expected), [], what);
  }
});

test('each route of the interface is where the server has it', async () => {
  const { paths } = JSON.parse((await directly({ path: '/api/v1/openapi.json' })).body);
  const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ path: path.replace(/\{\w+\}/g, '1'), method: method.toUpperCase() })));
  assert.ok(routes.length > 30, `${routes.length}`);
  for (const route of routes) {
    const [there, here] = [await directly(route), await say(edge, { ...route, headers: stranger() })];
    assert.deepEqual([here.status, here.header('location')], [there.status, undefined], `${route.method} ${route.path}`);
  }
});

test('files are as the server itself gives them', async () => {
  for (const path of ['/', '/table/abc', asset(), '/icon.svg', '/manifest.webmanifest', '/assets/none.js', '/index.html']) {
    const [there, here] = [await directly({ path }), await say(edge, { path, headers: stranger() })];
    for (const name of ['content-type', 'cache-control']) assert.equal(here.header(name), there.header(name), `${path}: ${name}`);
    assert.equal(here.status, there.status, path);
    assert.equal(here.body, there.body, path);
  }
  const packed = await say(edge, { path: asset(), headers: { 'Accept-Encoding': 'gzip', ...stranger() } });
  assert.deepEqual([packed.header('content-encoding'), packed.header('vary')], ['gzip', 'Accept-Encoding']);
});

test('without TLS there is a way to it, and a word that the edge is alive', async () => {
  const plain = (request) => say(edge, { ...request, plain: true });
  const led = await plain({ path: '/table/x?y=1' });
  assert.deepEqual([led.status, led.header('location')], [301, `https://${HOST}/table/x?y=1`]);
  assert.equal((await plain({ path: '/api/v1/join', method: 'POST' })).status, 400);
  assert.equal((await plain({ headers: { Host: 'evil.example' } })).status, 421);
  assert.equal((await plain({ path: '/healthz', headers: { Host: '127.0.0.1' } })).body, 'alive\n');
});

test('another name is answered with nothing', async () => {
  await assert.rejects(say(edge, { secure: { servername: 'evil.example' } }), /alert|reset/i);
  await assert.rejects(say(edge, { secure: { servername: '' } }), /alert|reset/i);
  assert.equal((await say(edge, { headers: { Host: 'evil.example' } })).status, 421);
});

/** Whether a handshake with these settings works. */
const handshake = (settings, { ports } = edge) =>
  new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', port: ports.tls, servername: HOST, rejectUnauthorized: false, ...settings });
    socket.once('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
      socket.destroy();
    });
    socket.once('error', () => resolve(null));
  });

test('TLS is 1.2 or 1.3 with forward secrecy, and nothing less', async () => {
  assert.match(await handshake({}), /^TLSv1\.3 /);
  assert.match(await handshake({ maxVersion: 'TLSv1.2' }), /^TLSv1\.2 ECDHE-/);
  assert.equal(await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), null);
  for (const weak of ['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256']) {
    assert.equal(await handshake({ maxVersion: 'TLSv1.2', ciphers: `${weak}:@SECLEVEL=0` }), null, weak);
  }
});

/** Asks as often as it takes until it is too often; gives the answers. */
async function flood(edge, request, most, who = {}) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 25 });
  const answers = [];
  try {
    for (let count = 0; count < most; count += 100) {
      const some = Array.from({ length: 100 }, () => sayAgain(edge, agent, { ...request, headers: { ...request.headers, ...who } }));
      answers.push(...(await Promise.all(some)));
      if (answers.some(({ status }) => status === 429)) break;
    }
  } finally {
    agent.destroy();
  }
  return answers;
}

test('whoever asks too often waits, and nobody else does', async () => {
  const expected = await directly({ path: '/' });
  const zones = [
    ['files', { path: '/icon.svg' }, 600],
    ['interface', { path: '/api/v1/openapi.json', method: 'HEAD' }, 400],
    ['sign-in', { path: '/api/v1/session/ways', method: 'POST' }, 100],
    ['join', { path: '/api/v1/join/preview', method: 'POST' }, 100],
    ['upload', { path: '/api/v1/tables/x/pictures', method: 'POST' }, 100],
    ['socket', { path: '/api/v1/socket' }, 100],
    ['tiles', { path: '/api/v1/tables/x/maps/1/1/0/0/0' }, 2_000],
  ];
  for (const [what, request, most] of zones) {
    const who = stranger();
    const late = (await flood(edge, request, most, who)).filter(({ status, header }) => status === 429 && header('server') === 'nginx');
    assert.ok(late.length > 0, `${what}: never too often`);
    assert.equal(late[0].header('retry-after'), '1', what);
    assert.deepEqual(headersWrong(late[0], expected), [], what);
    const other = await say(edge, { ...request, headers: { ...request.headers, ...stranger() } });
    assert.notEqual(other.status, 429, `${what}: somebody else waits too`);
  }
});

/** As many requests at once as there are, and time for their bodies: what is counted here is connections. */
const UNHURRIED = (name, text) => (name === 'nginx.conf' ? text.replaceAll(/burst=\d+/g, 'burst=10000').replaceAll(/client_body_timeout \d+s/g, 'client_body_timeout 300s') : text);
const SOCKETS_MAX = configured(/limit_conn sockets (\d+);/);
const PEERS_MAX = configured(/limit_conn peers (\d+);/);
/** Keeps its connection: the body is awaited. */
const BEGUN = { path: '/api/v1/reports', method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 2 } };

/** Opens so many, which are all to be let in, and asks for one more; `then` sees them as they are. */
async function crowd(edge, request, many, one, then = () => {}) {
  const who = stranger();
  const from = (request) => ({ ...request, headers: { ...request.headers, ...who } });
  const held = await Promise.all(Array.from({ length: many }, () => hold(edge, words(from(request)))));
  try {
    const refused = held.filter(({ status }) => status !== 100 && status !== 101);
    const late = await say(edge, from(one));
    await then(held, () => hold(edge, words(from(request))));
    return { refused, late };
  } finally {
    for (const { drop } of held) drop();
  }
}

/** Whether one more than so many is one too many, and told so by the edge. */
async function isBounded(edge, request, many, one = request) {
  const { refused, late } = await crowd(edge, request, many, one);
  return refused.length === 0 && late.status === 429 && late.header('retry-after') === '1';
}

test('one address has so many sockets and connections, and everybody else theirs', async () => {
  const expected = await directly({ path: '/' });
  const before_ = await otherEdge(UNHURRIED);
  const echoes = async ({ more }) => assert.equal(await more('still here', (text) => text.length >= 10), 'still here');
  const answers = async ({ more }) => assert.match(await more('{}', (text) => text.includes('\r\n\r\n')), /^HTTP\/1\.1 200 /);
  for (const [what, request, many, works] of [
    ['sockets', SOCKET, SOCKETS_MAX, echoes],
    ['connections', BEGUN, PEERS_MAX, answers],
  ]) {
    assert.ok(many > 0, what);
    const { refused, late } = await crowd(before_, request, many, request, async (held, again) => {
      const other = await hold(before_, words(asked(request)));
      assert.equal(other.status, held[0].status, `${what}: somebody else waits too`);
      other.drop();
      await works(held[0]);
      await works(held.at(-1));
      // Whoever leaves makes room.
      held[0].drop();
      await until('there is room again', async () => {
        const next = await again();
        held.push(next);
        return next.status === held[1].status;
      });
    });
    assert.deepEqual(refused, [], `${what}: fewer are let in than is configured`);
    assert.deepEqual([late.status, late.header('retry-after'), late.header('server')], [429, '1', 'nginx'], what);
    assert.deepEqual(lacks(late, expected), [], what);
  }
  // A page, an asset and a socket are connections as well.
  for (const one of [{}, { path: asset() }, SOCKET]) assert.ok(await isBounded(before_, BEGUN, PEERS_MAX, one));
});

/** How many times as fast the edge loses its patience: after a second or two, or three. */
const FASTER = { client_header: 10, client_body: 10, send: 20, keepalive: 60 };
const HURRIED = (name, text) => (name === 'nginx.conf' ? text.replaceAll(/\b(client_header|client_body|send|keepalive)_timeout (\d+)s/g, (_, what, seconds) => `${what}_timeout ${(Number(seconds) * 1000) / FASTER[what]}ms`) : text);
/** The time of the configuration when it is so hurried. */
const patience = (what, pattern = new RegExp(`^ {4}${what}_timeout (\\d+)s`, 'm')) => (configured(pattern) * 1000) / FASTER[what];
/** So much later something slow is noticed here. */
const LATE_MS = 1_500;
/** A sleeper that is woken when its time comes is early by as much as clocks differ. */
const EARLY_MS = 50;

const HEAD = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n`;
const begun = (path, length = 9) => `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${length}\r\n\r\n{`;
const slow = {
  'no word of TLS': [{ greets: false }, patience('client_header')],
  'no word': [{}, patience('client_header')],
  'half a head': [{ text: HEAD }, patience('client_header')],
  'a head without an end': [{ text: HEAD, drip: 'X-More: a\r\n' }, patience('client_header')],
  'half a body': [{ text: begun('/api/v1/reports') }, patience('client_body')],
  'half a map': [{ text: begun('/api/v1/tables/x/scenes') }, patience('client_body', /^ {12}client_body_timeout (\d+)s/m)],
  'nothing more': [{ text: `${HEAD}\r\n` }, patience('keepalive')],
};

/** Whether somebody slow is cut off when their time is over, and not before. */
async function isCutOff(edge, what) {
  const [saying, limit] = slow[what];
  const ms = await borne(edge, saying, limit + LATE_MS);
  return ms !== null && ms >= limit - EARLY_MS;
}

/** The same of somebody who asks for more than fits between the two and does not read it. */
async function isReaderCutOff(edge) {
  const length = 32 * 1024 * 1024;
  writeFileSync(edge.at('html/long.txt'), Buffer.alloc(length));
  const limit = patience('send');
  const end = Date.now() + limit + 2 * LATE_MS;
  const socket = tls.connect({ host: '127.0.0.1', port: edge.ports.tls, servername: HOST, rejectUnauthorized: false });
  socket.on('error', () => {});
  socket.write(words({ path: '/long.txt' }));
  const line = await until('it is given up, or not', () => edge.access().match(/.*"path":"\/long.txt".*/)?.[0] ?? Date.now() > end);
  socket.destroy();
  if (line === true) return false;
  const { bytes, seconds } = JSON.parse(line);
  return bytes < length && seconds * 1000 >= limit - EARLY_MS;
}

test('whoever is slow is cut off when their time is over, and not before', async () => {
  const before_ = await otherEdge(HURRIED);
  const kinds = Object.keys(slow);
  // Whoever goes on with a body has time for it: what is bounded is each wait, and its size.
  const goesOn = borne(before_, { text: begun('/api/v1/reports', 100), drip: ' ' }, patience('client_body') + LATE_MS);
  const cut = await Promise.all([...kinds.map((what) => isCutOff(before_, what)), isReaderCutOff(before_)]);
  assert.deepEqual(cut, cut.map(() => true), `${kinds}, what is not read`);
  assert.equal(await goesOn, null);
});

test('who asks is found out here, and not believed of anybody', async () => {
  const lone = await startEdge(certificates, server);
  try {
    const request = { path: '/api/v1/session/ways', method: 'POST' };
    const answers = await Promise.all(Array.from({ length: 60 }, () => say(lone, { ...request, headers: stranger() })));
    assert.ok(answers.some(({ status }) => status === 429), 'another name each time is another person');
  } finally {
    await lone.stop();
  }
});

test('what two readers could read differently is refused, and the server does not see it', async () => {
  const send = (text) => sendRaw({ port: edge.ports.tls }, text);
  const inner = 'GET /api/v1/smuggled HTTP/1.1\r\nHost: table.example\r\n\r\n';
  const post = `POST /api/v1/reports HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n`;
  const tricks = {
    'both lengths': `${post}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    'two lengths': `${post}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    'a length with a sign': `${post}Content-Length: +5\r\n\r\nhello`,
    'an unknown coding': `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    'a coding twice': `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
    'a bad chunk': `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
    'no host': 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
    'two hosts': `GET / HTTP/1.1\r\nHost: ${HOST}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    'a tunnel': `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`,
    'a trace': `TRACE / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`,
    'a NUL': `GET /\0 HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`,
  };
  for (const [what, text] of Object.entries(tricks)) {
    const answer = await send(text);
    assert.match(answer, /^HTTP\/1\.1 (400|405|501) /, `${what}: ${answer.slice(0, 80)}`);
    assert.ok(!answer.includes('smuggled') && answer.match(/HTTP\/1\.1 /g).length === 1, what);
  }
  const paths = ['//api/v1/tables', '/x/../api/v1/tables', '/assets/..%2f..%2fetc/passwd', '/assets/%2e%2e/index.html', '/api/v1/./tables', '/a%5cb', '/%00', '/api/..'];
  for (const path of paths) assert.equal((await say(edge, { path, headers: stranger() })).status, 400, path);
  // A question may hold what it likes.
  assert.equal((await say(edge, { path: '/?next=%2Fa//b/../c', headers: stranger() })).status, 200);
  assert.ok(!server.log().includes('smuggled'));
});

test('between the edge and the server both ends prove who they are', async () => {
  assert.equal((await directly({ path: '/' })).status, 200);
  await assert.rejects(say(edge, { host: '127.0.0.2', port: server.ports.tls, secure: { servername: 'server' } }), /alert|reset|certificate/i);
  const plain = sendRaw({ host: '127.0.0.2', port: server.ports.tls, secure: false }, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  assert.equal(await plain.catch(({ code }) => code), 'ECONNRESET');
  // A server of another authority, or of another name, is not the one that is meant.
  const expected = await directly({ path: '/' });
  for (const [authority, name] of [
    ['other-ca', 'server'],
    ['inner-ca', 'elsewhere'],
  ]) {
    const false_ = { ...certificates, at: (file) => certificates.at(file.replace('server/', 'false/')) };
    certificates.issue('false', authority, 2, 'serverAuth', name);
    const impostor = await startInner(false_);
    const before_ = await startEdge(certificates, impostor);
    const answer = await say(before_, { path: '/api/v1/tables' });
    assert.deepEqual([answer.status, answer.header('content-type'), answer.header('retry-after')], [502, 'application/problem+json', '3'], name);
    assert.deepEqual(headersWrong(answer, expected), []);
    await before_.stop();
    await impostor.stop();
  }
});

test('a renewed certificate is shown at once', async () => {
  const serial = () =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port: edge.ports.tls, servername: HOST, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  const first = await serial();
  certificates.issue('next', 'ca', 2, 'serverAuth', HOST);
  cpSync(certificates.at('next'), certificates.at('edge'), { recursive: true });
  assert.notEqual(await serial(), first);
});

/**
 * What is undone in the configuration, and what shows it: a check of the tests above that fails then. A row may say what
 * stands there instead, and how the configuration is changed besides for that check.
 */
const undone = [
  ['snippets/security-headers.conf', /add_header X-Frame-Options.*\n/, () => seen({ path: '/' })],
  ['snippets/security-headers.conf', /; report-to policy/, () => seen({ path: '/' })],
  ['snippets/security-headers.conf', /script-src 'self'/, () => seen({ path: '/' }), "script-src 'self' 'unsafe-inline'"],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=\s+add_header Cache-Control no-cache)/, () => seen({ path: '/' })],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=\s+add_header Cache-Control \$keep_asset)/, () => seen({ path: asset() })],
  ['snippets/server.conf', /proxy_hide_header Referrer-Policy;\n/, () => seen({ path: '/api/v1/tables' })],
  ['nginx.conf', /server_tokens off;/, async (edge) => (await say(edge)).header('server') !== 'nginx'],
  ['nginx.conf', /if \(\$is_crooked\) {\s+return 400;\s+}/, async (edge) => (await say(edge, { path: '/api/v1/./tables' })).status !== 400],
  ['nginx.conf', /ssl_reject_handshake on;/, (edge) => say(edge, { secure: { servername: 'evil.example' } }).then(() => true, () => false), 'ssl_certificate $edge_certificate; ssl_certificate_key $edge_key;'],
  ['nginx.conf', /client_max_body_size 16k;/, async (edge) => (await say(edge, { path: '/api/v1/join', method: 'POST', headers: { 'Content-Length': 20_000 } }).catch(() => ({}))).status !== 413, 'client_max_body_size 1m;'],
  ['nginx.conf', /limit_req zone=files burst=200 nodelay;/g, async (edge) => !(await flooded(edge, { path: '/icon.svg' }, 600))],
  ['nginx.conf', /limit_req zone=sign_in burst=40 nodelay;/g, async (edge) => !(await flooded(edge, { path: '/api/v1/session/ways', method: 'POST' }, 100))],
  ['nginx.conf', /limit_req_status 429;/, async (edge) => !(await flooded(edge, { path: '/icon.svg' }, 600))],
  ['snippets/tls.conf', /TLSv1.2 TLSv1.3/, async (edge) => !(await handshake({}, edge))?.startsWith('TLSv1.3'), 'TLSv1.2'],
  ['snippets/tls.conf', /ssl_ciphers .*;/, async (edge) => (await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0' }, edge)) !== null, 'ssl_ciphers DEFAULT;'],
  ['snippets/server.conf', /proxy_ssl_certificate(_key)? .*;\n/g, async (edge) => (await say(edge, { path: '/api/v1/tables' })).status !== 401],
  ['nginx.conf', /gzip_static on;/g, async (edge) => (await say(edge, { path: asset(), headers: { 'Accept-Encoding': 'gzip' } })).header('content-encoding') !== 'gzip'],
  ['nginx.conf', /return 301 .*;/, async (edge) => (await say(edge, { plain: true })).status !== 301, 'root /;'],
  ...SECURITY.flatMap((name) => [
    ['snippets/security-headers.conf', new RegExp(`add_header ${name} .*\\n`, 'i'), () => seen({ path: '/x//y' })],
    ['snippets/security-headers.conf', new RegExp(`(?<=add_header ${name} .*) always;`, 'i'), () => seen({ path: '/assets/none.js' }), ';'],
    ['snippets/server.conf', new RegExp(`proxy_hide_header ${name};\\n`, 'i'), () => seen({ path: '/api/v1/tables' })],
  ]),
  ['nginx.conf', /include snippets\/security-headers.conf;(?=[^}]*return 421;)/, () => seen({ headers: { Host: 'evil.example' } })],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=[^}]*return 301)/, () => seen({ plain: true })],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=[^}]*return 200)/, () => seen({ plain: true, path: '/healthz', headers: { Host: 'localhost' } })],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=[^}]*limit_conn peers)/, () => seen({ path: '/x//y' })],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=[^}]*types {}\s+default_type text)/, () => seen({ path: '/assets/none.js' })],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=[^}]*Retry-After)/, () => seen({ path: '/api/v1/join', method: 'POST', headers: { 'Content-Length': 20_000 } })],
  ['nginx.conf', /max_ranges 0;/, () => seen({ headers: { Range: 'bytes=9999999-' } })],
  ['nginx.conf', /default no-store;(?=\s+"~\^\(200)/, async (edge) => (await say(edge, { path: asset(), method: 'DELETE' })).header('cache-control') !== 'no-store'],
  ['nginx.conf', /limit_conn sockets \d+;/, async (edge) => !(await isBounded(edge, SOCKET, SOCKETS_MAX)), '', UNHURRIED],
  ['nginx.conf', /limit_conn sockets \d+;/, async (edge) => !(await isBounded(edge, SOCKET, SOCKETS_MAX)), `limit_conn sockets ${SOCKETS_MAX - 1};`, UNHURRIED],
  ['nginx.conf', /limit_conn peers \d+;(?=\s+if)/, async (edge) => !(await isBounded(edge, BEGUN, PEERS_MAX)), '', UNHURRIED],
  ['nginx.conf', /limit_conn peers \d+;(?=\s+include)/, async (edge) => !(await isBounded(edge, BEGUN, PEERS_MAX, SOCKET)), '', UNHURRIED],
  ['nginx.conf', /limit_conn_status 429;/, async (edge) => !(await isBounded(edge, SOCKET, SOCKETS_MAX)), '', UNHURRIED],
  ['nginx.conf', /429 1;/, async (edge) => !(await isBounded(edge, SOCKET, SOCKETS_MAX)), '', UNHURRIED],
  ['snippets/server.conf', /error_page 429 .*;/, async (edge) => !(await isBounded(edge, SOCKET, SOCKETS_MAX)), '', UNHURRIED],
  ['nginx.conf', /client_header_timeout \S+;/, async (edge) => !(await isCutOff(edge, 'half a head')), '', HURRIED],
  ['nginx.conf', /(?<=^ {4})client_body_timeout \S+;/m, async (edge) => !(await isCutOff(edge, 'half a body')), '', HURRIED],
  ['nginx.conf', /(?<=^ {12})client_body_timeout \S+;/m, async (edge) => !(await isCutOff(edge, 'half a map')), '', HURRIED],
  ['nginx.conf', /keepalive_timeout \S+;/, async (edge) => !(await isCutOff(edge, 'nothing more')), '', HURRIED],
  ['nginx.conf', /(?<=^ {4})send_timeout \S+;/m, async (edge) => !(await isReaderCutOff(edge)), '', HURRIED],
];

/** Whether an answer lacks what it should have; to be asked of one edge. */
const seen = (request) => async (edge) => headersWrong(await say(edge, request), await directly({ path: '/' })).length > 0;

const flooded = async (edge, request, most) => (await flood(edge, request, most)).some(({ status }) => status === 429);

test('whatever is undone in the configuration is noticed', { timeout: 300_000 }, async () => {
  for (const [file, line, shows, instead = '', setting] of undone) {
    let found = false;
    const change = (name, text) => {
      const set = setting?.(name, text) ?? text;
      if (name !== file) return set;
      found = set.search(line) >= 0;
      return set.replace(line, instead);
    };
    const weak = await startEdge(certificates, setting ? stub : server, { change });
    try {
      assert.ok(found, `${file}: there is no ${line}`);
      const check = shows.length === 0 ? shows() : shows;
      assert.equal(await check(weak), true, `${file} without ${line}: nobody notices`);
      assert.equal(await check(setting ? await otherEdge(setting) : edge), false, `${file}: ${line} is missed where it is not undone`);
    } finally {
      await weak.stop();
    }
  }
});

test('a table is played through the edge', async () => {
  const browser = await openBrowser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`]);
  try {
    const [master, player] = [await person(browser, desktop), await person(browser, phone)];
    await master.page.goto(server.master);
    const chat = master.page.getByPlaceholder('Say something, or /r 1d20');
    await chat.fill('through the edge');
    await chat.press('Enter');
    await master.page.getByText('through the edge').first().waitFor();
    await map(master).waitFor();
    await player.page.goto(server.invite);
    await player.page.getByRole('textbox').first().fill('Ada');
    await player.page.keyboard.press('Enter');
    await master.page.getByText('Ada').first().waitFor();
    assert.deepEqual([...master.complaints, ...player.complaints], []);
    assert.match(edge.access(), /"path":"\/api\/v1\/tables\/[^"]*\/maps\//, 'its map came through as well');
    assert.ok(!edge.access().includes('127.0.0.1'), 'addresses are not written down');
  } finally {
    await browser.close();
  }
});

/** Whether the edge waits for as long as three pings take, by what is deployed. */
function isPatient(configuration, limits) {
  const waits = configured(/location = \/api\/v1\/socket {[^}]*proxy_read_timeout (\d+)s;/, configuration);
  const pings = configured(/PING_INTERVAL: Duration = Duration::from_secs\((\d+)\)/, limits);
  assert.ok(waits > 0 && pings > 0);
  return waits >= 3 * pings;
}

/** A socket of somebody who came by an invite and says no more; `pings` counts those of the server. */
async function silentSocket(edge, inner, origin) {
  const headers = { Origin: origin, 'Content-Type': 'application/json', ...stranger() };
  const body = JSON.stringify({ code: inner.invite.split('#')[1], name: 'Ada' });
  const joined = await say(edge, { path: '/api/v1/join', method: 'POST', headers, body });
  assert.equal(joined.status, 200, joined.body);
  const { access, table } = JSON.parse(joined.body);
  const wire = new WebSocket(`wss://127.0.0.1:${edge.ports.tls}/api/v1/socket`, { origin, headers: { Host: HOST }, servername: HOST, rejectUnauthorized: false, perMessageDeflate: false });
  const socket = { wire, heard: 0, pings: 0, isOpen: true };
  wire.on('ping', () => (socket.pings += 1));
  wire.on('message', () => (socket.heard += 1));
  wire.on('error', () => {});
  wire.once('close', () => (socket.isOpen = false));
  wire.once('open', () => wire.send(JSON.stringify({ type: 'hello', protocol: 1, access, table })));
  await until('the socket is greeted', () => socket.heard > 0 || !socket.isOpen);
  return socket;
}

test('a socket on which nothing is said stays open for as long as the server pings it', async () => {
  const limits = readFileSync('../crates/server/src/limits.rs', 'utf8');
  assert.ok(isPatient(CONFIGURATION, limits));
  assert.ok(!isPatient(CONFIGURATION.replace('proxy_read_timeout 75s', 'proxy_read_timeout 59s'), limits), 'an edge that waits for less is noticed');
  assert.ok(!isPatient(CONFIGURATION, limits.replace('PING_INTERVAL: Duration = Duration::from_secs(20)', 'PING_INTERVAL: Duration = Duration::from_secs(26)')), 'and so is a server that pings less often');
  // Both sixty times as fast.
  const [waits, pings] = [configured(/proxy_read_timeout (75)s/) / 60, configured(/PING_INTERVAL: Duration = Duration::from_secs\((\d+)\)/, limits) / 60];
  const place = { ...certificates, port: await freePort('127.0.0.1') };
  const origin = `https://${HOST}:${place.port}`;
  const inner = await startInner(place, { args: ['--ping-interval', String(pings)] });
  const waiting = (seconds) => (name, text) => (name === 'nginx.conf' ? text.replace('proxy_read_timeout 75s', `proxy_read_timeout ${Math.round(seconds * 1000)}ms`) : text);
  const edges = await Promise.all([startEdge(place, inner, { change: waiting(waits), port: place.port }), startEdge(place, inner, { change: waiting(pings * 0.75) }), startEdge(certificates, server, { change: waiting(waits) })]);
  const [patient, hasty, unpinged] = await Promise.all([silentSocket(edges[0], inner, origin), silentSocket(edges[1], inner, origin), silentSocket(edges[2], server, `https://${HOST}:${certificates.port}`)]);
  try {
    await until('the edge waited three times, or it did not', () => patient.pings * pings > 3 * waits || !patient.isOpen);
    assert.ok(patient.isOpen);
    await until('an edge that waits for less than a ping cuts it off', () => !hasty.isOpen);
    await until('and so does one whose server pings as seldom as it does by itself', () => !unpinged.isOpen);
    assert.equal(unpinged.pings, 0);
  } finally {
    for (const { wire } of [patient, hasty, unpinged]) wire.terminate();
    for (const each of edges) await each.stop();
    await inner.stop();
  }
});
