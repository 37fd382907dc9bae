// The manifests, without a cluster: that they are what schemas and our checker ask for, and that undoing a line is noticed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { isIn } from './deploy/tables.mjs';
import { KUBERNETES, OVERLAYS, build, compliance, conform, run } from './deploy/tools.mjs';
import { astray } from './meant.mjs';
import { program } from './server.mjs';

let home;
const at = (name) => path.join(home, name);
const overlay = (name) => build(path.join(KUBERNETES, 'overlays', name));

before(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-manifests-'));
  execFileSync('cargo', ['build', '--quiet', '--locked', '--package', 'server', '--package', 'compliance'], { stdio: 'inherit' });
});
after(() => rmSync(home, { recursive: true, force: true }));

test('every object of every overlay is what its schema says, to the letter', () => {
  for (const name of OVERLAYS) {
    const yaml = overlay(name);
    const { status, stdout } = conform(yaml);
    assert.equal(status, 0, `${name}: ${stdout}`);
    const count = yaml.match(/^kind: /gm).length;
    assert.match(stdout, new RegExp(`Valid: ${count}, Invalid: 0, Errors: 0, Skipped: 0`), name);
  }
  const yaml = overlay('dev');
  assert.notEqual(conform(yaml.replace('runAsNonRoot:', 'runAsNonroot:')).status, 0, 'a misspelt field is noticed');
  assert.notEqual(conform(yaml.replace('kind: NetworkPolicy', 'kind: NetworkPolicies')).status, 0, 'a kind that does not exist is noticed');
});

test('the checker finds nothing in any overlay', () => {
  for (const name of OVERLAYS) {
    const { status, stdout, stderr } = compliance('check', overlay(name));
    assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
  }
});

test('what no rule knows is as it is meant in every overlay', () => {
  for (const name of OVERLAYS) assert.deepEqual(astray(overlay(name)), [], name);
});

test('no account of ours may anything at the API', () => {
  for (const name of OVERLAYS) {
    const lines = compliance('access', overlay(name)).stdout.trim().split('\n');
    assert.ok(lines.length >= 3);
    assert.deepEqual(lines.filter((line) => line.includes('/') && !line.endsWith('nothing')), [], name);
  }
});

test('who may talk to whom, and what fits, is what the pages for operators say', () => {
  for (const name of OVERLAYS) isIn('network.md', `connections: ${name}`, compliance('connections', overlay(name)).stdout);
  isIn('capacity.md', 'quota: production', compliance('quota', overlay('production')).stdout);
});

/** The overlays with more than one of a kind. */
const REPLICATED = ['production', 'staging'];
/**
 * Lines to undo, one by one: the file, the line as it is, what becomes of it, and where that is noticed if not in every overlay
 * that the file is a part of.
 */
const UNDONE = [
  ['base/pod-security-policy.yaml', 'pod-security.kubernetes.io/enforce: restricted', 'pod-security.kubernetes.io/enforce: baseline'],
  ['base/pod-security-policy.yaml', 'pod-security.kubernetes.io/enforce-version: v1.35', 'pod-security.kubernetes.io/enforce-version: latest'],
  ['base/pod-security-policy.yaml', '    pod-security.kubernetes.io/warn: restricted\n', ''],
  ['base/rbac.yaml', 'name: default\nautomountServiceAccountToken: false', 'name: default\nautomountServiceAccountToken: true'],
  ['base/rbac.yaml', 'name: server\nautomountServiceAccountToken: false', 'name: server'],
  ['base/rbac.yaml', /$/, '---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: more\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: cluster-admin\nsubjects:\n  - kind: ServiceAccount\n    name: server\n'],
  ['base/rbac.yaml', /$/, '---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: more\nrules:\n  - apiGroups: [""]\n    resources: [secrets]\n    verbs: [list]\n'],
  ['base/server.yaml', 'automountServiceAccountToken: false', 'automountServiceAccountToken: true'],
  ['base/server.yaml', 'enableServiceLinks: false', 'enableServiceLinks: true'],
  ['base/server.yaml', 'serviceAccountName: server', 'serviceAccountName: default'],
  ['base/server.yaml', 'runAsNonRoot: true', 'runAsNonRoot: false'],
  ['base/server.yaml', 'runAsUser: 1001', 'runAsUser: 0'],
  ['base/server.yaml', '        runAsGroup: 1001\n', ''],
  ['base/server.yaml', 'type: RuntimeDefault', 'type: Unconfined'],
  ['base/server.yaml', 'allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true'],
  ['base/server.yaml', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
  ['base/server.yaml', 'drop: [ALL]', 'drop: [NET_RAW]'],
  ['base/server.yaml', 'drop: [ALL]', 'drop: [ALL]\n              add: [NET_BIND_SERVICE]'],
  ['base/server.yaml', 'emptyDir:\n            sizeLimit: 64Mi', 'emptyDir: {}'],
  ['base/server.yaml', 'defaultMode: 0440', 'defaultMode: 0444'],
  ['base/server.yaml', '              memory: 1Gi\n', ''],
  ['base/server.yaml', 'limits:\n              cpu: "2"\n              memory: 1Gi\n              ephemeral-storage: 256Mi', 'limits:\n              cpu: "2"\n              memory: 1Gi'],
  ['base/server.yaml', 'cpu: "2"', 'cpu: "3"'],
  ['base/server.yaml', 'readinessProbe:', 'startupProbe2:'],
  ['base/server.yaml', '- configMapRef:\n                name: server', '- secretRef:\n                name: server-tls'],
  ['base/server.yaml', '      terminationGracePeriodSeconds: 30\n', ''],
  ['base/server.yaml', 'mountPath: /secrets/tls\n', 'mountPath: /secrets/tls\n              subPath: tls.key\n'],
  ['base/server.yaml', 'containerPort: 8443', 'containerPort: 8443\n              hostPort: 8443'],
  ['base/server.yaml', 'path: /live\n', 'path: /live\n              host: example.org\n'],
  ['base/server.yaml', 'secretName: server-tls', 'secretName: server-tsl'],
  ['base/server.yaml', '      automountServiceAccountToken: false\n', '      automountServiceAccountToken: false\n      hostNetwork: true\n'],
  ['base/client.yaml', 'minAvailable: 1', 'minAvailable: 2', REPLICATED],
  ['base/client.yaml', 'maxReplicas: 4', 'maxReplicas: 12', REPLICATED],
  ['base/client.yaml', 'maxSurge: 1', 'maxSurge: 100%', REPLICATED],
  ['base/client.yaml', 'selector:\n    app.kubernetes.io/name: client\n  ports:', 'selector:\n    app.kubernetes.io/name: clients\n  ports:'],
  ['base/security-context-constraints.yaml', 'limits.cpu: "7"', 'limits.cpu: "6"', REPLICATED],
  ['base/security-context-constraints.yaml', 'requests.memory: 2Gi', 'requests.memory: 1Gi', REPLICATED],
  ['base/security-context-constraints.yaml', 'memory: "4"', 'memory: "2"'],
  ['base/network-policies.yaml', 'podSelector: {}\n  policyTypes: [Ingress, Egress]', 'podSelector: {}\n  policyTypes: [Ingress]'],
  ['base/network-policies.yaml', 'podSelector: {}\n', 'podSelector:\n    matchLabels:\n      app.kubernetes.io/name: server\n'],
  ['base/network-policies.yaml', 'egress:\n    - to:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: server\n      ports:\n        - protocol: TCP\n          port: 8443', 'egress:\n    - to:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: server\n      ports:\n        - protocol: TCP\n          port: 8444'],
  ['base/network-policies.yaml', 'kubernetes.io/metadata.name: monitoring', 'kubernetes.io/metadata.name: anything'],
  ['base/network-policies.yaml', 'ingress:\n    - from:\n        - namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: gateway\n      ports:', 'ingress:\n    - ports:'],
  ['base/network-policies.yaml', "podSelector:\n            matchLabels:\n              app.kubernetes.io/name: prometheus\n", 'podSelector: {}\n'],
  ['base/network-policies.yaml', "namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: monitoring\n", 'namespaceSelector: {}\n'],
  ['base/network-policies.yaml', "namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: kube-system\n", 'namespaceSelector: {}\n'],
  ['base/security-context-constraints.yaml', "max:\n        cpu: \"2\"\n", 'max:\n'],
  ['components/postgresql/server-network.yaml', '    - to:\n        - podSelector:', '    - to:\n        - ipBlock:\n            cidr: 0.0.0.0/0\n        - podSelector:'],
  ['components/postgresql/server-network.yaml', 'port: 5432', 'port: 5433'],
  ['components/postgresql/database.yaml', 'from:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: server', 'from:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: nobody'],
  ['components/postgresql/database.yaml', 'storage: 20Gi', 'storage: 50Gi'],
  ['components/external-secrets/external-secrets.yaml', 'refreshInterval: 15s', 'refreshInterval: 1h'],
  ['components/external-secrets/external-secrets.yaml', 'refreshInterval: 15s', 'refreshInterval: 1s'],
  ['components/external-secrets/external-secrets.yaml', 'name: server-secrets', 'name: server-secret'],
  ['components/external-secrets/external-secrets.yaml', 'name: server-secrets', 'name: server-tls'],
  ['components/cert-manager/certificates.yaml', 'secretName: client-tls', 'secretName: client'],
  ['overlays/production/sealed-secrets.yaml', /ca\.crt: Ag/, 'ca.crt: AA'],
  ['overlays/production/kustomization.yaml', /newTag: 18-alpine\n {4}digest: .*/, 'newTag: 18-alpine'],
  ['overlays/production/kustomization.yaml', /newName: registry.example\/wardlight-server\n {4}digest: .*/, 'newName: registry.example/wardlight-server\n    newTag: latest'],
  // In the mesh.
  ['components/istio/mesh.yaml', 'mode: STRICT', 'mode: PERMISSIVE'],
  ['components/istio/mesh.yaml', 'name: default-deny\nspec: {}', 'name: default-deny\nspec:\n  rules: [{}]'],
  ['components/istio/mesh.yaml', 'name: default-deny\nspec: {}', 'name: default-deny\nspec:\n  action: DENY'],
  ['components/istio/mesh.yaml', 'serviceAccounts: [client]', 'serviceAccounts: [client, database]'],
  ['components/istio/mesh.yaml', 'serviceAccounts: [server]', 'serviceAccounts: [client]'],
  ['components/istio/mesh.yaml', 'serviceAccounts: [server]', 'namespaces: ["*"]'],
  ['components/istio/mesh.yaml', 'namespaces: [monitoring]', 'namespaces: [monitoring, elsewhere]'],
  ['components/istio/mesh.yaml', 'ports: ["5432"]', 'ports: ["5432", "22"]'],
  ['components/istio/mesh.yaml', 'ports: ["9090"]', 'ports: ["8443"]'],
  ['components/istio/mesh.yaml', "      to:\n        - operation:\n            ports: [\"8443\"]\n", ''],
  ['components/istio-ambient/kustomization.yaml', 'value: ambient', 'value: none'],
  // On the way in.
  ['components/gateway/route.yaml', /---\napiVersion: gateway.networking.k8s.io\/v1\nkind: BackendTLSPolicy[^]*$/, ''],
  ['components/gateway/route.yaml', '    wellKnownCACertificates: System\n', ''],
  ['components/ingress/ingress.yaml', 'proxy-ssl-verify: "on"', 'proxy-ssl-verify: "off"'],
  ['components/ingress/ingress.yaml', 'backend-protocol: HTTPS', 'backend-protocol: HTTP'],
  ['overlays/dev/kustomization.yaml', 'path: /spec/tls/0/hosts/0\n        value: dev.table.example', 'path: /spec/tls/0/hosts/0\n        value: other.example'],
  ['overlays/dev/kustomization.yaml', 'value: wardlight-dev/edge-inner-tls', 'value: wardlight-dev/edge-outer-tls'],
  ...['dev', 'staging', 'production'].flatMap((name) => [
    [`overlays/${name}/names.conf`, 'set_real_ip_from 10.0.0.0/8', 'set_real_ip_from 0.0.0.0/0'],
    [`overlays/${name}/names.conf`, 'set_real_ip_from 10.0.0.0/8;\n', ''],
    [`overlays/${name}/names.conf`, 'real_ip_header X-Forwarded-For;\n', ''],
    [`overlays/${name}/kustomization.yaml`, 'WARDLIGHT_TRUSTED_PROXY=10.0.0.0/8', 'WARDLIGHT_TRUSTED_PROXY=0.0.0.0/0'],
    [`overlays/${name}/kustomization.yaml`, '      - WARDLIGHT_TRUSTED_PROXY=10.0.0.0/8\n', ''],
  ]),
  // Admission.
  ['base/pod-security-policy.yaml', 'failurePolicy: Fail', 'failurePolicy: Ignore'],
  ['base/pod-security-policy.yaml', /failurePolicy: Fail(?![^]*failurePolicy: Fail)/, 'failurePolicy: Ignore'],
  ['base/pod-security-policy.yaml', 'validationActions: [Deny, Audit]', 'validationActions: [Audit]'],
  ['base/pod-security-policy.yaml', /---\napiVersion: admissionregistration.k8s.io\/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata:\n {2}name: wardlight-namespace[^]*$/, ''],
  ['base/kustomization.yaml', 'app.kubernetes.io/part-of: wardlight', 'app.kubernetes.io/part-of: other'],
  ['components/kyverno/pod-security-policy.yaml', 'failurePolicy: Fail', 'failurePolicy: Ignore'],
  ['components/kyverno/pod-security-policy.yaml', 'validationActions: [Deny]', 'validationActions: [Audit]'],
  ['overlays/production/kustomization.yaml', '  - ../../components/user-namespaces\n', ''],
  ['components/user-namespaces/kustomization.yaml', 'value: false', 'value: true'],
  // Secrets.
  ['components/external-secrets/external-secrets.yaml', 'server: https://vault', 'server: http://vault'],
  ['components/external-secrets/external-secrets.yaml', '      caProvider:\n        type: Secret\n        name: vault-ca\n        key: ca.crt\n', ''],
  ['components/external-secrets/external-secrets.yaml', 'name: vault-ca', 'name: vault'],
  ['components/database-secrets/external-secrets.yaml', 'role: wardlight-database', 'role: wardlight-server'],
  ['components/database-secrets/external-secrets.yaml', 'server: https://vault', 'server: http://vault'],
  ['components/database-secrets/external-secrets.yaml', 'name: database\n            audiences', 'name: nobody\n            audiences'],
  ['components/external-secrets/external-secrets.yaml', 'deletionPolicy: Retain', 'deletionPolicy: Delete'],
  ['components/cert-manager/certificates.yaml', 'rotationPolicy: Always', 'rotationPolicy: Never'],
  ['components/cert-manager/certificates.yaml', 'usages: [digital signature, client auth]', 'usages: [digital signature, client auth, server auth]'],
  ['components/database-certificates/certificates.yaml', 'rotationPolicy: Always', 'rotationPolicy: Never'],
  ['components/database-certificates/certificates.yaml', 'name: inner\n', 'name: letsencrypt\n'],
  ['components/external-secrets/external-secrets.yaml', 'secretStoreRef:\n    name: server', 'secretStoreRef:\n    name: database'],
  ['components/external-secrets/external-secrets.yaml', 'key: server/signing', 'key: database/roles'],
  ['components/cert-manager/certificates.yaml', 'ca:\n    secretName: inner-authority', 'ca:\n    secretName: other-authority'],
  // Workloads.
  ['base/client.yaml', /lifecycle:\n {12}preStop:\n(?: {14}.*\n)+/, 'lifecycle: {}\n'],
  ['base/client.yaml', 'seconds: 5\n', 'seconds: 60\n', REPLICATED],
  ['base/client.yaml', /topologySpreadConstraints:\n(?: {8}.*\n)+/, 'topologySpreadConstraints: []\n'],
  ['base/client.yaml', /affinity:\n(?: {8}.*\n)+/, 'affinity: {}\n'],
  ['base/client.yaml', 'mountPath: /etc/nginx/tls/edge\n              readOnly: true', 'mountPath: /etc/nginx/tls/edge'],
  ['base/server.yaml', 'accessModes: [ReadWriteOncePod]', 'accessModes: [ReadWriteMany]'],
  ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => ['base/server.yaml', new RegExp(`(?<=${probe}:[^]*?)scheme: HTTPS`), 'scheme: HTTP']),
  ['base/server.yaml', '            - --tls-client-ca=/secrets/tls/ca.crt\n', ''],
  ['base/server.yaml', 'replicas: 1', 'replicas: 2'],
  ['base/server.yaml', 'type: Recreate', 'type: RollingUpdate'],
  ['base/server.yaml', 'supplementalGroupsPolicy: Strict', 'supplementalGroupsPolicy: Merge'],
  ['components/postgresql/database.yaml', 'accessModes: [ReadWriteOncePod]', 'accessModes: [ReadWriteOnce]'],
  ['components/postgresql/server.yaml', 'name: WARDLIGHT_DATABASE_TLS', 'name: WARDLIGHT_DATABASE_TLSX'],
  ['components/postgresql/database.yaml', '          command: [sh, /etc/wardlight/start.sh]\n', ''],
  ['../postgresql/pg_hba.conf', 'hostssl', 'host'],
  ['components/gateway/route.yaml', '      sectionName: https\n', ''],
  ['components/monitoring/security-monitoring.yaml', '      followRedirects: false\n', ''],
  ['components/monitoring/security-monitoring.yaml', 'scheme: https', 'scheme: http'],
  ['components/monitoring/security-monitoring.yaml', 'serverName: server', 'serverName: server\n        insecureSkipVerify: true'],
];

/** A copy of what the overlays are built from. */
function copied(name) {
  const copy = at(name);
  for (const part of ['kubernetes', 'nginx', 'postgresql']) cpSync(path.join(KUBERNETES, '..', part), path.join(copy, part), { recursive: true });
  return path.join(copy, 'kubernetes');
}

/** The directories that one of kustomize is built from, itself among them. */
function parts(directory) {
  const { resources = [], components = [] } = parse(readFileSync(path.join(directory, 'kustomization.yaml'), 'utf8'));
  const more = [...resources, ...components].filter((name) => !name.endsWith('.yaml'));
  return [directory, ...more.flatMap((name) => parts(path.join(directory, name)))];
}

/** The overlays that a file is a part of. */
const overlaysOf = (file) => OVERLAYS.filter((name) => parts(path.join(KUBERNETES, 'overlays', name)).includes(path.join(KUBERNETES, path.dirname(file))));

test('whatever is undone in the manifests is noticed', () => {
  assert.ok(UNDONE.length >= 30);
  const missed = [];
  for (const [index, [file, line, undone, only = overlaysOf(file)]] of UNDONE.entries()) {
    const copy = copied(`copy-${index}`);
    const place = path.join(copy, file);
    const text = readFileSync(place, 'utf8');
    assert.match(text, line instanceof RegExp ? line : new RegExp(line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')), `${file} has ${line}`);
    writeFileSync(place, text.replace(line, () => undone));
    assert.ok(only.length > 0, `${file} is a part of no overlay`);
    for (const name of only) {
      const yaml = build(path.join(copy, 'overlays', name));
      const { status } = compliance('check', yaml);
      if (status !== 1 && astray(yaml).length === 0) missed.push(`${name}: ${file}: ${line} → ${undone}`);
    }
    rmSync(path.dirname(copy), { recursive: true });
  }
  assert.deepEqual(missed, []);
});

/** Components that no overlay of ours takes, in one that takes them: what else it is built from, its own files, and lines to undo. */
const OPTIONAL = {
  openshift: {
    resources: ['../production'],
    components: ['openshift', 'database-constraints'],
    undone: [
      ['components/openshift/security-context-constraints.yaml', 'allowPrivilegedContainer: false', 'allowPrivilegedContainer: true'],
      ['components/openshift/security-context-constraints.yaml', 'allowHostNetwork: false', 'allowHostNetwork: true'],
      ['components/openshift/security-context-constraints.yaml', 'allowPrivilegeEscalation: false\n', ''],
      ['components/openshift/security-context-constraints.yaml', 'seccompProfiles: [runtime/default]', 'seccompProfiles: ["*"]'],
      ['components/openshift/security-context-constraints.yaml', 'type: MustRunAsNonRoot', 'type: RunAsAny'],
      ['components/openshift/security-context-constraints.yaml', 'groups: []', 'groups: ["system:authenticated"]'],
      ['components/openshift/security-context-constraints.yaml', '    name: client\n', '    name: client\n    namespace: wardlight\n'],
      ['components/openshift/security-context-constraints.yaml', 'resources: [securitycontextconstraints]', 'resources: ["*"]'],
      ['overlays/optional/kustomization.yaml', '../production', '../dev'],
    ],
  },
  'managed-postgresql': {
    resources: ['../../base', 'sealed-secrets.yaml'],
    components: ['managed-postgresql', 'cert-manager', 'external-secrets', 'gateway', 'monitoring'],
    ways: ['wardlight-optional/server -> dns  tcp 53, udp 53', 'wardlight-optional/server -> world 192.0.2.10/32  tcp 5432'],
    undone: [
      ['components/managed-postgresql/network.yaml', '192.0.2.10/32', '0.0.0.0/0'],
      ['components/managed-postgresql/server.yaml', 'name: WARDLIGHT_DATABASE_TLS', 'name: WARDLIGHT_DATABASE_TLSX'],
      ['components/managed-postgresql/server.yaml', 'defaultMode: 0440', 'defaultMode: 0444'],
      ['overlays/optional/sealed-secrets.yaml', 'name: server-database-tls', 'name: server-tls-database'],
      ['overlays/optional/kustomization.yaml', 'components/external-secrets', 'components/database-secrets'],
      ['overlays/optional/kustomization.yaml', '      - WARDLIGHT_DATABASE=', '      - WARDLIGHT_DATABASEX='],
    ],
  },
};

/** An overlay in a copy that takes components: its directory. */
function optional(copy, { resources, components }) {
  const directory = path.join(copy, 'overlays/optional');
  cpSync(path.join(copy, 'overlays/production'), directory, { recursive: true });
  const sealed = readFileSync(path.join(directory, 'sealed-secrets.yaml'), 'utf8').replaceAll('namespace: wardlight', 'namespace: wardlight-optional');
  writeFileSync(path.join(directory, 'sealed-secrets.yaml'), sealed + sealed.replaceAll('vault-ca', 'server-database-tls'));
  const { images } = parse(readFileSync(path.join(directory, 'kustomization.yaml'), 'utf8'));
  const ofBase = resources.includes('../../base');
  const literals = ['WARDLIGHT_PUBLIC_URL=https://table.example', 'WARDLIGHT_TRUSTED_PROXY=10.0.0.0/8', 'WARDLIGHT_DATABASE=postgres://192.0.2.10:5432/wardlight'];
  const configMapGenerator = [{ name: 'server', behavior: 'merge', literals }, { name: 'edge-site', behavior: 'merge', files: ['names.conf'] }];
  writeFileSync(path.join(directory, 'kustomization.yaml'), stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', namespace: 'wardlight-optional',
    resources, components: components.map((name) => `../../components/${name}`), ...(ofBase ? { images, configMapGenerator } : {}),
  }));
  return directory;
}

test('what no overlay takes is kept to the same, and what is undone in it is noticed', () => {
  for (const [name, { ways = [], undone, ...taken }] of Object.entries(OPTIONAL)) {
    const copy = copied(name);
    const directory = optional(copy, taken);
    const yaml = build(directory);
    const { status, stdout, stderr } = compliance('check', yaml);
    assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
    assert.deepEqual(astray(yaml), [], name);
    // OpenShift publishes no schema of its constraints.
    const withSchema = yaml.split(/^---$/m).filter((text) => !text.includes('kind: SecurityContextConstraints'));
    const checked = conform(withSchema.join('---'));
    assert.equal(checked.status, 0, `${name}: ${checked.stdout}`);
    const lines = compliance('connections', yaml).stdout.split('\n');
    for (const way of ways) assert.ok(lines.includes(way), way);
    assert.deepEqual(lines.filter((line) => line.includes('world')), ways.filter((way) => way.includes('world')), name);
    const may = compliance('access', yaml).stdout;
    assert.doesNotMatch(may, /everywhere/, name);
    const missed = undone.filter(([file, line, instead]) => {
      const place = path.join(copy, file);
      const text = readFileSync(place, 'utf8');
      assert.ok(text.includes(line), `${file} has ${line}`);
      writeFileSync(place, text.replace(line, () => instead));
      const changed = build(directory);
      writeFileSync(place, text);
      return compliance('check', changed).status !== 1 && astray(changed).length === 0;
    });
    assert.deepEqual(missed, [], name);
    rmSync(path.dirname(copy), { recursive: true });
  }
});

test('the template of settings has every setting once, and no server starts with it', () => {
  const named = [...readFileSync('../.env.security', 'utf8').matchAll(/^(\w+)=(.*)$/gm)];
  const { stdout } = run(program, ['serve', '--help']);
  const settings = new Set([...stdout.matchAll(/\[env: (WARDLIGHT_\w+)=/g)].map(([, name]) => name));
  assert.ok(settings.size > 20);
  assert.deepEqual(named.map(([, name]) => name).sort(), [...settings].sort());
  for (const [line, , value] of named) assert.match(value, /^<.+>$/, line);
  const started = spawnSync(program, ['serve'], { cwd: home, env: Object.fromEntries(named.map(([, name, value]) => [name, value])), encoding: 'utf8', timeout: 30_000 });
  assert.equal(started.status, 2);
  assert.match(started.stderr, /^error: invalid value '<.*>' for '--/);
});
