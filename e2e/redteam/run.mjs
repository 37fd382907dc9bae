// Attacks a running server: the catalogue of what an attacker of a virtual tabletop tries. Each attack says what would have
// to be so; a flag in every secret shows whether any of them read what it may not.
//
//   node redteam/run.mjs [--short] [--only 9,10] [--quiet] [--list] [--sham]
//
// With --sham the attacks strike a server that says yes to everything, and none may come out as refused.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import authentication from './attacks/authentication.mjs';
import authorisation from './attacks/authorisation.mjs';
import injection from './attacks/injection.mjs';
import limits from './attacks/limits.mjs';
import secrets from './attacks/secrets.mjs';
import sessions from './attacks/sessions.mjs';
import sites from './attacks/sites.mjs';
import sockets from './attacks/sockets.mjs';
import tokens from './attacks/tokens.mjs';
import uploads from './attacks/uploads.mjs';
import elsewhere from './elsewhere.mjs';
import { GotThrough, World } from './world.mjs';

const { values: options } = parseArgs({
  options: { short: { type: 'boolean' }, only: { type: 'string' }, list: { type: 'boolean' }, quiet: { type: 'boolean' }, sham: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
const everything = [authentication, tokens, sessions, authorisation, sockets, secrets, uploads, injection, limits, sites].flat();
const twice = everything.map(({ number }) => number).filter((number, at, all) => all.indexOf(number) !== at);
const requirements = new Set(readFileSync(new URL('../../docs/security/asvs.tsv', import.meta.url), 'utf8').match(/^V[\d.]+/gm));
const unknown = [...everything, ...elsewhere].flatMap(({ asvs }) => asvs).filter((id) => !requirements.has(id));
if (unknown.length > 0) throw new Error(`no requirements of the standard: ${unknown}`);
if (twice.length > 0) throw new Error(`attacks with the same number: ${twice}`);

if (options.help) {
  console.log('node redteam/run.mjs [--short] [--only 9,10] [--quiet] [--list] [--sham]');
  console.log('  --short  without those that take long\n  --only   these numbers alone\n  --quiet  only what went wrong\n  --list   what there is\n  --sham   against a server that refuses nothing: each attack must notice');
  process.exit(0);
}
if (options.list) {
  for (const { number, name, asvs } of [...everything, ...elsewhere].sort((a, b) => a.number - b.number)) console.log(`${String(number).padStart(3)}  ${name}  [${asvs.join(' ')}]`);
  process.exit(0);
}

const only = options.only?.split(',').map(Number);
const chosen = everything.filter((attack) => only?.includes(attack.number) ?? !(options.short && attack.isLong));
const world = await World.open({ isSham: options.sham });
const rows = [];
try {
  for (const attack of chosen.sort((a, b) => a.number - b.number)) {
    if (options.sham && attack.noSham) continue;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${attack.number} ${attack.name}`);
    const begun = Date.now();
    let verdict;
    let detail = '';
    try {
      detail = (await attack.attack(world)) ?? '';
      // Whatever an attack did, those who play still do.
      await world.ada.must({ do: 'target', tokens: [] });
      verdict = 'refused';
    } catch (error) {
      verdict = error instanceof GotThrough ? 'GOT THROUGH' : 'BROKEN';
      detail = error instanceof GotThrough ? error.message : error.stack.split('\n').slice(0, 3).join(' ');
    }
    rows.push({ number: attack.number, name: attack.name, asvs: attack.asvs, verdict, detail, ms: Date.now() - begun });
  }
  // Nobody may have heard a flag on the side.
  for (const person of world.people.filter((person) => person !== world.master && person.socket !== null)) {
    const known = person === world.ada ? ['whisper'] : person === world.rival ? ['otherTable'] : [];
    const heard = world.flagsIn(person.socket.text).filter((flag) => !known.includes(flag));
    if (heard.length > 0) rows.push({ number: 36, name: `${person.name ?? 'a person'} heard what they may not`, asvs: [], verdict: 'GOT THROUGH', detail: heard.join(', '), ms: 0 });
  }
  const log = world.server.log();
  if (/panicked/.test(log)) rows.push({ number: 0, name: 'the server met a defect of its own', asvs: [], verdict: 'GOT THROUGH', detail: log.match(/.*panicked.*/)[0], ms: 0 });
} finally {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  await world.close();
}

const wanted = options.sham ? 'GOT THROUGH' : 'refused';
const bad = rows.filter((row) => row.verdict !== wanted);
for (const { number, name, asvs, verdict, detail, ms } of options.sham || options.quiet ? bad : rows) {
  console.log(`${String(number).padStart(3)}  ${verdict.padEnd(11)}  ${name}  [${asvs.join(' ')}]  ${(ms / 1000).toFixed(1)} s${detail ? `\n${' '.repeat(18)}${detail}` : ''}`);
}
if (!options.sham && only === undefined) {
  for (const { number, name, asvs, shownBy, open } of elsewhere) {
    const [file, words] = shownBy?.split('#') ?? [];
    const isGone = file !== undefined && !readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').includes(words);
    if (isGone) bad.push(number);
    if (options.quiet && !isGone) continue;
    const verdict = isGone ? 'GONE' : open === undefined ? 'elsewhere' : 'not yet';
    console.log(`${String(number).padStart(3)}  ${verdict.padEnd(11)}  ${name}  [${asvs.join(' ')}]\n${' '.repeat(18)}${shownBy ?? open}`);
  }
}
const short = options.short ? ` (${everything.length - chosen.length} that take long were left out)` : '';
console.log(
  options.sham
    ? `redteam: ${rows.length - bad.length} of ${rows.length} attacks notice a server that refuses nothing`
    : `redteam: ${rows.length - bad.length} of ${rows.length} attacks refused${short}`,
);
process.exitCode = bad.length > 0 || rows.length === 0 ? 1 : 0;
