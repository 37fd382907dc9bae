// The manifests, without a cluster: that they are what schemas and our checker ask for, and that undoing a line is noticed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { KUBERNETES, OVERLAYS, build, compliance, conform, run } from './deploy/tools.mjs';
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

test('no account of ours may anything at the API', () => {
  for (const name of OVERLAYS) {
    const lines = compliance('access', overlay(name)).stdout.trim().split('\n');
    assert.ok(lines.length >= 3);
    assert.deepEqual(lines.filter((line) => line.includes('/') && !line.endsWith('nothing')), [], name);
  }
});

/** A table of a page is what the checker says, or is written anew with UPDATE=1. */
function isIn(page, marker, table) {
  const file = path.join('../docs/operations', page);
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${marker} -->\n`, `<!-- /${marker.split(':')[0]} -->`];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end, from);
  assert.ok(from >= begin.length && to > 0, `${page} has the marks of ${marker}`);
  const wanted = `\`\`\`\n${table}\`\`\`\n`;
  if (process.env.UPDATE) writeFileSync(file, text.slice(0, from) + wanted + text.slice(to));
  else assert.equal(text.slice(from, to), wanted, `${page}: ${marker}; UPDATE=1 writes it anew`);
}

test('who may talk to whom, and what fits, is what the pages for operators say', () => {
  isIn('network.md', 'connections: production', compliance('connections', overlay('production')).stdout);
  isIn('network.md', 'connections: staging', compliance('connections', overlay('staging')).stdout);
  isIn('capacity.md', 'quota: production', compliance('quota', overlay('production')).stdout);
});

/** Lines to undo, one by one: the file, the line as it is, and what becomes of it. */
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
  ['base/client.yaml', 'minAvailable: 1', 'minAvailable: 2'],
  ['base/client.yaml', 'maxReplicas: 4', 'maxReplicas: 12'],
  ['base/client.yaml', 'maxSurge: 1', 'maxSurge: 100%'],
  ['base/client.yaml', 'selector:\n    app.kubernetes.io/name: client\n  ports:', 'selector:\n    app.kubernetes.io/name: clients\n  ports:'],
  ['base/security-context-constraints.yaml', 'limits.cpu: "7"', 'limits.cpu: "6"'],
  ['base/security-context-constraints.yaml', 'requests.memory: 2Gi', 'requests.memory: 1Gi'],
  ['base/security-context-constraints.yaml', 'memory: "4"', 'memory: "2"'],
  ['base/network-policies.yaml', 'podSelector: {}\n  policyTypes: [Ingress, Egress]', 'podSelector: {}\n  policyTypes: [Ingress]'],
  ['base/network-policies.yaml', 'podSelector: {}\n', 'podSelector:\n    matchLabels:\n      app.kubernetes.io/name: server\n'],
  ['base/network-policies.yaml', 'egress:\n    - to:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: server\n      ports:\n        - protocol: TCP\n          port: 8443', 'egress:\n    - to:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: server\n      ports:\n        - protocol: TCP\n          port: 8444'],
  ['base/network-policies.yaml', 'kubernetes.io/metadata.name: monitoring', 'kubernetes.io/metadata.name: anything'],
  ['base/network-policies.yaml', 'ingress:\n    - from:\n        - namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: gateway\n      ports:', 'ingress:\n    - ports:'],
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
];

test('whatever is undone in the manifests is noticed', () => {
  assert.ok(UNDONE.length >= 30);
  const missed = [];
  for (const [index, [file, line, undone]] of UNDONE.entries()) {
    const copy = at(`copy-${index}`);
    for (const part of ['kubernetes', 'nginx', 'postgresql']) cpSync(path.join(KUBERNETES, '..', part), path.join(copy, part), { recursive: true });
    const place = path.join(copy, 'kubernetes', file);
    const text = readFileSync(place, 'utf8');
    assert.match(text, line instanceof RegExp ? line : new RegExp(line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')), `${file} has ${line}`);
    writeFileSync(place, text.replace(line, () => undone));
    const { status } = compliance('check', build(path.join(copy, 'kubernetes/overlays/production')));
    if (status !== 1) missed.push(`${file}: ${line} → ${undone}`);
    rmSync(copy, { recursive: true });
  }
  assert.deepEqual(missed, []);
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
