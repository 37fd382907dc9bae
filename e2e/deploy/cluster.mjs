// A real control plane of Kubernetes on loopback: etcd, the API server and the controllers. There are no nodes, so that pods
// are admitted, counted and never run.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, closeSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { until } from '../people.mjs';
import { freePort } from '../server.mjs';
import { run, tool } from './tools.mjs';

const CRDS = new URL('../../deploy/test/kubernetes/crds', import.meta.url).pathname;
const NAME = 'kubernetes';

/** Where the API keeps objects of a kind. */
const PLACES = {
  Pod: ['api/v1', 'pods'],
  Secret: ['api/v1', 'secrets'],
  Service: ['api/v1', 'services'],
  Namespace: ['api/v1', 'namespaces'],
  ReplicationController: ['api/v1', 'replicationcontrollers'],
  Deployment: ['apis/apps/v1', 'deployments'],
  StatefulSet: ['apis/apps/v1', 'statefulsets'],
  DaemonSet: ['apis/apps/v1', 'daemonsets'],
  ReplicaSet: ['apis/apps/v1', 'replicasets'],
  Job: ['apis/batch/v1', 'jobs'],
  CronJob: ['apis/batch/v1', 'cronjobs'],
  EndpointSlice: ['apis/discovery.k8s.io/v1', 'endpointslices'],
  Ingress: ['apis/networking.k8s.io/v1', 'ingresses'],
  NetworkPolicy: ['apis/networking.k8s.io/v1', 'networkpolicies'],
  HTTPRoute: ['apis/gateway.networking.k8s.io/v1', 'httproutes'],
  Role: ['apis/rbac.authorization.k8s.io/v1', 'roles'],
  RoleBinding: ['apis/rbac.authorization.k8s.io/v1', 'rolebindings'],
  ClusterRoleBinding: ['apis/rbac.authorization.k8s.io/v1', 'clusterrolebindings'],
};

/** Starts one with the kinds of others that manifests use; ends with `stop`. */
export async function startCluster() {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-cluster-'));
  const at = (name) => path.join(home, name);
  const running = [];

  const start = (program, ...words) => {
    const log = at(`${path.basename(program)}.log`);
    const file = openSync(log, 'w');
    // It ends with whoever started it, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...words], { cwd: home, stdio: ['ignore', file, file] });
    closeSync(file);
    running.push({ child, log, ended: new Promise((resolve) => child.once('exit', resolve)) });
    return child;
  };
  const stop = async () => {
    for (const { child, ended } of running.reverse()) {
      // Nothing of it is kept.
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  };

  try {
    execFileSync('../scripts/certificate.sh', ['authority', at('ca')]);
    execFileSync('../scripts/certificate.sh', ['issue', at('api'), at('ca'), '2', 'serverAuth', NAME]);
    execFileSync('openssl', ['genrsa', '-out', at('accounts.key'), '2048'], { stdio: 'ignore' });
    const tokens = { admin: randomBytes(16).toString('hex'), controllers: randomBytes(16).toString('hex') };
    writeFileSync(at('tokens'), `${tokens.admin},admin,admin,system:masters\n${tokens.controllers},system:kube-controller-manager,controllers,\n`);
    writeFileSync(at('audit.yaml'), JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata', verbs: ['create'] }] }));
    const [store, peers, port, health] = await Promise.all([1, 2, 3, 4].map(() => freePort('127.0.0.1')));

    start(
      tool('etcd/server'),
      ...['--data-dir', at('etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
      ...['--listen-client-urls', `http://127.0.0.1:${store}`, '--advertise-client-urls', `http://127.0.0.1:${store}`],
      ...['--listen-peer-urls', `http://127.0.0.1:${peers}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${peers}`, '--initial-cluster', `default=http://127.0.0.1:${peers}`],
    );
    start(
      tool('kubernetes/kube-apiserver'),
      ...[`--etcd-servers=http://127.0.0.1:${store}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, '--service-cluster-ip-range=10.96.0.0/16'],
      ...[`--tls-cert-file=${at('api/tls.crt')}`, `--tls-private-key-file=${at('api/tls.key')}`],
      ...[`--service-account-key-file=${at('accounts.key')}`, `--service-account-signing-key-file=${at('accounts.key')}`, '--service-account-issuer=https://kubernetes.default.svc'],
      ...[`--audit-policy-file=${at('audit.yaml')}`, `--audit-log-path=${at('audit.log')}`],
      // What is privileged is refused by whoever is asked about it here, not by the server's own setting.
      ...['--allow-privileged', '--authorization-mode=RBAC', '--anonymous-auth=false', `--token-auth-file=${at('tokens')}`],
    );

    const configuration = (name) => {
      const file = at(`${name}.kubeconfig`);
      const cluster = { server: `https://127.0.0.1:${port}`, 'tls-server-name': NAME, 'certificate-authority': at('ca.crt') };
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [{ name, cluster }], users: [{ name, user: { token: tokens[name] } }], contexts: [{ name, context: { cluster: name, user: name } }], 'current-context': name }));
      return file;
    };
    const kubeconfig = configuration('admin');
    const kubectl = (words, input) => run(tool('kubernetes/kubectl'), ['--kubeconfig', kubeconfig, '--cache-dir', at('cache'), ...words], input);

    const agent = new https.Agent({ keepAlive: true, ca: readFileSync(at('ca.crt')) });
    /** One request to the API; `as` is whose, by name and groups. */
    const ask = (method, target, { body, as, type = 'application/json' } = {}) =>
      new Promise((resolve, reject) => {
        const headers = { Authorization: `Bearer ${tokens.admin}`, 'Content-Type': type, Accept: 'application/json' };
        if (as) Object.assign(headers, { 'Impersonate-User': as.name, ...(as.groups && { 'Impersonate-Group': as.groups }) });
        const asked = https.request({ host: '127.0.0.1', port, servername: NAME, agent, method, path: `/${target}`, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => (text += part));
          response.on('end', () => {
            let value = text;
            if (response.headers['content-type']?.startsWith('application/json')) value = JSON.parse(text);
            resolve({ status: response.statusCode, value, message: value.message ?? '', warnings: response.headers.warning ?? '' });
          });
        });
        asked.once('error', reject);
        asked.end(body === undefined ? undefined : JSON.stringify(body));
      });
    const placeOf = ({ kind, metadata: { namespace } }) => {
      const [group, name] = PLACES[kind];
      return namespace ? `${group}/namespaces/${namespace}/${name}` : `${group}/${name}`;
    };
    /** What becomes of an object that somebody would make. Nothing is kept. */
    const wouldMake = (object, as) => ask('POST', `${placeOf(object)}?dryRun=All`, { body: object, as });

    await until('the API server is ready', async () => {
      const died = running.find(({ child }) => child.exitCode !== null);
      if (died) throw new Error(`it ended: ${readFileSync(died.log, 'utf8').split('\n').slice(-20).join('\n')}`);
      return (await ask('GET', 'readyz').catch(() => null))?.status === 200;
    });
    start(
      tool('kubernetes/kube-controller-manager'),
      ...[`--kubeconfig=${configuration('controllers')}`, '--leader-elect=false', '--bind-address=127.0.0.1', `--secure-port=${health}`],
      ...['--use-service-account-credentials', `--service-account-private-key-file=${at('accounts.key')}`, `--root-ca-file=${at('ca.crt')}`],
    );
    const made = kubectl(['apply', '--server-side', ...readdirSync(CRDS).filter((name) => name.endsWith('.yaml')).flatMap((name) => ['--filename', path.join(CRDS, name)])]);
    if (made.status !== 0) throw new Error(made.stderr);
    execFileSync(tool('kubernetes/kubectl'), ['--kubeconfig', kubeconfig, 'wait', '--for=condition=Established', '--timeout=60s', 'customresourcedefinitions', '--all'], { stdio: 'ignore' });
    /** What the API server wrote down of what was asked of it. */
    const audited = () => readFileSync(at('audit.log'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return { kubeconfig, kubectl, ask, wouldMake, audited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
