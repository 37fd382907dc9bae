// Who can write the database, and wants it to tell of nothing.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../people.mjs';
import { program } from '../../server.mjs';
import { PASSWORD, refuse } from '../world.mjs';

/** So many entries of each trail are changed in each way. */
const TRIES = 8;

const hashOf = (line) => createHash('sha256').update(`wardlight audit entry 1\n${line}`).digest('hex');
/** The entries anew from one on, each with the hash of the one before it, as who has no key would make them. */
const chained = (trail, from) => {
  for (let place = from; place < trail.length; place += 1) {
    const line = place === 0 ? trail[place].line : trail[place].line.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${trail[place - 1].hash}"`);
    trail[place] = { ...trail[place], line, hash: hashOf(line) };
  }
  return trail;
};
/** Another account, another address: a line that says something else. */
const edited = ({ line, ...rest }) => ({ ...rest, line: line.replace(/"at":"\d/, (text) => text.replace(/\d$/, (digit) => (Number(digit) + 1) % 10)) });

export default [
  {
    number: 68,
    name: 'a line of the audit trail that is changed, removed or moved',
    asvs: ['V16.4.2'],
    shams: [{}, { blames: 1 }],
    async attack(world) {
      const stranger = world.stranger();
      for (let turn = 0; turn < 4; turn += 1) await stranger.ask('POST', '/api/v1/session/sign-in', { json: { login: `somebody${turn}`, password: PASSWORD } });
      const isSigned = () => /audit\.checkpoint/.test(world.server.log());
      // It signs within a minute.
      for (let turn = 0; turn < 3 && !isSigned(); turn += 1) await until('the trail is signed', isSigned).catch(() => {});
      refuse(isSigned(), 'nothing is signed within a minute and a half');
      const place = mkdtempSync(path.join(os.tmpdir(), 'wardlight-trail-'));
      const file = path.join(place, 'trail.jsonl');
      const log = path.join(place, 'log');
      try {
        writeFileSync(log, world.server.log());
        const whole = (await world.server.command('audit', 'verify', '--format', 'json', '--copies', log)).trim();
        const { confirmed, checkpoints } = JSON.parse(whole);
        refuse(confirmed > 0 && checkpoints > 0, `the trail in the database is ${whole}`);
        const trail = (await world.server.command('audit', 'export')).trim().split('\n').map((line) => JSON.parse(line));
        const key = (await world.server.command('audit', 'key')).trim();
        const check = async (entries, ...words) => {
          if (world.sham) return world.sham.blames() ?? '';
          writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
          const told = await promisify(execFile)(program, ['audit', 'verify', '--format', 'json', '--file', file, '--key', key, ...words]).catch((error) => error);
          const { whole: isWhole, finding } = JSON.parse(told.stdout);
          return isWhole ? '' : finding;
        };
        if (!world.sham) refuse((await check(trail, '--copies', log)) === '', 'a trail that nobody touched is not whole');
        const isSigning = ({ line }) => /"event":"audit.checkpoint"/.test(line);
        // The server goes on signing meanwhile: what is behind the last line that was kept elsewhere can be cut off.
        const kept = [...readFileSync(log, 'utf8').matchAll(/audit\.checkpoint\b.*?\bseq\b\D*(\d+)/g)].map(([, seq]) => Number(seq));
        const last = trail.findIndex(({ seq }) => seq === Math.max(...kept));
        refuse(last > 0, `no line that was kept is about this trail: ${kept}`);
        const ordinary = [...trail.keys()].filter((at) => at >= 2 && at < last && !isSigning(trail[at]));
        refuse(ordinary.length > 0, 'the trail has nothing that could be changed');
        const places = Array.from({ length: TRIES }, () => ordinary[Math.floor(Math.random() * ordinary.length)]);
        let tried = 0;
        const isFound = async (what, entries, number, ...words) => {
          const finding = await check(entries, ...words);
          const named = finding.match(/(?:entry|checkpoint) (\d+)/g)?.map((text) => Number(text.split(' ')[1])) ?? [];
          refuse(named.includes(number), `${what} at entry ${number} is ${finding || 'not noticed'}`);
          tried += 1;
        };
        for (const at of places) {
          const { seq } = trail[at];
          const bit = Math.floor(Math.random() * trail[at].line.length);
          const flipped = trail[at].line.slice(0, bit) + String.fromCharCode(trail[at].line.charCodeAt(bit) ^ 1) + trail[at].line.slice(bit + 1);
          await isFound('a flipped bit', trail.with(at, { ...trail[at], line: flipped }), seq);
          const other = edited(trail[at]);
          await isFound('a changed line with its hash', trail.with(at, { ...other, hash: hashOf(other.line) }), seq + 1);
          const signed = trail.find((entry) => entry.seq > seq && isSigning(entry)).seq;
          await isFound('a changed line and a chain made anew', chained(trail.with(at, other), at), signed);
          await isFound('a removed line', trail.toSpliced(at, 1), seq);
          await isFound('lines that changed places', trail.with(at, trail[at - 1]).with(at - 1, trail[at]), trail[at - 1].seq);
          const first = trail.findIndex((entry, place) => place > at && isSigning(entry));
          await isFound('a beginning that was cut off at a checkpoint', trail.slice(first), trail[first].seq);
          await isFound('an end that was cut off', trail.slice(0, at), trail[last].seq, '--copies', log);
        }
        return `${tried} ways in ${trail.length} entries`;
      } finally {
        rmSync(place, { recursive: true, force: true });
      }
    },
  },
];
