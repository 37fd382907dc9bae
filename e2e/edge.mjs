// nginx in front of the real server, with the configuration that is deployed: only ports, names and places of files are
// this machine's.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { until } from './people.mjs';
import { freePort, startServer } from './server.mjs';

export const HOST = 'table.example';
const CONFIGURATION = new URL('../deploy/nginx', import.meta.url).pathname;
const CLIENT = new URL('../client/dist', import.meta.url).pathname;
const certificate = (...words) => execFileSync('../scripts/certificate.sh', words.map(String));

/** Authorities and certificates of an edge and its server, in a new directory; and the port under which people come. */
export async function makeCertificates() {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-edge-'));
  const at = (name) => path.join(home, name);
  for (const name of ['ca', 'inner-ca', 'other-ca']) certificate('authority', at(name));
  certificate('issue', at('edge'), at('ca'), 2, 'serverAuth', HOST);
  certificate('issue', at('server'), at('inner-ca'), 2, 'serverAuth', 'server');
  certificate('issue', at('proxy'), at('inner-ca'), 2, 'clientAuth', 'edge');
  return { home, at, port: await freePort('127.0.0.1'), issue: (to, by, ...words) => certificate('issue', at(to), at(by), ...words) };
}

/** The server behind: nobody but the edge gets in. Of `proxies` it believes who asks. */
export function startInner({ at, port }, { proxies = '127.0.0.0/8', ...options } = {}) {
  const files = ['--tls-cert', at('server/tls.crt'), '--tls-key', at('server/tls.key'), '--tls-client-ca', at('inner-ca.crt')];
  return startServer({
    ...options,
    args: ['--tls', 'files', ...files, '--public-url', `https://${HOST}:${port}`, '--trusted-proxy', proxies, ...(options.args ?? [])],
  });
}

/**
 * In place of a server: one that keeps connections for as long as it is left, and says what no real one would. Below /status/
 * it answers with that number and headers of its own, below /gone it hangs up; a socket hears what it says, and what should
 * become one and does not is never answered.
 */
export async function startStub({ at }) {
  const read = (name) => readFileSync(at(name));
  const secrets = { cert: read('server/tls.crt'), key: read('server/tls.key'), ca: read('inner-ca.crt'), requestCert: true };
  const open = new Set();
  const stub = https.createServer(secrets, (request, answer) => {
    const [, , , kind, status] = request.url.split('/');
    if (kind === 'socket') return;
    if (kind === 'gone') return void request.socket.destroy();
    const own = { 'X-Frame-Options': 'ALLOWALL', 'Content-Security-Policy': 'default-src *', Server: 'stub/1.2' };
    request.resume().once('end', () => answer.writeHead(kind === 'status' ? Number(status) : 200, own).end());
  });
  stub.on('upgrade', (_, socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.pipe(socket);
    open.add(socket);
  });
  await new Promise((listens) => stub.listen(0, '127.0.0.2', listens));
  const stop = () => {
    for (const socket of open) socket.destroy();
    stub.closeAllConnections();
    return new Promise((closed) => stub.close(closed));
  };
  return { ports: { tls: stub.address().port }, stop };
}

/**
 * Starts nginx in front of a server. `change` may change the text of each file of the configuration, by its name; `believe`
 * says whose word about clients is believed.
 */
export async function startEdge(certificates, server, { change = (_, text) => text, believe = '', port } = {}) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-nginx-'));
  const at = (name) => path.join(home, name);
  const ports = { tls: port ?? (await freePort('127.0.0.1')), plain: await freePort('127.0.0.1') };
  cpSync(CONFIGURATION, at('nginx'), { recursive: true });
  cpSync(CLIENT, at('html'), { recursive: true });
  for (const name of readdirSync(at('html/assets'))) writeFileSync(at(`html/assets/${name}.gz`), gzipSync(readFileSync(at(`html/assets/${name}`))));
  mkdirSync(at('run'));
  const places = {
    'server server:8443': `server 127.0.0.2:${server.ports.tls}`,
    '/etc/nginx/tls/server/ca.crt': certificates.at('inner-ca.crt'),
    '/etc/nginx/tls/server/tls': certificates.at('proxy/tls'),
    '/etc/nginx/tls/edge/tls': certificates.at('edge/tls'),
    '/etc/nginx/errors': at('nginx/errors'),
    '/usr/share/nginx/html': at('html'),
    // A pipe of this program's is none that can be opened by name.
    '/dev/stdout': at('access.log'),
    'listen 8443': `listen 127.0.0.1:${ports.tls}`,
    'listen 8080': `listen 127.0.0.1:${ports.plain}`,
  };
  for (const name of ['nginx.conf', 'site/http.conf', 'site/names.conf', ...readdirSync(at('nginx/snippets')).map((name) => `snippets/${name}`)]) {
    let text = change(name, readFileSync(at(`nginx/${name}`), 'utf8'));
    for (const [there, here] of Object.entries(places)) text = text.replaceAll(there, here);
    if (name === 'site/http.conf') text += believe;
    writeFileSync(at(`nginx/${name}`), text);
  }
  // The workers of a server that root starts are not root, and what they read lies in this test's directories.
  const user = process.getuid() === 0 ? 'user root;' : '';
  const words = ['-p', `${at('run')}/`, '-c', at('nginx/nginx.conf')];
  const nginx = spawn('nginx', ['-e', 'stderr', ...words, '-g', `daemon off; ${user}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  nginx.stderr.on('data', (text) => (log += text));
  const ended = new Promise((resolve) => nginx.once('exit', resolve));
  const stop = async () => {
    nginx.kill('SIGTERM');
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  const edge = { ports, at, log: () => log, access: () => readFileSync(at('access.log'), 'utf8'), stop };
  try {
    await until('nginx listens', async () => {
      if (nginx.exitCode !== null) throw new Error(`nginx does not start: ${log}`);
      return (await say(edge, { port: ports.plain, secure: false, headers: { Host: 'localhost' }, path: '/healthz' }).catch(() => null))?.status === 200;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return edge;
}

/** Sends bytes and gives all that comes back until the peer closes, or until `enough` says so. */
export function sendRaw({ port, host = '127.0.0.1', secure = { servername: HOST } }, bytes, enough = () => false) {
  return new Promise((resolve, reject) => {
    const socket = secure ? tls.connect({ host, port, rejectUnauthorized: false, ...secure }) : net.connect({ host, port });
    let text = '';
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(20_000, done);
    socket.on('data', (part) => {
      text += part.toString('latin1');
      if (enough(text)) done();
    });
    socket.once('error', (error) => (text ? done() : reject(error)));
    socket.once('close', () => resolve(text));
    socket.write(bytes);
  });
}

/** Whether an answer is whole. What is without a length ends with its connection. */
function isWhole(text, method) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = text.slice(0, end);
  if (method === 'HEAD' || /^HTTP\/1\.1 (1\d\d|204|304) /.test(head)) return true;
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}

/** The words of a request. */
export function words({ method = 'GET', path: target = '/', headers = {}, body = '' }) {
  const all = { Host: HOST, Connection: 'close', ...(body ? { 'Content-Length': Buffer.byteLength(body) } : {}), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** A request, or bytes that are none, and the answer. With `plain` it is said where there is no TLS. */
export async function say(edge, { bytes, plain = false, port = plain ? edge.ports.plain : edge.ports.tls, secure = plain ? false : undefined, host, ...request } = {}) {
  const way = { port, host, ...(secure === undefined ? {} : { secure }) };
  const text = await sendRaw(way, bytes ?? words(request), (text) => isWhole(text, request.method));
  const [head, ...rest] = text.split('\r\n\r\n');
  const [first, ...named] = head.split('\r\n');
  const list = named.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  return { status: Number(first.split(' ')[1]), list, header: (name) => list.find(([key]) => key === name)?.[1], body: rest.join('\r\n\r\n') };
}

/** A request on a connection that an agent keeps for others, and its answer. */
export function sayAgain(edge, agent, { method = 'GET', path: target = '/', headers = {} }) {
  return new Promise((resolve, reject) => {
    const way = { agent, host: '127.0.0.1', port: edge.ports.tls, servername: HOST, rejectUnauthorized: false };
    const request = https.request({ ...way, method, path: target, headers: { Host: HOST, ...headers } }, (answer) => {
      const list = [];
      for (let at = 0; at < answer.rawHeaders.length; at += 2) list.push([answer.rawHeaders[at].toLowerCase(), answer.rawHeaders[at + 1]]);
      answer.resume().once('end', () => resolve({ status: answer.statusCode, list, header: (name) => list.find(([key]) => key === name)?.[1] }));
    });
    request.once('error', reject).end();
  });
}

/**
 * Says something and leaves the connection as it is: gives the status of the first answer, which may be that more is awaited
 * (100) or that it is a socket (101), a way to say more and hear what comes then, and one to leave.
 */
export function hold(edge, text) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port: edge.ports.tls, servername: HOST, rejectUnauthorized: false }, () => socket.write(text));
    let heard = '';
    let hear = () => {
      const [, status] = heard.match(/^HTTP\/1\.1 (\d+) [^]*\r\n\r\n/) ?? [];
      if (status) resolve({ status: Number(status), more, drop: () => socket.destroy() });
    };
    const more = (next, enough) =>
      new Promise((resolve) => {
        heard = '';
        hear = () => enough(heard) && resolve(heard);
        socket.once('close', () => resolve(heard));
        socket.write(next);
      });
    socket.on('data', (part) => {
      heard += part.toString('latin1');
      hear();
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
}

/**
 * For how long a connection is borne on which `text` is said, and then `drip` again and again or nothing more, in
 * milliseconds; null where it still is after `most`. Without `greets` not even TLS is spoken.
 */
export function borne(edge, { text = '', drip = '', greets = true }, most) {
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port: edge.ports.tls };
    const begun = Date.now();
    const socket = greets ? tls.connect({ ...to, servername: HOST, rejectUnauthorized: false }) : net.connect(to);
    if (text) socket.write(text);
    const drips = drip ? setInterval(() => socket.write(drip), 100) : undefined;
    const end = (ms) => {
      clearInterval(drips);
      clearTimeout(tired);
      socket.destroy();
      resolve(ms);
    };
    const tired = setTimeout(() => end(null), most);
    socket.resume();
    socket.on('error', () => {});
    socket.once('close', () => end(Date.now() - begun));
  });
}
