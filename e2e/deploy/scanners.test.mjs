// What others' tools say of the manifests: an analysis of the network's policies, and two scanners.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { tableOf } from './tables.mjs';
import { KUBERNETES, OVERLAYS, build, run, tool } from './tools.mjs';

const SCHEMAS = '../deploy/test/kubernetes/schemas';
/** What each workload gets from kubesec at least: a point for each thing that it asks for, and many off for one it warns of. */
const KUBESEC_MIN = 12;
/** What kube-score says that is so on purpose. */
const MEANT = {
  'The container is running with a low user ID': 'users are those of the images: 1001, 101 and 70',
  'The container running with a low group ID': 'the same',
  'ImagePullPolicy is not set to Always': 'a digest names one image, whoever has it',
  'Deployment update strategy': 'one server holds the tables',
  'Deployment few replicas': 'the same',
};

let home;
const at = (name) => path.join(home, name);
const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);
const overlay = (name) => build(path.join(KUBERNETES, 'overlays', name));

before(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-scanners-'));
});
after(() => rmSync(home, { recursive: true, force: true }));

test('the policies of Kyverno are those of the API server', () => {
  const { status, stderr } = run('../scripts/kyverno-policies.sh', ['--check']);
  assert.equal(status, 0, stderr);
});

/** The pods of others that the checker is told of, one more in each of their namespaces, and elsewhere some with their labels. */
function others() {
  const { outside } = parse(readFileSync(path.join(KUBERNETES, 'expectations.yaml'), 'utf8'));
  const pod = (namespace, name, labels) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec: { containers: [{ name, image: name }] } });
  const bystanders = ['elsewhere', ...outside.filter(({ labels }) => labels).map(({ namespace }) => namespace)];
  const namespaces = new Set([...bystanders, ...outside.map(({ namespace }) => namespace)]);
  return [
    ...[...namespaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } })),
    ...outside.map(({ name, namespace, labels = {} }) => pod(namespace, name, labels)),
    ...bystanders.map((namespace) => pod(namespace, 'bystander', {})),
    ...outside.filter(({ labels }) => labels).map(({ name, labels }) => pod('elsewhere', `no-${name}`, labels)),
  ];
}

/** One end of a way as the tables call it. */
function end(text, namespace, outside) {
  const [, address, last] = text.match(/^([\d.]+)-([\d.]+)$/) ?? [];
  if (address) return address === last ? `world ${address}/32` : `world ${text}`;
  const name = text.replace(/\[\w+\]$/, '');
  if (name.startsWith(`${namespace}/`)) return name;
  return outside.get(name) ?? name;
}

/** The ports of a way as the tables write them: `TCP 53,9090,UDP 53` is `tcp 53, tcp 9090, udp 53`. */
function ports(text) {
  let protocol;
  return text.split(',').map((part) => {
    const [, named, number] = part.match(/^(?:([A-Z]+) )?(.*)$/);
    protocol = named?.toLowerCase() ?? protocol;
    return protocol ? `${protocol} ${number}` : number;
  }).join(', ');
}

/** The ways to and from the pods of a namespace that netpol-analyzer finds among objects and the pods of others. */
function ways(objects, namespace) {
  const directory = mkdtempSync(path.join(home, 'network-'));
  const stubs = others();
  writeFileSync(path.join(directory, 'all.yaml'), [...objects, ...stubs].map((object) => `---\n${stringify(object)}`).join(''));
  const { status, stdout, stderr } = run(tool('netpol/netpolicy'), ['list', '--quiet', '--dirpath', directory]);
  assert.equal(status, 0, stderr);
  const pods = stubs.filter(({ kind, metadata }) => kind === 'Pod' && metadata.namespace !== 'elsewhere' && metadata.name !== 'bystander');
  const outside = new Map(pods.map(({ metadata }) => [`${metadata.namespace}/${metadata.name}`, metadata.name]));
  return stdout.split('\n').filter(Boolean).flatMap((line) => {
    const [, from, to, over] = line.match(/^(\S+) => (\S+) : (.*)$/);
    const isOurs = [from, to].some((name) => name.startsWith(`${namespace}/`));
    return isOurs ? [`${end(from, namespace, outside)} -> ${end(to, namespace, outside)}  ${ports(over)}`] : [];
  }).sort();
}

/** The namespace that objects declare. */
const namespaceOf = (objects) => objects.find(({ kind }) => kind === 'Namespace').metadata.name;
/** The same ways as the page for operators has them. */
const meant = (name) => tableOf('network.md', `connections: ${name}`).trim().split('\n').sort();

test('the ways between pods are those that are meant, and what is loosened is seen', () => {
  for (const name of OVERLAYS) {
    const objects = read(overlay(name));
    assert.deepEqual(ways(objects, namespaceOf(objects)), meant(name), name);
  }
  const table = meant('production');
  const objects = read(overlay('production'));
  const ofProduction = (list) => ways(list, 'wardlight');
  const without = (gone) => objects.filter((object) => !(object.kind === 'NetworkPolicy' && object.metadata.name === gone));
  for (const name of ['server', 'database', 'client']) assert.notDeepEqual(ofProduction(without(name)), table, name);
  const intruder = structuredClone(objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'client'));
  intruder.metadata.name = 'intruder';
  intruder.spec.selector.matchLabels = intruder.spec.template.metadata.labels = { 'app.kubernetes.io/name': 'intruder' };
  const withIntruder = (list) => ofProduction([...list, intruder]);
  assert.deepEqual(withIntruder(objects), table, 'a pod that no policy names reaches nobody');
  assert.notDeepEqual(withIntruder(without('default-deny')), table, 'because of the denial');
});

test('a way from or to a pod of others is seen', () => {
  const table = meant('production');
  const changed = (name, change) => {
    const objects = read(overlay('production'));
    change(objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name).spec);
    return ways(objects, 'wardlight').filter((way) => !table.includes(way));
  };
  assert.deepEqual(changed('server', ({ ingress }) => {
    delete ingress[1].from[0].podSelector;
  }), ['monitoring/bystander -> wardlight/server  tcp 9090']);
  assert.deepEqual(changed('server', ({ ingress }) => {
    ingress[1].from[0].namespaceSelector = {};
  }), ['elsewhere/no-prometheus -> wardlight/server  tcp 9090']);
  const anybody = changed('client', ({ ingress }) => {
    delete ingress[0].from[0].namespaceSelector.matchLabels;
  });
  for (const from of ['elsewhere/bystander', 'kube-system/bystander', 'dns', 'prometheus']) assert.ok(anybody.includes(`${from} -> wardlight/client  tcp 8443`), from);
  assert.deepEqual(changed('client', ({ egress }) => {
    egress[1].ports[0].port = 5353;
  }), ['wardlight/client -> dns  tcp 53, udp 5353']);
  assert.deepEqual(changed('client', ({ ingress }) => {
    ingress[0].from.push({ ipBlock: { cidr: '192.0.2.1/32' } });
  }), ['world 192.0.2.1/32 -> wardlight/client  tcp 8443']);
});

test('scanners have nothing to say that is not meant', () => {
  for (const name of OVERLAYS) {
    const yaml = overlay(name);
    const { stdout } = run(tool('kube-score'), ['score', '--output-format', 'ci', '-'], yaml);
    const said = stdout.split('\n').filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line) && !Object.keys(MEANT).some((words) => line.includes(words)));
    // One pod at a time is what an overlay to try things out is for.
    assert.deepEqual(said.filter((line) => !(name === 'dev' && /few replicas|minAvailable|PodDisruptionBudget/.test(line))), [], name);
    const workloads = read(yaml).filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind));
    for (const workload of workloads) {
      assert.ok(kubesec(workload).score >= KUBESEC_MIN, `${name}: ${workload.metadata.name}`);
    }
  }
  const server = read(overlay('production')).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'server');
  server.spec.template.spec.containers[0].securityContext.privileged = true;
  assert.ok(kubesec(server).score < 0, 'what is privileged is noticed');
  server.spec.template.spec.containers[0].securityContext.privilege = true;
  assert.equal(kubesec(server).valid, false, 'what does not exist is noticed');
});

function kubesec(workload) {
  writeFileSync(at('workload.yaml'), stringify(workload));
  const { stdout, stderr } = run(tool('kubesec'), ['scan', at('workload.yaml'), '--kubernetes-version', '1.35.0', '--schema-location', SCHEMAS]);
  const [report] = JSON.parse(stdout || stderr);
  return report;
}
