// Sessions that are planted, stolen, used after their end, or raced.
import { PASSWORD, must, refuse } from '../world.mjs';
import { sleep } from '../wire.mjs';

const REFRESH = '/api/v1/session/refresh';
const COOKIE = '__Host-wardlight';

/** Everything that a session opens is shut, and the socket within a second. */
async function isDead(world, stolen, socket, what) {
  const ended = await Promise.race([socket.whenEnded.then(() => true), sleep(1_000).then(() => false)]);
  refuse(ended, `${what}: the socket stays open`);
  for (const [method, path] of [['GET', '/api/v1/tables'], ['GET', '/api/v1/account'], ['POST', REFRESH]]) {
    const answer = await stolen.strike(method, path);
    refuse(answer.status === 401, `${what}: ${method} ${path} is answered with ${answer.status}`);
  }
}

export default [
  {
    number: 17,
    name: 'a session that was planted before signing in',
    asvs: ['V7.2.4'],
    async attack(world) {
      const attacker = await world.account();
      const victim = await world.account();
      // The victim's browser carries the attacker's cookie when the victim signs in.
      const browser = world.stranger();
      browser.cookies = new Map(attacker.cookies);
      const planted = browser.cookies.get(COOKIE);
      const answer = await browser.strike('POST', '/api/v1/session/sign-in', { json: { login: victim.login, password: PASSWORD } });
      refuse(answer.status === 200 && browser.cookies.get(COOKIE) !== planted, 'signing in keeps the session of before');
      const mine = world.stranger();
      mine.cookies = new Map([[COOKIE, planted]]);
      const old = await mine.strike('POST', REFRESH);
      if (old.status === 200) {
        const about = await mine.strike('GET', '/api/v1/account');
        refuse(about.json().login !== victim.login, 'the planted session is the victim\'s');
      }
    },
  },
  {
    number: 18,
    name: 'a session used after signing out, a new password, or locking',
    asvs: ['V7.4.1', 'V7.4.2', 'V7.4.3', 'V8.3.2'],
    async attack(world) {
      const ends = {
        'signing out': (owner) => owner.ask('POST', '/api/v1/session/end'),
        'a new password': async (owner) => {
          const elsewhere = world.stranger();
          must(await elsewhere.ask('POST', '/api/v1/session/sign-in', { json: { login: owner.login, password: PASSWORD } }), 200);
          return elsewhere.ask('POST', '/api/v1/account/password', { json: { current: PASSWORD, new: `${PASSWORD} twice` } });
        },
        'signing out everywhere else': async (owner) => {
          const elsewhere = world.stranger();
          must(await elsewhere.ask('POST', '/api/v1/session/sign-in', { json: { login: owner.login, password: PASSWORD } }), 200);
          return elsewhere.ask('POST', '/api/v1/sessions/end-others');
        },
        'locking': async (owner) => world.server.command('accounts', 'lock', owner.login),
      };
      for (const [what, end] of Object.entries(ends)) {
        const owner = await world.player();
        owner.login = `ended${world.commandId()}`;
        must(await owner.ask('POST', '/api/v1/account/register', { json: { login: owner.login, password: PASSWORD } }), 200);
        const stolen = owner.twin();
        const socket = await stolen.strikeSeated();
        await end(owner);
        await isDead(world, stolen, socket, what);
      }
      return Object.keys(ends).join(', ');
    },
  },
  {
    number: 19,
    name: 'a stolen refresh secret used after its owner went on',
    asvs: ['V10.4.5', 'V7.4.1'],
    async attack(world) {
      const owner = await world.player();
      const thief = owner.twin();
      const socket = await owner.twin().strikeSeated();
      for (let turn = 0; turn < 2; turn += 1) must(await owner.ask('POST', REFRESH), 200);
      const answer = await thief.strike('POST', REFRESH);
      refuse(answer.status === 401, `a secret of two turns ago is answered with ${answer.status}`);
      await isDead(world, owner.twin(), socket, 'after the theft was noticed');
      return 'the family is revoked, and its sockets are shut';
    },
  },
  {
    number: 20,
    name: 'two tabs refresh at once',
    asvs: ['V15.4.2'],
    async attack(world) {
      const owner = await world.account();
      for (let turn = 0; turn < 25; turn += 1) {
        const tabs = [owner.twin(), owner.twin()];
        const answers = await Promise.all(tabs.map((tab) => tab.strike('POST', REFRESH)));
        refuse(answers.every(({ status }) => status === 200), `turn ${turn}: ${answers.map(({ status }) => status)}`);
        const secrets = new Set(tabs.map((tab) => tab.cookies.get(COOKIE)));
        refuse(secrets.size === 1, `turn ${turn}: the session has two branches`);
        owner.cookies = tabs[0].cookies;
      }
      return '25 races, one branch each';
    },
  },
  {
    number: 21,
    name: 'a cookie under another name, twice, or set by a neighbour',
    asvs: ['V3.3.1', 'V3.3.3'],
    async attack(world) {
      const owner = await world.account();
      const value = owner.cookies.get(COOKIE);
      const attacker = world.stranger();
      for (const line of [
        `wardlight=${value}`,
        `__Secure-wardlight=${value}`,
        `__host-wardlight=${value}`,
        ` __Host-wardlight =${value}`,
        `${COOKIE}=forged; ${COOKIE}=${value}`,
        `${COOKIE}="${value}`,
        `x=1,${COOKIE}=${value}`,
      ]) {
        const answer = await attacker.strike('POST', REFRESH, { headers: { Cookie: line } });
        refuse(answer.status === 401, `${line.slice(0, 30)}… is answered with ${answer.status}`);
      }
    },
  },
];
