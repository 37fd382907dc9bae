// What others' tools say of the manifests: Kyverno by its own program, an analysis of the network's policies, and two scanners.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { KUBERNETES, OVERLAYS, build, run, tool } from './tools.mjs';

const POLICIES = path.join(KUBERNETES, 'components/kyverno/pod-security-policy.yaml');
const FIXTURES = '../crates/compliance/tests/fixtures/pod-security';
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
  const namespaceSelector = ['wardlight', 'wardlight-dev', 'wardlight-staging'].map((name) => ({ name, labels: { 'app.kubernetes.io/part-of': 'wardlight' } }));
  writeFileSync(at('values.yaml'), stringify({ apiVersion: 'cli.kyverno.io/v1alpha1', kind: 'Values', metadata: { name: 'values' }, namespaceSelector }));
});
after(() => rmSync(home, { recursive: true, force: true }));

/** What Kyverno says of objects: a list of policy, object and result. */
function kyverno(objects, policies = POLICIES) {
  writeFileSync(at('objects.yaml'), objects.map((object) => `---\n${stringify(object)}`).join(''));
  const { stdout, stderr } = run(tool('kyverno/kubectl-kyverno'), ['apply', policies, '--resource', at('objects.yaml'), '--values-file', at('values.yaml'), '--policy-report', '--output-format', 'json']);
  if (!stdout.startsWith('{')) throw new Error(stdout + stderr);
  return JSON.parse(stdout).results.map(({ policy, result, resources, message }) => ({ policy, result, name: `${resources[0].kind}/${resources[0].name}`, message }));
}

/** The official examples of the Pod Security Standards, as pods of our namespace. */
function fixtures(level, verdict) {
  const directory = path.join(FIXTURES, level, 'v1.35', verdict);
  return readdirSync(directory).sort().map((file) => {
    const [pod] = read(readFileSync(path.join(directory, file), 'utf8'));
    // Names as of files, for some are alike; a volume of no kind is an emptyDir as soon as the API server has it.
    const volumes = pod.spec.volumes?.map((volume) => (Object.keys(volume).length > 1 ? volume : { ...volume, emptyDir: {} }));
    return { ...pod, metadata: { ...pod.metadata, namespace: 'wardlight', name: file.replace('.yaml', '') }, spec: { ...pod.spec, ...(volumes && { volumes }) } };
  });
}

test('the policies of Kyverno are those of the API server', () => {
  const { status, stderr } = run('../scripts/kyverno-policies.sh', ['--check']);
  assert.equal(status, 0, stderr);
});

test('Kyverno admits what is deployed, by each of its policies that has something to say', () => {
  const asked = new Set();
  for (const name of OVERLAYS) {
    const said = kyverno(read(overlay(name)));
    assert.deepEqual(said.filter(({ result }) => result !== 'pass'), [], name);
    for (const { policy } of said) asked.add(policy);
  }
  for (const policy of ['wardlight-pod-security', 'wardlight-pods', 'wardlight-images', 'wardlight-resources', 'wardlight-exposure', 'wardlight-network', 'wardlight-namespace']) assert.ok(asked.has(policy), policy);
});

test('Kyverno tells the official examples of the Pod Security Standards apart', () => {
  const verdicts = (level, verdict) => {
    const pods = fixtures(level, verdict);
    const said = kyverno(pods).filter(({ policy }) => policy === 'wardlight-pod-security');
    assert.equal(said.length, pods.length);
    return said;
  };
  assert.deepEqual(verdicts('restricted', 'pass').filter(({ result }) => result !== 'pass'), []);
  for (const level of ['restricted', 'baseline']) assert.deepEqual(verdicts(level, 'fail').filter(({ result }) => result !== 'fail'), []);
});

test('Kyverno refuses, by each policy, what it is there to refuse', () => {
  const objects = read(overlay('production'));
  const find = (kind, name) => structuredClone(objects.find((object) => object.kind === kind && object.metadata.name === name));
  const server = find('Deployment', 'server');
  const changed = (object, change) => {
    const made = structuredClone(object);
    change(made);
    return made;
  };
  const container = (change) => changed(server, (made) => change(made.spec.template.spec.containers[0], made.spec.template.spec));
  const bad = {
    'wardlight-pods': [
      container((one) => (one.securityContext.readOnlyRootFilesystem = false)),
      container((_, pod) => (pod.automountServiceAccountToken = true)),
      container((one) => (one.env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }])),
      container((_, pod) => (pod.volumes.find(({ secret }) => secret).secret.defaultMode = 0o444)),
      container((_, pod) => delete pod.volumes.find(({ emptyDir }) => emptyDir).emptyDir.sizeLimit),
    ],
    'wardlight-images': [container((one) => (one.image = 'registry.example/wardlight-server:1.0'))],
    'wardlight-resources': [container((one) => delete one.resources.limits.memory), container((one) => delete one.livenessProbe)],
    'wardlight-exposure': [changed(find('Service', 'client'), (made) => (made.spec.type = 'LoadBalancer')), changed(find('HTTPRoute', 'client'), (made) => (made.spec.rules[0].backendRefs[0].name = 'server'))],
    'wardlight-network': [changed(find('NetworkPolicy', 'server'), (made) => (made.spec.egress = [{}])), changed(find('NetworkPolicy', 'server'), (made) => made.spec.egress[0].to.push({ ipBlock: { cidr: '0.0.0.0/0' } }))],
    'wardlight-namespace': [changed(find('Namespace', 'wardlight'), (made) => (made.metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'))],
    'wardlight-access': [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'all', namespace: 'wardlight' }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }] }],
    'wardlight-tokens': [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', namespace: 'wardlight' }, type: 'kubernetes.io/service-account-token' }],
  };
  for (const [policy, list] of Object.entries(bad)) {
    for (const object of list) {
      const said = kyverno([object]).filter(({ result }) => result !== 'pass');
      assert.deepEqual(said.map((one) => [one.policy, one.result]), [[policy, 'fail']], `${policy}: ${JSON.stringify(said)}`);
    }
  }
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
