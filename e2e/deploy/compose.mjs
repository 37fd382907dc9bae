// The stack of compose.yaml, from a copy of what is deployed, with secrets, networks and volumes of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HOST, say } from '../edge.mjs';
import { until } from '../people.mjs';
import { freePort } from '../server.mjs';
import { image, logs, podman } from './containers.mjs';

const DEPLOY = new URL('../../deploy', import.meta.url).pathname;
const COMPOSE = new URL('../../scripts/compose.sh', import.meta.url).pathname;
let stacks = 0;

/** A stack that is not started yet; `change` may change the text of compose.yaml. */
export async function makeStack({ change = (text) => text } = {}) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-compose-'));
  const at = (name) => path.join(home, 'docker', name);
  for (const name of ['docker', 'postgresql']) cpSync(path.join(DEPLOY, name), path.join(home, name), { recursive: true });
  // What lies beside the copied file is this machine's.
  for (const name of ['secrets', 'site', '.env']) rmSync(at(name), { recursive: true, force: true });
  writeFileSync(at('compose.yaml'), change(readFileSync(at('compose.yaml'), 'utf8')));
  const port = await freePort('127.0.0.1');
  const project = `wardlight-test-${process.pid}-${(stacks += 1)}`;
  const env = {
    ...process.env,
    WARDLIGHT_INNER: `10.214.${(process.pid + stacks) % 250}`,
    WARDLIGHT_SERVER_IMAGE: image('server'),
    WARDLIGHT_CLIENT_IMAGE: image('client'),
    WARDLIGHT_DATABASE_IMAGE: image('postgres'),
  };
  const secrets = (...words) => execFileSync(at('secrets.sh'), words.map(String), { encoding: 'utf8' });
  const compose = (...words) => {
    const { status, stdout, stderr } = spawnSync(COMPOSE, ['--project-name', project, '--file', at('compose.yaml'), ...words], { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`compose ${words.join(' ')}: ${stdout}${stderr}`);
  };
  const name = (service) => `${project}_${service}_1`;
  /** Waits until a service says that it is well, as it says it itself; `compose` asks so where the system has timers. */
  const isWell = (service) =>
    until(`${service} is well`, () => spawnSync('podman', ['healthcheck', 'run', name(service)]).status === 0).catch((error) => {
      throw new Error(`${error.message}: ${logs(name(service))}`);
    });
  secrets(HOST, '--port', port);
  return {
    home,
    at,
    port,
    secrets,
    compose,
    name,
    network: (word) => `${project}_${word}`,
    isWell,
    /** Starts services in the order that compose.yaml asks for: podman waits for what is well since 4.6 only. */
    async up(services = ['database', 'server', 'client'], ...words) {
      for (const service of services) {
        compose('up', '--detach', '--no-build', ...words, service);
        await isWell(service);
      }
    },
    answers: () => until('the edge answers', async () => (await say({ ports: { tls: port } }).catch(() => null))?.status === 200),
    /** What the owner of the database is told. */
    ask: (sql) => podman('exec', name('database'), 'psql', '--host=/tmp', '--username=postgres', '--dbname=wardlight', '--no-psqlrc', '--tuples-only', '--no-align', `--command=${sql}`),
    clear() {
      for (const service of ['client', 'server', 'database']) spawnSync('podman', ['rm', '--force', '--time=5', name(service)]);
      for (const word of ['data', 'database']) spawnSync('podman', ['volume', 'rm', '--force', `${project}_${word}`]);
      for (const word of ['inner', 'outside', 'storage']) spawnSync('podman', ['network', 'rm', '--force', `${project}_${word}`]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
