// What lock files of npm say: each package is fixed by its digest, runs nothing when it is installed, and has a licence that
// asks for no more than naming it.
//   node scripts/npm-locks.mjs DIRECTORY…
import { readFileSync } from 'node:fs';
import path from 'node:path';

const LICENCES = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0', 'MIT OR Apache-2.0']);
/** Used while building or testing, as published, never delivered; with the licence that is let through for each. */
const TOOLS = { lightningcss: 'MPL-2.0', 'axe-core': 'MPL-2.0' };

/** What is wrong with a lock file, if anything. */
function wrong({ lockfileVersion, packages = {} }) {
  if (lockfileVersion !== 3) return [`version ${lockfileVersion} of lock files is not known here`];
  return Object.entries(packages).filter(([place]) => place).flatMap(([place, { version, integrity = '', resolved, hasInstallScript, link, license, dev }]) => {
    const name = place.split('node_modules/').at(-1);
    const isTool = Object.entries(TOOLS).some(([tool, licence]) => (name === tool || name.startsWith(`${tool}-`)) && license === licence && dev);
    return [
      ...(/^\d+\.\d+\.\d+/.test(version) && /^sha512-[\w+/]{86}==$/.test(integrity) && !link ? [] : ['is not fixed by a digest']),
      ...(resolved ? ['names a place to come from, besides its digest'] : []),
      ...(hasInstallScript ? ['runs something when it is installed'] : []),
      ...(LICENCES.has(license) || isTool ? [] : [`has the licence ${license}`]),
    ].map((what) => `${place} ${what}`);
  });
}

let isBad = false;
for (const directory of process.argv.slice(2)) {
  const lock = JSON.parse(readFileSync(path.join(directory, 'package-lock.json'), 'utf8'));
  const [place] = Object.keys(lock.packages).filter(Boolean);
  // Each rule is tried on a lock file that breaks it.
  for (const change of [{ integrity: undefined }, { integrity: 'sha1-AAAA' }, { link: true }, { version: 'file:../elsewhere' }, { resolved: 'https://packages.example/a.tgz' }, { hasInstallScript: true }, { license: 'AGPL-3.0' }, { license: undefined }]) {
    const broken = { ...lock, packages: { ...lock.packages, [place]: { ...lock.packages[place], ...change } } };
    if (wrong(broken).length !== wrong(lock).length + 1) throw new Error(`${JSON.stringify(change)} goes unnoticed in ${directory}`);
  }
  for (const what of wrong(lock)) {
    console.error(`scan: ${directory}: ${what}`);
    isBad = true;
  }
}
if (isBad) process.exit(1);
console.log(`scan: packages of npm are fixed by digests, run nothing when installed, and have licences they may have`);
