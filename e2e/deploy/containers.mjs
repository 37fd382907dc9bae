// Containers of the images, under the same constraints as in a cluster.
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from '../people.mjs';

/** Everything that these tests make has a name that begins so. */
const PREFIX = `wardlight-test-${process.pid}`;

export const podman = (...words) => execFileSync('podman', words.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
export const image = (name) => `localhost/wardlight-test/${name}`;

/** What both containers may: nothing. Of the container's root only what is named can be written to. */
export const HARDENED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--pids-limit=128',
  '--memory=512m',
  '--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m,mode=1777',
];

/** A place for containers that end with the test: networks, volumes, and secrets as a cluster mounts them. */
export function makePlace() {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-containers-'));
  const made = { container: [], volume: [], network: [] };
  const name = (kind, word) => {
    made[kind].push(`${PREFIX}-${word}`);
    return `${PREFIX}-${word}`;
  };
  return {
    network(word, ...options) {
      const network = name('network', word);
      podman('network', 'create', ...options, network);
      return network;
    },
    volume: (word) => name('volume', word),
    /** A directory of secrets: root's files, which a group may read that the program is in. */
    secret(word, files, group, mode = 0o440) {
      const directory = path.join(home, word);
      mkdirSync(directory, { recursive: true });
      for (const [file, from] of Object.entries(files)) {
        cpSync(from, path.join(directory, file));
        chownSync(path.join(directory, file), 0, group);
        chmodSync(path.join(directory, file), mode);
      }
      return directory;
    },
    /** Starts a container; gives its name. */
    run(word, ...words) {
      const container = name('container', word);
      podman('run', '--detach', '--name', container, ...words);
      return container;
    },
    clear() {
      for (const container of made.container) spawnSync('podman', ['rm', '--force', '--volumes', '--time=5', container]);
      for (const volume of made.volume) spawnSync('podman', ['volume', 'rm', '--force', volume]);
      for (const network of made.network) spawnSync('podman', ['network', 'rm', '--force', network]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export const logs = (container) => {
  const { stdout, stderr } = spawnSync('podman', ['logs', container], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return stdout + stderr;
};
export const pid = (container) => Number(podman('inspect', '--format', '{{.State.Pid}}', container));
export const address = (container, network) => podman('inspect', '--format', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, container);

/** Waits until a container says that it is well. */
export const isWell = (container, ...check) =>
  until(`${container} is well`, () => {
    const { status, stderr } = spawnSync('podman', ['exec', container, ...check], { encoding: 'utf8' });
    if (podman('inspect', '--format', '{{.State.Running}}', container) !== 'true') throw new Error(`${container} ended: ${logs(container)}${stderr}`);
    return status === 0;
  });

/** The processes of a container, as the system numbers them. */
export function processes(container) {
  const group = readFileSync(`/proc/${pid(container)}/cgroup`, 'utf8');
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id) && sameGroup(id, group));
}

/** What a container may that it need not, told by the system's own account of its processes. */
export function tooMuch(container, user) {
  const first = pid(container);
  const all = processes(container);
  const found = all.length > 0 ? [] : ['no process'];
  for (const id of all) {
    const status = Object.fromEntries(readFileSync(`/proc/${id}/status`, 'utf8').split('\n').map((line) => line.split(/:\s*/)));
    const expected = { Uid: Array(4).fill(user).join('\t'), Gid: Array(4).fill(user).join('\t'), NoNewPrivs: '1', Seccomp: '2' };
    for (const kind of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expected[kind] = '0'.repeat(16);
    for (const [key, value] of Object.entries(expected)) if (status[key] !== value) found.push(`${key} is ${status[key]}`);
  }
  const mounts = readFileSync(`/proc/${first}/mountinfo`, 'utf8').split('\n').map((line) => line.split(' '));
  const options = mounts.find((fields) => fields[4] === '/')?.[5] ?? '';
  if (!options.split(',').includes('ro')) found.push(`the root is mounted ${options}`);
  return [...new Set(found)];
}

function sameGroup(id, group) {
  try {
    return readFileSync(`/proc/${id}/cgroup`, 'utf8') === group;
  } catch {
    return false;
  }
}

/** The files of an image. */
export function filesOf(name) {
  const container = podman('create', '--network=none', image(name), 'none');
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-image-'));
  try {
    const archive = path.join(home, 'files.tar');
    podman('export', '--output', archive, container);
    return execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', archive], { encoding: 'utf8', maxBuffer: 1 << 26 })
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/\s+/))
      .map(([mode, owner, , , , file]) => ({ mode, owner, file: `/${file}` }));
  } finally {
    podman('rm', '--volumes', container);
    rmSync(home, { recursive: true, force: true });
  }
}
