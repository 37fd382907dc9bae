// nginx in front of the real server, with the configuration that is deployed: only ports, names and places of files are
// this machine's.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import net from 'node:net';
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

/** The server behind: nobody but the edge gets in. */
export function startInner({ at, port }, options = {}) {
  const files = ['--tls-cert', at('server/tls.crt'), '--tls-key', at('server/tls.key'), '--tls-client-ca', at('inner-ca.crt')];
  return startServer({
    ...options,
    args: ['--tls', 'files', ...files, '--public-url', `https://${HOST}:${port}`, '--trusted-proxy', '127.0.0.0/8', ...(options.args ?? [])],
  });
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

/** A request, word for word, and its answer. */
export async function say(edge, { method = 'GET', path: target = '/', headers = {}, body = '', port = edge.ports.tls, secure, host } = {}) {
  const all = { Host: HOST, Connection: 'close', ...(body ? { 'Content-Length': Buffer.byteLength(body) } : {}), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = await sendRaw({ port, host, ...(secure === undefined ? {} : { secure }) }, `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  const [head, ...rest] = text.split('\r\n\r\n');
  const [first, ...named] = head.split('\r\n');
  const list = named.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  return { status: Number(first.split(' ')[1]), list, header: (name) => list.find(([key]) => key === name)?.[1], body: rest.join('\r\n\r\n') };
}
