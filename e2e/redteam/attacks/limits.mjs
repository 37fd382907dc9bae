// Wearing the server out, losing its count, predicting its dice, smuggling past it.
import http2 from 'node:http2';
import tls from 'node:tls';
import { sleep } from '../wire.mjs';
import { cells, codeOf, must, refuse } from '../world.mjs';

const alive = async (world) => must(await world.ada.twin().ask('GET', '/api/v1/tables'), 200);

/** The first lines of every answer in some text. */
const statuses = (text) => [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status));

export default [
  {
    number: 54,
    name: 'a new client address in every request (X-Forwarded-For and its kin)',
    asvs: ['V4.1.3', 'V15.3.4', 'V2.4.1'],
    isAtEdge: true,
    async attack(world) {
      for (const header of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Client-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X-Forwarded-Host']) {
        const attacker = world.stranger();
        let tried = 0;
        let status = 0;
        while (status !== 429 && tried < 120) {
          const address = `198.51.100.${tried}`;
          const value = header === 'Forwarded' ? `for=${address}` : address;
          ({ status } = await attacker.strike('POST', '/api/v1/join/preview', { json: { code: 'x'.repeat(75) }, headers: { [header]: value } }));
          tried += 1;
        }
        refuse(status === 429, `${tried} tries under invented addresses in ${header}`);
      }
      return 'seven headers, none believed';
    },
  },
  {
    number: 55,
    name: 'requests that never end (slow head, slow body)',
    asvs: ['V15.2.2', 'V13.2.6'],
    isLong: true,
    async attack(world) {
      const drip = (start) => ({ chunks: [start, ...Array.from({ length: 55 }, () => 'x')], pauseMs: 1_000, waitMs: 0 });
      const head = `GET / HTTP/1.1\r\nHost: ${world.host}\r\nX-Slow: `;
      const body = `POST /api/v1/session/sign-in HTTP/1.1\r\nHost: ${world.host}\r\nOrigin: ${world.origin}\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{`;
      // nginx waits for a body for as long as some of it comes; what it limits is how many come from one address.
      const [bodies, held] = world.isEdge ? [250, 200] : [150, 0];
      const one = world.stranger();
      const from = () => (world.isEdge ? one : world.stranger());
      const slow = Promise.all([...Array.from({ length: 150 }, () => world.stranger().strikeRaw(drip(head))), ...Array.from({ length: bodies }, () => from().strikeRaw(drip(body)))]);
      await sleep(3_000);
      const begun = Date.now();
      await alive(world);
      const meanwhile = Date.now() - begun;
      const told = await slow;
      const open = told.filter(({ closed, text }) => !closed && text === '');
      refuse(open.length <= held, `${open.length} of ${150 + bodies} are still waited for after 55 s`);
      refuse(meanwhile < 2_000, `another request took ${meanwhile} ms`);
      return `the last given up after ${(Math.max(...told.map(({ ms }) => ms)) / 1000).toFixed(0)} s; another request meanwhile took ${meanwhile} ms`;
    },
  },
  {
    number: 56,
    name: 'floods of HTTP/2 frames',
    asvs: ['V4.2.3', 'V15.2.2'],
    async attack(world) {
      const { host, port, secure } = world.secure;
      const preface = await world.stranger().strikeRaw({ chunks: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', Buffer.from('000000040000000000', 'hex')] });
      refuse(preface.closed && !preface.bytes.includes(Buffer.from('000000040100000000', 'hex')), 'HTTP/2 is spoken without TLS');
      const agreed = await new Promise((resolve) => {
        const socket = tls.connect({ host, port, ...secure, ALPNProtocols: ['h2'], rejectUnauthorized: false }, () => resolve(socket.alpnProtocol));
        socket.once('error', () => resolve(false));
      });
      if (agreed !== 'h2') return 'HTTP/2 is not offered here: a proxy in front speaks it';
      // A thousand requests that are taken back at once (CVE-2023-44487).
      const session = http2.connect(`https://${host}:${port}`, { ...secure, rejectUnauthorized: false });
      session.on('error', () => {});
      for (let turn = 0; turn < 1_000 && !session.destroyed; turn += 1) session.request({ ':path': '/' }).on('error', () => {}).close(8);
      await sleep(2_000);
      refuse(session.destroyed || session.closed, 'a thousand resets leave the connection open');
      return 'the connection is closed';
    },
  },
  {
    number: 58,
    name: 'shapes of a million corners, a hundred thousand things at once',
    asvs: ['V2.2.1', 'V15.2.2', 'V2.3.2'],
    async attack(world) {
      const point = (at) => cells(at % 20, (at * 7) % 20);
      const points = (count) => Array.from({ length: count }, (_, at) => point(at));
      const cases = [
        { do: 'paint_fog', stage: 'live', shape: { kind: 'polygon', points: points(501) }, cover: 'revealed' },
        { do: 'add_area', name: 'Large', points: points(501) },
        { do: 'add_drawing', shape: { kind: 'line', points: points(501) }, color: 1, width: 24, shown: 'everyone' },
        { do: 'move_tokens', moves: [{ token: world.hidden, path: points(101) }] },
        { do: 'remove_tokens', tokens: Array.from({ length: 501 }, (_, at) => at) },
        { do: 'add_walls', walls: Array.from({ length: 501 }, (_, at) => ({ a: point(at), b: point(at + 3), kind: 'wall' })) },
        { do: 'paint_fog', stage: 'live', shape: { kind: 'brush', points: [cells(1, 1)], radius: 51 * 256 }, cover: 'revealed' },
        { do: 'add_scene', name: 'Huge', size_cells: [100_000, 100_000] },
      ];
      const socket = await world.master.twin().strikeSeated();
      for (const command of cases) {
        const begun = Date.now();
        const { refused } = await socket.submit(command);
        refuse(['too_many', 'out_of_range', 'unknown'].includes(refused?.code), `${command.do} is ${refused?.code ?? 'done'}`);
        refuse(Date.now() - begun < 1_000, `${command.do} takes ${Date.now() - begun} ms`);
      }
      const million = await world.master.twin().strikeSeated();
      million.send({ type: 'command', id: 'm', command: { do: 'add_area', name: 'M', points: points(100_000) } });
      const reason = await million.bye();
      refuse(['too_large', 'malformed'].includes(reason) || /^code 10/.test(reason ?? ''), `100,000 corners: ${reason}`);
      return `${cases.length + 1} commands`;
    },
  },
  {
    number: 59,
    name: 'one request that is two (smuggling)',
    asvs: ['V4.2.1', 'V4.2.2'],
    isAtEdge: true,
    async attack(world) {
      const host = `Host: ${world.host}\r\n`;
      const inner = `GET /api/v1/smuggled HTTP/1.1\r\n${host}\r\n`;
      const post = (...headers) => `POST /api/v1/reports HTTP/1.1\r\n${host}Content-Type: application/reports+json\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`;
      const corpus = {
        'a length and chunks': `${post('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${inner}`,
        'chunks and a length': `${post('Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n${inner}`,
        'two encodings': `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n${inner}`,
        'an unknown encoding': `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${inner}`,
        'chunks that are not last': `${post('Transfer-Encoding: chunked, gzip')}0\r\n\r\n${inner}`,
        'two lengths': `${post('Content-Length: 2', 'Content-Length: 40')}[]${inner}`,
        'a list of lengths': `${post('Content-Length: 2, 40')}[]${inner}`,
        'a length with a sign': `${post('Content-Length: +2')}[]${inner}`,
        'a negative length': `${post('Content-Length: -2')}[]${inner}`,
        'a length in hexadecimals': `${post('Content-Length: 0x2')}[]${inner}`,
        'a space before the colon': `${post('Content-Length : 2')}[]${inner}`,
        'a folded header': `${post('X-Long: a\r\n b', 'Transfer-Encoding:\r\n chunked')}0\r\n\r\n${inner}`,
        'a line feed alone': `GET / HTTP/1.1\n${host.replace('\r', '')}X: y\n\n`,
        'a carriage return within': `GET / HTTP/1.1\r\n${host}X: a\rContent-Length: 5\r\n\r\n`,
        'NUL in a header': `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`,
        'no host': 'GET / HTTP/1.1\r\n\r\n',
        'two hosts': `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`,
        'a chunk size that overflows': `${post('Transfer-Encoding: chunked')}fffffffffffffffff\r\nx\r\n0\r\n\r\n${inner}`,
        'a chunk with a line feed alone': `${post('Transfer-Encoding: chunked')}2\n[]\n0\n\n${inner}`,
        'a version of its own': `GET / HTTP/3.9\r\n${host}\r\n`,
        'spaces in the target': `GET / x HTTP/1.1\r\n${host}\r\n`,
      };
      // What is wrong in form and harmless to boundaries may be answered, once; what blurs them is refused and closed.
      const mayBeOne = new Set(['a line feed alone', 'no host', 'two hosts', 'a chunk with a line feed alone']);
      // An edge that reads chunks so passes on what it read in its own words: behind it there are two requests as well.
      const mayBeTwo = new Set(world.isEdge ? ['a chunk with a line feed alone'] : []);
      for (const [what, bytes] of Object.entries(corpus)) {
        const told = await world.stranger().strikeRaw({ chunks: [bytes], waitMs: 500 });
        const answers = statuses(told.text);
        refuse(answers.length <= (mayBeTwo.has(what) ? 2 : 1), `${what}: ${answers.length} answers (${answers})`);
        refuse(mayBeOne.has(what) || answers.length === 0 || answers[0] >= 400, `${what}: answered with ${answers}`);
      }
      return `${Object.keys(corpus).length} requests`;
    },
  },
  {
    number: 64,
    name: 'a link that works once, used by fifty',
    asvs: ['V2.3.4', 'V15.4.2'],
    async attack(world) {
      const owner = await world.player();
      const seat = [...owner.seen.seats.values()].find((seat) => seat.name === owner.name).seat;
      const code = codeOf(must(await owner.ask('POST', `/api/v1/tables/${world.table}/seats/${seat}/link`), 200).json().links[0]);
      const seats = await Promise.all(Array.from({ length: 50 }, () => world.stranger().strike('POST', '/api/v1/join', { json: { code } })));
      const gm = codeOf((await world.server.command('admin', 'gm-link', '--table', world.table)).match(/https?:\S+/)[0]);
      const masters = await Promise.all(Array.from({ length: 50 }, () => world.stranger().strike('POST', '/api/v1/join', { json: { code: gm } })));
      const invitation = codeOf((await world.server.command('accounts', 'invite')).match(/https?:\S+/)[0]);
      const accounts = await Promise.all(Array.from({ length: 20 }, (_, at) => world.stranger().strike('POST', '/api/v1/account/register', { json: { login: `racer${at}`, password: 'violin tugboat anchovy', code: invitation } })));
      for (const [what, answers] of Object.entries({ 'a seat': seats, 'the game master': masters, 'an account': accounts })) {
        const taken = answers.filter(({ status }) => status === 200).length;
        refuse(taken === 1, `the link of ${what} was taken by ${taken}`);
        refuse(answers.every(({ status }) => status < 500 || status === 503), `the link of ${what}: the server broke`);
      }
      return 'a seat, a game master and an account: one each';
    },
  },
  {
    number: 65,
    name: 'commands on their way while their sender is sent away',
    asvs: ['V8.3.2', 'V15.4.2'],
    async attack(world) {
      const gone = await world.player();
      const socket = await gone.twin().strikeSeated();
      const sending = (async () => {
        for (let turn = 0; turn < 150; turn += 1) {
          socket.send({ type: 'command', id: `late-${turn}`, command: { do: 'move_tokens', moves: [{ token: gone.token, path: [cells(3, 3 + (turn % 4))] }] } });
          await sleep(2);
        }
      })();
      await sleep(60);
      await world.master.must({ do: 'ban', seat: gone.seat });
      // From the answer on, nothing of theirs is done.
      const at = () => JSON.stringify([...world.master.seen.tokens.values()].find((token) => token.name === gone.name)?.at);
      const before = at();
      await sending;
      await sleep(300);
      refuse(socket.ended !== null, 'the socket stays open');
      refuse(at() === before, `the token went on from ${before} to ${at()}`);
    },
  },
  {
    number: 66,
    name: 'dice that can be foretold',
    asvs: ['V11.5.1'],
    async attack(world) {
      const throwing = async (person) => {
        const socket = await person.twin().strikeSeated();
        const from = socket.frames.length;
        for (let turn = 0; turn < 18; turn += 1) await socket.submit({ do: 'say', line: '/selfroll 1000d20', speak_as: null });
        return socket.frames.slice(from);
      };
      const [one, other] = await Promise.all([throwing(await world.player()), throwing(await world.player())]);
      const values = (frames) => frames.flatMap((text) => (JSON.parse(text).messages ?? []).flatMap((message) => faces(message.parts)));
      const faces = (parts) => {
        const found = [];
        const walk = (thing) => {
          if (Array.isArray(thing)) thing.forEach(walk);
          else if (thing !== null && typeof thing === 'object') {
            if (Array.isArray(thing.dice)) for (const die of thing.dice) found.push(typeof die === 'number' ? die : (die.value ?? die.face));
            for (const value of Object.values(thing)) walk(value);
          }
        };
        walk(parts);
        return found.filter((value) => value >= 1 && value <= 20);
      };
      const [a, b] = [values(one), values(other)];
      if (a.length < 10_000 || b.length < 10_000) throw new Error(`only ${a.length} and ${b.length} dice were read`);
      for (const [who, dice] of Object.entries({ one: a, other: b })) {
        const expected = dice.length / 20;
        const chi = Array.from({ length: 20 }, (_, face) => dice.filter((die) => die === face + 1).length).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
        // 19 degrees of freedom, p = 0.00001.
        refuse(chi < 58.9, `chi-square of ${who}: ${chi.toFixed(1)}`);
        const mean = dice.reduce((sum, die) => sum + die, 0) / dice.length;
        const spread = dice.reduce((sum, die) => sum + (die - mean) ** 2, 0);
        const next = dice.slice(1).reduce((sum, die, at) => sum + (die - mean) * (dice[at] - mean), 0) / spread;
        refuse(Math.abs(next) < 5 / Math.sqrt(dice.length), `a die tells the next: correlation ${next.toFixed(4)}`);
      }
      const same = a.slice(0, 10_000).filter((die, at) => die === b[at]).length;
      refuse(Math.abs(same - 500) < 5 * Math.sqrt(10_000 * 0.05 * 0.95), `two people's dice agree ${same} times in 10,000`);
      refuse(!/seed/i.test(world.server.log()), 'the log speaks of a seed');
      return `${a.length + b.length} dice`;
    },
  },
];
