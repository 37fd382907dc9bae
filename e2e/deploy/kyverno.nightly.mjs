// What Kyverno's own program says of its policies. It takes minutes to build, so it is asked at night; that the policies are
// those of the API server, which every change is tried on, is looked at each time (scanners.test.mjs).
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { KUBERNETES, OVERLAYS, build, run, tool } from './tools.mjs';

const POLICIES = path.join(KUBERNETES, 'components/kyverno/pod-security-policy.yaml');
const FIXTURES = '../crates/compliance/tests/fixtures/pod-security';

let home;
const at = (name) => path.join(home, name);
const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);
const overlay = (name) => build(path.join(KUBERNETES, 'overlays', name));

before(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-kyverno-'));
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
    'wardlight-cluster-access': [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'ours' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'ServiceAccount', name: 'server', namespace: 'wardlight' }] },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'all' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' }] },
    ],
    'wardlight-tokens': [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', namespace: 'wardlight' }, type: 'kubernetes.io/service-account-token' }],
  };
  // The official examples are refused by the one; by the other requests are, which the program knows nothing of.
  const elsewhere = ['wardlight-pod-security', 'wardlight-connect'];
  const policies = read(readFileSync(POLICIES, 'utf8')).filter(({ kind }) => kind === 'ValidatingPolicy').map(({ metadata }) => metadata.name);
  assert.deepEqual(policies.sort(), [...Object.keys(bad), ...elsewhere].sort(), 'each policy is tried');
  for (const [policy, list] of Object.entries(bad)) {
    for (const object of list) {
      const said = kyverno([object]).filter(({ result }) => result !== 'pass');
      assert.deepEqual(said.map((one) => [one.policy, one.result]), [[policy, 'fail']], `${policy}: ${JSON.stringify(said)}`);
    }
  }
});
