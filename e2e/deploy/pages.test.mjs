// What the pages for operators tell to type is typed, as far as it goes without nodes, a registry and a vault.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { program } from '../server.mjs';
import { startCluster } from './cluster.mjs';
import { KUBERNETES, run, tool } from './tools.mjs';

const PAGES = '../docs/operations';
/** Blocks that need what is not here, and what that is. */
const ELSEWHERE = { images: 'a registry', vault: 'a vault', nodes: 'nodes that run pods' };

let home, cluster;
const at = (name) => path.join(home, name);

/** The blocks of shell of a page: what is typed, and the word behind `sh`. */
const blocks = (page) => [...readFileSync(path.join(PAGES, page), 'utf8').matchAll(/^```sh ?(\w*)\n([^]*?)^```$/gm)].map(([, where, text]) => ({ where, text }));

before(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-pages-'));
  for (const part of ['kubernetes', 'nginx', 'postgresql']) cpSync(path.join(KUBERNETES, '..', part), at(`deploy/${part}`), { recursive: true });
  mkdirSync(at('bin'));
  for (const [name, place] of Object.entries({ wardlight: program, kubectl: tool('kubernetes/kubectl'), kubeseal: tool('kubeseal'), kustomize: tool('kustomize') })) symlinkSync(path.resolve(place), at(`bin/${name}`));
  execFileSync('../scripts/certificate.sh', ['authority', at('vault-ca')]);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:4096', '-nodes', '-days', '2', '-subj', '/CN=controller', '-keyout', at('controller.key'), '-out', at('controller.crt')], { stdio: 'ignore' });
  cluster = await startCluster();
});
after(async () => {
  await cluster?.stop();
  rmSync(home, { recursive: true, force: true });
});

const type = (text) => run('env', ['-C', home, `PATH=${at('bin')}:${process.env.PATH}`, `KUBECONFIG=${cluster.kubeconfig}`, 'bash', '-euo', 'pipefail', '-c', text]);

test('what is not typed here is named with a reason', () => {
  for (const page of readdirSync(PAGES)) for (const { where, text } of blocks(page)) assert.ok(where === '' || where in ELSEWHERE, `${page}: ${where}: ${text}`);
});

test('what is to be typed does what it says', () => {
  let typed = 0;
  for (const page of ['install.md', 'upgrade.md']) {
    for (const { where, text } of blocks(page)) {
      if (where) continue;
      const { status, stdout, stderr } = type(text);
      assert.equal(status, 0, `${page}:\n${text}\n${stdout}${stderr}`);
      typed += 1;
    }
  }
  assert.ok(typed >= 6);
  const server = JSON.parse(type('kubectl --namespace wardlight get deployment server --output json').stdout);
  assert.match(server.spec.template.spec.containers[0].image, /^registry\.example\/wardlight-server@sha256:1{64}$/);
  assert.notEqual(type('kubectl --namespace wardlight run probe --image=busybox').status, 0, 'a pod that is not ours is refused');
  assert.notEqual(type('kubectl apply --server-side --filename nothing.yaml').status, 0, 'what fails is noticed');
});

test('links between the pages lead somewhere', () => {
  for (const page of readdirSync(PAGES)) {
    for (const [, target] of readFileSync(path.join(PAGES, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)) readFileSync(path.join(PAGES, target));
  }
});
