// Guessing, counting people, getting around the second factor, wearing the server out by signing in.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PASSWORD, face, mannWhitney, median, memory, must, refuse, timesApart } from '../world.mjs';
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

/** The logins of people who have an account. */
const ofSomebody = (text) => /"(login|who)":"person/.test(text);

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
    shams: [{}, { status: 401, isOddWith: ofSomebody }, { status: 401, isSlowWith: ofSomebody }],
    async attack(world) {
      const locked = await world.account();
      await world.server.command('accounts', 'lock', locked.login);
      let known;
      const times = {};
      const same = async (what, ask, logins) => {
        const faces = new Map();
        for (const [who, login] of Object.entries(logins)) {
          const begun = process.hrtime.bigint();
          const answer = await ask(world.stranger(), login);
          const took = Number(process.hrtime.bigint() - begun) / 1e6;
          ((times[what] ??= {})[who] ??= []).push(took);
          refuse(answer.status !== 200, `${what}: ${who} is let in`);
          faces.set(face(answer), who);
        }
        refuse(faces.size === 1, `${what}: ${[...faces.values()]} are told apart`);
      };
      const begun = Date.now();
      let turns = 0;
      while (turns < (world.isShort || world.isSham ? 8 : 200) && Date.now() - begun < (world.isShort ? 12_000 : 120_000)) {
        // A few guesses at one login are free; then it would be slowed down.
        if (turns % 4 === 0) known = await world.account();
        const logins = { unknown: `nobody${turns}`, known: known.login };
        // In turns, so that what else the machine does meets both alike.
        const shuffled = turns % 2 ? logins : { known: logins.known, unknown: logins.unknown };
        await same('signing in', (person, login) => signIn(person, login, 'another password'), turns < 4 ? { ...shuffled, locked: locked.login } : shuffled);
        await same('a forgotten password', (person, who) => person.strike('POST', '/api/v1/account/password/forgotten', { json: { who } }), { ...shuffled, locked: locked.login });
        // Whether a login is free somebody is told who could have it, and nobody else.
        const register = (more) => (person, login) => person.strike('POST', '/api/v1/account/register', { json: { login, password: PASSWORD, ...more } });
        await same('an account with a forged link', register({ code: 'x'.repeat(75) }), shuffled);
        await same('an account with a short password', register({ password: 'short' }), shuffled);
        turns += 1;
      }
      const codes = ['x'.repeat(75), 'y'.repeat(75), 'x', ''].map((code) => world.stranger().strike('POST', '/api/v1/account/password/reset', { json: { code, password: PASSWORD } }));
      refuse(new Set((await Promise.all(codes)).map(({ status, text }) => `${status} ${text}`)).size <= 2, 'codes that are none are told apart');
      for (const [what, taken] of Object.entries(times)) {
        const [apart] = timesApart(Object.fromEntries(Object.entries(taken).filter(([who]) => who !== 'locked')));
        refuse(apart === undefined, `${what}: ${apart}`);
      }
      const right = await signIn(world.stranger(), locked.login, PASSWORD);
      refuse(face(right) === face(await signIn(world.stranger(), 'nobody', PASSWORD)), 'a locked login is told by its right password');
      return `${turns} turns of ${Object.keys(times).length} questions; signing in takes ${median(times['signing in'].unknown).toFixed(0)} and ${median(times['signing in'].known).toFixed(0)} ms`;
    },
  },
  {
    number: 3,
    name: 'counting people by how long a refusal takes',
    asvs: ['V6.3.8', 'V11.2.4'],
    isLong: true,
    shams: [{ status: 401, isSlowWith: ofSomebody }],
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
    isAtEdge: true,
    async attack(world) {
      const before = worked(world);
      const huge = await signIn(world.stranger(), 'ada', 'x'.repeat(1024 * 1024));
      refuse(huge.status === 413, `1 MiB is answered with ${huge.status}`);
      const combining = await signIn(world.stranger(), 'ada', `e${'\u0301'.repeat(4_000)}`);
      refuse([400, 401].includes(combining.status), `4,000 combining characters are answered with ${combining.status}`);
      const long = await world.stranger().strike('POST', '/api/v1/account/register', { json: { login: 'someone', password: 'a b'.repeat(3_000) } });
      refuse(long.status === 400, `9,000 characters are taken as a password: ${long.status}`);
      const took = worked(world) - before;
      // The system counts in hundredths of a second, and what else the server does as well.
      refuse(took < 0.1, `they cost ${took} s`);
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
      // At one login a few wrong ones are free; then it is slowed down, whatever the code.
      const [past, future] = [await guarded(world), await guarded(world)];
      const away = ({ login, seed }, steps) => [login, `${steps} steps away`, totp(seed, steps)];
      const codes = [[past.login, 'spent', past.spent], ...[-4, -3, -2].map((steps) => away(past, steps)), [future.login, 'spent', future.spent], ...[2, 3, 4].map((steps) => away(future, steps))];
      for (const [login, which, code] of codes) {
        const answer = await signIn(world.stranger(), login, PASSWORD, { code });
        refuse(answer.status === 401, `a code that is ${which} is answered with ${answer.status}`);
      }
      const { login, seed } = past;
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
          refuse(answer.status === 401 || answer.status === 404, `${method} ${path} is answered with ${answer.status}`);
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
