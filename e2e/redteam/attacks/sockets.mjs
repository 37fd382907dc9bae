// The WebSocket: foreign pages, stolen words, frames that no library sends, and too much of everything.
import net from 'node:net';
import tls from 'node:tls';
import { cells, memory, must, refuse } from '../world.mjs';
import { closeCodes, frame, opening, sleep } from '../wire.mjs';

const SOCKET = '/api/v1/socket';

/** The hello of somebody, as bytes. */
const hello = (person) => frame(JSON.stringify({ type: 'hello', protocol: 1, access: person.access, table: person.table }));

export default [
  {
    number: 29,
    name: 'a page of another site opens the socket',
    asvs: ['V4.4.2'],
    isAtEdge: true,
    async attack(world) {
      const { protocol, hostname, port } = new URL(world.origin);
      const other = protocol === 'http:' ? 'https:' : 'http:';
      const origins = ['https://evil.example', 'null', undefined, '', `${world.origin}.evil.example`, `${protocol}//${hostname}:${Number(port) + 1}`, `${protocol}//${hostname}`, `${other}//${world.host}`, `${protocol}//evil.example/${world.host}`, world.origin.replace(protocol, protocol.toUpperCase()), `http://localhost.evil.example:${port}`];
      const answers = await Promise.all(origins.map((origin) => world.stranger().strikeRaw({ chunks: [opening({ host: world.host, path: SOCKET, origin })], waitMs: 1_000 })));
      for (const [at, { text }] of answers.entries()) refuse(/^HTTP\/1\.1 403 /.test(text), `from ${origins[at]}: ${text.split('\r\n')[0]}`);
      const twice = Buffer.from(String(opening({ host: world.host, path: SOCKET, origin: world.origin })).replace('\r\n\r\n', '\r\nOrigin: https://evil.example\r\n\r\n'));
      const told = await world.stranger().strikeRaw({ chunks: [twice], waitMs: 300 });
      refuse(/^HTTP\/1\.1 (400|403) /.test(told.text), `two origins: ${told.text.split('\r\n')[0]}`);
      return `${origins.length + 1} origins`;
    },
  },
  {
    number: 30,
    name: 'another\'s token in a running socket, a token of an ended session, a second hello',
    asvs: ['V4.4.3', 'V7.2.1'],
    async attack(world) {
      const ended = await world.player();
      const after = ended.twin();
      must(await ended.ask('POST', '/api/v1/session/end'), 204);
      const reason = await (await after.strikeSocket()).bye();
      refuse(reason === 'signed_out', `a token of an ended session: ${reason}`);
      for (const [what, sent, wanted] of [
        ['another account\'s token', { type: 'renew', access: world.ada.access }, 'signed_out'],
        ['a second hello', { type: 'hello', protocol: 1, access: world.mallory.access, table: world.table }, 'malformed'],
      ]) {
        const socket = await world.mallory.twin().strikeSeated();
        socket.send(sent);
        const told = await socket.bye();
        refuse(told === wanted, `${what}: ${told}`);
      }
      const early = await world.mallory.twin().strikeSocket({ greet: false });
      early.send({ type: 'command', id: 'x', command: { do: 'undo' } });
      refuse((await early.bye()) === 'malformed', 'a command is taken before the hello');
    },
  },
  {
    number: 31,
    name: 'frames that break RFC 6455, and frames beyond every measure',
    asvs: ['V4.2.1', 'V2.2.1', 'V15.2.2'],
    async attack(world) {
      const start = frame('{"type":', { fin: false });
      const cases = {
        'one MiB at once': [frame('x'.repeat(1024 * 1024))],
        'fragments that grow too large': [start, ...Array.from({ length: 300 }, () => frame('x'.repeat(400), { opcode: 0, fin: false }))],
        'ten thousand fragments': [start, ...Array.from({ length: 10_000 }, () => frame('x', { opcode: 0, fin: false }))],
        'ten thousand fragments with nothing in them': [start, ...Array.from({ length: 10_000 }, () => frame('', { opcode: 0, fin: false }))],
        'no mask': [frame('{}', { masked: false })],
        'a reserved bit': [frame('{}', { reserved: 4 })],
        'all reserved bits': [frame('{}', { reserved: 7 })],
        'compressed although nobody agreed to it': [frame(Buffer.from([0xaa, 0x56, 0x2a]), { reserved: 4 })],
        'text that is no UTF-8': [frame(Buffer.from([0xc3, 0x28]))],
        'UTF-8 of a surrogate': [frame(Buffer.from([0xed, 0xa0, 0x80]))],
        'a ping of 126 bytes': [frame('x'.repeat(126), { opcode: 9 })],
        'a ping in pieces': [frame('x', { opcode: 9, fin: false })],
        'an unknown kind of frame': [frame('x', { opcode: 3 })],
        'an unknown control frame': [frame('x', { opcode: 11 })],
        'a continuation of nothing': [frame('x', { opcode: 0 })],
        'a message within a message': [start, frame('{}')],
        'bytes instead of text': [frame(Buffer.alloc(16), { opcode: 2 })],
        'a length of 2^63': [Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
      };
      for (const [what, frames] of Object.entries(cases)) {
        const told = await world.mallory.twin().strikeRaw({
          chunks: [opening({ host: world.host, path: SOCKET, origin: world.origin }), hello(world.mallory), Buffer.concat(frames)],
          pauseMs: 40,
          waitMs: 2_500,
        });
        refuse(told.closed, `${what}: the connection stays open`);
        const codes = closeCodes(told.bytes);
        const fitting = what.startsWith('ten thousand') ? [4429] : [1002, 1003, 1007, 1009, 4400, 4413];
        refuse(codes.length === 0 || fitting.includes(codes[0]), `${what}: closed with ${codes}`);
      }
      return `${Object.keys(cases).length} kinds, all closed`;
    },
  },
  {
    number: 32,
    name: 'a reader who never reads',
    asvs: ['V15.2.2', 'V15.4.4'],
    isLong: true,
    async attack(world) {
      const slow = await world.player();
      const tokens = [];
      for (let turn = 0; turn < 60; turn += 1) tokens.push((await world.master.must({ do: 'place_token', at: cells(2, 2), token: { name: `Crowd ${turn} ${'x'.repeat(40)}`, name_shown: true } })).made);
      const [before, held] = [memory(world), await world.connections()];
      const { secure, ...at } = world.target;
      const options = { ...at, localAddress: slow.from };
      const socket = secure ? tls.connect({ ...options, ...secure, rejectUnauthorized: false }) : net.connect(options);
      await new Promise((open) => socket.once(secure ? 'secureConnect' : 'connect', open));
      socket.on('error', () => {});
      socket.pause();
      socket.write(opening({ host: world.host, path: SOCKET, origin: world.origin }));
      await sleep(100);
      socket.write(hello(slow));
      const begun = Date.now();
      while ((await world.connections()) <= held && Date.now() - begun < 3_000) await sleep(50);
      let most = before;
      let turn = 0;
      while ((await world.connections()) > held && Date.now() - begun < (world.isSham ? 5_000 : 75_000)) {
        await world.master.submit({ do: 'edit_tokens', tokens, change: { rotation: turn % 360 } });
        most = Math.max(most, memory(world));
        turn += 1;
        await sleep(35);
      }
      const took = Date.now() - begun;
      const isServed = (await world.connections()) > held;
      socket.destroy();
      await world.master.must({ do: 'remove_tokens', tokens });
      refuse(!isServed, `after ${took} ms it is still served`);
      refuse(most - before < 64, `${(most - before).toFixed(0)} MiB more memory`);
      return `hung up after ${(took / 1000).toFixed(0)} s and ${turn} changes, ${(most - before).toFixed(0)} MiB more at most`;
    },
  },
  {
    number: 33,
    name: 'sockets that are opened and say nothing',
    asvs: ['V2.4.1', 'V15.2.2'],
    async attack(world) {
      const silent = world.stranger();
      const open = () => silent.strikeRaw({ chunks: [opening({ host: world.host, path: SOCKET, origin: world.origin })], waitMs: 7_000 });
      const flood = Promise.all(Array.from({ length: 200 }, open));
      await sleep(500);
      // Others come in meanwhile.
      const other = await world.ada.twin().connect(world.real.port);
      await other.until(() => other.seen.me, 3_000);
      other.wire.terminate();
      const told = await flood;
      const turnedAway = told.filter(({ text }) => text.startsWith('HTTP/1.1 429'));
      refuse(turnedAway.length >= 150, `${200 - turnedAway.length} of 200 were let in`);
      const letIn = told.filter(({ text }) => text.startsWith('HTTP/1.1 101'));
      refuse(letIn.every(({ closed }) => closed), 'a socket that says nothing stays open');
      return `${turnedAway.length} of 200 turned away, the others shut within ${Math.max(...letIn.map(({ ms }) => ms))} ms`;
    },
  },
  {
    number: 34,
    name: 'a flood of each kind of frame',
    asvs: ['V2.4.1', 'V2.4.2', 'V15.4.4'],
    async attack(world) {
      const kinds = {
        drag: (turn) => ({ type: 'drag', ghosts: [{ token: world.mallory.token, at: [768 + (turn % 100), 768] }] }),
        ping: () => ({ type: 'ping', at: [768, 768], pull: false }),
        ruler: (turn) => ({ type: 'ruler', points: [[768, 768], [800 + turn, 768]] }),
        say: (turn) => ({ type: 'command', id: `flood-say-${turn}`, command: { do: 'say', line: `spam ${turn}`, speak_as: null } }),
        roll: (turn) => ({ type: 'command', id: `flood-roll-${turn}`, command: { do: 'say', line: '/r 1d20', speak_as: null } }),
        target: (turn) => ({ type: 'command', id: `flood-target-${turn}`, command: { do: 'target', tokens: turn % 2 ? [] : [world.mallory.token] } }),
        move: (turn) => ({ type: 'command', id: `flood-move-${turn}`, command: { do: 'move_tokens', moves: [{ token: world.mallory.token, path: [cells(3, 3), cells(3 + (turn % 3), 4)] }] } }),
      };
      const waits = [];
      for (const [kind, of] of Object.entries(kinds)) {
        const socket = await world.mallory.twin().strikeSeated();
        for (let turn = 0; turn < 1_000; turn += 1) socket.send(of(turn));
        for (let turn = 0; turn < 20; turn += 1) {
          const begun = Date.now();
          await world.ada.must({ do: 'target', tokens: [] });
          waits.push(Date.now() - begun);
          await sleep(10);
        }
        const reason = await socket.bye();
        // Who still writes while the server hangs up may miss its last word.
        refuse(reason === 'too_fast' || reason === 'code 1006', `a thousand of ${kind} at once: ${reason ?? 'the socket stays open'}`);
        await sleep(1_000);
      }
      waits.sort((a, b) => a - b);
      const p99 = waits[Math.floor(waits.length * 0.99)];
      refuse(p99 < 1_000, `another player waits for ${p99} ms`);
      return `${Object.keys(kinds).length} kinds; another player's commands meanwhile: median ${waits[waits.length >> 1]} ms, p99 ${p99} ms`;
    },
  },
  {
    number: 35,
    name: 'frames that are no frames: unknown, deep, huge, doubled',
    asvs: ['V2.2.1', 'V1.5.2', 'V1.5.3', 'V16.5.3'],
    isAtEdge: true,
    async attack(world) {
      const ping = (at) => `{"type":"ping","at":${at},"pull":false}`;
      const cases = {
        'an unknown kind': '{"type":"sudo"}',
        'no kind': '{}',
        'a list': '["ping",[0,0]]',
        'a number': '7',
        'nothing': '',
        'brackets, 100,000 deep': '['.repeat(100_000),
        'brackets, 30,000 deep': `{"type":${'['.repeat(30_000)}`,
        'objects, 5,000 deep': `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
        'a number of 10,000 digits': ping(`[${'9'.repeat(10_000)},0]`),
        'a number with a huge exponent': ping('[1e999999999,0]'),
        'beyond 2^53': ping('[9007199254740993,0]'),
        'a fraction': ping('[0.5,0]'),
        'a key twice': '{"type":"ping","at":[0,0],"at":[1,1],"pull":false}',
        'the kind twice': '{"type":"ping","type":"renew","at":[0,0],"pull":false}',
        'a comment': '{"type":"ping",/* x */"at":[0,0],"pull":false}',
        'a comma at the end': '{"type":"ping","at":[0,0],"pull":false,}',
        'two frames in one': `${ping('[0,0]')}${ping('[0,0]')}`,
        'NUL': '\u0000',
        'a lone surrogate': '{"type":"command","id":"x","command":{"do":"say","line":"\\ud800","speak_as":null}}',
        'a prototype': '{"type":"ping","at":[0,0],"pull":false,"__proto__":{"gm":true}}',
      };
      for (const [what, text] of Object.entries(cases)) {
        const socket = await world.mallory.twin().strikeSeated();
        socket.send(text);
        const reason = await socket.bye();
        refuse(reason === 'malformed' || reason === 'too_large' || /^code 10/.test(reason ?? ''), `${what}: ${reason ?? 'the socket stays open'}`);
      }
      return `${Object.keys(cases).length} kinds`;
    },
  },
];
