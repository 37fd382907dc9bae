// A mesh with sidecars: overlays that take the component for it, and pods as Istio's injector leaves them.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { KUBERNETES, build } from './tools.mjs';

const SIDECAR = '../../components/istio-sidecar';
const AMBIENT = '../../components/istio-ambient';

/** The objects of an overlay that takes the component of a mesh, as YAML; lines of files may be another before. */
export function withMesh(overlay, mesh = SIDECAR, changes = []) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-mesh-'));
  try {
    for (const part of ['kubernetes', 'nginx', 'postgresql']) cpSync(path.join(KUBERNETES, '..', part), path.join(home, part), { recursive: true });
    for (const [file, line, other] of changes) {
      const place = path.join(home, 'kubernetes/components', file);
      const text = readFileSync(place, 'utf8');
      if (!text.includes(line)) throw new Error(`${file} has no ${line}`);
      writeFileSync(place, text.replace(line, () => other));
    }
    const directory = path.join(home, 'kubernetes/overlays', overlay);
    const place = path.join(directory, 'kustomization.yaml');
    const kustomization = parse(readFileSync(place, 'utf8'));
    kustomization.components = [...kustomization.components.filter((component) => component !== AMBIENT), mesh];
    if (mesh === SIDECAR) kustomization.images.push({ name: 'istio-proxy', newName: 'docker.io/istio/proxyv2', digest: `sha256:${'0'.repeat(64)}` });
    writeFileSync(place, stringify(kustomization));
    return build(directory);
  } finally {
    rmSync(home, { recursive: true });
  }
}
export const withAmbient = (overlay) => withMesh(overlay, AMBIENT);

/** Where the proxy finds what. */
const MOUNTS = {
  'workload-socket': '/var/run/secrets/workload-spiffe-uds',
  'credential-socket': '/var/run/secrets/credential-uds',
  'workload-certs': '/var/run/secrets/workload-spiffe-credentials',
  'istiod-ca-cert': '/var/run/secrets/istio',
  'istio-ca-crl': '/var/run/secrets/istio/crl',
  'istio-data': '/var/lib/istio/data',
  'istio-envoy': '/etc/istio/proxy',
  'istio-token': '/var/run/secrets/tokens',
  'istio-podinfo': '/etc/istio/pod',
};
/** What the injector says of its volumes; of those of no kind the API server makes an emptyDir. */
const VOLUMES = {
  'workload-socket': {},
  'credential-socket': {},
  'workload-certs': {},
  'istio-envoy': { emptyDir: { medium: 'Memory' } },
  'istio-data': { emptyDir: {} },
  'istio-podinfo': { downwardAPI: { items: ['labels', 'annotations'].map((name) => ({ path: name, fieldRef: { fieldPath: `metadata.${name}` } })) } },
  'istio-token': { projected: { sources: [{ serviceAccountToken: { path: 'istio-token', expirationSeconds: 43_200, audience: 'istio-ca' } }] } },
  'istiod-ca-cert': { configMap: { name: 'istio-ca-root-cert' } },
  'istio-ca-crl': { configMap: { name: 'istio-ca-crl', optional: true } },
};
const field = (name, fieldPath) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const amount = (name, resource) => ({ name, valueFrom: { resourceFieldRef: { resource, divisor: '1' } } });

/**
 * The pod of a workload after the injector of Istio 1.30 was asked, with Istio's CNI plugin in the cluster. It lays its template
 * over the pod, and over that what the pod itself says of the injector's containers
 * (https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#customizing-injection).
 */
export function injected({ metadata: { name, namespace }, spec: { template, volumeClaimTemplates = [] } }) {
  const { metadata, spec } = structuredClone(template);
  for (const claim of volumeClaimTemplates) spec.volumes.push({ name: claim.metadata.name, persistentVolumeClaim: { claimName: `${claim.metadata.name}-${name}-0` } });
  const { annotations } = metadata;
  const [app] = spec.containers;
  const number = (port) => app.ports.find((each) => each.name === port)?.containerPort ?? port;
  const asked = {};
  // The proxy asks in the name of the node, as nobody else gets in.
  for (const [probe, word] of Object.entries({ livenessProbe: 'livez', readinessProbe: 'readyz', startupProbe: 'startupz' })) {
    const { httpGet, tcpSocket, ...rest } = app[probe];
    const way = httpGet ? { httpGet: { ...httpGet, port: number(httpGet.port) } } : tcpSocket && { tcpSocket: { port: number(tcpSocket.port) } };
    if (!way) continue;
    const url = `/app-health/${app.name}/${word}`;
    asked[url] = { ...way, ...(rest.timeoutSeconds && { timeoutSeconds: rest.timeoutSeconds }) };
    const headers = httpGet?.httpHeaders && { httpHeaders: httpGet.httpHeaders };
    app[probe] = { ...rest, httpGet: { path: url, port: 15020, ...(httpGet?.scheme && { scheme: 'HTTP' }), ...headers } };
  }
  const laid = {
    'istio-validation': {
      args: ['istio-iptables', '-p', '15001', '-z', '15006', '-u', '1337', '-m', 'REDIRECT', '-i', '*', '-x', '', '-b', '*', '-d', '15090,15021,15020', '--log_output_level=default:info', '--run-validation', '--skip-rule-apply'],
    },
    'istio-proxy': {
      args: ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local', '--proxyLogLevel=warning', '--proxyComponentLogLevel=misc:error', '--log_output_level=default:info'],
      ports: [{ containerPort: 15090, protocol: 'TCP', name: 'http-envoy-prom' }],
      lifecycle: { preStop: { exec: { command: ['pilot-agent', 'request', '--debug-port=15020', 'POST', 'drain'] } } },
      env: [
        { name: 'PILOT_CERT_PROVIDER', value: 'istiod' },
        { name: 'CA_ADDR', value: 'istiod.istio-system.svc:15012' },
        field('POD_NAME', 'metadata.name'),
        field('POD_NAMESPACE', 'metadata.namespace'),
        field('INSTANCE_IP', 'status.podIP'),
        field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
        field('HOST_IP', 'status.hostIP'),
        amount('ISTIO_CPU_LIMIT', 'limits.cpu'),
        { name: 'ISTIO_META_APP_CONTAINERS', value: app.name },
        amount('GOMEMLIMIT', 'limits.memory'),
        field('ISTIO_META_NODE_NAME', 'spec.nodeName'),
        { name: 'TRUST_DOMAIN', value: 'cluster.local' },
        { name: 'ISTIO_KUBE_APP_PROBERS', value: JSON.stringify(asked) },
      ],
      volumeMounts: Object.entries(MOUNTS).map(([volume, mountPath]) => ({ name: volume, mountPath })),
    },
  };
  spec.initContainers = spec.initContainers.map((own) => ({ ...laid[own.name], ...own, securityContext: { privileged: false, ...own.securityContext } }));
  const said = JSON.parse(annotations['sidecar.istio.io/userVolume']);
  spec.volumes.unshift(...Object.entries(structuredClone(VOLUMES)).map(([volume, { emptyDir, ...rest }]) => {
    const more = emptyDir || said[volume] ? { emptyDir: { ...emptyDir, ...said[volume]?.emptyDir } } : {};
    return { name: volume, ...rest, ...more };
  }));
  Object.assign(metadata.labels, { 'security.istio.io/tlsMode': 'istio', 'service.istio.io/canonical-name': name, 'service.istio.io/canonical-revision': 'latest' });
  Object.assign(annotations, {
    'istio.io/rev': 'default',
    'kubectl.kubernetes.io/default-container': app.name,
    'sidecar.istio.io/interceptionMode': 'REDIRECT',
    'sidecar.istio.io/status': JSON.stringify({ initContainers: Object.keys(laid), containers: null, volumes: Object.keys(VOLUMES), imagePullSecrets: null, revision: 'default' }),
  });
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: `${name}-injected`, namespace }, spec };
}
