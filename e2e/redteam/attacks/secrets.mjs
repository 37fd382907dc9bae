// What a player may not see: told by a frame, by its size, by its absence, by a picture, by a refusal, by time.
import { deflateSync, crc32 } from 'node:zlib';
import { sleep } from '../wire.mjs';
import { cells, must, refuse } from '../world.mjs';

/** An image of one colour as a PNG file. */
export function png(width, height, [red, green, blue]) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x += 1) row.set([red, green, blue], 1 + x * 3);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** A player's open socket at what is attacked. */
async function watcher(world) {
  const socket = await world.mallory.twin().strikeSeated();
  await sleep(100);
  return socket;
}

/** What a watcher was sent while something happened, besides the answer to a last command of their own. */
async function heardDuring(socket, happen) {
  const from = socket.frames.length;
  await happen();
  const { refused } = await socket.submit({ do: 'target', tokens: [] });
  if (refused) throw new Error(`the watcher's own command was refused: ${refused.code}`);
  return socket.frames.slice(from);
}

const silent = (frames, what) => refuse(frames.length === 1, `${what}: ${frames.length - 1} frames, such as ${frames[0].slice(0, 160)}`);

export default [
  {
    number: 37,
    name: 'a hidden token moves, is made and removed while a player idles',
    asvs: ['V8.2.3', 'V15.3.1'],
    async attack(world) {
      const socket = await watcher(world);
      const { master } = world;
      const frames = await heardDuring(socket, async () => {
        for (let turn = 0; turn < 20; turn += 1) {
          await master.must({ do: 'move_tokens', moves: [{ token: world.hidden, path: [cells(5, 5 + (turn % 4))] }] });
          const { made } = await master.must({ do: 'place_token', at: cells(6, 6), token: { name: `Ambush ${turn}`, hidden: true } });
          await master.must({ do: 'edit_tokens', tokens: [made], change: { name: `Ambush ${turn} renamed` } });
          await master.must({ do: 'remove_tokens', tokens: [made] });
        }
      });
      silent(frames, '80 hidden changes');
      // In sight a token is told: the silence above is not deafness.
      const { made } = await master.must({ do: 'place_token', at: cells(6, 6), token: { name: 'Seen', name_shown: true } });
      await socket.until(() => [...socket.seen.tokens.values()].some((token) => token.name === 'Seen'));
      await master.must({ do: 'remove_tokens', tokens: [made] });
    },
  },
  {
    number: 38,
    name: 'a token that was shown and is hidden again',
    asvs: ['V8.2.3', 'V8.3.2'],
    async attack(world) {
      const { master } = world;
      const { made } = await master.must({ do: 'place_token', at: cells(7, 7), token: { name: 'Turncoat', name_shown: true } });
      const socket = await watcher(world);
      const handle = [...socket.seen.tokens.values()].find((token) => token.name === 'Turncoat')?.token;
      refuse(world.isSham || handle !== undefined, 'a token in the open is not seen');
      await master.must({ do: 'edit_tokens', tokens: [made], change: { hidden: true } });
      if (!world.isSham) await socket.until(() => !socket.seen.tokens.has(handle));
      silent(
        await heardDuring(socket, async () => {
          for (let turn = 0; turn < 10; turn += 1) await master.must({ do: 'move_tokens', moves: [{ token: made, path: [cells(7, 7 + (turn % 3))] }] });
        }),
        'after it was hidden',
      );
      const { refused } = await socket.submit({ do: 'target', tokens: [handle ?? 1] });
      refuse(refused?.code === 'unknown', `its old handle is ${refused?.code ?? 'good'}`);
      // Who comes now is not told of it.
      const fresh = await watcher(world);
      refuse(!fresh.text.includes('Turncoat'), 'a fresh view tells its name');
      await master.must({ do: 'remove_tokens', tokens: [made] });
    },
  },
  {
    number: 39,
    name: 'secrets in what can be asked for: lists, exports, previews, names',
    asvs: ['V8.2.3', 'V15.3.1', 'V14.2.6'],
    async attack(world) {
      const person = await world.player();
      person.login = `export${world.commandId()}`;
      must(await person.ask('POST', '/api/v1/account/register', { json: { login: person.login, password: 'violin tugboat anchovy' } }), 200);
      // Each answer is searched for flags as it comes.
      for (const [method, path] of [['GET', '/api/v1/tables'], ['GET', '/api/v1/account'], ['GET', '/api/v1/sessions'], ['POST', '/api/v1/account/export'], ['GET', `/api/v1/tables/${world.table}/invite`], ['GET', '/api/v1/openapi.json']]) {
        await person.strike(method, path);
      }
      const socket = await person.strikeSeated();
      const { refused } = await socket.submit({ do: 'say', line: `/w "${world.flags.hiddenToken}" hello`, speak_as: null });
      refuse(refused !== undefined, 'one can whisper to a hidden token');
      const told = world.flagsIn(socket.text.replaceAll(`/w "${world.flags.hiddenToken}"`, ''));
      refuse(told.length === 0 || (told.length === 1 && refused.message.includes(world.flags.hiddenToken)), `a fresh view tells ${told}`);
    },
  },
  {
    number: 40,
    name: 'a roll of the game master that is for nobody else',
    asvs: ['V8.2.3'],
    async attack(world) {
      const socket = await watcher(world);
      silent(
        await heardDuring(socket, async () => {
          for (let turn = 0; turn < 3; turn += 1) await world.master.must({ do: 'say', line: `/gmroll ${2 + turn}d20`, speak_as: null });
          await world.master.must({ do: 'say', line: '/selfroll 1d20', speak_as: null });
          await world.master.must({ do: 'say', line: `/w "${world.ada.name}" psst`, speak_as: null });
        }),
        'secret rolls and a whisper to somebody else',
      );
      // The next message that all hear has the next number of those that this person heard.
      const [before] = [...socket.seen.messages.keys()].slice(-1);
      await world.master.must({ do: 'say', line: 'aloud', speak_as: null });
      await socket.until(() => [...socket.seen.messages.values()].some((message) => JSON.stringify(message).includes('aloud')));
      const after = [...socket.seen.messages.keys()].at(-1);
      refuse(before === undefined || after === before + 1, `the number of the next message tells of ${after - before - 1} others`);
    },
  },
  {
    number: 41,
    name: 'gaps in what is counted, after a hundred hidden changes',
    asvs: ['V8.2.3'],
    async attack(world) {
      const socket = await watcher(world);
      const seqs = () => socket.frames.map((text) => JSON.parse(text)).flatMap((frame) => (frame.type === 'update' ? [frame.seq] : []));
      const first = await socket.submit({ do: 'add_drawing', shape: { kind: 'circle', middle: cells(3, 3), radius: 256 }, color: 1, width: 24, shown: 'everyone' });
      for (let turn = 0; turn < 100; turn += 1) await world.master.must({ do: 'edit_tokens', tokens: [world.hidden], change: { rotation: turn } });
      const second = await socket.submit({ do: 'add_drawing', shape: { kind: 'circle', middle: cells(4, 4), radius: 256 }, color: 1, width: 24, shown: 'everyone' });
      const counted = seqs();
      refuse(counted.every((seq, at) => at === 0 || seq === counted[at - 1] + 1), `updates are numbered ${counted.slice(-5)}`);
      refuse(!world.isSham && second.made === first.made + 1, `handles go from ${first.made} to ${second.made}`);
      await socket.submit({ do: 'remove_drawings', drawings: [first.made, second.made] });
    },
  },
  {
    number: 42,
    name: 'the map itself: the picture, tiles of what was never seen, other zooms, ranges, mirrors',
    asvs: ['V8.2.2', 'V8.2.3', 'V5.3.1'],
    async attack(world) {
      const { master } = world;
      const map = png(2_048, 1_024, [255, 0, 200]);
      const uploaded = must(await master.ask('POST', `/api/v1/tables/${world.table}/scenes?name=vault.png`, { body: map, headers: { 'Content-Type': 'application/octet-stream' } }), 201).json();
      await master.must({ do: 'open_scene', scene: uploaded.scene });
      await master.must({ do: 'show_scene', scene: uploaded.scene });
      const picture = await master.until(() => master.seen.scene?.scene === uploaded.scene && master.seen.scene.picture);
      must(await master.ask('GET', `/api/v1/tables/${world.table}/pictures/${picture}`), 200);
      const spy = world.mallory.twin();
      const socket = await spy.strikeSeated();
      const scene = socket.seen.scene?.scene ?? 1;
      const revision = socket.seen.explored ?? 1;
      let asked = 0;
      const nothing = async (path, headers = {}) => {
        const answer = await spy.strike('GET', path, { headers });
        refuse([204, 400, 404].includes(answer.status) && (answer.status !== 204 || answer.bytes.length === 0), `${path} is answered with ${answer.status}, ${answer.bytes.length} bytes`);
        asked += 1;
      };
      for (const handle of [picture, uploaded.scene, 1, 2, 3, socket.seen.scene?.picture ?? 4]) await nothing(`/api/v1/tables/${world.table}/pictures/${handle}`);
      for (const suffix of ['?original=1', '/original', '/thumbnail', '.png', '?mirror=1', '%00']) await nothing(`/api/v1/tables/${world.table}/pictures/${picture}${suffix}`);
      const tiles = `/api/v1/tables/${world.table}/maps`;
      for (let level = 0; level < 6; level += 1) for (let x = 0; x < 3; x += 1) for (let y = 0; y < 2; y += 1) await nothing(`${tiles}/${scene}/${revision}/${level}/${x}/${y}`);
      for (const path of [`${uploaded.scene}/${revision}/0/0/0`, `${scene}/0/0/0/0`, `${scene}/999999/0/0/0`, `${scene}/${revision}/-1/0/0`, `${scene}/${revision}/0/4294967295/0`, `${scene}/${revision}/255/0/0`]) await nothing(`${tiles}/${path}`);
      await nothing(`${tiles}/${scene}/${revision}/0/0/0?mirror=1`);
      await nothing(`${tiles}/${scene}/${revision}/0/0/0`, { Range: 'bytes=0-1000000' });
      socket.send({ type: 'mirror', seat: world.master.seen.me.seat });
      socket.send({ type: 'mirror', seat: world.ada.seat });
      await sleep(200);
      refuse(!socket.text.includes('"mirrored"'), 'a player looks through somebody else\'s eyes');
      await master.must({ do: 'open_scene', scene: world.yard });
      await master.must({ do: 'show_scene', scene: world.yard });
      return `${asked} addresses asked`;
    },
  },
  {
    number: 43,
    name: 'a refusal that tells what is hidden from what is not there',
    asvs: ['V8.2.2', 'V16.5.1'],
    async attack(world) {
      const socket = await watcher(world);
      const faces = (handle) => [
        { do: 'target', tokens: [handle] },
        { do: 'move_tokens', moves: [{ token: handle, path: [cells(5, 5)] }] },
        { do: 'preview_move', moves: [{ token: handle, path: [cells(5, 5)] }] },
        { do: 'edit_tokens', tokens: [handle], change: { rotation: 1 } },
        { do: 'say', line: 'boo', speak_as: handle },
        { do: 'set_portal', portal: handle, state: 'open' },
        { do: 'remove_drawings', drawings: [handle] },
      ];
      const times = { hidden: [], none: [] };
      for (const at of faces(0).keys()) {
        const told = {};
        for (const [kind, handle] of [['hidden', world.hidden], ['none', 4_000_000]]) {
          const command = faces(handle)[at];
          const begun = process.hrtime.bigint();
          const { id: _, ...ack } = await socket.submit(command);
          times[kind].push(Number(process.hrtime.bigint() - begun) / 1e6);
          told[kind] = JSON.stringify(ack);
          refuse(ack.refused !== undefined, `${command.do} on something hidden is done`);
        }
        refuse(told.hidden === told.none, `${faces(0)[at].do}: ${told.hidden} for what is hidden, ${told.none} for what is not there`);
      }
      return `${faces(0).length} commands`;
    },
  },
  {
    number: 44,
    name: 'coming back with somebody else\'s place in the story',
    asvs: ['V8.2.2', 'V2.2.1'],
    async attack(world) {
      for (const more of [{ since: 0 }, { resume: 'gm' }, { seq: 1 }, { seat: world.master.seen.me.seat }, { mirror: 1 }]) {
        const socket = await world.mallory.twin().strikeSocket({ greet: false });
        socket.send({ type: 'hello', protocol: 1, access: world.mallory.access, table: world.table, ...more });
        const reason = await socket.bye();
        refuse(reason === 'malformed', `${Object.keys(more)} is answered with ${reason ?? 'a view'}`);
      }
      const socket = await watcher(world);
      const told = world.flagsIn(socket.text);
      refuse(told.length === 0, `a fresh view tells ${told}`);
      refuse(JSON.parse(socket.frames[0]).me.role === 'player', 'it is another role\'s view');
    },
  },
];
