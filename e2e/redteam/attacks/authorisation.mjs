// Doing what another role may do, at one's own table or another's.
import { readFileSync } from 'node:fs';
import { sleep } from '../wire.mjs';
import { cells, codeOf, face, must, refuse } from '../world.mjs';

const documented = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
/** One of every command, as the protocol's own description has them. */
const commands = [...documented.matchAll(/^\{"do":.*$/gm)].map(([text]) => JSON.parse(text));
/** What a player may ask for, of their own or of all; the rest is the game master's. */
const PLAYERS = new Set(['move_tokens', 'edit_tokens', 'target', 'undo', 'redo', 'set_portal', 'say', 'add_drawing', 'edit_drawings', 'remove_drawings', 'preview_move', 'edit_seat']);
const mastersOnly = commands.filter((command) => !PLAYERS.has(command.do) || ['masters', 'explored'].includes(command.shown));
/** What names something that players are never told of has no name that they could say. */
const UNNAMED = new Set(['remove_walls', 'edit_area', 'remove_areas', 'cover_areas']);

/** A command with handles that its sender knows, where there are such. */
function renamed(thing, handles) {
  if (Array.isArray(thing)) return thing.map((part) => renamed(part, handles));
  if (thing === null || typeof thing !== 'object') return thing;
  const isHandle = (value) => typeof value === 'number' || (Array.isArray(value) && value.every((part) => typeof part === 'number'));
  return Object.fromEntries(
    Object.entries(thing).map(([key, value]) => {
      const handle = handles[key.replace(/s$/, '')];
      if (handle === undefined || !isHandle(value)) return [key, renamed(value, handles)];
      return [key, Array.isArray(value) ? [handle] : handle];
    }),
  );
}

if (commands.length < 40 || mastersOnly.length < 25) throw new Error('the protocol does not describe its commands');

/** What the game master sees of the table, without what tells only who is there. */
const state = async (world) => {
  const socket = await world.master.twin().connect(world.real.port);
  await socket.until(() => socket.seen.me);
  const { seq: _, seats: _seats, explored: _explored, ...view } = JSON.parse(socket.frames.find((text) => text.startsWith('{"type":"update"')));
  socket.wire.terminate();
  return JSON.stringify(view);
};

/** Each route that names a table, for one table. */
const routesOf = (table) => [
  ['GET', `/api/v1/tables/${table}/invite`],
  ['POST', `/api/v1/tables/${table}/seats/1/link`],
  ['GET', `/api/v1/tables/${table}/pictures/1`],
  ['GET', `/api/v1/tables/${table}/maps/1/1/0/0/0`],
  ['POST', `/api/v1/tables/${table}/scenes?name=x`],
  ['POST', `/api/v1/tables/${table}/pictures`],
  ['POST', `/api/v1/tables/${table}/delete`],
  ['POST', `/api/v1/tables/${table}/restore`],
];

export default [
  {
    number: 22,
    name: 'another table\'s ids, as a member elsewhere, a guest at the door, somebody sent away, a stranger',
    asvs: ['V8.2.2', 'V8.4.1', 'V8.3.3'],
    async attack(world) {
      const gone = await world.player();
      await world.master.must({ do: 'kick', seat: gone.seat });
      const outsiders = { 'the game master of another table': world.rival, 'somebody at the door': await world.knocking(), 'somebody sent away': gone, 'an account without a table': await world.account() };
      for (const [who, person] of Object.entries(outsiders)) {
        const real = routesOf(world.table);
        const none = routesOf('f'.repeat(32));
        for (const [at, [method, path]] of real.entries()) {
          const body = method === 'POST' && !path.includes('link') ? { body: 'x', headers: { 'Content-Type': 'application/octet-stream' } } : {};
          const [hit, miss] = [await person.strike(method, path, body), await person.strike(none[at][0], none[at][1], body)];
          // An account that signed in a while ago is asked who it is, whatever the table.
          const wanted = path.endsWith('/delete') ? [401, 403, 404] : [401, 404];
          refuse(wanted.includes(hit.status), `${who}: ${method} ${path} is answered with ${hit.status}`);
          refuse(face(hit) === face(miss), `${who}: ${method} ${path} tells a table that is from one that is not`);
        }
      }
      // At the socket too: a table of others is as absent as one that does not exist.
      for (const who of ['the game master of another table', 'an account without a table']) {
        const reasons = [];
        for (const table of [world.table, 'f'.repeat(32)]) reasons.push(await (await outsiders[who].strikeSocket({ table })).bye());
        refuse(reasons.every((reason) => reason === 'no_table'), `${who}: the socket ends with ${reasons}`);
      }
      // And the list of one's tables names one's own.
      for (const [who, person] of Object.entries(outsiders)) {
        const tables = (await person.strike('GET', '/api/v1/tables')).text;
        refuse(who === 'somebody at the door' || !tables.includes(world.table), `${who} is told of the table`);
      }
      return `${Object.keys(outsiders).length} outsiders, ${routesOf('').length} routes each, and the socket`;
    },
  },
  {
    number: 23,
    name: 'every command of the game master, sent by a player',
    asvs: ['V8.2.1', 'V8.3.1'],
    async attack(world) {
      const { master } = world;
      const attacker = await world.player();
      // Of each kind that players are told of there is one that this one can name.
      await master.must({ do: 'add_portal', a: cells(1, 18), b: cells(2, 18), kind: 'door' });
      await master.must({ do: 'add_lights', lights: [{ at: cells(3, 17), glow: { bright: 512, dim: 1_024, color: 0xffffff }, on: true }] });
      const made = { portal: [...master.seen.portals.keys()].at(-1), light: [...master.seen.lights.keys()].at(-1) };
      const { seen } = attacker;
      const first = (kind) => [...seen[kind].keys()][0];
      await attacker.until(() => first('portals') && first('lights'));
      const seat = [...seen.seats.values()].find(({ name }) => name === world.ada.name).seat;
      const handles = { token: attacker.token, seat, scene: seen.scene.scene, portal: first('portals'), light: first('lights') };
      const before = await state(world);
      const socket = await attacker.twin().strikeSeated();
      for (const example of mastersOnly) {
        const command = renamed(example, handles);
        const { refused } = await socket.submit(command);
        // A name is looked up before it is asked who may: else a refusal would tell that it is one.
        const wanted = UNNAMED.has(command.do) ? 'unknown' : 'master_only';
        refuse(refused?.code === wanted, `${JSON.stringify(command)} is ${refused?.code ?? 'done'}`);
      }
      refuse((await state(world)) === before, 'something at the table changed');
      await master.must({ do: 'remove_portal', portal: made.portal });
      await master.must({ do: 'remove_lights', lights: [made.light] });
      return `${mastersOnly.length} commands`;
    },
  },
  {
    number: 24,
    name: 'fields that nobody asked for',
    asvs: ['V15.3.3', 'V8.2.3'],
    async attack(world) {
      const extra = { role: 'gm', owner: 1, is_gm: true, table_id: world.table, hidden: false, vision: true, __proto__x: {}, constructor: {} };
      const bodies = [
        ['/api/v1/join', { code: codeOf(world.server.invite), name: 'Mass' }],
        ['/api/v1/join/preview', { code: codeOf(world.server.invite) }],
        ['/api/v1/session/sign-in', { login: 'ada', password: 'another password' }],
        ['/api/v1/account/register', { login: 'mass', password: 'violin tugboat anchovy' }],
        ['/api/v1/account/password', { current: 'x', new: 'y' }],
        ['/api/v1/account/password/reset', { code: 'x', password: 'y' }],
      ];
      let tried = 0;
      for (const [path, body] of bodies) {
        for (const [field, value] of Object.entries(extra)) {
          const answer = await world.mallory.twin().strike('POST', path, { json: { ...body, [field]: value }, from: world.address() });
          refuse(answer.status === 400, `${path} with ${field} is answered with ${answer.status}`);
          tried += 1;
        }
      }
      // The same parameter twice.
      const twice = await world.master.twin().strike('POST', `/api/v1/tables/${world.table}/scenes?name=a&name=b`, { body: 'x', headers: { 'Content-Type': 'application/octet-stream' } });
      refuse(twice.status === 400, `a parameter that stands there twice is answered with ${twice.status}`);
      const own = world.mallory.token;
      for (const command of [
        { do: 'say', line: 'x', speak_as: null, role: 'gm' },
        { do: 'edit_seat', seat: world.mallory.seat, name: 'x', color: 1, role: 'gm' },
        { do: 'move_tokens', moves: [{ token: own, path: [cells(3, 3), cells(4, 3)], free: true }] },
      ]) {
        const socket = await world.mallory.twin().strikeSeated();
        await socket.submit(command);
        refuse((await socket.bye()) === 'malformed', `${JSON.stringify(command)} is taken`);
        tried += 1;
      }
      // Fields that exist, and are the game master's.
      const socket = await world.mallory.twin().strikeSeated();
      for (const change of [{ hidden: true }, { owners: [1, 2, 3] }, { layer: 'map' }, { senses: { sight_range: 1_000_000, darkvision: 1_000_000, tremorsense: 100_000, blind: false } }, { size: 4_096 }]) {
        const { refused } = await socket.submit({ do: 'edit_tokens', tokens: [own], change });
        refuse(refused?.code === 'master_only', `a player sets ${Object.keys(change)} of their token: ${refused?.code ?? 'done'}`);
        tried += 1;
      }
      return `${tried} fields`;
    },
  },
  {
    number: 25,
    name: 'somebody else\'s token; one\'s own through walls, off the map, to no number',
    asvs: ['V8.2.2', 'V2.2.2', 'V2.2.1'],
    async attack(world) {
      const { mallory } = world;
      const socket = await mallory.twin().strikeSeated();
      const others = [...socket.seen.tokens.values()].filter((token) => !token.mine).map(({ token }) => token);
      refuse(world.isSham || others.length > 0, 'no other token is in sight');
      for (const token of [...others, 99_999, world.hidden]) {
        const { refused } = await socket.submit({ do: 'move_tokens', moves: [{ token, path: [cells(3, 3), cells(4, 4)] }] });
        refuse(refused !== undefined, `token ${token} of somebody else is moved`);
      }
      // Through the wall: it stops there. Off the map: it stays.
      const at = () => [...socket.seen.tokens.values()].find((token) => token.mine)?.at;
      const from = at() ?? cells(3, 3);
      const through = await socket.submit({ do: 'move_tokens', moves: [{ token: mallory.token, path: [from, cells(15, 3)] }] });
      refuse(through.refused !== undefined || through.stopped === true, 'a token walks through a wall');
      const off = await socket.submit({ do: 'move_tokens', moves: [{ token: mallory.token, path: [from, [1_000_000, 0]] }] });
      refuse(off.refused !== undefined || off.stopped === true, 'a token leaves the map');
      const seen = [...world.master.seen.tokens.values()].find((token) => token.name === mallory.name);
      refuse(seen.at[0] < 10 * 256, 'the token is behind the wall');
      for (const point of ['[1e400,0]', '[0.5,0]', '["3",0]', '[null,0]', '[NaN,0]', '[9007199254740993,0]', '[0]', '[0,0,0]', '{"x":0}']) {
        const broken = await mallory.twin().strikeSeated();
        broken.send(`{"type":"command","id":"p","command":{"do":"move_tokens","moves":[{"token":${mallory.token},"path":[[768,768],${point}]}]}}`);
        const reason = await broken.bye();
        refuse(reason === 'malformed', `the point ${point} is answered with ${reason}`);
      }
    },
  },
  {
    number: 26,
    name: 'what members do, by somebody who still waits at the door',
    asvs: ['V8.2.1', 'V2.3.1'],
    async attack(world) {
      const waiting = await world.knocking();
      const socket = await waiting.strikeSocket();
      await sleep(200);
      refuse(socket.seen.me === null, 'a seat is given to whoever knocks');
      for (const command of commands) {
        const { refused } = await socket.submit(command);
        refuse(refused !== undefined && refused.code !== 'too_fast', `${command.do} is done`);
      }
      for (const frame of [{ type: 'drag', ghosts: [{ token: 1, at: [0, 0] }] }, { type: 'ping', at: [0, 0], pull: true }, { type: 'mirror', seat: 1 }]) socket.send(frame);
      for (const [method, path] of routesOf(world.table)) refuse((await waiting.strike(method, path)).status !== 200, `${method} ${path} is answered`);
      await sleep(200);
      refuse(socket.frames.every((text) => !text.includes('"tokens"') && !text.includes('"mirrored"')), 'the table is shown');
      return `${commands.length} commands, 3 frames, ${routesOf('').length} routes`;
    },
  },
  {
    number: 27,
    name: 'an invite with another role written into the request',
    asvs: ['V15.3.3', 'V8.3.1'],
    async attack(world) {
      const code = codeOf(world.server.invite);
      for (const json of [{ code, name: 'Rolf', role: 'gm' }, { code, name: 'Rolf', state: 'seated' }, { code, name: 'Rolf', seat: 1 }]) {
        const answer = await world.stranger().strike('POST', '/api/v1/join', { json });
        refuse(answer.status === 400, `${Object.keys(json)} is answered with ${answer.status}`);
      }
      const person = world.stranger();
      for (const path of ['/api/v1/join?role=gm', '/api/v1/join?state=seated']) {
        const answer = await person.strike('POST', path, { json: { code, name: 'Rolf' }, headers: { 'X-Role': 'gm' } });
        refuse(answer.status === 400 || answer.json().state === 'knocking', `${path} is answered with ${answer.text}`);
      }
      const forged = `${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}`;
      refuse((await world.stranger().strike('POST', '/api/v1/join', { json: { code: forged, name: 'Rolf' } })).status === 404, 'a forged invite is taken');
    },
  },
  {
    number: 28,
    name: 'what somebody held who was sent away: socket, picture, tile, links',
    asvs: ['V8.3.2', 'V7.4.2'],
    async attack(world) {
      const gone = await world.player();
      const twin = gone.twin();
      const socket = await twin.strikeSeated();
      const link = must(await gone.ask('POST', `/api/v1/tables/${world.table}/seats/${[...gone.seen.seats.values()].find((seat) => seat.name === gone.name).seat}/link`), 200).json().links[0];
      await world.master.must({ do: 'ban', seat: gone.seat });
      const begun = Date.now();
      refuse((await socket.bye()) === 'removed', `the socket ends with ${socket.ended?.code ?? 'nothing'}`);
      const took = Date.now() - begun;
      refuse(took < 1_000, `the socket lived for ${took} ms`);
      for (const [method, path] of routesOf(world.table)) {
        const status = (await twin.strike(method, path, { body: method === 'POST' ? 'x' : undefined })).status;
        refuse(status === 404 || status === 415 || status === 400, `${method} ${path} is answered with ${status}`);
      }
      refuse(['no_table', 'removed'].includes(await (await twin.strikeSocket()).bye()), 'the socket opens again');
      // A link for another device of theirs opens nothing.
      const device = world.stranger();
      const joined = await device.strike('POST', '/api/v1/join', { json: { code: codeOf(link) } });
      refuse(joined.status !== 200, `the link for another device is answered with ${joined.text}`);
      return `the socket was shut after ${took} ms`;
    },
  },
];
