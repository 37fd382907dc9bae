// What is true of Wardlight's manifests alone, and so is no rule of the checker.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

export const read = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);

/** What the edge is told of a place, but for its name. */
const SITE = ['root /usr/share/nginx/html', 'set_real_ip_from 10.0.0.0/8', 'real_ip_header X-Forwarded-For', 'real_ip_recursive on'];
/** What the server is told wherever it runs. */
const ARGS = ['serve', '--tls=files', '--tls-cert=/secrets/tls/tls.crt', '--tls-key=/secrets/tls/tls.key', '--tls-client-ca=/secrets/tls/ca.crt', '--ops-listen=[::]:9090'];
/** Files that are tried out elsewhere as they are here. */
const FILES = { 'edge-site': { 'http.conf': 'nginx/site/http.conf' }, postgresql: { 'pg_hba.conf': 'postgresql/pg_hba.conf', 'postgresql.conf': 'postgresql/postgresql.conf', 'start.sh': 'postgresql/start.sh', 'certificates.sh': 'postgresql/certificates.sh' } };
/** What one pod may take, beside what the checker asks for: how little, how much, and how much more than it asks for. */
const POD_LIMITS = { min: ['cpu', 'ephemeral-storage', 'memory'], max: ['cpu', 'ephemeral-storage', 'memory'], maxLimitRequestRatio: ['cpu', 'memory'] };
/** What certificates are for. */
const USAGES = { 'server-tls': 'server auth', 'client-tls': 'client auth', 'edge-tls': 'server auth', 'edge-inner-tls': 'server auth', 'database-tls': 'server auth', 'server-database-tls': 'client auth' };

/** What is not as it is meant in the objects of an overlay, in words. */
export function astray(yaml) {
  const objects = read(yaml);
  const found = [];
  const must = (holds, words) => holds || found.push(words);
  const all = (kind) => objects.filter((object) => object.kind === kind);
  const one = (kind, name) => all(kind).find(({ metadata }) => metadata.name === name);
  const pod = (kind, name) => one(kind, name).spec.template.spec;
  const container = (kind, name) => pod(kind, name).containers.find((each) => each.name === name);

  const server = container('Deployment', 'server');
  for (const argument of ARGS) must(server.args.includes(argument), `the server is not started with ${argument}`);
  for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    must(server[kind]?.httpGet?.scheme === 'HTTPS' && server[kind].httpGet.port === 'ops', `${kind} does not ask the listener for operators by TLS`);
  }
  must(one('Deployment', 'server').spec.replicas === 1 && one('Deployment', 'server').spec.strategy.type === 'Recreate', 'two servers may hold one table');
  for (const { spec } of all('PodMonitor')) {
    for (const { scheme, tlsConfig, followRedirects } of spec.podMetricsEndpoints) {
      must(followRedirects === false, 'figures are fetched from wherever it is said');
      must(scheme === 'https' && tlsConfig.ca?.secret?.name === 'server-tls' && tlsConfig.ca.secret.key === 'ca.crt' && tlsConfig.serverName === 'server' && !tlsConfig.insecureSkipVerify, 'figures are read from whoever answers');
    }
  }

  const client = container('Deployment', 'client');
  must(client.lifecycle?.preStop?.sleep?.seconds > 0, 'the edge does not wait before it ends');
  const spread = pod('Deployment', 'client');
  must(spread.topologySpreadConstraints?.some(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname'), 'the edge is not spread over nodes');
  must(spread.affinity?.podAntiAffinity, 'two of the edge may be put on one node while another is free');
  must(one('Service', 'client').spec.ports.every(({ appProtocol }) => appProtocol === 'https'), 'the edge is not said to speak TLS');
  must(one('Service', 'server').spec.ports.every(({ appProtocol }) => appProtocol === 'https'), 'the server is not said to speak TLS');
  const site = all('ConfigMap').find(({ metadata }) => metadata.name.startsWith('edge-site'))?.data['names.conf'] ?? '';
  const lines = site.replaceAll(/#.*/g, '').split(';').map((line) => line.trim()).filter(Boolean);
  const [name, ...rest] = lines;
  must(/^server_name \S+$/.test(name) && rest.join() === SITE.join(), `the edge is told otherwise: ${lines.join('; ')}`);
  const told = server.envFrom?.map(({ configMapRef }) => one('ConfigMap', configMapRef?.name)?.data) ?? [];
  must(told.some((data) => data?.WARDLIGHT_TRUSTED_PROXY === '10.0.0.0/8'), 'the server believes others than the edge about who asks');

  for (const workload of [...all('Deployment'), ...all('StatefulSet')]) {
    const { template } = workload.spec;
    for (const { name, volumeMounts = [] } of template.spec.containers) {
      const given = new Set(template.spec.volumes.filter(({ secret, configMap }) => secret || configMap).map((volume) => volume.name));
      for (const mount of volumeMounts) must(!given.has(mount.name) || mount.readOnly, `${name} may write to ${mount.mountPath}`);
    }
    must(template.spec.securityContext.supplementalGroupsPolicy === 'Strict', `${workload.metadata.name} has the groups of its image`);
  }
  const settings = Object.fromEntries((server.env ?? []).map(({ name, value }) => [name, value]));
  if (one('StatefulSet', 'database') || settings.WARDLIGHT_DATABASE_CREDENTIALS) {
    const place = settings.WARDLIGHT_DATABASE ?? told.find((data) => data?.WARDLIGHT_DATABASE)?.WARDLIGHT_DATABASE;
    must(place?.startsWith('postgres://'), 'the server is not told where its database is');
    must(settings.WARDLIGHT_DATABASE_TLS === '/secrets/database-tls', 'the database is asked without TLS');
  }
  if (one('StatefulSet', 'database')) must(container('StatefulSet', 'database').command?.join(' ') === 'sh /etc/wardlight/start.sh', 'the database is started without its configuration');
  for (const [map, files] of Object.entries(FILES)) {
    const given = all('ConfigMap').find(({ metadata }) => metadata.name.startsWith(`${map}-`));
    if (map === 'postgresql' && !one('StatefulSet', 'database')) continue;
    for (const [key, file] of Object.entries(files)) must(given?.data[key] === readFileSync(new URL(`../deploy/${file}`, import.meta.url), 'utf8'), `${key} is another than the one that is tried out`);
  }
  for (const [kind, resources] of Object.entries(POD_LIMITS)) {
    const limits = one('LimitRange', 'wardlight').spec.limits.find(({ type }) => type === 'Pod')?.[kind] ?? {};
    must(Object.keys(limits).sort().join() === resources.join(), `pods have other limits: ${kind}`);
  }
  for (const { spec } of all('HTTPRoute')) must(spec.parentRefs.every(({ sectionName }) => sectionName === 'https'), 'the world may come without TLS');
  for (const { metadata, spec } of all('Certificate')) must(spec.privateKey.algorithm === 'ECDSA' && spec.privateKey.size === 256, `${metadata.name} has another kind of key`);
  must(all('Issuer').every(({ spec }) => spec.selfSigned || spec.ca?.secretName === 'inner-authority'), 'somebody else vouches for what is inside');
  for (const { metadata, spec } of all('Certificate').filter((each) => !each.spec.isCA)) {
    must(spec.usages?.includes(USAGES[metadata.name]) && spec.usages.length === 2, `${metadata.name} is good for more than it is for`);
    if (metadata.name !== 'edge-tls') must(spec.issuerRef.name === 'inner' && spec.duration === '720h', `${metadata.name} is not of the inner authority, or for too long`);
  }
  for (const { metadata, spec } of all('SecretStore')) {
    const { role, serviceAccountRef } = spec.provider.vault.auth.kubernetes;
    must(role === `wardlight-${metadata.name}` && serviceAccountRef.name === metadata.name && serviceAccountRef.audiences.join() === 'vault', `${metadata.name} asks the vault as somebody else`);
  }
  for (const { metadata, spec } of all('ExternalSecret')) {
    const own = spec.dataFrom.length > 0 && spec.dataFrom.every(({ extract }) => extract.key.startsWith(`${metadata.name}/`));
    must(own && spec.secretStoreRef.name === metadata.name && spec.secretStoreRef.kind === 'SecretStore', `${metadata.name} is fetched from somebody else's`);
  }
  for (const { spec } of all('ExternalSecret')) must(spec.target.creationPolicy === 'Owner' && spec.target.deletionPolicy === 'Retain', 'a secret goes where the vault cannot be asked');
  return found;
}
