// Guessing, counting people, getting around the second factor, wearing the server out by signing in.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PASSWORD, face, memory, must, refuse } from '../world.mjs';
import { sleep } from '../wire.mjs';

const SIGN_IN = '/api/v1/session/sign-in';

const signIn = (person, login, password, more = {}) => person.strike('POST', SIGN_IN, { json: { login, password, ...more } });

/** The code of a seed (RFC 6238: SHA-1, six digits, 30 seconds) so many steps from now. */
function totp(seed, steps) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...seed.replace(/=+$/, '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = digest[19] & 0x0f;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** An account with a second factor; what it was switched on with is spent. */
async function guarded(world) {
  const person = await world.account();
  const { secret } = must(await person.ask('POST', '/api/v1/account/second-factor/start'), 200).json();
  // Not while one step becomes the next.
  if (Date.now() % 30_000 > 27_000) await sleep(3_500);
  const spent = totp(secret, -1);
  const on = must(await person.ask('POST', '/api/v1/account/second-factor/finish', { json: { code: spent } }), 200).json();
  return { login: person.login, seed: secret, spent, recovery: on.recovery_codes };
}

/** Processor time of the server in seconds. */
const worked = ({ server }) => {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** The chance of ranks as far apart as these if both came from one distribution (Mann and Whitney 1947, normal approximation). */
function mannWhitney(a, b) {
  const all = [...a.map((value) => [value, 0]), ...b.map((value) => [value, 1])].sort((x, y) => x[0] - y[0]);
  let ranks = 0;
  for (let at = 0; at < all.length; ) {
    let end = at;
    while (end < all.length && all[end][0] === all[at][0]) end += 1;
    for (let tied = at; tied < end; tied += 1) if (all[tied][1] === 0) ranks += (at + end + 1) / 2;
    at = end;
  }
  const [n, m] = [a.length, b.length];
  const z = Math.abs(ranks - (n * (m + n + 1)) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  // Abramowitz and Stegun 7.1.26.
  const t = 1 / (1 + (0.3275911 * z) / Math.SQRT2);
  const erf = 1 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp((-z * z) / 2);
  return 1 - erf;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export default [
  {
    number: 1,
    name: 'one password tried at many logins from one network',
    asvs: ['V6.3.1', 'V2.4.1'],
    async attack(world) {
      const attacker = world.stranger();
      const victim = await world.account();
      const seen = [];
      for (let turn = 0; turn < 500 && seen.at(-1)?.status !== 429; turn += 1) seen.push(await signIn(attacker, `login${turn}`, 'Winter2026!'));
      refuse(seen.length <= 25 && seen.at(-1).status === 429 && Number(seen.at(-1).headers['retry-after']) > 0, `${seen.length} logins tried at full speed`);
      refuse(!seen.some(({ status }) => status === 200), 'somebody was signed in');
      // Others are not held up by it.
      const fellow = world.stranger();
      must(await fellow.ask('POST', SIGN_IN, { json: { login: victim.login, password: PASSWORD } }), 200);
      return `slowed down after ${seen.length} tries; others sign in`;
    },
  },
  {
    number: 2,
    name: 'counting people by what a refusal says',
    asvs: ['V6.3.8'],
    async attack(world) {
      const [known, locked] = [await world.account(), await world.account()];
      await world.server.command('accounts', 'lock', locked.login);
      for (let turn = 0; turn < 3; turn += 1) {
        const answers = [];
        for (const login of [`nobody${turn}`, known.login, locked.login]) answers.push(await signIn(world.stranger(), login, 'another password'));
        refuse(answers[0].status === 401, `an unknown login is answered with ${answers[0].status}`);
        refuse(new Set(answers.map(face)).size === 1, 'unknown, wrong and locked are told apart');
      }
      const right = await signIn(world.stranger(), locked.login, PASSWORD);
      refuse(face(right) === face(await signIn(world.stranger(), 'nobody', PASSWORD)), 'a locked login is told by its right password');
    },
  },
  {
    number: 3,
    name: 'counting people by how long a refusal takes',
    asvs: ['V6.3.8', 'V11.2.4'],
    isLong: true,
    // Nothing takes longer or less with somebody who says yes at once.
    noSham: true,
    async attack(world) {
      const known = [];
      for (let turn = 0; turn < 30; turn += 1) known.push((await world.account()).login);
      const times = { known: [], unknown: [] };
      const measure = async (kind, login) => {
        const begun = process.hrtime.bigint();
        const answer = await signIn(world.stranger(), login, 'another password');
        times[kind].push(Number(process.hrtime.bigint() - begun) / 1e6);
        refuse(answer.status === 401, `answered with ${answer.status}`);
      };
      // In turns, so that what else the machine does meets both alike.
      for (let turn = 0; turn < 150; turn += 1) {
        await measure('known', known[turn % known.length]);
        await measure('unknown', `ghost${turn % known.length}`);
      }
      const p = mannWhitney(times.known, times.unknown);
      refuse(p > 0.01, `told apart by time: p = ${p.toExponential(2)}`);
      return `150 of each; medians ${median(times.known).toFixed(1)} and ${median(times.unknown).toFixed(1)} ms, Mann-Whitney p = ${p.toFixed(3)}`;
    },
  },
  {
    number: 4,
    name: 'passwords that are costly to look at',
    asvs: ['V6.2.9', 'V15.2.2'],
    async attack(world) {
      const before = worked(world);
      const huge = await signIn(world.stranger(), 'ada', 'x'.repeat(1024 * 1024));
      refuse(huge.status === 413, `1 MiB is answered with ${huge.status}`);
      const combining = await signIn(world.stranger(), 'ada', `e${'\u0301'.repeat(4_000)}`);
      refuse([400, 401].includes(combining.status), `4,000 combining characters are answered with ${combining.status}`);
      const long = await world.stranger().strike('POST', '/api/v1/account/register', { json: { login: 'someone', password: 'a b'.repeat(3_000) } });
      refuse(long.status === 400, `9,000 characters are taken as a password: ${long.status}`);
      const took = worked(world) - before;
      refuse(took < 0.5, `they cost ${took} s`);
      return `together ${(took * 1000).toFixed(0)} ms of processor time`;
    },
  },
  {
    number: 5,
    name: 'two hundred sign-ins at once',
    asvs: ['V2.4.1', 'V15.2.2', 'V11.4.2'],
    isLong: true,
    async attack(world) {
      const before = memory(world);
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, memory(world))), 20).unref();
      const flood = Promise.all(Array.from({ length: 200 }, (_, turn) => signIn(world.stranger(), `crowd${turn}`, 'another password')));
      // A move is answered meanwhile.
      const begun = Date.now();
      await world.ada.must({ do: 'target', tokens: [] });
      const move = Date.now() - begun;
      const answers = await flood.finally(() => clearInterval(watch));
      const busy = answers.filter(({ status }) => status === 503 || status === 429);
      refuse(answers.every(({ status }) => [401, 429, 503].includes(status)), `answered with ${[...new Set(answers.map(({ status }) => status))]}`);
      refuse(busy.every(({ headers }) => Number(headers['retry-after']) > 0), 'who is sent away is not told for how long');
      refuse(most - before < 300, `${(most - before).toFixed(0)} MiB more memory`);
      refuse(move < 2_000, `a command at a table waited for ${move} ms`);
      return `${busy.length} sent away, ${(most - before).toFixed(0)} MiB more at most, a command meanwhile took ${move} ms`;
    },
  },
  {
    number: 6,
    name: 'a code of an authenticator app used twice, or too early or late',
    asvs: ['V6.5.1', 'V6.5.5'],
    async attack(world) {
      const { login, seed, spent } = await guarded(world);
      const codes = [['spent', spent], ...[-4, -3, -2, 2, 3].map((steps) => [`${steps} steps away`, totp(seed, steps)])];
      for (const [which, code] of codes.slice(0, 4)) {
        const answer = await signIn(world.stranger(), login, PASSWORD, { code });
        refuse(answer.status === 401, `a code that is ${which} is answered with ${answer.status}`);
      }
      const now = totp(seed, 0);
      must(await world.stranger().ask('POST', SIGN_IN, { json: { login, password: PASSWORD, code: now } }), 200);
      refuse((await signIn(world.stranger(), login, PASSWORD, { code: now })).status === 401, 'the same code signs in twice');
    },
  },
  {
    number: 7,
    name: 'the second factor left out',
    asvs: ['V2.3.1', 'V6.3.3'],
    async attack(world) {
      const { login } = await guarded(world);
      const attacker = world.stranger();
      const half = await signIn(attacker, login, PASSWORD);
      refuse(half.status === 401, `the password alone is answered with ${half.status}`);
      refuse(half.cookies.length === 0 && half.json().access === undefined, 'the password alone gives something to go on with');
      const { paths } = (await attacker.ask('GET', '/api/v1/openapi.json')).json();
      const open = ['/join', '/join/preview', '/account/register', '/account/password/reset', '/account/password/forgotten', '/account/mail/prove', '/reports'];
      let asked = 0;
      for (const [path, operations] of Object.entries(paths)) {
        if (open.some((end) => path === `/api/v1${end}`) || path.startsWith('/api/v1/session/')) continue;
        for (const method of ['get', 'post'].filter((method) => method in operations)) {
          const answer = await attacker.strike(method.toUpperCase(), path.replace(/\{[^}]+\}/g, '0'.repeat(32)));
          refuse([401, 404].includes(answer.status), `${method} ${path} is answered with ${answer.status}`);
          asked += 1;
        }
      }
      return `${asked} routes asked`;
    },
  },
  {
    number: 8,
    name: 'a recovery code used by fifty at once',
    asvs: ['V6.5.1', 'V15.4.2'],
    async attack(world) {
      const { login, recovery } = await guarded(world);
      const answers = await Promise.all(Array.from({ length: 50 }, () => signIn(world.stranger(), login, PASSWORD, { code: recovery[0] })));
      const let_in = answers.filter(({ status }) => status === 200).length;
      refuse(let_in <= 1, `${let_in} were let in`);
      refuse(answers.every(({ status }) => status < 500 || status === 503), 'the server broke');
      return `${let_in} let in`;
    },
  },
];
