// What a player may not see: told by a frame, by its size, by its absence, by a picture, by a refusal, by time.
import { UNEXPLORED } from '../flags.mjs';
import { png } from '../picture.mjs';
import { sleep } from '../wire.mjs';
import { cells, median, must, refuse, timesApart } from '../world.mjs';

/** The handle of what is not there. */
const NONE = '4000000';

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
    number: 36,
    name: 'everything that a player is sent while a game with secrets is played',
    asvs: ['V8.2.3', 'V15.3.1'],
    isAtEdge: true,
    shams: [{ tells: ['hiddenToken'] }, { tells: ['masterRoll'] }, { tells: ['note', 'area'] }, { tells: ['otherScene'] }],
    async attack(world) {
      const { master, flags } = world;
      const { hiddenToken, farToken, otherScene, note, area, whisper, masterRoll } = flags.words;
      // Whatever they hear is searched for flags, whoever they are.
      const socket = await watcher(world);
      const waiting = await (await world.knocking()).strikeSocket();
      const made = async (command) => (await master.must(command)).made;
      const guard = await made({ do: 'place_token', at: cells(4, 8), token: { name: hiddenToken, name_shown: true, hidden: true } });
      const far = await made({ do: 'place_token', at: cells(16, 8), token: { name: farToken, name_shown: true } });
      for (let turn = 0; turn < 5; turn += 1) {
        await master.must({ do: 'move_tokens', moves: [{ token: guard, path: [cells(4 + turn, 8)] }] });
        await master.must({ do: 'move_tokens', moves: [{ token: far, path: [cells(16, 8 + turn)] }] });
        await master.must({ do: 'edit_tokens', tokens: [guard], change: { rotation: turn * 10 } });
      }
      const copy = { do: 'copy_tokens', tokens: [guard], by: [256, 0] };
      await master.must(copy);
      await master.must({ do: 'undo' });
      const written = await made({ do: 'add_drawing', shape: { kind: 'note', at: cells(4, 4), text: note }, color: 1, width: 96, shown: 'masters' });
      const beyond = await made({ do: 'add_drawing', shape: { kind: 'note', at: cells(15, 4), text: note }, color: 1, width: 96, shown: 'explored' });
      await master.must({ do: 'edit_drawings', drawings: [written], change: { by: [256, 0], text: `${note} again` } });
      await master.must({ do: 'prepare_fog' });
      const crypt = await made({ do: 'add_area', name: area, points: [cells(12, 10), cells(18, 10), cells(18, 16)] });
      for (const cover of ['veiled', 'revealed', 'open']) await master.must({ do: 'cover_areas', stage: 'draft', areas: [crypt], cover });
      await master.must({ do: 'discard_fog' });
      await master.must({ do: 'say', line: `/gmroll 2d6 # ${masterRoll}`, speak_as: null });
      await master.must({ do: 'say', line: `/selfroll 2d6 # ${masterRoll}`, speak_as: null });
      await master.must({ do: 'say', line: `/w "${world.ada.name}" ${whisper}`, speak_as: null });
      // Who comes now is not told of it either.
      await (await watcher(world)).submit({ do: 'target', tokens: [] });
      await master.must({ do: 'remove_tokens', tokens: [guard, far] });
      await master.must({ do: 'remove_drawings', drawings: [written, beyond] });
      await master.must({ do: 'remove_areas', areas: [crypt] });
      // Elsewhere the game master prepares what comes next.
      const scene = [...master.seen.scenes.values()].find(({ name }) => name === otherScene).scene;
      await master.must({ do: 'open_scene', scene });
      const boss = await made({ do: 'place_token', at: cells(2, 2), token: { name: farToken, name_shown: true } });
      await master.must({ do: 'remove_tokens', tokens: [boss] });
      await master.must({ do: 'open_scene', scene: world.yard });
      // What is for all they do hear.
      const word = `for all ${world.commandId()}`;
      await master.must({ do: 'say', line: word, speak_as: null });
      if (!world.isSham) await socket.until(() => socket.text.includes(word));
      refuse(!waiting.text.includes(word), 'somebody at the door hears what is said inside');
      return `${socket.frames.length} frames of a player, ${waiting.frames.length} of somebody at the door`;
    },
  },
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
      // To whisper to a hidden token is as to whisper to nobody.
      const { made } = await world.master.must({ do: 'place_token', at: cells(6, 6), token: { name: 'Lurker', name_shown: true, hidden: true } });
      const whisper = (name) => socket.submit({ do: 'say', line: `/w "${name}" hello`, speak_as: null });
      const [lurker, nobody] = [await whisper('Lurker'), await whisper('Nobody')];
      refuse(lurker.refused !== undefined, 'one can whisper to a hidden token');
      refuse(JSON.stringify(lurker.refused) === JSON.stringify(nobody.refused).replaceAll('Nobody', 'Lurker'), `a hidden token is ${lurker.refused.message}, nobody ${nobody.refused?.message}`);
      await world.master.must({ do: 'remove_tokens', tokens: [made] });
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
      refuse(second.made === first.made + 1, `handles go from ${first.made} to ${second.made}`);
      await socket.submit({ do: 'remove_drawings', drawings: [first.made, second.made] });
    },
  },
  {
    number: 42,
    name: 'the map itself: the picture, tiles of what was never seen, other zooms, ranges, mirrors',
    asvs: ['V8.2.2', 'V8.2.3', 'V5.3.1'],
    shams: [{}, { tells: [UNEXPLORED] }],
    async attack(world) {
      const { master, flags } = world;
      const tiles = `/api/v1/tables/${world.table}/maps`;
      const spy = world.mallory.twin();
      const yard = await spy.strikeSeated();
      // Of the map in view there is what was explored, to the last pixel, and nothing beside it.
      const shown = { near: 0, tinged: 0, explored: 0, pictures: 0 };
      const look = async (path, headers = {}) => {
        const answer = await spy.strike('GET', path, { headers });
        if (answer.status === 204 && answer.bytes.length === 0) return;
        const type = answer.headers['content-type'] ?? '';
        refuse([200, 206].includes(answer.status) && type.startsWith('image/'), `${path} is answered with ${answer.status} and ${type}`);
        const count = await flags.count(answer.bytes, type);
        refuse(count.near === 0 && count.tinged === 0, `${path} shows ${count.near} pixels of what was never explored, and something of ${count.tinged}`);
        for (const kind of ['near', 'tinged', 'explored']) shown[kind] += count[kind];
        shown.pictures += 1;
      };
      const here = `${tiles}/${yard.seen.scene?.scene ?? 1}/${yard.seen.explored ?? 1}`;
      for (let level = 0; level < 4; level += 1) for (let x = 0; x < 4; x += 1) for (let y = 0; y < 4; y += 1) await look(`${here}/${level}/${x}/${y}`);
      await look(`${here}/0/1/0`, { Range: 'bytes=0-1000000' });
      refuse(shown.explored > 150_000, `of what was explored ${shown.explored} pixels are shown: nothing can be told from that`);
      // Who may see it does.
      const whole = await master.ask('GET', `/api/v1/tables/${world.table}/pictures/${master.seen.scene.picture}`);
      const count = await flags.count(must(whole, 200).bytes, whole.headers['content-type']);
      refuse(count.near > 100_000, `the game master sees ${count.near} pixels of what was never explored`);
      const map = png(2_048, 1_024, flags.colour);
      const uploaded = must(await master.ask('POST', `/api/v1/tables/${world.table}/scenes?name=vault.png`, { body: map, headers: { 'Content-Type': 'application/octet-stream' } }), 201).json();
      await master.must({ do: 'open_scene', scene: uploaded.scene });
      await master.must({ do: 'show_scene', scene: uploaded.scene });
      const picture = await master.until(() => master.seen.scene?.scene === uploaded.scene && master.seen.scene.picture);
      must(await master.ask('GET', `/api/v1/tables/${world.table}/pictures/${picture}`), 200);
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
      return `${shown.pictures} tiles of what was explored, ${asked} addresses of what was not`;
    },
  },
  {
    number: 43,
    name: 'a refusal that tells what is hidden from what is not there',
    asvs: ['V8.2.2', 'V16.5.1'],
    // What is not there is always named with the same number.
    shams: [{}, { refuses: 'unknown', isOddWith: (text) => !text.includes(NONE) }, { refuses: 'unknown', isSlowWith: (text) => !text.includes(NONE), slowMs: 3 }],
    async attack(world) {
      const { master } = world;
      const spy = await world.player();
      const { made } = await master.must({ do: 'place_token', at: cells(7, 7), token: { name: 'Ghost', name_shown: true } });
      const socket = await spy.twin().strikeSeated();
      const once = [...socket.seen.tokens.values()].find(({ name }) => name === 'Ghost')?.token ?? 1;
      await master.must({ do: 'edit_tokens', tokens: [made], change: { hidden: true } });
      if (!world.isSham) await socket.until(() => !socket.seen.tokens.has(once));
      const handles = { 'what is not there': Number(NONE), 'what is hidden': world.hidden, 'what was seen once': once };
      const faces = (handle) => [
        { do: 'target', tokens: [handle] },
        { do: 'move_tokens', moves: [{ token: handle, path: [cells(5, 5)] }] },
        { do: 'preview_move', moves: [{ token: handle, path: [cells(5, 5)] }] },
        { do: 'edit_tokens', tokens: [handle], change: { rotation: 1 } },
        { do: 'say', line: 'boo', speak_as: handle },
        { do: 'set_portal', portal: handle, state: 'open' },
        { do: 'remove_drawings', drawings: [handle] },
      ];
      const times = Object.fromEntries(Object.keys(handles).map((kind) => [kind, []]));
      // As many as are not too many at once, each kind as often first as last; lines are fewer.
      for (let turn = 0; turn < 9; turn += 1) {
        const kinds = Object.keys(handles).map((_, at, all) => all[(at + turn) % all.length]);
        for (const at of faces(0).keys()) {
          if (turn > 2 && faces(0)[at].do === 'say') continue;
          const told = {};
          for (const kind of kinds) {
            const command = faces(handles[kind])[at];
            const begun = process.hrtime.bigint();
            const { id: _, ...ack } = await socket.submit(command);
            times[kind].push(Number(process.hrtime.bigint() - begun) / 1e6);
            told[kind] = JSON.stringify(ack);
            refuse(ack.refused !== undefined, `${command.do} on ${kind} is done`);
            if (ack.refused.code === 'too_fast') throw new Error(`${command.do} came too fast`);
          }
          refuse(new Set(Object.values(told)).size === 1, `${faces(0)[at].do}: ${JSON.stringify(told)}`);
        }
      }
      const apart = timesApart(times);
      refuse(apart.length === 0, `told apart by time: ${apart}`);
      await master.must({ do: 'remove_tokens', tokens: [made] });
      const medians = Object.entries(times).map(([kind, taken]) => `${kind} ${median(taken).toFixed(2)} ms`);
      return `${faces(0).length} commands, ${times['what is hidden'].length} of each; medians: ${medians.join(', ')}`;
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
      refuse(JSON.parse(socket.frames[0]).me.role === 'player', 'it is another role\'s view');
    },
  },
];
