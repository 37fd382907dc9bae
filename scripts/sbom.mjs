#!/usr/bin/env node
// What an image is made of, as CycloneDX 1.6: read from the image, not from what it was meant to be made of.
//   sbom.mjs server IMAGE    the crates that are listed in the program itself (cargo-auditable's section .dep-v0)
//   sbom.mjs client          the packages that the client is built from
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inflateSync } from 'node:zlib';

const [kind, image] = process.argv.slice(2);

/** The crates in a program: names, versions, and whether they were only there to build it. */
function crates(image) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-sbom-'));
  const container = execFileSync('podman', ['create', '--network=none', image, 'none'], { encoding: 'utf8' }).trim();
  try {
    const [program, section] = [path.join(home, 'program'), path.join(home, 'section')];
    execFileSync('podman', ['cp', `${container}:/wardlight`, program]);
    execFileSync('objcopy', ['--dump-section', `.dep-v0=${section}`, program]);
    const { packages } = JSON.parse(inflateSync(readFileSync(section)).toString());
    return packages.map(({ name, version, source, kind }) => ({ name, version, source, scope: kind === 'build' ? 'excluded' : 'required' }));
  } finally {
    execFileSync('podman', ['rm', container], { stdio: 'ignore' });
    rmSync(home, { recursive: true });
  }
}

function server(image) {
  const component = ({ name, version, source, scope }) => ({
    type: 'library',
    name,
    version,
    scope,
    // What is our own has no place in a registry.
    ...(source === 'local' ? {} : { purl: `pkg:cargo/${name}@${version}` }),
  });
  return { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata: { component: { type: 'container', name: 'wardlight-server' } }, components: crates(image).map(component) };
}

if (kind === 'server' && image) console.log(JSON.stringify(server(image), null, 2));
else if (kind === 'client') process.stdout.write(execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--prefix', 'client'], { cwd: new URL('..', import.meta.url), encoding: 'utf8' }));
else {
  console.error('sbom.mjs server IMAGE, or sbom.mjs client');
  process.exit(2);
}
