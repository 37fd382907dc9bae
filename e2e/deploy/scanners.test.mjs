// What others' tools say of the manifests: an analysis of the network's policies, and two scanners.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
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

/** The ways between workloads that netpol-analyzer finds, as `from -> to port`. */
function ways(yaml) {
  const directory = mkdtempSync(path.join(home, 'network-'));
  writeFileSync(path.join(directory, 'all.yaml'), yaml);
  const { status, stdout, stderr } = run(tool('netpol/netpolicy'), ['list', '--quiet', '--dirpath', directory]);
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter(Boolean);
}

test('the ways between pods are those that are meant, and what is loosened is seen', () => {
  const production = overlay('production');
  const meant = ['wardlight/client[Deployment] => wardlight/server[Deployment] : TCP 8443', 'wardlight/server[Deployment] => wardlight/database[StatefulSet] : TCP 5432'];
  assert.deepEqual(ways(production), meant);
  const objects = read(production);
  const without = (gone) => objects.filter((object) => !(object.kind === 'NetworkPolicy' && object.metadata.name === gone));
  for (const name of ['server', 'database', 'client']) assert.notDeepEqual(ways(without(name).map((object) => `---\n${stringify(object)}`).join('')), meant, name);
  const intruder = { ...objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'client') };
  intruder.metadata = { ...intruder.metadata, name: 'intruder' };
  intruder.spec = structuredClone(intruder.spec);
  intruder.spec.selector.matchLabels = intruder.spec.template.metadata.labels = { 'app.kubernetes.io/name': 'intruder' };
  const withIntruder = (list) => ways([...list, intruder].map((object) => `---\n${stringify(object)}`).join(''));
  assert.deepEqual(withIntruder(objects), meant, 'a pod that no policy names reaches nobody');
  assert.notDeepEqual(withIntruder(without('default-deny')), meant, 'because of the denial');
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
