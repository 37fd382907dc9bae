// Attacks a running server: the catalogue of what an attacker of a virtual tabletop tries. Each attack says what would have
// to be so; a flag in every secret shows whether any of them read what it may not.
//
//   node redteam/run.mjs [--short] [--only 9,10] [--quiet] [--list] [--sham] [--edge]
//
// With --sham the attacks strike a server that says yes to everything, or is wrong in what an attack is about, and none may
// come out as refused. With --edge they go through nginx: what that refuses is refused. A short run through it makes those
// attacks that it has a part in refusing.
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
import trail from './attacks/trail.mjs';
import uploads from './attacks/uploads.mjs';
import { wrongWith } from './catalogue.mjs';
import checks from './checks.mjs';
import elsewhere from './elsewhere.mjs';
import { GotThrough, World, refuse } from './world.mjs';

const { values: options } = parseArgs({
  options: { short: { type: 'boolean' }, only: { type: 'string' }, list: { type: 'boolean' }, quiet: { type: 'boolean' }, sham: { type: 'boolean' }, edge: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
const everything = [authentication, tokens, sessions, authorisation, sockets, secrets, uploads, injection, limits, sites, trail].flat();
const wrong = wrongWith([...everything, ...elsewhere].map(({ number }) => number));
const requirements = new Set(readFileSync(new URL('../../docs/security/asvs.tsv', import.meta.url), 'utf8').match(/^V[\d.]+/gm));
const unknown = [...everything, ...elsewhere].flatMap(({ asvs }) => asvs).filter((id) => !requirements.has(id));
if (unknown.length > 0) throw new Error(`no requirements of the standard: ${unknown}`);
if (wrong.length > 0) throw new Error(wrong.join('; '));
if (options.sham && options.edge) throw new Error('a sham has no edge in front of it');

if (options.help) {
  console.log('node redteam/run.mjs [--short] [--only 9,10] [--quiet] [--list] [--sham] [--edge]');
  console.log('  --short  without those that take long\n  --only   these numbers alone\n  --quiet  only what went wrong\n  --list   what there is\n  --sham   against a server that refuses nothing: each attack must notice\n  --edge   through nginx, as it is deployed');
  process.exit(0);
}
if (options.list) {
  for (const { number, name, asvs } of [...everything, ...elsewhere].sort((a, b) => a.number - b.number)) console.log(`${String(number).padStart(3)}  ${name}  [${asvs.join(' ')}]`);
  process.exit(0);
}

const only = options.only?.split(',').map(Number);
const chosen = everything
  .filter((attack) => only?.includes(attack.number) ?? !(options.short && (options.edge ? !attack.isAtEdge : attack.isLong)))
  .sort((a, b) => a.number - b.number);
// Each attack must notice each of the ways in which its sham is wrong.
const tries = options.sham
  ? [
      ...checks.map(({ wrong, ...check }) => ({ number: 0, asvs: [], attack: () => refuse(wrong().length === 0, 'noticed'), ...check })),
      ...chosen.flatMap((attack) => (attack.shams ?? [{}]).map((sham) => ({ ...attack, sham, isNoticed: true }))),
    ]
  : chosen;
const world = await World.open({ isSham: options.sham, isShort: options.short, isEdge: options.edge });
const rows = [];
try {
  for (const { number, name, asvs, attack, sham, isNoticed } of tries) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${number} ${name}`);
    world.sham?.become(sham);
    const begun = Date.now();
    let verdict;
    let detail = '';
    try {
      detail = (await attack(world)) ?? '';
      // Whatever an attack did, those who play still do.
      await world.ada.must({ do: 'target', tokens: [] });
      verdict = 'refused';
    } catch (error) {
      verdict = error instanceof GotThrough ? 'GOT THROUGH' : 'BROKEN';
      detail = error instanceof GotThrough ? error.message : error.stack.split('\n').slice(0, 3).join(' ');
    }
    const heard = world.afterAttack();
    if (heard.length > 0) {
      verdict = 'GOT THROUGH';
      detail = [detail, ...heard.slice(0, 3)].filter(Boolean).join('; ');
    }
    const wanted = isNoticed ? 'GOT THROUGH' : 'refused';
    rows.push({ number, name, asvs, verdict, detail, isRight: verdict === wanted, ms: Date.now() - begun });
  }
  const log = world.server.log();
  if (/panicked/.test(log)) rows.push({ number: 0, name: 'the server met a defect of its own', asvs: [], verdict: 'GOT THROUGH', detail: log.match(/.*panicked.*/)[0], ms: 0, isRight: false });
} finally {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  await world.close();
}

const bad = rows.filter(({ isRight }) => !isRight);
for (const { number, name, asvs, verdict, detail, ms } of options.sham || options.quiet ? bad : rows) {
  console.log(`${String(number).padStart(3)}  ${verdict.padEnd(11)}  ${name}  [${asvs.join(' ')}]  ${(ms / 1000).toFixed(1)} s${detail ? `\n${' '.repeat(18)}${detail}` : ''}`);
}
if (!options.sham && !options.edge && only === undefined) {
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
const through = options.edge ? ' by the edge or behind it' : '';
console.log(
  options.sham
    ? `redteam: ${rows.length - bad.length} of ${rows.length} wrongs of a sham are noticed by ${chosen.length} attacks and ${checks.length} checks of their own`
    : `redteam: ${rows.length - bad.length} of ${rows.length} attacks refused${through}${options.edge ? '' : short}`,
);
process.exitCode = bad.length > 0 || rows.length === 0 ? 1 : 0;
