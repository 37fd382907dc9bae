// A certificate that the server gets and renews itself, from a real authority for tests (Pebble).
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { until } from './people.mjs';
import { freePort, startServer } from './server.mjs';

const DOMAIN = 'table.example';
/** A certificate lives for so long, so that its renewal can be waited for. */
const LIFE_S = 45;

let home, tools, ports;
const running = [];
const servers = [];

before(async () => {
  tools = execFileSync('../scripts/pebble.sh', { encoding: 'utf8' }).trim();
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-acme-'));
  // Who vouches for the authority's own address.
  const at = (name) => path.join(home, name);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...subject, '-keyout', at('key.pem'), '-out', at('root.pem')], { stdio: 'ignore' });
  ports = {};
  for (const name of ['directory', 'management', 'dns', 'dnsManagement', 'proof']) ports[name] = await freePort('127.0.0.1');
  const pebble = {
    listenAddress: `127.0.0.1:${ports.directory}`,
    managementListenAddress: `127.0.0.1:${ports.management}`,
    certificate: at('root.pem'),
    privateKey: at('key.pem'),
    httpPort: 1,
    tlsPort: ports.proof,
    profiles: { default: { description: 'short', validityPeriod: LIFE_S } },
  };
  writeFileSync(at('pebble.json'), JSON.stringify({ pebble }));
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' };
  const start = (program, ...args) => running.push(spawn(path.join(tools, program), args, { stdio: 'ignore', env }));
  start('pebble-challtestsrv', '-dnsserver', `127.0.0.1:${ports.dns}`, '-management', `127.0.0.1:${ports.dnsManagement}`, '-defaultIPv4', '127.0.0.1', '-defaultIPv6', '', '-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', '');
  start('pebble', '-config', at('pebble.json'), '-dnsserver', `127.0.0.1:${ports.dns}`, '-strict');
  await until('the authority listens', () => ask(ports.directory, '/dir').catch(() => null));
});

after(async () => {
  for (const server of servers) await server.stop();
  for (const program of running) program.kill('SIGKILL');
  if (home) rmSync(home, { recursive: true, force: true });
});

/** What an address of the authority says. */
function ask(port, where) {
  return new Promise((resolve, reject) => {
    https
      .get({ host: '127.0.0.1', port, path: where, rejectUnauthorized: false }, (answer) => {
        let text = '';
        answer.on('data', (part) => (text += part)).on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

/** A server that asks the authority; data may be of one before. */
const serve = async (domain, { directory = `https://127.0.0.1:${ports.directory}/dir`, ...more } = {}) => {
  const server = await startServer({
    secure: { host: '127.0.0.1', port: ports.proof },
    args: ['--tls', 'acme', '--domain', domain, '--acme-directory', directory, '--acme-root', path.join(home, 'root.pem'), '--acme-contact', 'owner@table.example'],
    ...more,
  });
  servers.push(server);
  return server;
};

/** The certificate that a browser is shown, if it is one of the authority's for this name. */
async function shown(name = DOMAIN) {
  const roots = await ask(ports.management, '/roots/0');
  return new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', port: ports.proof, servername: name, ca: roots, ALPNProtocols: ['http/1.1'] }, () => {
      const { serialNumber, valid_to: validTo } = socket.getPeerCertificate();
      resolve({ serialNumber, validTo, protocol: socket.getProtocol() });
      socket.destroy();
    });
    socket.once('error', () => resolve(null));
  });
}

/** The page over TLS, as a browser with this authority asks for it. */
async function page() {
  const roots = await ask(ports.management, '/roots/0');
  return new Promise((resolve, reject) => {
    https.get({ host: '127.0.0.1', port: ports.proof, servername: DOMAIN, ca: roots, headers: { Host: DOMAIN } }, (answer) => resolve(answer.resume())).on('error', reject);
  });
}

test('a certificate is got, kept over a restart, and renewed while people come', { timeout: 120_000 }, async () => {
  const server = await serve(DOMAIN, { keep: true });
  assert.match(server.invite ?? server.said, /http/);
  assert.ok(server.said.includes(`https://${DOMAIN}/join#`), server.said);
  const first = await until('a certificate is shown', () => shown());
  assert.ok(['TLSv1.2', 'TLSv1.3'].includes(first.protocol));
  const answer = await page();
  assert.equal(answer.statusCode, 200);
  assert.match(answer.headers['strict-transport-security'] ?? '', /max-age=\d{8}/);
  // Nobody else's name is answered, and its keys are its owner's alone.
  assert.equal(await shown('other.example'), null);
  for (const file of ['certificate.pem', 'account.json']) assert.equal(statSync(path.join(server.data, 'acme', file)).mode & 0o777, 0o600);
  await server.stop();
  // The next one asks nobody as long as the certificate is good.
  const again = await serve(DOMAIN, { home: server.home });
  assert.equal((await until('it is shown again', () => shown())).serialNumber, first.serialNumber);
  // Two thirds of its life later there is another; meanwhile each who comes is served.
  let isOver = false;
  const visits = (async () => {
    let count = 0;
    for (; !isOver; count += 1) {
      assert.equal((await page()).statusCode, 200);
      await new Promise((later) => setTimeout(later, 100));
    }
    return count;
  })();
  const begun = Date.now();
  let renewed = null;
  while (Date.now() - begun < LIFE_S * 1_000) {
    renewed = await shown();
    if (renewed !== null && renewed.serialNumber !== first.serialNumber) break;
    await new Promise((later) => setTimeout(later, 250));
  }
  isOver = true;
  assert.ok((await visits) > 10, 'people came');
  assert.notEqual(renewed?.serialNumber, first.serialNumber, 'it is renewed before it ends');
  const log = again.log();
  assert.equal((log.match(/certificate\.got/g) ?? []).length, 1, log);
  await again.stop();
});

test('a name that does not lead here gets none, and the server runs on and says why', { timeout: 60_000 }, async () => {
  // Where nobody listens.
  await promisify(execFile)('curl', ['--silent', '--fail', '--data', JSON.stringify({ host: 'astray.example', addresses: ['127.0.0.99'] }), `http://127.0.0.1:${ports.dnsManagement}/add-a`]);
  const server = await serve('astray.example');
  await until('it is said', () => server.log().includes('is port 443 of every name led to this server'));
  assert.match(server.log(), /certificate\.not_got .*again_in_s=900/);
  assert.equal(await shown('astray.example'), null);
  assert.equal((await fetch(`http://127.0.0.1:${server.ports.plain}/`)).status, 200);
  assert.ok(!readFileSync(path.join(server.data, 'acme/account.json'), 'utf8').includes('BEGIN CERTIFICATE'));
  await server.stop();
});

test('an authority that leads elsewhere is not followed there', { timeout: 60_000 }, async () => {
  let asked = 0;
  let elsewhere = 0;
  const files = { key: readFileSync(path.join(home, 'key.pem')), cert: readFileSync(path.join(home, 'root.pem')) };
  const listen = (answer) =>
    new Promise((resolve) => {
      const listener = https.createServer(files, answer).listen(0, '127.0.0.1', () => resolve(listener));
    });
  const other = await listen((_, answer) => {
    elsewhere += 1;
    answer.end('{}');
  });
  const authority = await listen((_, answer) => {
    asked += 1;
    answer.writeHead(302, { location: `https://127.0.0.1:${other.address().port}/dir` }).end();
  });
  const server = await serve('led.example', { directory: `https://127.0.0.1:${authority.address().port}/dir` });
  await until('it is said', () => server.log().includes('certificate.not_got'));
  assert.ok(asked > 0);
  assert.equal(elsewhere, 0);
  await server.stop();
  for (const listener of [other, authority]) listener.close();
});
