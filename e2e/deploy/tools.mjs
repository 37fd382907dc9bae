// The tools that look at manifests, and the manifests as they are applied.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { target } from '../server.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;
export const KUBERNETES = path.join(ROOT, 'deploy/kubernetes');
const SCHEMAS = path.join(ROOT, 'deploy/test/kubernetes/schemas');
export const OVERLAYS = readdirSync(path.join(KUBERNETES, 'overlays')).sort();

const places = new Map();

/** Where a tool is that is built from a module in `tools/`: `module` or `module/program`. */
export function tool(name) {
  const [module, program = module] = name.split('/');
  if (!places.has(module)) {
    const place = execFileSync(path.join(ROOT, 'scripts/go-tools.sh'), [module], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    places.set(module, place.trim());
  }
  return path.join(places.get(module), program);
}

/** Runs a program; gives its exit code and what it says. */
export function run(program, words, input) {
  const { status, stdout, stderr, error } = spawnSync(program, words, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** The objects of a directory of kustomize, as YAML. */
export function build(directory) {
  const { status, stdout, stderr } = run(tool('kustomize'), ['build', directory]);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** What our checker says of objects. */
export const compliance = (task, yaml) =>
  run(path.join(target, 'debug/compliance'), [task, '--expect', path.join(KUBERNETES, 'expectations.yaml'), '-'], yaml);

/** What the schemas of the API say of objects. */
export const conform = (yaml) =>
  run(tool('kubeconform'), ['-strict', '-summary', '-kubernetes-version', '1.35.0', '-schema-location', SCHEMAS, '-schema-location', `${SCHEMAS}/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`, '-'], yaml);
