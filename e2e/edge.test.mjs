// The edge (deploy/nginx): what it lets through, and what not, seen on a real nginx before the real server.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { HOST, makeCertificates, say, sendRaw, startEdge, startInner } from './edge.mjs';
import { desktop, map, openBrowser, person, phone } from './people.mjs';
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

let certificates, server, edge;

before(async () => {
  certificates = await makeCertificates();
  server = await startInner(certificates);
  edge = await startEdge(certificates, server, { believe: INGRESS, port: certificates.port });
});

after(async () => {
  await edge?.stop();
  await server?.stop();
  if (certificates) rmSync(certificates.home, { recursive: true, force: true });
});

/** Somebody who was not here before, for whoever counts addresses. */
let count = 0;
const stranger = () => ({ 'X-Forwarded-For': `203.0.113.${(count += 1)}` });

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

/** Requests for every way in which an answer is made. */
const ways = () => [
  ['the page', 200, {}],
  ['a page by its path', 200, { path: '/table/abc' }],
  ['an asset', 200, { path: asset() }],
  ['no asset', 404, { path: '/assets/none.js' }],
  ['a folder', 404, { path: '/assets/' }],
  ['another method', 405, { method: 'DELETE' }],
  ['the interface', 401, { path: '/api/v1/tables' }],
  ['nothing of the interface', 404, { path: '/api/v1/nothing' }],
  ['a method it does not have', 405, { path: '/api/v1/tables', method: 'DELETE' }],
  ['security.txt', 200, { path: '/.well-known/security.txt' }],
  ['too large', 413, { path: '/api/v1/join', method: 'POST', headers: { 'Content-Length': 20_000 } }],
  ['a map too large', 413, { path: '/api/v1/tables/x/scenes', method: 'POST', headers: { 'Content-Length': 70_000_000 } }],
  ['a crooked path', 400, { path: '/api/../api/v1/tables' }],
];

test('every answer has the security headers that the server gives, once', async () => {
  const expected = await directly({ path: '/' });
  for (const name of SECURITY) assert.ok(expected.header(name), name);
  for (const [what, status, request] of ways()) {
    const answer = await say(edge, { ...request, headers: { ...request.headers, ...stranger() } });
    assert.equal(answer.status, status, what);
    assert.deepEqual(headersWrong(answer, expected), [], what);
    assert.equal(answer.header('server'), 'nginx', what);
    assert.equal(answer.list.filter(([key]) => key === 'cache-control').length, 1, what);
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
  const plain = (request) => say(edge, { ...request, port: edge.ports.plain, secure: false });
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
async function flood(request, most, who = stranger()) {
  const answers = [];
  for (let asked = 0; asked < most; asked += 25) {
    answers.push(...(await Promise.all(Array.from({ length: 25 }, () => say(edge, { ...request, headers: { ...request.headers, ...who } })))));
    if (answers.some(({ status }) => status === 429)) return answers;
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
    const late = (await flood(request, most, who)).filter(({ status, header }) => status === 429 && header('server') === 'nginx');
    assert.ok(late.length > 0, `${what}: never too often`);
    assert.equal(late[0].header('retry-after'), '1', what);
    assert.deepEqual(headersWrong(late[0], expected), [], what);
    const other = await say(edge, { ...request, headers: { ...request.headers, ...stranger() } });
    assert.notEqual(other.status, 429, `${what}: somebody else waits too`);
  }
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

/** What is undone in the configuration, and what shows it: a check of the tests above that fails then. */
const undone = [
  ['snippets/security-headers.conf', /add_header X-Frame-Options.*\n/, () => seen({ path: '/' })],
  ['snippets/security-headers.conf', /; report-to policy/, () => seen({ path: '/' })],
  ['snippets/security-headers.conf', /script-src 'self'/, () => seen({ path: '/' }), "script-src 'self' 'unsafe-inline'"],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=\s+add_header Cache-Control no-cache)/, () => seen({ path: '/' })],
  ['nginx.conf', /include snippets\/security-headers.conf;(?=\s+add_header Cache-Control "public)/, () => seen({ path: asset() })],
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
  ['nginx.conf', /return 301 .*;/, async (edge) => (await say(edge, { port: edge.ports.plain, secure: false })).status !== 301, 'root /;'],
];

/** Whether an answer lacks what it should have; to be asked of one edge. */
const seen = (request) => async (edge) => headersWrong(await say(edge, request), await directly({ path: '/' })).length > 0;

async function flooded(edge, request, most) {
  for (let asked = 0; asked < most; asked += 25) {
    const answers = await Promise.all(Array.from({ length: 25 }, () => say(edge, request)));
    if (answers.some(({ status }) => status === 429)) return true;
  }
  return false;
}

test('whatever is undone in the configuration is noticed', { timeout: 180_000 }, async () => {
  for (const [file, line, shows, instead = ''] of undone) {
    let found = false;
    const change = (name, text) => {
      if (name !== file) return text;
      found = text.search(line) >= 0;
      return text.replace(line, instead);
    };
    const weak = await startEdge(certificates, server, { change });
    try {
      assert.ok(found, `${file}: there is no ${line}`);
      const check = shows.length === 0 ? shows() : shows;
      assert.equal(await check(weak), true, `${file} without ${line}: nobody notices`);
      assert.equal(await check(edge), false, `${file}: ${line} is missed where it is not undone`);
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

/** How many sockets a page opens that says nothing for so long, behind an edge that waits for `time` for the server's word. */
async function socketsBehind(browser, time, silent) {
  const place = { ...certificates, port: await freePort('127.0.0.1') };
  const inner = await startInner(place);
  const change = (name, text) => (name === 'nginx.conf' ? text.replace('proxy_read_timeout 75s', `proxy_read_timeout ${time}`) : text);
  const before_ = await startEdge(place, inner, { change, port: place.port });
  try {
    const master = await person(browser, desktop);
    let opened = 0;
    master.page.on('websocket', () => (opened += 1));
    await master.page.goto(inner.master);
    await map(master).waitFor();
    await new Promise((resolve) => setTimeout(resolve, silent));
    return opened;
  } finally {
    await before_.stop();
    await inner.stop();
  }
}

test('a socket on which nothing is said stays open for as long as the server pings it', { timeout: 180_000 }, async () => {
  // The server pings after 20 s of silence. What is deployed waits for three of them; to wait for one takes less long.
  const configuration = readFileSync('../deploy/nginx/nginx.conf', 'utf8');
  const limits = readFileSync('../crates/server/src/limits.rs', 'utf8');
  const [waits] = configuration.match(/(?<=location = \/api\/v1\/socket {[^}]*proxy_read_timeout )\d+/);
  const [pings] = limits.match(/(?<=PING_INTERVAL: Duration = Duration::from_secs\()\d+/);
  assert.ok(Number(waits) >= 3 * Number(pings), `${waits} s, ${pings} s`);
  const browser = await openBrowser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`]);
  try {
    const [patient, hasty] = await Promise.all([socketsBehind(browser, '26s', 50_000), socketsBehind(browser, '8s', 50_000)]);
    assert.equal(patient, 1);
    assert.ok(hasty > 1, 'an edge that waits for less long is noticed');
  } finally {
    await browser.close();
  }
});
