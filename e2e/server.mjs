// The real server on free ports, with data of its own; ends with the test.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const target = process.env.CARGO_TARGET_DIR ?? new URL('../target', import.meta.url).pathname;
export const program = process.env.WARDLIGHT_PROGRAM ?? path.join(target, 'debug/wardlight');

export function freePort(host) {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Joins go faster than people's, so that tests need not wait. */
const QUICK = { WARDLIGHT_RATE_FACTOR: '50' };

/**
 * Starts a server and waits for its links. With `home` on the data of one before, with `keep` its data outlives it; `secure`
 * says where TLS is served, which is self-signed unless `args` say something else.
 */
export async function startServer({ args = [], env = QUICK, home: given, keep = false, secure } = {}) {
  const home = given ?? (await mkdtemp(path.join(os.tmpdir(), 'wardlight-e2e-')));
  const [plain, ops] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const { host, port: tls } = secure ?? { host: '127.0.0.2', port: await freePort('127.0.0.2') };
  const server = spawn(
    program,
    [
      'serve',
      ...['--listen', `127.0.0.1:${plain}`, '--ops-listen', `127.0.0.1:${ops}`],
      ...(args.includes('--tls') ? [] : ['--tls', 'self-signed']),
      ...['--tls-listen', `${host}:${tls}`, '--data', path.join(home, 'data')],
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  let said = '';
  let log = '';
  server.stderr.on('data', (text) => (log += text));
  await new Promise((resolve, reject) => {
    server.stdout.on('data', (text) => {
      said += text;
      if (said.includes('Stop with Ctrl-C')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}${log}`)));
  });
  const link = (label) => said.split('\n').find((line) => line.includes(label))?.match(/https?:\S+/)?.[0];
  return {
    said,
    log: () => log,
    home,
    data: path.join(home, 'data'),
    pid: server.pid,
    ports: { plain, ops, tls },
    /** Runs a command of the program beside the server, on its data. */
    async command(...words) {
      const settings = ['--data', path.join(home, 'data'), '--listen', `127.0.0.1:${plain}`];
      return (await promisify(execFile)(program, [...words, ...settings])).stdout;
    },
    master: link('Game master (works once)'),
    invite: link('Players on this machine') ?? link('Players:'),
    networkInvite: link('Players on your network'),
    metrics: async () => (await fetch(`http://127.0.0.1:${ops}/metrics`)).text(),
    /** Breaks every connection to this machine's address, as a network does that goes away. */
    async cut() {
      await promisify(execFile)('ss', ['--kill', 'state', 'established', `( sport = :${plain} )`]).catch(() => {});
    },
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.removeAllListeners('exit');
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      if (!keep) await rm(home, { recursive: true, force: true });
    },
  };
}
