// What signing in costs: one alone, several at once, refusals, refreshes; and what a table notices of it.
import { PASSWORD, World, must } from './redteam/world.mjs';

const world = await World.open();
const SIGN_IN = '/api/v1/session/sign-in';
const sorted = (values) => [...values].sort((a, b) => a - b);
const at = (values, share) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))];
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
const ms = (value) => `${value.toFixed(1)} ms`;

async function timed(work) {
  const begun = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - begun) / 1e6;
}

/** So many at once, each again and again for some seconds. Gives the times of all. */
async function atOnce(count, seconds, work) {
  const end = Date.now() + seconds * 1_000;
  const times = [];
  await Promise.all(
    Array.from({ length: count }, async (_, lane) => {
      while (Date.now() < end) times.push(await timed(() => work(lane)));
    }),
  );
  return times;
}

try {
  const people = [];
  for (let turn = 0; turn < 16; turn += 1) people.push(await world.account());
  const signIn = async (lane) => must(await people[lane].ask('POST', SIGN_IN, { json: { login: people[lane].login, password: PASSWORD } }), 200);
  const move = () => world.ada.must({ do: 'target', tokens: [] });
  const moves = async (while_) => {
    const times = [];
    let isOver = false;
    const moving = (async () => {
      while (!isOver) {
        times.push(await timed(move));
        await new Promise((later) => setTimeout(later, 40));
      }
    })();
    await while_();
    isOver = true;
    await moving;
    return times;
  };
  await signIn(0);
  row('sign-ins at once', 'a second', 'median', 'p99');
  row('---', '---:', '---:', '---:');
  for (const count of [1, 2, 4, 8, 16]) {
    const times = await atOnce(count, 4, signIn);
    row(count, (times.length / 4).toFixed(1), ms(at(times, 0.5)), ms(at(times, 0.99)));
  }
  const quiet = await moves(() => new Promise((later) => setTimeout(later, 4_000)));
  const busy = await moves(() => atOnce(16, 4, signIn));
  console.log();
  row('a command at a table', 'median', 'p99');
  row('---', '---:', '---:');
  row('nobody signs in', ms(at(quiet, 0.5)), ms(at(quiet, 0.99)));
  row('sixteen sign in all the time', ms(at(busy, 0.5)), ms(at(busy, 0.99)));
  const refreshes = await atOnce(8, 4, async (lane) => must(await people[lane].ask('POST', '/api/v1/session/refresh'), 200));
  console.log();
  row('refreshes, eight at once', 'a second', 'median', 'p99');
  row('---', '---:', '---:', '---:');
  row('', (refreshes.length / 4).toFixed(0), ms(at(refreshes, 0.5)), ms(at(refreshes, 0.99)));
} finally {
  await world.close();
}
