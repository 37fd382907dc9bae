// What nobody may do in a namespace of ours: each is one change of something that is admitted, and who refuses it.

const standard = 'wardlight-pod-security';
const pods = 'wardlight-pods';
const images = 'wardlight-images';
const resources = 'wardlight-resources';
/** How much a pod may take is looked at when there is a pod, not in what makes it. */
export const LIMITS = 'LimitRange';

/** Changes of a pod: what it is called, the change, who refuses it, and how it says so; and the only kind it is for, if it is. */
export const HOSTILE_PODS = [
  ['a privileged container', (pod) => (one(pod).securityContext = { ...one(pod).securityContext, privileged: true, allowPrivilegeEscalation: true }), standard, 'a container is privileged'],
  ['a container that runs as root', (pod) => (one(pod).securityContext.runAsUser = 0), standard, 'may run as root'],
  ['a pod that runs as root', (pod) => (pod.spec.securityContext.runAsUser = 0), standard, 'may run as root'],
  ['a pod that does not say that it is not root', (pod) => delete pod.spec.securityContext.runAsNonRoot, standard, 'may run as root'],
  ['a container that says that it may be root', (pod) => (one(pod).securityContext.runAsNonRoot = false), standard, 'may run as root'],
  ['the network of the node', (pod) => Object.assign(ofTheNode(pod), { hostNetwork: true }), standard, 'shares the network'],
  ['the processes of the node', (pod) => Object.assign(ofTheNode(pod), { hostPID: true }), standard, 'shares the network, processes'],
  ['the memory of the node', (pod) => Object.assign(ofTheNode(pod), { hostIPC: true }), standard, 'or memory of its node'],
  ['a directory of the node', (pod) => pod.spec.volumes.push({ name: 'host', hostPath: { path: '/' } }), standard, 'reaches outside the pod'],
  ['a volume of NFS', (pod) => pod.spec.volumes.push({ name: 'nfs', nfs: { server: '192.0.2.1', path: '/' } }), standard, 'reaches outside the pod'],
  ['a volume of iSCSI', (pod) => pod.spec.volumes.push({ name: 'iscsi', iscsi: { targetPortal: '192.0.2.1', iqn: 'iqn.2001-04.com.example:disk', lun: 0 } }), standard, 'reaches outside the pod'],
  ['a volume of a repository', (pod) => pod.spec.volumes.push({ name: 'git', gitRepo: { repository: 'https://git.example/x' } }), standard, 'reaches outside the pod'],
  ['a volume of Ceph', (pod) => pod.spec.volumes.push({ name: 'rbd', rbd: { monitors: ['192.0.2.1'], image: 'disk' } }), standard, 'reaches outside the pod'],
  ['a file system of Ceph', (pod) => pod.spec.volumes.push({ name: 'ceph', cephfs: { monitors: ['192.0.2.1'] } }), standard, 'reaches outside the pod'],
  ['a volume of Fibre Channel', (pod) => pod.spec.volumes.push({ name: 'fc', fc: { targetWWNs: ['50060e801049cfd1'], lun: 0 } }), standard, 'reaches outside the pod'],
  ['a volume that is an image', (pod) => pod.spec.volumes.push({ name: 'image', image: { reference: 'registry.example/files:1' } }), standard, 'reaches outside the pod'],
  ['a port of the node', (pod) => (one(pod).ports[0].hostPort = 8443), standard, 'takes a port of its node'],
  ['a probe of another host', (pod) => (one(pod).livenessProbe.httpGet.host = '169.254.169.254'), standard, 'asks another host'],
  ['a hook that asks another host', (pod) => (one(pod).lifecycle = { preStop: { httpGet: { host: '192.0.2.1', port: 80 } } }), standard, 'asks another host'],
  ['a capability of the network', (pod) => (one(pod).securityContext.capabilities.add = ['NET_ADMIN']), standard, 'adds another than NET_BIND_SERVICE'],
  ['the capability to rule the system', (pod) => (one(pod).securityContext.capabilities.add = ['SYS_ADMIN']), standard, 'adds another than NET_BIND_SERVICE'],
  ['capabilities that are kept', (pod) => (one(pod).securityContext.capabilities.drop = ['NET_RAW']), standard, 'does not drop all capabilities'],
  ['capabilities that are not spoken of', (pod) => delete one(pod).securityContext.capabilities, standard, 'does not drop all capabilities'],
  ['more privileges', (pod) => (one(pod).securityContext.allowPrivilegeEscalation = true), standard, 'may gain privileges'],
  ['privileges that are not spoken of', (pod) => delete one(pod).securityContext.allowPrivilegeEscalation, standard, 'may gain privileges'],
  ['system calls that are not filtered', (pod) => (pod.spec.securityContext.seccompProfile.type = 'Unconfined'), standard, 'system calls are not filtered'],
  ['a filter of system calls that is not spoken of', (pod) => delete pod.spec.securityContext.seccompProfile, standard, 'system calls are not filtered'],
  ['a container without the filter', (pod) => (one(pod).securityContext.seccompProfile = { type: 'Unconfined' }), standard, 'system calls are not filtered'],
  ['all of /proc', (pod) => (one(pod).securityContext.procMount = 'Unmasked'), standard, 'sees more of /proc'],
  ['a parameter of the kernel', (pod) => (pod.spec.securityContext.sysctls = [{ name: 'kernel.msgmax', value: '65536' }]), standard, 'kernel parameter'],
  ['another type of SELinux', (pod) => (pod.spec.securityContext.seLinuxOptions = { type: 'spc_t' }), standard, 'SELinux'],
  ['no AppArmor', (pod) => (one(pod).securityContext.appArmorProfile = { type: 'Unconfined' }), standard, 'AppArmor'],
  ['no AppArmor, the old way', (pod) => (pod.metadata.annotations = { 'container.apparmor.security.beta.kubernetes.io/server': 'unconfined' }), standard, 'AppArmor', 'Deployment'],
  ['a privileged container that runs first', (pod) => first(pod, (container) => (container.securityContext.privileged = container.securityContext.allowPrivilegeEscalation = true)), standard, 'a container is privileged'],
  ['a container that may gain privileges and runs first', (pod) => first(pod, (container) => (container.securityContext.allowPrivilegeEscalation = true)), standard, 'may gain privileges'],
  ['a container that runs as root first', (pod) => first(pod, (container) => (container.securityContext.runAsUser = 0)), standard, 'may run as root'],
  ['a container without the filter that runs first', (pod) => first(pod, (container) => (container.securityContext.seccompProfile = { type: 'Unconfined' })), standard, 'system calls are not filtered'],
  ['a container beside the others that keeps capabilities', (pod) => beside(pod, (container) => container.securityContext.capabilities.drop.pop()), standard, 'does not drop all capabilities'],
  ['a process of a Windows host', windowsHost, standard, 'shares the network'],
  ['a root that can be written to', (pod) => (one(pod).securityContext.readOnlyRootFilesystem = false), pods, 'can write to its root'],
  ['a root that is not spoken of', (pod) => delete one(pod).securityContext.readOnlyRootFilesystem, pods, 'can write to its root'],
  ['a root that can be written to, at first', (pod) => first(pod, (container) => (container.securityContext.readOnlyRootFilesystem = false)), pods, 'can write to its root'],
  ['a capability that the standard allows', (pod) => (one(pod).securityContext.capabilities.add = ['NET_BIND_SERVICE']), pods, 'adds a capability'],
  ['a user that only the image names', (pod) => delete pod.spec.securityContext.runAsUser, pods, 'no user and group of its own'],
  ['the group of root', (pod) => (pod.spec.securityContext.runAsGroup = 0), pods, 'no user and group of its own'],
  ['a token for the API', (pod) => (pod.spec.automountServiceAccountToken = true), pods, 'a token for the API'],
  ['a token that is not spoken of', (pod) => delete pod.spec.automountServiceAccountToken, pods, 'a token for the API'],
  ['a token that is projected', (pod) => pod.spec.volumes.push({ name: 'token', projected: { defaultMode: 288, sources: [{ serviceAccountToken: { path: 'token' } }] } }), pods, 'a token for the API'],
  ['the account of everybody', (pod) => (pod.spec.serviceAccountName = 'default'), pods, 'no service account of its own'],
  ['no account', (pod) => delete pod.spec.serviceAccountName, pods, 'no service account of its own'],
  ['variables about all services', (pod) => (pod.spec.enableServiceLinks = true), pods, 'told of all services'],
  ['processes that see each other', (pod) => (pod.spec.shareProcessNamespace = true), pods, "see each other's processes"],
  ['the users of the node', (pod) => (pod.spec.hostUsers = true), pods, 'shares the users of its node'],
  ['a volume without an end', (pod) => delete volume(pod, 'emptyDir').emptyDir.sizeLimit, pods, 'no sizeLimit'],
  ['a volume with an end of nothing, which is none', (pod) => (volume(pod, 'emptyDir').emptyDir.sizeLimit = '0'), pods, 'no sizeLimit'],
  ['a volume of a driver', (pod) => pod.spec.volumes.push({ name: 'driver', csi: { driver: 'nfs.csi.example' } }), pods, 'what a driver makes of it'],
  ['the group of root for its volumes', (pod) => (pod.spec.securityContext.fsGroup = 0), pods, 'belong to the group of root'],
  ['the group of root beside its own', (pod) => (pod.spec.securityContext.supplementalGroups = [0]), pods, 'belong to the group of root'],
  ['a node of its choice', (pod) => (pod.spec.nodeName = 'control-plane'), pods, 'chooses its node'],
  ['any node at all', (pod) => (pod.spec.tolerations = [{ operator: 'Exists' }]), pods, 'may run where the control plane does'],
  ['the nodes of the control plane', (pod) => (pod.spec.tolerations = [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }]), pods, 'may run where the control plane does'],
  ['the place of others', (pod) => (pod.spec.priorityClassName = 'system-node-critical'), pods, 'drives others out'],
  ['a device', (pod) => (pod.spec.resourceClaims = [{ name: 'device', resourceClaimName: 'device' }]), pods, 'asks for devices'],
  ['a name of its own for the database', (pod) => (pod.spec.hostAliases = [{ ip: '192.0.2.1', hostnames: ['database'] }]), pods, 'finds names elsewhere'],
  ['names of its own', (pod) => Object.assign(pod.spec, { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] } }), pods, 'finds names elsewhere'],
  ['one secret among others that everybody reads', (pod) => pod.spec.volumes.push({ name: 'more', projected: { defaultMode: 0o440, sources: [{ secret: { name: 'server-secrets', items: [{ key: 'password', path: 'password', mode: 0o644 }] } }] } }), pods, 'can read its secrets'],
  ['secrets that everybody reads', (pod) => (volume(pod, 'secret').secret.defaultMode = 0o444), pods, 'can read its secrets'],
  ['secrets whose mode is not spoken of', (pod) => delete volume(pod, 'secret').secret.defaultMode, pods, 'can read its secrets'],
  ['one secret that everybody reads', (pod) => (volume(pod, 'secret').secret.items = [{ key: 'tls.key', path: 'tls.key', mode: 0o644 }]), pods, 'can read its secrets'],
  ['a secret in a variable', (pod) => (one(pod).env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'server-secrets', key: 'password' } } }]), pods, 'a secret is in a variable'],
  ['all secrets in variables', (pod) => (one(pod).envFrom = [{ secretRef: { name: 'server-secrets' } }]), pods, 'a secret is in a variable'],
  ['a secret in a variable of what runs first', (pod) => first(pod, (container) => (container.env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'server-secrets', key: 'password' } } }])), pods, 'a secret is in a variable'],
  ['a secret among others that everybody reads', (pod) => pod.spec.volumes.push({ name: 'more', projected: { defaultMode: 0o444, sources: [{ secret: { name: 'server-secrets' } }] } }), pods, 'can read its secrets'],
  ['a secret by subPath', (pod) => (one(pod).volumeMounts.find(({ name }) => name === volume(pod, 'secret').name).subPath = 'tls.key'), pods, 'mounted by subPath'],
  ['an image by its tag', (pod) => (one(pod).image = 'registry.example/wardlight-server:1.0'), images, 'not named by registry and digest'],
  ['the latest image', (pod) => (one(pod).image = 'registry.example/wardlight-server:latest'), images, 'not named by registry and digest'],
  ['the latest image with a digest', (pod) => (one(pod).image = `registry.example/wardlight-server:latest@sha256:${'0'.repeat(64)}`), images, 'called latest'],
  ['an image with half a digest', (pod) => (one(pod).image = `registry.example/wardlight-server@sha256:${'0'.repeat(32)}`), images, 'not named by registry and digest'],
  ['an image from anywhere', (pod) => (one(pod).image = `wardlight-server@sha256:${'0'.repeat(64)}`), images, 'not named by registry and digest'],
  ['an image from a registry that has no name', (pod) => (one(pod).image = `library/wardlight-server@sha256:${'0'.repeat(64)}`), images, 'not named by registry and digest'],
  ['an image by its tag that runs first', (pod) => first(pod, (container) => (container.image = 'docker.io/library/busybox:1.37')), images, 'not named by registry and digest'],
  ['no limit of memory', (pod) => delete one(pod).resources.limits.memory, resources, 'what it needs and what it may take'],
  ['no limits at all', (pod) => delete one(pod).resources, resources, 'what it needs and what it may take'],
  ['no limit of storage', (pod) => delete one(pod).resources.limits['ephemeral-storage'], resources, 'what it needs and what it may take'],
  ['no limits of what runs first', (pod) => first(pod, (container) => delete container.resources), resources, 'what it needs and what it may take'],
  // In a pod that is made by itself the limits count as what it needs.
  ['nothing that it needs', (pod) => delete one(pod).resources.requests, resources, 'what it needs and what it may take', 'Deployment'],
  ['nothing that it needs, in a job', (pod) => delete one(pod).resources.requests, resources, 'what it needs and what it may take', 'Job'],
  ['more memory than a pod may take', (pod) => Object.assign(one(pod).resources, { requests: { ...one(pod).resources.requests, memory: '1Gi' }, limits: { ...one(pod).resources.limits, memory: '3Gi' } }), LIMITS, 'maximum memory usage per Pod', 'Pod'],
  ['much more memory than it asks for', (pod) => (one(pod).resources.limits.memory = '2Gi'), LIMITS, 'memory max limit to request ratio per Pod', 'Pod'],
  ['limits of nothing, which are none', (pod) => (one(pod).resources = { requests: nothing, limits: nothing }), LIMITS, 'minimum cpu usage per Pod', 'Pod'],
  ['nothing that asks whether it is alive', (pod) => delete one(pod).livenessProbe, resources, 'ready and alive', 'Deployment'],
];

const one = (pod) => pod.spec.containers[0];
const nothing = { cpu: 0, memory: 0, 'ephemeral-storage': 0 };
/** With the users of the node, as it must be to share anything else. */
function ofTheNode(pod) {
  delete pod.spec.hostUsers;
  return pod.spec;
}
/** A container that stays beside the others; both fit into what a pod may take. */
function beside(pod, change) {
  Object.assign(one(pod).resources.limits, { cpu: '1', memory: '512Mi' });
  first(pod, (container) => {
    container.restartPolicy = 'Always';
    change(container);
  });
}
/** A pod for Windows says nothing of what only Linux has. */
function windowsHost(pod) {
  Object.assign(ofTheNode(pod), { os: { name: 'windows' }, hostNetwork: true });
  pod.spec.securityContext = { runAsNonRoot: true, windowsOptions: { hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM' } };
  delete one(pod).securityContext;
}
const volume = (pod, kind) => pod.spec.volumes.find((each) => each[kind]);
/** A container that runs before the others, like them but for one change. */
function first(pod, change) {
  const container = { ...structuredClone(one(pod)), name: 'first' };
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe', 'ports']) delete container[probe];
  change(container);
  pod.spec.initContainers = [container];
}

/** Changes that are none of these: a container that runs first, or beside the others, is not refused for being there. */
export const ADMITTED_PODS = [
  ['nothing changed', () => {}],
  ['a container that runs first', (pod) => first(pod, () => {})],
  ['a container beside the others', (pod) => beside(pod, () => {})],
  ['a secret for its group', (pod) => (volume(pod, 'secret').secret.items = [{ key: 'tls.key', path: 'tls.key', mode: 0o440 }])],
  ['a secret among others for its group', (pod) => pod.spec.volumes.push({ name: 'more', projected: { defaultMode: 0o440, sources: [{ secret: { name: 'server-secrets' } }] } })],
  ['an image by its tag and digest', (pod) => (one(pod).image = `registry.example/wardlight-server:1.0@sha256:${'0'.repeat(64)}`)],
  ['groups that are not of root', (pod) => Object.assign(pod.spec.securityContext, { fsGroup: 1001, supplementalGroups: [1002] })],
  ['nodes that are meant for it', (pod) => (pod.spec.tolerations = [{ key: 'dedicated', operator: 'Equal', value: 'tables', effect: 'NoSchedule' }])],
];

/** A pod as what makes pods. */
export const WRAPPED = {
  Pod: (pod) => pod,
  Deployment: (pod) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace },
    spec: { selector: { matchLabels: { app: 'hostile' } }, template: template(pod) },
  }),
  Job: (pod) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace }, spec: { template: once(pod) } }),
  CronJob: (pod) => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace },
    spec: { schedule: '0 0 * * *', jobTemplate: { spec: { template: once(pod) } } },
  }),
};
/** Kinds whose pods stand where a Deployment's do: one change for each policy tells whether it looks at them. */
export const ALIKE = {
  StatefulSet: (pod) => ({ ...WRAPPED.Deployment(pod), kind: 'StatefulSet' }),
  DaemonSet: (pod) => ({ ...WRAPPED.Deployment(pod), kind: 'DaemonSet' }),
  ReplicaSet: (pod) => ({ ...WRAPPED.Deployment(pod), kind: 'ReplicaSet' }),
  ReplicationController: (pod) => ({ ...WRAPPED.Deployment(pod), apiVersion: 'v1', kind: 'ReplicationController', spec: { selector: { app: 'hostile' }, template: template(pod) } }),
};
const template = ({ metadata: { annotations }, spec }) => ({ metadata: { labels: { app: 'hostile' }, annotations }, spec });
const once = (pod) => {
  const made = template(pod);
  return { ...made, spec: { ...made.spec, restartPolicy: 'Never' } };
};

const NAMESPACE = 'wardlight';
const in_ = (kind, apiVersion, rest) => ({ apiVersion, kind, metadata: { name: 'hostile', namespace: NAMESPACE }, ...rest });
const role = (...rules) => in_('Role', 'rbac.authorization.k8s.io/v1', { rules });
const rule = (resource, ...verbs) => ({ apiGroups: [''], resources: [resource], verbs });
const binding = (subject, roleRef = { kind: 'Role', name: 'reader' }) => in_('RoleBinding', 'rbac.authorization.k8s.io/v1', { roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...roleRef }, subjects: [subject] });
const everywhere = (subject) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'hostile' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [subject],
});
const account = (namespace = NAMESPACE) => ({ kind: 'ServiceAccount', name: 'server', namespace });
const group = (name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name });
const user = (name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name });
const service = (spec) => in_('Service', 'v1', { spec: { selector: { app: 'x' }, ports: [{ port: 80 }], ...spec } });
const ingress = (spec, host = 'table.example') =>
  in_('Ingress', 'networking.k8s.io/v1', { spec: { tls: [{ hosts: [host], secretName: 'edge-tls' }], rules: [{ host, http: { paths: [path('client')] } }], ...spec } });
const path = (name) => ({ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 443 } } } });
const route = (spec) => in_('HTTPRoute', 'gateway.networking.k8s.io/v1', { spec: { hostnames: ['table.example'], rules: [{ backendRefs: [{ name: 'client', port: 443 }] }], ...spec } });
const annotated = (name) => ({ ...ingress({}), metadata: { name: 'hostile', namespace: NAMESPACE, annotations: { [`nginx.ingress.kubernetes.io/${name}`]: 'https://example.org' } } });
const network = (spec) => in_('NetworkPolicy', 'networking.k8s.io/v1', { spec: { podSelector: {}, ...spec } });
const ports = [{ protocol: 'TCP', port: 5432 }];
const block = (cidr) => network({ egress: [{ to: [{ ipBlock: { cidr } }], ports }] });
const space = (labels) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'hostile', labels: { 'app.kubernetes.io/part-of': 'wardlight', ...labels } } });
const ENFORCED = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'v1.35' };

/** Other objects: what it is called, the object, and the policy that refuses it. */
export const HOSTILE_OBJECTS = [
  ['a role that may everything', role({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }), 'wardlight-access'],
  ['a role that may everything with one kind', role(rule('configmaps', '*')), 'wardlight-access'],
  ['a role that may one thing with all kinds', role(rule('*', 'get')), 'wardlight-access'],
  ['a role for parts of all kinds', role(rule('*/exec', 'create')), 'wardlight-access'],
  ['a role that lists secrets', role(rule('secrets', 'list')), 'wardlight-access'],
  ['a role that watches secrets', role({ ...rule('secrets', 'watch'), resourceNames: ['server-secrets'] }), 'wardlight-access'],
  ['a role that reads any secret', role(rule('secrets', 'get')), 'wardlight-access'],
  ['a role that reads any secret, behind another', role(rule('configmaps', 'get'), rule('secrets', 'get')), 'wardlight-access'],
  ['a role that gives roles', role({ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate'] }), 'wardlight-access'],
  ['a role that binds roles', role({ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['bind'] }), 'wardlight-access'],
  ['a role that speaks for others', role(rule('serviceaccounts', 'impersonate')), 'wardlight-access'],
  ['a role that enters pods', role(rule('pods/exec', 'create')), 'wardlight-access'],
  ['a role that attaches to pods', role(rule('pods/attach', 'create')), 'wardlight-access'],
  ['a role that adds containers to debug', role(rule('pods/ephemeralcontainers', 'update')), 'wardlight-access'],
  ['a role that forwards ports', role(rule('pods/portforward', 'create')), 'wardlight-access'],
  ['a role that makes pods', role(rule('pods', 'create')), 'wardlight-access'],
  ...Object.entries({ deployments: 'apps', statefulsets: 'apps', daemonsets: 'apps', replicasets: 'apps', jobs: 'batch', cronjobs: 'batch', replicationcontrollers: '' }).flatMap(([kind, apiGroup]) =>
    ['create', 'patch'].map((verb) => [`a role that starts pods by ${verb} of ${kind}`, role({ apiGroups: [apiGroup], resources: [kind], verbs: [verb] }), 'wardlight-access']),
  ),
  ['a role that changes limits', role(rule('limitranges', 'patch')), 'wardlight-access'],
  ['a role that fetches other secrets', role({ apiGroups: ['external-secrets.io'], resources: ['externalsecrets'], verbs: ['create'] }), 'wardlight-access'],
  ...['podmonitors', 'scrapeconfigs'].map((kind) => [`a role that has secrets sent along by ${kind}`, role({ apiGroups: ['monitoring.coreos.com'], resources: [kind], verbs: ['patch'] }), 'wardlight-access']),
  ['a role that opens the network', role({ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['delete'] }), 'wardlight-access'],
  ['a role that takes quotas away', role(rule('resourcequotas', 'delete')), 'wardlight-access'],
  ['a role that writes roles', role({ apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings'], verbs: ['create'] }), 'wardlight-access'],
  ['a role that says where services lead', role({ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['update'] }), 'wardlight-access'],
  ['a role that makes tokens', role(rule('serviceaccounts/token', 'create')), 'wardlight-access'],
  ['a role that reaches nodes', role(rule('nodes/proxy', 'get')), 'wardlight-access'],
  ['a binding to the whole cluster', binding(account(), { kind: 'ClusterRole', name: 'cluster-admin' }), 'wardlight-access'],
  ['a binding to a role for all namespaces', binding(account(), { kind: 'ClusterRole', name: 'edit' }), 'wardlight-access'],
  ['a binding for everybody who is signed in', binding(group('system:authenticated')), 'wardlight-access'],
  ['a binding for everybody who is not', binding(group('system:unauthenticated')), 'wardlight-access'],
  ['a binding for the masters of the system', binding(group('system:masters')), 'wardlight-access'],
  ['a binding for nobody in particular', binding(user('system:anonymous')), 'wardlight-access'],
  ['a binding for an account from elsewhere', binding(account('kube-system')), 'wardlight-access'],
  ['a binding for all our accounts', binding(group('system:serviceaccounts:wardlight')), 'wardlight-access'],
  ['a binding of the cluster for our account', everywhere(account()), 'wardlight-cluster-access'],
  ['a binding of the cluster for our accounts', everywhere(group('system:serviceaccounts:wardlight')), 'wardlight-cluster-access'],
  ['a binding of the cluster for all accounts', everywhere(group('system:serviceaccounts')), 'wardlight-cluster-access'],
  ['a binding of the cluster for everybody', everywhere(group('system:unauthenticated')), 'wardlight-cluster-access'],
  ['a binding of the cluster for everybody who is signed in', everywhere(group('system:authenticated')), 'wardlight-cluster-access'],
  ['a binding of the cluster for our account by its name', everywhere(user('system:serviceaccount:wardlight:server')), 'wardlight-cluster-access'],
  ['a service on every node', service({ type: 'NodePort' }), 'wardlight-exposure'],
  ['a service for the world', service({ type: 'LoadBalancer' }), 'wardlight-exposure'],
  ['a service under an address from outside', service({ externalIPs: ['192.0.2.7'] }), 'wardlight-exposure'],
  ['a service that leads elsewhere', service({ type: 'ExternalName', externalName: 'example.org', selector: undefined }), 'wardlight-exposure'],
  ['a service that leads wherever somebody says', service({ selector: undefined }), 'wardlight-exposure'],
  ['where a service leads', in_('EndpointSlice', 'discovery.k8s.io/v1', { addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.1'] }], ports: [{ port: 5432 }], metadata: { name: 'hostile', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': 'database' } } }), 'wardlight-exposure'],
  ...['configuration-snippet', 'server-snippet', 'mirror-target', 'ssl-redirect', 'auth-url', 'permanent-redirect'].map((name) => [`an ingress with ${name}`, annotated(name), 'wardlight-exposure']),
  ['a route that copies what passes', route({ rules: [{ filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'client', port: 443 } } }], backendRefs: [{ name: 'client', port: 443 }] }] }), 'wardlight-exposure'],
  ['a route that copies what passes behind', route({ rules: [{ backendRefs: [{ name: 'client', port: 443, filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'other', port: 443 } } }] }] }] }), 'wardlight-exposure'],
  ['a route that sends people elsewhere', route({ rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'example.org' } }] }] }), 'wardlight-exposure'],
  ['an ingress without TLS', ingress({ tls: undefined }), 'wardlight-exposure'],
  ['an ingress for any name', ingress({}, '*.example'), 'wardlight-exposure'],
  ['an ingress for all names', ingress({ rules: [{ http: { paths: [path('client')] } }] }), 'wardlight-exposure'],
  ['an ingress with TLS for another name', ingress({ tls: [{ hosts: ['other.example'], secretName: 'edge-tls' }] }), 'wardlight-exposure'],
  ['an ingress past the edge', ingress({ rules: [{ host: 'table.example', http: { paths: [path('server')] } }] }), 'wardlight-exposure'],
  ['an ingress that leads elsewhere by default', ingress({ defaultBackend: path('server').backend }), 'wardlight-exposure'],
  ['an ingress to what is no service', ingress({ rules: [{ host: 'table.example', http: { paths: [{ ...path('client'), backend: { resource: { apiGroup: 'objects.example', kind: 'Bucket', name: 'files' } } }] } }] }), 'wardlight-exposure'],
  ['a route past the edge', route({ rules: [{ backendRefs: [{ name: 'server', port: 8443 }] }] }), 'wardlight-exposure'],
  ['a route to elsewhere', route({ rules: [{ backendRefs: [{ name: 'client', namespace: 'other', port: 443 }] }] }), 'wardlight-exposure'],
  ['a route for any name', route({ hostnames: ['*.example'] }), 'wardlight-exposure'],
  ['a way out to everywhere', network({ egress: [{}] }), 'wardlight-network'],
  ['a way out to everywhere, by one port', network({ egress: [{ ports }] }), 'wardlight-network'],
  ['a way out to an empty list', network({ egress: [{ to: [], ports }] }), 'wardlight-network'],
  ['a way in from everywhere', network({ ingress: [{ ports }] }), 'wardlight-network'],
  ['a way by all ports', network({ egress: [{ to: [{ podSelector: {} }] }] }), 'wardlight-network'],
  ['a way to all namespaces', network({ egress: [{ to: [{ namespaceSelector: {} }], ports }] }), 'wardlight-network'],
  ['a way to all namespaces but one', network({ egress: [{ to: [{ namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] } }], ports }] }), 'wardlight-network'],
  ['a way to all namespaces with a name', network({ egress: [{ to: [{ namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'Exists' }] } }], ports }] }), 'wardlight-network'],
  ['a way to all namespaces of other names', network({ egress: [{ to: [{ namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['x'] }] } }], ports }] }), 'wardlight-network'],
  ['a way from every pod', network({ ingress: [{ from: [{ podSelector: {} }], ports }] }), 'wardlight-network'],
  ['a way to every pod', network({ egress: [{ to: [{ podSelector: {} }], ports }] }), 'wardlight-network'],
  ['a way by a range of ports', network({ egress: [{ to: [{ podSelector: { matchLabels: { app: 'x' } } }], ports: [{ protocol: 'TCP', port: 1, endPort: 65535 }] }] }), 'wardlight-network'],
  ['a denial of less', { ...network({ policyTypes: ['Ingress'] }), metadata: { name: 'default-deny', namespace: NAMESPACE } }, 'wardlight-network'],
  ['a denial for some', { ...network({ podSelector: { matchLabels: { app: 'x' } }, policyTypes: ['Ingress', 'Egress'] }), metadata: { name: 'default-deny', namespace: NAMESPACE } }, 'wardlight-network'],
  ['a way to the whole network', block('0.0.0.0/0'), 'wardlight-network'],
  ['a way to half the network', block('128.0.0.0/1'), 'wardlight-network'],
  ['a way to the whole new network', block('::/0'), 'wardlight-network'],
  ['a way to where a cloud tells secrets', block('169.254.169.254/32'), 'wardlight-network'],
  ['a way to where a cloud tells secrets, and its neighbours', block('169.254.0.0/16'), 'wardlight-network'],
  ['a way to a large part of the new network', block('2600::/16'), 'wardlight-network'],
  ...['168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32', '169.254.170.2/32', '169.254.170.23/32', 'fd00:ec2::254/128', 'fd20:ce::254/128', 'fe80::/64', '0.0.0.0/16'].map((cidr) => [`a way to ${cidr}, where a cloud or a node tells secrets`, block(cidr), 'wardlight-network']),
  ['a way to the node itself', block('127.0.0.1/32'), 'wardlight-network'],
  ['a token that is kept', in_('Secret', 'v1', { type: 'kubernetes.io/service-account-token', metadata: { name: 'hostile', namespace: NAMESPACE, annotations: { 'kubernetes.io/service-account.name': 'server' } } }), 'wardlight-tokens'],
  ['a namespace with a name of ours that is not ours', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'wardlight-other' } }, 'wardlight-namespace'],
  ...['v1.0', 'v1.24', 'v1.34'].map((version) => [`a namespace of ours that holds pods to what was in ${version}`, space({ ...ENFORCED, 'pod-security.kubernetes.io/enforce-version': version }), 'wardlight-namespace']),
  ['a namespace of ours that holds pods to nothing', space({}), 'wardlight-namespace'],
  ['a namespace of ours that holds pods to less', space({ ...ENFORCED, 'pod-security.kubernetes.io/enforce': 'baseline' }), 'wardlight-namespace'],
  ['a namespace of ours that holds pods to whatever is latest', space({ ...ENFORCED, 'pod-security.kubernetes.io/enforce-version': 'latest' }), 'wardlight-namespace'],
];

/** What is like those and admitted: a policy that refuses everything would show nothing. */
export const ADMITTED_OBJECTS = [
  role(rule('configmaps', 'get')),
  role({ ...rule('secrets', 'get'), resourceNames: ['vault-ca'] }),
  role(rule('pods/log', 'get'), rule('pods', 'get', 'list', 'watch')),
  role({ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list'] }, { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get'] }),
  binding(account()),
  binding(user('somebody')),
  everywhere(account('elsewhere')),
  { ...everywhere(group('system:authenticated')), roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:basic-user' } },
  service({}),
  ingress({}),
  annotated('proxy-ssl-name'),
  route({}),
  network({ egress: [{ to: [{ podSelector: { matchLabels: { app: 'x' } } }], ports }] }),
  network({ egress: [{ to: [{ namespaceSelector: { matchLabels: { a: 'b' } } }], ports }] }),
  block('192.0.2.10/32'),
  block('10.20.0.0/16'),
  block('2001:db8:1::/48'),
  // A node asks probes under an address of its own; that is no way out.
  network({ ingress: [{ from: [{ ipBlock: { cidr: '169.254.7.127/32' } }], ports }] }),
  network({ egress: [{ to: [{ namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['vault'] }] } }], ports }] }),
  in_('Secret', 'v1', { type: 'Opaque' }),
  space(ENFORCED),
  space({ ...ENFORCED, 'pod-security.kubernetes.io/enforce-version': 'v1.36' }),
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'not-ours' } },
];
