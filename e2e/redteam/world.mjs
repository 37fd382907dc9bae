// The world that is attacked: a real server with its usual limits, people at two tables, and a flag in every secret that
// no attack may read.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';
import { startServer } from '../server.mjs';
import { startSham } from './sham.mjs';
import { request, sleep } from './wire.mjs';

export const PASSWORD = 'violin tugboat anchovy';

/** An attack was not refused. */
export class GotThrough extends Error {}

/** Says what would have to be so. */
export function refuse(isRefused, what) {
  if (!isRefused) throw new GotThrough(what);
}

/** A cell, in the unit of the socket. */
export const CELL = 256;
export const cells = (x, y) => [x * CELL, y * CELL];

/** A server and its people. With a sham, attacks strike that instead: everything else goes to the server. */
export class World {
  #places = 0;
  #commands = 0;
  #names = 0;

  static async open({ isSham = false } = {}) {
    const world = new World();
    world.server = await startServer({ args: ['--registration', 'open'], env: {} });
    world.origin = `http://127.0.0.1:${world.server.ports.plain}`;
    world.isSham = isSham;
    const flag = () => `flag-${randomBytes(9).toString('hex')}`;
    world.flags = {
      note: flag(),
      hiddenToken: flag(),
      farToken: flag(),
      otherScene: flag(),
      area: flag(),
      whisper: flag(),
      masterRoll: flag(),
      otherTable: flag(),
    };
    world.sham = isSham ? await startSham(world.flags) : null;
    world.target = { host: '127.0.0.1', port: world.sham?.port ?? world.server.ports.plain };
    await world.#settle();
    return world;
  }

  async close() {
    for (const person of this.people) person.leave();
    this.sham?.stop();
    await this.server.stop();
  }

  /** A part of the loopback network of its own: what one attack does slows no other one down. */
  address() {
    this.#places += 1;
    return `127.${10 + Math.floor(this.#places / 250)}.${1 + (this.#places % 250)}.1`;
  }

  commandId() {
    this.#commands += 1;
    return `r-${this.#commands}`;
  }

  stranger() {
    return new Person(this, this.address());
  }

  /** Somebody with an account and no table. */
  async account() {
    const person = this.stranger();
    this.#names += 1;
    person.login = `person${this.#names}`;
    must(await person.ask('POST', '/api/v1/account/register', { json: { login: person.login, password: PASSWORD } }), 200);
    return person;
  }

  /** Somebody at the door. */
  async knocking() {
    const person = this.stranger();
    this.#names += 1;
    person.name = `Guest ${this.#names}`;
    const joined = await person.ask('POST', '/api/v1/join', { json: { code: codeOf(this.server.invite), name: person.name } });
    must(joined, 200);
    person.table = joined.json().table;
    return person;
  }

  /** Somebody who was let in, at the table, with a token of theirs in the left half of the scene. */
  async player() {
    const person = await this.knocking();
    const seat = await this.master.until(() => [...this.master.seen.seats.values()].find((seat) => seat.name === person.name)?.seat);
    await this.master.must({ do: 'admit', seat, into: null });
    person.seat = seat;
    await this.master.must({ do: 'place_token', at: cells(3, 3), token: { name: person.name, name_shown: true, owners: [seat] } });
    await person.sitDown();
    person.token = await person.until(() => [...person.seen.tokens.values()].find((token) => token.mine)?.token);
    return person;
  }

  /** The flags that stand in what a person who may not know them was sent. */
  flagsIn(text) {
    return Object.entries(this.flags).flatMap(([name, flag]) => (text.includes(flag) ? [name] : []));
  }

  async #settle() {
    this.people = [];
    this.master = this.stranger();
    const joined = await this.master.ask('POST', '/api/v1/join', { json: { code: codeOf(this.server.master) } });
    must(joined, 200);
    this.table = joined.json().table;
    this.master.table = this.table;
    await this.master.sitDown();
    const { master, flags } = this;
    await master.must({ do: 'add_scene', name: flags.otherScene, size_cells: [20, 20] });
    await master.must({ do: 'add_scene', name: 'The yard', size_cells: [20, 20] });
    const yard = [...master.seen.scenes.values()].find((scene) => scene.name === 'The yard').scene;
    await master.must({ do: 'open_scene', scene: yard });
    await master.must({ do: 'show_scene', scene: yard });
    this.yard = yard;
    // What is right of the wall nobody but the game master sees.
    await master.must({ do: 'add_walls', walls: [{ a: cells(10, 0), b: cells(10, 20), kind: 'wall' }] });
    await master.must({ do: 'place_token', at: cells(5, 5), token: { name: flags.hiddenToken, name_shown: true, hidden: true } });
    await master.must({ do: 'place_token', at: cells(15, 5), token: { name: flags.farToken, name_shown: true } });
    this.hidden = [...master.seen.tokens.values()].find((token) => token.name === flags.hiddenToken).token;
    const note = { kind: 'note', at: cells(4, 4), text: flags.note };
    await master.must({ do: 'add_drawing', shape: note, color: 0xffffff, width: 96, shown: 'masters' });
    await master.must({ do: 'add_area', name: flags.area, points: [cells(12, 2), cells(18, 2), cells(18, 8)] });
    this.ada = await this.player();
    this.mallory = await this.player();
    await master.must({ do: 'say', line: `/w "${this.ada.name}" ${flags.whisper}`, speak_as: null });
    await master.must({ do: 'say', line: `/gmroll 1d20 # ${flags.masterRoll}`, speak_as: null });
    // Another table on the same server, with a game master of its own.
    const made = await this.server.command('admin', 'new-table', '--name', 'Elsewhere', '--format', 'json');
    const elsewhere = JSON.parse(made.trim().split('\n')[0]);
    this.rival = this.stranger();
    must(await this.rival.ask('POST', '/api/v1/join', { json: { code: codeOf(elsewhere.game_master[0]) } }), 200);
    this.rival.table = elsewhere.table;
    await this.rival.sitDown();
    await this.rival.must({ do: 'add_scene', name: flags.otherTable, size_cells: [10, 10] });
  }
}

export const codeOf = (link) => link.slice(link.indexOf('#') + 1);

export function must(answer, status) {
  if (answer.status !== status) throw new Error(`expected ${status}, came ${answer.status}: ${answer.text.slice(0, 300)}`);
  return answer;
}

/** Somebody with a browser's cookies, an access token and perhaps a place at a table. */
export class Person {
  cookies = new Map();
  access = null;
  table = null;
  socket = null;

  constructor(world, from) {
    this.world = world;
    this.from = from;
    world.people?.push(this);
  }

  /** Asks the server, as part of setting up. */
  ask(method, path, options) {
    return this.#request({ host: '127.0.0.1', port: this.world.server.ports.plain }, method, path, options);
  }

  /** Strikes: the same, at what is attacked. No flag may be in the answer. */
  async strike(method, path, options) {
    const answer = await this.#request(this.world.target, method, path, options);
    this.#sniff(answer.text, `${method} ${path.slice(0, 80)}`);
    return answer;
  }

  async #request(at, method, path, { json, body, headers = {}, from = this.from, waitMs } = {}) {
    const content = json === undefined ? body : JSON.stringify(json);
    const sent = {
      Host: `127.0.0.1:${this.world.server.ports.plain}`,
      Origin: this.world.origin,
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(content === undefined ? {} : { 'Content-Length': Buffer.byteLength(content) }),
      ...(this.cookies.size > 0 ? { Cookie: this.cookieLine() } : {}),
      ...(this.access === null ? {} : { Authorization: `Bearer ${this.access}` }),
      ...headers,
    };
    for (const name of Object.keys(sent)) if (sent[name] === undefined) delete sent[name];
    const answer = await request({ ...at, from, method, path, headers: sent, body: content, waitMs });
    for (const cookie of answer.cookies) {
      const [name, value] = cookie.split(';')[0].split(/=(.*)/s);
      if (/max-age=0/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    this.access = answer.json()?.access ?? this.access;
    return answer;
  }

  cookieLine() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The same browser once more: what happens to one's cookies does not happen to the other's. */
  twin() {
    const twin = new Person(this.world, this.from);
    Object.assign(twin, { cookies: new Map(this.cookies), access: this.access, table: this.table, login: this.login, seat: this.seat });
    return twin;
  }

  /** Opens the socket and waits for a seat. */
  async sitDown() {
    this.socket = await this.connect(this.world.server.ports.plain);
    await this.until(() => this.seen.me);
    return this;
  }

  leave() {
    this.socket?.wire.terminate();
  }

  /** What the open socket said so far. */
  get seen() {
    return this.socket.seen;
  }

  /** Opens a socket to what is attacked. No flag may come through it. */
  strikeSocket(options = {}) {
    return this.connect(this.world.target.port, options);
  }

  /** The same, with a seat. */
  async strikeSeated() {
    const socket = await this.strikeSocket();
    await socket.until(() => socket.seen.me);
    return socket;
  }

  async connect(port, { access = this.access, table = this.table, origin = this.world.origin, greet = true, from = this.from } = {}) {
    const wire = new WebSocket(`ws://127.0.0.1:${port}/api/v1/socket`, { origin, localAddress: from, perMessageDeflate: false, handshakeTimeout: 8_000 });
    const socket = new Socket(wire, this.world);
    wire.on('error', (error) => (socket.error = error.message));
    wire.on('unexpected-response', (_, answer) => {
      socket.status = answer.statusCode;
      socket.ended ??= { code: 0, at: Date.now() };
      wire.terminate();
    });
    await Promise.race([new Promise((open) => wire.once('open', open)), socket.whenEnded]);
    if (greet && wire.readyState === WebSocket.OPEN) socket.send({ type: 'hello', protocol: 1, access, table });
    return socket;
  }

  send(frame) {
    this.socket.send(frame);
  }

  /** Asks for something; the answer, refused or not. */
  submit(command, id) {
    return this.socket.submit(command, id);
  }

  async must(command) {
    let ack = await this.submit(command);
    // Setting up goes as fast as it may.
    while (ack.refused?.code === 'too_fast') {
      await sleep(200);
      ack = await this.submit(command);
    }
    if (ack.refused) throw new Error(`${command.do} was refused: ${JSON.stringify(ack.refused)}`);
    return ack;
  }

  until(holds) {
    return this.socket.until(holds);
  }

  #sniff(text, where) {
    const found = this === this.world.master ? [] : this.world.flagsIn(text);
    refuse(found.length === 0, `${where} gave away: ${found}`);
  }
}

/** An open socket, what was said through it, and what follows from that. */
export class Socket {
  frames = [];
  ended = null;
  status = 101;
  error = null;
  seen = { me: null, seats: new Map(), scenes: new Map(), tokens: new Map(), messages: new Map() };
  #acks = new Map();
  #waiting = new Set();

  constructor(wire, world) {
    this.wire = wire;
    this.world = world;
    this.whenEnded = new Promise((end) => {
      wire.once('close', (code) => {
        this.ended ??= { code, at: Date.now() };
        this.#wake();
        end();
      });
    });
    wire.on('message', (data) => {
      const text = String(data);
      this.frames.push(text);
      this.#hear(text);
      this.#wake();
    });
  }

  get text() {
    return this.frames.join('\n');
  }

  send(frame) {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    if (this.wire.readyState === WebSocket.OPEN) this.wire.send(text);
  }

  async submit(command, id = this.world.commandId()) {
    this.send({ type: 'command', id, command });
    return this.answer(id);
  }

  async answer(id) {
    await this.until(() => this.#acks.has(id) || this.ended !== null);
    return this.#acks.get(id) ?? { id, refused: { code: 'socket_ended', message: '' } };
  }

  /** Waits until something holds, told anew with each frame; fails after a while. */
  async until(holds, waitMs = 8_000) {
    const end = Date.now() + waitMs;
    for (;;) {
      const value = holds();
      if (value) return value;
      const rest = end - Date.now();
      if (rest <= 0) throw new Error(`it never came to pass: ${holds}; last heard: ${this.frames.at(-1)?.slice(0, 200)}`);
      await Promise.race([new Promise((wake) => this.#waiting.add(wake)), sleep(Math.min(rest, 500))]);
    }
  }

  /** Why the server hung up, if it does so in time. */
  async bye(waitMs = 2_500) {
    await Promise.race([this.whenEnded, sleep(waitMs)]);
    return this.ended === null ? null : (this.frames.map((text) => JSON.parse(text)).find((frame) => frame.type === 'bye')?.reason ?? `code ${this.ended.code}`);
  }

  #wake() {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #hear(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.type !== 'update') return;
    const { seen } = this;
    if (frame.fresh) for (const kind of ['seats', 'scenes', 'tokens']) seen[kind].clear();
    seen.me = frame.me ?? seen.me;
    if (frame.scene) seen.tokens.clear();
    seen.scene = frame.scene ?? seen.scene;
    seen.explored = frame.explored?.revision ?? seen.explored;
    const keys = { seats: 'seat', scenes: 'scene', tokens: 'token', messages: 'message' };
    for (const handle of frame.gone ?? []) for (const kind of ['seats', 'scenes', 'tokens']) seen[kind].delete(handle);
    for (const [kind, key] of Object.entries(keys)) for (const thing of frame[kind] ?? []) seen[kind].set(thing[key], thing);
    if (frame.ack) this.#acks.set(frame.ack.id, frame.ack);
  }
}

/** What tells answers apart that should be the same: everything but when they were given. */
export const face = ({ status, headers, text }) => {
  const { date: _, ...rest } = headers;
  return JSON.stringify({ status, headers: rest, text });
};

/** Resident memory of the server in MiB. */
export const memory = ({ server }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
