// The two forms of a mesh, without a cluster: they let through the same, and undoing a line of one is noticed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { withAmbient, withMesh } from './deploy/mesh.mjs';
import { compliance, conform } from './deploy/tools.mjs';

/** Those with a database of their own, of which the rules speak. */
const OVERLAYS = ['production', 'staging'];
const ISTIO = /^(security|telemetry)\.istio\.io\/v1$/;
const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);
const connections = (yaml) => compliance('connections', yaml).stdout.trim().split('\n');

before(() => execFileSync('cargo', ['build', '--quiet', '--locked', '--package', 'compliance'], { stdio: 'inherit' }));

test('an overlay may take sidecars: its objects are what their schemas say, and the checker finds nothing', () => {
  for (const name of OVERLAYS) {
    const yaml = withMesh(name);
    const { status, stdout } = conform(yaml);
    assert.equal(status, 0, `${name}: ${stdout}`);
    assert.match(stdout, new RegExp(`Valid: ${yaml.match(/^kind: /gm).length}, Invalid: 0, Errors: 0, Skipped: 0`), name);
    const checked = compliance('check', yaml);
    assert.equal(checked.status, 0, `${name}: ${checked.stdout}${checked.stderr}`);
  }
});

test('both forms say the same of who may ask whom by identity', () => {
  const said = (yaml) => read(yaml).filter(({ apiVersion }) => ISTIO.test(apiVersion));
  assert.ok(said(withMesh('staging')).length >= 6);
  assert.deepEqual(said(withMesh('staging')), said(withAmbient('staging')));
});

test('both forms let through the same, but for what each needs for itself', () => {
  const ambient = connections(withAmbient('staging')).filter((line) => !line.startsWith('world 169.254.7.127/32 '));
  const [client, server, database] = ['client', 'server', 'database'].map((name) => `wardlight-staging/${name}`);
  const own = [...[client, server, database].map((name) => `${name} -> istiod  tcp 15012`), `${database} -> dns  tcp 53, udp 53`];
  const sidecar = connections(withMesh('staging'));
  assert.deepEqual(own.filter((line) => !sidecar.includes(line)), []);
  assert.deepEqual(sidecar.filter((line) => !own.includes(line)), ambient.map((line) => line.replace(', tcp 15008', '')));
});

/** What Kyverno holds beside the API server. */
const POLICIES = ['ValidatingAdmissionPolicy', 'ValidatingPolicy'];
/** What the policies say of those who may have tokens, and whom these are for. */
const TOKENS = { 'wardlight-pods': ["== 'istio-ca'"], 'wardlight-tokens': ["== ['vault']", "== ['istio-ca']"] };

/** What is wrong with a mesh, in words. */
function faults(yaml) {
  const objects = read(yaml);
  const wrong = [];
  const of = (kind) => objects.filter((object) => object.kind === kind);
  const [namespace] = of('Namespace');
  const rules = of('AuthorizationPolicy');
  const all = of('PeerAuthentication').find(({ spec }) => !spec.selector);
  if (all?.metadata.namespace !== namespace.metadata.name) wrong.push('nobody asks for TLS between all pods');
  for (const { spec } of of('PeerAuthentication')) if (spec.mtls?.mode !== 'STRICT' || spec.portLevelMtls) wrong.push('somewhere what is not encrypted is let in');
  if (!rules.some(({ spec }) => Object.keys(spec).length === 0)) wrong.push('who is not named is let in');
  if (of('Telemetry').length === 0) wrong.push('what is refused is not told');

  // Who may ask whom: the same by identity as by address.
  const told = rules.filter(({ spec }) => spec.selector).flatMap(({ spec }) => {
    if (spec.action !== 'ALLOW') wrong.push(`${spec.action} is not looked at`);
    return spec.rules.flatMap(({ from = [], to = [] }) => {
      if (from.length === 0 || to.length === 0) wrong.push('a rule is for everybody, or for everything');
      const who = from.flatMap(({ source }) => [...(source.serviceAccounts ?? []), ...(source.namespaces ?? [])]);
      return who.flatMap((name) => to.map(({ operation }) => `${name} -> ${spec.selector.matchLabels['app.kubernetes.io/name']} ${operation.ports.join()}`));
    });
  });
  const named = { prometheus: 'monitoring' };
  const ways = connections(yaml).map((line) => line.replaceAll(`${namespace.metadata.name}/`, '').match(/^(\S+) -> (\S+) {2}tcp (\d+)(?:, tcp 15008)?$/)).filter((way) => way && way[2] !== 'istiod');
  const reached = ways.map(([, from, to, port]) => `${named[from] ?? from} -> ${to} ${port}`);
  for (const way of reached) if (!told.includes(way)) wrong.push(`no identity may ${way}`);
  for (const way of told) if (!reached.includes(way)) wrong.push(`an identity may ${way}, and no address`);
  for (const { metadata, spec } of of('NetworkPolicy').filter(({ metadata }) => metadata.name === 'mesh')) {
    for (const { to } of spec.egress) if (!to.every(({ podSelector }) => podSelector)) wrong.push(`${metadata.name}: a whole namespace is reached`);
  }

  for (const { metadata, spec } of objects.filter(({ kind }) => POLICIES.includes(kind))) {
    const speaks = spec.validations.flatMap(({ expression }) => [...expression.matchAll(/audiences?\.orValue\([^)]*\)\s+(.*?['\]])(?=[\s)])/g)].map(([, compared]) => compared));
    if (String(speaks) !== String(TOKENS[metadata.name] ?? [])) wrong.push(`${metadata.name}: tokens are for ${speaks}`);
  }
  return wrong;
}

test('nothing is wrong with either form', () => {
  for (const name of OVERLAYS) assert.deepEqual(faults(withMesh(name)), [], name);
  // Without sidecars no token is for the mesh.
  assert.deepEqual(faults(withAmbient('staging')).map((words) => words.replace(/:.*/, '')), ['wardlight-pods', 'wardlight-tokens']);
});

test('Kyverno is told of the token what the API server is told', () => {
  const said = (kind) => read(withMesh('production')).filter((object) => object.kind === kind).map(({ metadata, spec }) => [metadata.name, spec.validations]);
  assert.deepEqual(said('ValidatingPolicy'), said('ValidatingAdmissionPolicy'));
});

/** Lines to undo, one by one, and what is said of it. */
const UNDONE = [
  ['istio/mesh.yaml', 'mode: STRICT', 'mode: PERMISSIVE', 'not encrypted'],
  ['istio/mesh.yaml', 'mode: STRICT', 'mode: STRICT\n  portLevelMtls:\n    "9090":\n      mode: DISABLE', 'not encrypted'],
  ['istio/mesh.yaml', 'mtls:', 'selector:\n    matchLabels:\n      app.kubernetes.io/name: server\n  mtls:', 'nobody asks for TLS'],
  ['istio/mesh.yaml', 'name: default-deny\nspec: {}', 'name: default-deny\nspec:\n  rules:\n    - {}', 'who is not named'],
  ['istio/mesh.yaml', 'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: default-deny\nspec: {}\n---\n', '', 'who is not named'],
  ['istio/mesh.yaml', 'serviceAccounts: [client]', 'serviceAccounts: [client, database]', 'an identity may database -> server 8443'],
  ['istio/mesh.yaml', 'ports: ["9090"]', 'ports: ["9090", "8443"]', 'an identity may monitoring -> server 9090,8443'],
  ['istio/mesh.yaml', '    - from:\n        - source:\n            serviceAccounts: [server]\n      to:', '    - to:', 'for everybody'],
  ['istio/mesh.yaml', 'kind: Telemetry\n', 'kind: Telemetries\n', 'not told'],
  ['istio-sidecar/pods-policy.yaml', "== 'istio-ca'", "in ['istio-ca', 'vault']", 'wardlight-pods: tokens'],
  ['istio-sidecar/pods-policy.yaml', "== 'istio-ca'", "!= ''", 'wardlight-pods: tokens'],
  ['istio-sidecar/pods-policy.yaml', " && s.serviceAccountToken.?audience.orValue('') == 'istio-ca'", '', 'wardlight-pods: tokens'],
  ['istio-sidecar/network-policies.yaml', '          podSelector:\n            matchLabels:\n              app: istiod\n', '', 'a whole namespace'],
  ['istio-sidecar/tokens-policy.yaml', "== ['istio-ca']", "!= ['vault']", 'wardlight-tokens: tokens'],
];

test('whatever is undone in a mesh is noticed', () => {
  for (const [file, line, undone, words] of UNDONE) {
    const said = faults(withMesh('production', undefined, [[file, line, undone]]));
    assert.ok(said.some((fault) => fault.includes(words)), `${file}: ${line} → ${undone}: ${said}`);
  }
  const checked = (file, line, undone) => compliance('check', withMesh('production', undefined, [[file, line, undone]])).status;
  for (const [file, line, undone] of [
    ['istio-sidecar/network-policies.yaml', 'kubernetes.io/metadata.name: istio-system', 'kubernetes.io/metadata.name: anywhere'],
    ['istio-sidecar/quota.yaml', '"10500m"', '"7"'],
    ['istio-sidecar/quota.yaml', '5Gi', '4Gi'],
    ['istio-sidecar/limits.yaml', '"2500m"', '"2"'],
    ['istio-sidecar/proxy.yaml', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
    ['istio-sidecar/proxy.yaml', 'drop: [ALL]', 'drop: [ALL]\n              add: [NET_ADMIN]'],
    ['istio-sidecar/proxy.yaml', '              memory: 256Mi\n', ''],
    ['istio-sidecar/proxy.yaml', 'livenessProbe:', 'startupProbe2:'],
    ['istio-sidecar/proxy.yaml', '        - name: istio-proxy\n          image: istio-proxy', '        - name: istio-proxy\n          image: auto'],
  ]) assert.equal(checked(file, line, undone), 1, `${file}: ${line} → ${undone}`);
});

test('what the policies of the base say of tokens may not be another without being seen here', () => {
  const undone = [['istio-sidecar/pods-policy.yaml', 'the pod gets a token', 'a pod gets a token']];
  assert.throws(() => withMesh('dev', undefined, undone), /test/);
});
