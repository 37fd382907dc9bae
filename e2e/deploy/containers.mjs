// Containers of the images, under the constraints that the manifests give them in a cluster.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { until } from '../people.mjs';
import { target } from '../server.mjs';
import { KUBERNETES, build } from './tools.mjs';

/** Everything that these tests make has a name that begins so. */
const PREFIX = `wardlight-test-${process.pid}`;

export const podman = (...words) => execFileSync('podman', words.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
export const image = (name) => `localhost/wardlight-test/${name}`;

/** The objects of production, as they are applied. */
export const production = () => build(path.join(KUBERNETES, 'overlays/production'));

/** What the manifests say of one of our programs: its pod, and the container in it. */
export function workload(name, yaml = production()) {
  const found = parseAllDocuments(yaml)
    .map((document) => document.toJS())
    .filter(({ kind, metadata }) => ['Deployment', 'StatefulSet'].includes(kind) && metadata.name === name);
  if (found.length !== 1) throw new Error(`the manifests have ${found.length} workloads named ${name}`);
  const pod = found[0].spec.template.spec;
  if (pod.containers.length !== 1) throw new Error(`the pod of ${name} has ${pod.containers.length} containers`);
  const [container] = pod.containers;
  // What a container says for itself goes before what its pod says for all.
  return { pod, container, may: { ...pod.securityContext, ...container.securityContext }, limits: container.resources.limits };
}

const UNITS = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
/** A quantity of the manifests, as a number: bytes, or processors. */
function quantity(text) {
  const [, number, unit] = String(text).match(/^(\d+(?:\.\d+)?)(m|[KMG]i)?$/);
  return unit === 'm' ? number / 1000 : number * (UNITS[unit] ?? 1);
}
/** The directories in memory or on the node's disk that the manifests give a container, with their size. */
const scratch = ({ pod, container }) =>
  container.volumeMounts.flatMap(({ name, mountPath }) => {
    const volume = pod.volumes?.find((volume) => volume.name === name);
    return volume?.emptyDir ? [{ mountPath, bytes: quantity(volume.emptyDir.sizeLimit) }] : [];
  });

/** How many processes a container may have is said by the node, not by the manifests. */
const OF_THE_NODE = ['--pids-limit=128'];

/**
 * What podman has to be told so that a container may what its manifest says, and has what it gives. `mounts` names what
 * stands for volumes of the manifest; what it leaves out is not mounted. Users of a pod's own (hostUsers) and a bound on the
 * node's disk (ephemeral-storage) are left to a cluster.
 */
export function flagsOf(manifest, mounts = {}) {
  const { container, may, limits } = manifest;
  const unknown = Object.keys(mounts).filter((name) => !container.volumeMounts.some((mount) => mount.name === name));
  if (unknown.length > 0) throw new Error(`the manifest mounts no ${unknown}`);
  return [
    ...OF_THE_NODE,
    '--read-only-tmpfs=false',
    // Without swap, as on a node.
    ...(limits?.memory ? [`--memory=${quantity(limits.memory)}b`, `--memory-swap=${quantity(limits.memory)}b`] : []),
    ...(limits?.cpu ? [`--cpus=${quantity(limits.cpu)}`] : []),
    ...(may.runAsUser === undefined ? [] : [`--user=${may.runAsUser}:${may.runAsGroup ?? 0}`]),
    ...(may.fsGroup === undefined ? [] : [`--group-add=${may.fsGroup}`]),
    ...(may.readOnlyRootFilesystem ? ['--read-only'] : []),
    ...(may.allowPrivilegeEscalation === false ? ['--security-opt=no-new-privileges'] : []),
    ...(may.seccompProfile?.type === 'RuntimeDefault' ? [] : ['--security-opt=seccomp=unconfined']),
    ...(may.capabilities?.drop ?? []).map((name) => `--cap-drop=${name}`),
    ...(may.capabilities?.add ?? []).map((name) => `--cap-add=${name}`),
    ...scratch(manifest).map(({ mountPath, bytes }) => `--tmpfs=${mountPath}:rw,exec,nosuid,nodev,size=${bytes},mode=0777`),
    ...container.volumeMounts.filter(({ name }) => mounts[name]).map(({ name, mountPath, readOnly }) => `--volume=${mounts[name]}:${mountPath}${readOnly ? ':ro' : ''}`),
    ...(container.command ? [`--entrypoint=${JSON.stringify(container.command)}`] : []),
  ];
}

/** A place for containers that end with the test: networks, volumes, and secrets as a cluster mounts them. */
export function makePlace() {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-containers-'));
  const made = { container: [], volume: [], network: [] };
  let versions = 0;
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
    /**
     * A directory of secrets as a cluster mounts them: root's files, which a group may read that the program is in, by way of
     * a link to the version that is in force. Called again it puts another one there, as a whole.
     */
    secret(word, files, group, mode = 0o440) {
      const directory = path.join(home, word);
      const version = `..${(versions += 1)}`;
      mkdirSync(path.join(directory, version), { recursive: true });
      for (const [file, from] of Object.entries(files)) {
        const place = path.join(directory, version, file);
        cpSync(from, place);
        chownSync(place, 0, group);
        chmodSync(place, mode);
        rmSync(path.join(directory, file), { force: true });
        symlinkSync(`..data/${file}`, path.join(directory, file));
      }
      symlinkSync(version, path.join(directory, '..new'));
      renameSync(path.join(directory, '..new'), path.join(directory, '..data'));
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

/** The first of these files of a container's control group that there is: their names differ from system to system. */
function ofGroup(container, ...names) {
  const place = `/proc/${pid(container)}/root/sys/fs/cgroup`;
  const name = names.find((name) => existsSync(path.join(place, name)));
  return readFileSync(path.join(place, name), 'utf8').trim();
}

/** In what a container differs from its manifest, told by the system's own account of it. */
export function unlike(container, manifest) {
  const { may, limits } = manifest;
  const first = pid(container);
  const found = tooMuch(container, may.runAsUser);
  const groups = readFileSync(`/proc/${first}/status`, 'utf8').match(/^Groups:\s*(.*?)\s*$/m)[1];
  if (groups !== String(may.fsGroup)) found.push(`its groups are ${groups}`);
  const memory = ofGroup(container, 'memory.max', 'memory/memory.limit_in_bytes');
  if (memory !== String(quantity(limits.memory))) found.push(`memory is ${memory}`);
  const [quota, period = ofGroup(container, 'cpu/cpu.cfs_period_us')] = ofGroup(container, 'cpu.max', 'cpu/cpu.cfs_quota_us').split(' ');
  if (quota / period !== quantity(limits.cpu)) found.push(`processors are ${quota} of ${period}`);
  for (const { mountPath, bytes } of scratch(manifest)) {
    const { blocks, bsize } = statfsSync(`/proc/${first}/root${mountPath}`);
    if (blocks * bsize !== bytes) found.push(`${mountPath} has ${blocks * bsize} bytes`);
  }
  return found;
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

/** What an image is, whatever it is called and when it was made: its layers and its configuration. */
export const contents = (name) => podman('image', 'inspect', '--format', '{{json .RootFS.Layers}} {{json .Config}} {{.Os}}/{{.Architecture}}', image(name));

/**
 * The generator of games, which plays by way of an edge: `server` is its address, `host` its name with the port, `authority`
 * who vouches for it. What it is given to read lies in `home`.
 */
export function generator({ home, server, host, authority }) {
  const run = (task, ...words) => {
    const place = ['--server', server, '--host', host, '--authority', authority];
    const child = spawn(path.join(target, 'debug/load'), [task, ...place, ...words.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '', status: null };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (text) => (said[name] += text));
    const ended = new Promise((resolve) => child.once('close', (status) => resolve(Object.assign(said, { status }))));
    return { said, ended };
  };
  const file = (name, text) => {
    writeFileSync(path.join(home, name), text);
    return path.join(home, name);
  };
  return {
    /** Begins a game at tables that `admin new-table` made. */
    play: (tables, seconds) => run('play', '--tables', file('tables', tables), '--seconds', seconds),
    /** Looks for everything that was acknowledged. */
    recall: (played) => run('recall', '--played', file('played', played)).ended,
  };
}
/** How many lines were acknowledged in a game. */
export const linesOf = (played) => played.trim().split('\n').flatMap((line) => Object.values(JSON.parse(line).lines)).reduce((sum, lines) => sum + lines, 0);
