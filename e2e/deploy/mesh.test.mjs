// A mesh with sidecars on a real API server: pods are admitted as Istio's injector leaves them, and nothing more is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { until } from '../people.mjs';
import { startCluster } from './cluster.mjs';
import { injected, withMesh } from './mesh.mjs';
import { KUBERNETES, build } from './tools.mjs';

const NAMESPACE = 'wardlight';
const POLICIES = 'apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
/** Ours, and not of the mesh. */
const APART = 'wardlight-apart';
/** Who looks at a pod before the policies do, and how it says so. */
const BEFORE = { 'wardlight-pod-security': /violates PodSecurity "restricted:v1.35"/, 'wardlight-resources': /(maximum|minimum) .* usage per Pod|must specify/ };

let cluster, meshed, plain;
const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);
const apply = (yaml) => cluster.kubectl(['apply', '--server-side', '--filename', '-'], yaml);
const workloads = () => read(meshed).filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind));
const policy = (yaml, name) => read(yaml).find(({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name === name);
/** The server's pod after the injector was asked. */
const pod = (change = () => {}) => {
  const made = injected(workloads().find(({ metadata }) => metadata.name === 'server'));
  change(made);
  return made;
};
const refusedBy = (name, message, words) => message.includes(`ValidatingAdmissionPolicy '${name}'`) && message.includes(words);

before(async () => {
  plain = build(`${KUBERNETES}/overlays/production`);
  meshed = withMesh('production');
  cluster = await startCluster();
  const apart = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: APART, labels: { 'app.kubernetes.io/part-of': 'wardlight' } } };
  assert.equal((await cluster.ask('POST', 'api/v1/namespaces', { body: apart })).status, 201);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'server' } };
  assert.equal((await cluster.ask('POST', `api/v1/namespaces/${APART}/serviceaccounts`, { body: account })).status, 201);
  const { status, stderr } = apply(meshed);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '', 'warnings');
  await until('policies are in force', async () => (await cluster.wouldMake(pod((made) => (made.spec.enableServiceLinks = true)))).status === 422);
});
after(() => cluster?.stop());

test('pods fit into the quota with a proxy in each, the edge at full scale', async () => {
  const client = `apis/apps/v1/namespaces/${NAMESPACE}/deployments/client`;
  await cluster.ask('PATCH', client, { body: { spec: { replicas: 5 } }, type: 'application/merge-patch+json' });
  for (const { kind, metadata, spec } of workloads()) {
    const wanted = metadata.name === 'client' ? 5 : spec.replicas;
    await until(`all of ${metadata.name} are there`, async () => {
      const { value } = await cluster.ask('GET', `apis/apps/v1/namespaces/${NAMESPACE}/${kind.toLowerCase()}s/${metadata.name}`);
      assert.equal(value.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message, undefined, metadata.name);
      return value.status?.replicas === wanted;
    });
  }
  await cluster.ask('PATCH', client, { body: { spec: { replicas: 2 } }, type: 'application/merge-patch+json' });
  await until('the edge is as it was', async () => (await cluster.ask('GET', `api/v1/namespaces/${NAMESPACE}/resourcequotas/wardlight`)).value.status?.used?.pods === '4');
});

test('every pod is admitted as the injector leaves it', async () => {
  assert.equal(workloads().length, 3);
  for (const workload of workloads()) {
    const { status, message, warnings } = await cluster.wouldMake(injected(workload));
    assert.equal(status, 201, `${workload.metadata.name}: ${message}`);
    assert.equal(warnings, '', workload.metadata.name);
  }
});

const [proxyOf, token] = [({ spec }) => spec.initContainers.find(({ name }) => name === 'istio-proxy'), ({ spec }) => spec.volumes.find(({ name }) => name === 'istio-token')];
const tokenOf = (made) => token(made).projected.sources[0].serviceAccountToken;
const volume = ({ spec }, name) => spec.volumes.find((each) => each.name === name);
const TOKEN = ['wardlight-pods', 'the pod gets a token for the API'];
const LIMITS = ['wardlight-resources', 'what it needs and what it may take'];

/** What no pod of the mesh may be: the change, who refuses it, and with which words. */
const HOSTILE = [
  ['a token for the vault', (made) => (tokenOf(made).audience = 'vault'), ...TOKEN],
  ['a token for the API', (made) => (tokenOf(made).audience = 'https://kubernetes.default.svc'), ...TOKEN],
  ['a token for whom nobody says', (made) => delete tokenOf(made).audience, ...TOKEN],
  ['a token for the mesh and what sounds like it', (made) => (tokenOf(made).audience = 'istio-ca.example'), ...TOKEN],
  ['another token beside it', (made) => token(made).projected.sources.push({ serviceAccountToken: { path: 'more', audience: 'vault' } }), ...TOKEN],
  ['a token by another name', (made) => (proxyOf(made).volumeMounts.find(({ name }) => name === 'istio-token').name = token(made).name = 'token'), ...TOKEN],
  ['the token in reach of the server', (made) => made.spec.containers[0].volumeMounts.push({ name: 'istio-token', mountPath: '/token' }), ...TOKEN],
  ['the token in reach of what runs first', (made) => (made.spec.initContainers[0].volumeMounts = [{ name: 'istio-token', mountPath: '/token' }]), ...TOKEN],
  ['the token that every pod would get', (made) => (made.spec.automountServiceAccountToken = true), ...TOKEN],
  ['what redirects without a plugin', withoutPlugin, 'wardlight-pod-security', 'adds another than NET_BIND_SERVICE'],
  ['a proxy that is root', (made) => Object.assign(proxyOf(made).securityContext, { runAsUser: 0, runAsNonRoot: false }), 'wardlight-pod-security', 'may run as root'],
  ['a proxy that can write to its root', (made) => (proxyOf(made).securityContext.readOnlyRootFilesystem = false), 'wardlight-pods', 'can write to its root'],
  ['a proxy by its tag', (made) => (proxyOf(made).image = 'docker.io/istio/proxyv2:1.30.3'), 'wardlight-images', 'not named by registry and digest'],
  ['a proxy without limits', (made) => delete proxyOf(made).resources, ...LIMITS],
  ['a proxy with the limits that Istio gives it', (made) => (proxyOf(made).resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2', memory: '1Gi' } }), ...LIMITS],
  ['what looks at the network first without limits', (made) => delete made.spec.initContainers[0].resources, ...LIMITS],
  ['a volume without an end', (made) => (volume(made, 'istio-data').emptyDir = {}), 'wardlight-pods', 'no sizeLimit'],
];

/** Where there is no plugin, the injector adds a container that changes the pod's network. */
function withoutPlugin({ spec }) {
  const [first] = spec.initContainers;
  Object.assign(first, { name: 'istio-init', securityContext: { allowPrivilegeEscalation: false, privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] }, readOnlyRootFilesystem: false, runAsGroup: 0, runAsNonRoot: false, runAsUser: 0 } });
}

/** Where two policies refuse something, the server names one of them, not always the same. */
const refusedTwice = (by, message) => by === 'wardlight-pod-security' && refusedBy('wardlight-pods', message, '');
/** Which of the changes were admitted, or refused by somebody else. */
async function wrong() {
  const answers = [];
  for (const [name, change, by, words] of HOSTILE) {
    const { status, message } = await cluster.wouldMake(pod(change));
    if (status < 400 || !(refusedBy(by, message, words) || refusedTwice(by, message) || BEFORE[by]?.test(message))) answers.push(`${name}: ${status} ${message}`);
  }
  return answers;
}

/** As what makes pods, where nobody looks before the policies do. */
const asDeployment = ({ metadata: { labels, annotations, namespace, name }, spec }) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec } },
});

test('no pod of the mesh may be more than that', async () => {
  assert.deepEqual(await wrong(), []);
});

test('what makes pods asks for no token, and with another fault it is that which is refused', async () => {
  const { message } = await cluster.wouldMake(asDeployment(pod()));
  assert.ok(refusedBy(TOKEN[0], message, TOKEN[1]), message);
  const withoutToken = (made) => {
    made.spec.volumes = made.spec.volumes.filter(({ name }) => name !== 'istio-token');
    proxyOf(made).volumeMounts = proxyOf(made).volumeMounts.filter(({ name }) => name !== 'istio-token');
    return asDeployment(made);
  };
  assert.equal((await cluster.wouldMake(withoutToken(pod()))).status, 201);
  for (const [name, change, by, words] of HOSTILE.filter(([, , by]) => by !== 'wardlight-pods')) {
    const refused = await cluster.wouldMake(withoutToken(pod(change)));
    assert.ok(refusedBy(by, refused.message, words) || refusedTwice(by, refused.message), `${name}: ${refused.message}`);
  }
});

test('in a namespace that is not of the mesh no pod gets the token', async () => {
  const { message } = await cluster.wouldMake({ ...pod(), metadata: { ...pod().metadata, namespace: APART } });
  assert.ok(refusedBy(TOKEN[0], message, TOKEN[1]), message);
});

const NODE = { name: 'system:node:any', groups: 'system:masters' };
const OPERATOR = { name: 'system:serviceaccount:external-secrets:external-secrets', groups: 'system:masters' };
/** What becomes of a token that somebody asks for, for a pod of the server. */
async function tokenFor(audiences, as, { bound = true } = {}) {
  const [{ metadata }] = (await cluster.ask('GET', `api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app.kubernetes.io/name=server`)).value.items;
  const spec = { audiences, ...(bound && { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid } }) };
  return cluster.ask('POST', `api/v1/namespaces/${NAMESPACE}/serviceaccounts/server/token`, { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }, as });
}

/** Who may not have which token. */
const TOKENS = [
  ['a node, for the vault', () => tokenFor(['vault'], NODE)],
  ['a node, for the API', () => tokenFor(['https://kubernetes.default.svc'], NODE)],
  ['a node, for the API by saying nothing', () => tokenFor([], NODE)],
  ['a node, for the mesh and the vault', () => tokenFor(['istio-ca', 'vault'], NODE)],
  ['a node, for no pod', () => tokenFor(['istio-ca'], NODE, { bound: false })],
  ['who fetches secrets, for the mesh', () => tokenFor(['istio-ca'], OPERATOR)],
  ['an administrator, for the mesh', () => tokenFor(['istio-ca'])],
];

test('nodes get the token of their pods for the mesh, and nobody else gets any but as before', async () => {
  assert.equal((await tokenFor(['istio-ca'], NODE)).status, 201);
  assert.equal((await tokenFor(['vault'], OPERATOR, { bound: false })).status, 201);
  for (const [name, ask] of TOKENS) assert.ok(refusedBy('wardlight-tokens', (await ask()).message, 'a token is not for the vault'), name);
});

test('expressions of the policies are sound', async () => {
  const { items } = await until('they were looked at', async () => {
    const { value } = await cluster.ask('GET', POLICIES);
    return value.items.every(({ status, metadata }) => status?.observedGeneration === metadata.generation) && value;
  });
  const warnings = items.flatMap(({ metadata, status }) => (status.typeChecking?.expressionWarnings ?? []).map(({ warning }) => `${metadata.name}: ${warning}`));
  assert.deepEqual(warnings.filter((text) => !/undefined field/.test(text)), []);
});

/** Puts a policy in the place of one that is there, until something shows that it holds. */
async function replaced(yaml, name, what, holds) {
  assert.equal(apply(JSON.stringify(policy(yaml, name))).status, 0);
  await until(what, holds);
}
const admitted = (name) => async () => (await cluster.wouldMake(pod(HOSTILE.find(([each]) => each === name)[1]))).status === 201;

/** Ways to give more than is needed, and what is admitted then. */
const WIDER = [
  ["s.serviceAccountToken.?audience.orValue('') == 'istio-ca'", "s.serviceAccountToken.?audience.orValue('') in ['istio-ca', 'vault']", ['a token for the vault', 'another token beside it']],
  ["v.name == 'istio-token'", 'true', ['a token by another name']],
  ["c.name == 'istio-proxy' || ", "c.name.startsWith('istio-') || ", ['the token in reach of what runs first']],
];
const WIDER_TOKENS = [
  ["startsWith('system:node:')", "startsWith('system:')", ['who fetches secrets, for the mesh']],
  ["object.spec.?audiences.orValue([]) == ['istio-ca']", "'istio-ca' in object.spec.?audiences.orValue([])", ['a node, for the mesh and the vault']],
  ["object.spec.?boundObjectRef.?kind.orValue('') == 'Pod'", 'true', ['a node, for no pod']],
];

test('whatever gives more than that is noticed', async () => {
  const wider = (file, line, other) => withMesh('production', undefined, [[`istio-sidecar/${file}`, line, other]]);
  for (const [line, other, names] of WIDER) {
    await replaced(wider('pods-policy.yaml', line, other), 'wardlight-pods', `${names[0]} is admitted`, admitted(names[0]));
    assert.deepEqual((await wrong()).map((words) => words.split(':')[0]), names, line);
  }
  const elsewhere = async () => (await cluster.wouldMake({ ...pod(), metadata: { ...pod().metadata, namespace: APART } })).status === 201;
  await replaced(wider('pods-policy.yaml', "namespaceObject.metadata.?labels['istio-injection'].orValue('') == 'enabled'", 'true'), 'wardlight-pods', 'it is had elsewhere', elsewhere);
  const made = async () => (await cluster.wouldMake(asDeployment(pod()))).status === 201;
  await replaced(wider('pods-policy.yaml', "object.kind == 'Pod' && ", ''), 'wardlight-pods', 'what makes pods may ask for it', made);
  for (const [line, other, names] of WIDER_TOKENS) {
    await replaced(wider('tokens-policy.yaml', line, other), 'wardlight-tokens', `${names[0]} is admitted`, async () => (await TOKENS.find(([name]) => name === names[0])[1]()).status === 201);
    const had = [];
    for (const [name, ask] of TOKENS) if ((await ask()).status === 201) had.push(name);
    assert.deepEqual(had, names, line);
  }
});

test('without the exceptions no pod of the mesh is admitted, and no node gets a token', async () => {
  await replaced(plain, 'wardlight-pods', 'the exception is gone', async () => refusedBy(TOKEN[0], (await cluster.wouldMake(pod())).message, TOKEN[1]));
  await replaced(plain, 'wardlight-tokens', 'the exception is gone', async () => refusedBy('wardlight-tokens', (await tokenFor(['istio-ca'], NODE)).message, 'a token is not for the vault'));
  assert.equal((await tokenFor(['vault'], OPERATOR, { bound: false })).status, 201);
});
