// The world that is attacked: a real server with its usual limits, people at two tables, and a flag in every secret that
// no attack may read.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import WebSocket from 'ws';
import { startServer } from '../server.mjs';
import { Flags, UNEXPLORED } from './flags.mjs';
import { startSham } from './sham.mjs';
import { raw, request, sleep } from './wire.mjs';

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

/** How many cells of the map players can see, of how many there are, and how many pixels a cell has. */
const SEEN = 10;
const CELLS = [24, 20];
const CELL_PX = 32;

/**
 * A server and its people. With a sham, attacks strike that instead: everything else goes to the server. With an edge, all
 * go through nginx as it is deployed. A short one is for attacks that take the time that a change's check has.
 */
export class World {
  #places = 0;
  #commands = 0;
  #names = 0;
  #heard = [];
  /** The sockets that the attack under way opened. */
  struck = [];
  #ends = [];

  static async open({ isSham = false, isShort = false, isEdge = false } = {}) {
    const world = new World();
    Object.assign(world, { isSham, isShort, isEdge, flags: new Flags() });
    try {
      await (isEdge ? world.#behindEdge() : world.#alone());
      world.sham = isSham ? await startSham({ flags: world.flags, keys: `${world.server.data}/keys` }) : null;
      /** What is attacked, and where it speaks TLS. */
      world.target = world.sham?.plain ?? world.real;
      world.secure = world.sham?.secure ?? world.secure;
      await world.#settle();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  async close() {
    for (const person of this.people ?? []) person.leave();
    this.sham?.stop();
    for (const end of this.#ends.reverse()) await end();
    await this.server?.stop();
    await this.flags.close();
  }

  /** The server by itself. */
  async #alone() {
    this.server = await startServer({ args: ['--registration', 'open'], env: {} });
    const { plain, tls } = this.server.ports;
    this.host = `127.0.0.1:${plain}`;
    this.origin = `http://${this.host}`;
    this.real = { host: '127.0.0.1', port: plain };
    this.secure = { host: '127.0.0.2', port: tls, secure: {} };
  }

  /** The server behind nginx, which alone gets in; clients come to it from addresses of their own. */
  async #behindEdge() {
    const { HOST, makeCertificates, startEdge, startInner } = await import('../edge.mjs');
    const certificates = await makeCertificates();
    this.#ends.push(() => rmSync(certificates.home, { recursive: true, force: true }));
    this.server = await startInner(certificates, { args: ['--registration', 'open'], env: {}, proxies: '127.0.0.1' });
    const edge = await startEdge(certificates, this.server, { port: certificates.port });
    this.#ends.push(() => edge.stop());
    this.host = `${HOST}:${certificates.port}`;
    this.origin = `https://${this.host}`;
    this.real = { host: '127.0.0.1', port: certificates.port, secure: { servername: HOST } };
    this.secure = this.real;
  }

  /** Hangs up what an attack opened, and tells what people heard that they may not know since this was asked last. */
  afterAttack() {
    for (const socket of this.struck.splice(0)) socket.wire.terminate();
    return this.#heard.splice(0);
  }

  /** Notes which flags somebody was told that they do not know. */
  hear(person, flags, where) {
    const news = flags.filter((flag) => !person.knows.has(flag));
    if (news.length > 0) this.#heard.push(`${person.name ?? person.login ?? 'somebody'} is told ${news} by ${where}`);
  }

  /** What is written into the log of what is attacked. */
  log() {
    return this.sham?.log() ?? this.server.log();
  }

  /** How many connections what is attacked holds. */
  async connections() {
    return this.sham?.connections() ?? Number(/^wardlight_connections (\d+)/m.exec(await this.server.metrics())[1]);
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

  /** The game master's name for the hidden token, which is another one whenever they come back to its scene. */
  get hidden() {
    return [...this.master.seen.tokens.values()].find((token) => token.name === this.flags.words.hiddenToken).token;
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

  async #settle() {
    this.people = [];
    this.master = this.stranger();
    this.master.name = 'the game master';
    this.master.knows = new Set(this.flags.names);
    const joined = await this.master.ask('POST', '/api/v1/join', { json: { code: codeOf(this.server.master) } });
    must(joined, 200);
    this.table = joined.json().table;
    this.master.table = this.table;
    await this.master.sitDown();
    const { master } = this;
    const flags = this.flags.words;
    await master.must({ do: 'add_scene', name: flags.otherScene, size_cells: [20, 20] });
    // What is right of the wall nobody but the game master sees, and the map has another colour there.
    const map = this.flags.map(CELLS[0] * CELL_PX, CELLS[1] * CELL_PX, SEEN * CELL_PX);
    const yard = await master.ask('POST', `/api/v1/tables/${this.table}/scenes?name=The%20yard`, { body: map, headers: { 'Content-Type': 'application/octet-stream' } });
    this.yard = must(yard, 201).json().scene;
    await master.must({ do: 'open_scene', scene: this.yard });
    await master.must({ do: 'show_scene', scene: this.yard });
    await master.must({ do: 'add_walls', walls: [{ a: cells(SEEN, 0), b: cells(SEEN, CELLS[1]), kind: 'wall' }] });
    await master.must({ do: 'place_token', at: cells(5, 5), token: { name: flags.hiddenToken, name_shown: true, hidden: true } });
    await master.must({ do: 'place_token', at: cells(15, 5), token: { name: flags.farToken, name_shown: true } });
    const note = { kind: 'note', at: cells(4, 4), text: flags.note };
    await master.must({ do: 'add_drawing', shape: note, color: 0xffffff, width: 96, shown: 'masters' });
    await master.must({ do: 'add_area', name: flags.area, points: [cells(12, 2), cells(18, 2), cells(18, 8)] });
    this.ada = await this.player();
    this.mallory = await this.player();
    this.ada.knows.add('whisper');
    await master.must({ do: 'say', line: `/w "${this.ada.name}" ${flags.whisper}`, speak_as: null });
    await master.must({ do: 'say', line: `/gmroll 1d20 # ${flags.masterRoll}`, speak_as: null });
    // Another table on the same server, with a game master of its own.
    const made = await this.server.command('admin', 'new-table', '--name', 'Elsewhere', '--format', 'json');
    const elsewhere = JSON.parse(made.trim().split('\n')[0]);
    this.rival = this.stranger();
    must(await this.rival.ask('POST', '/api/v1/join', { json: { code: codeOf(elsewhere.game_master[0]) } }), 200);
    this.rival.table = elsewhere.table;
    this.rival.knows.add('otherTable');
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
  /** The flags that this person may be told of. */
  knows = new Set();

  constructor(world, from) {
    this.world = world;
    this.from = from;
    world.people?.push(this);
  }

  /** Asks the server, as part of setting up. */
  ask(method, path, options) {
    return this.#request(this.world.real, method, path, options);
  }

  /** Strikes: the same, at what is attacked. */
  strike(method, path, options) {
    return this.#request(this.world.target, method, path, options);
  }

  /** Strikes with bytes as they are, over TLS where `at` says so; see `raw`. */
  async strikeRaw({ at = this.world.target, ...options }) {
    const told = await raw({ ...at, from: this.from, ...options });
    this.#sniff(told.text, `the answer to ${JSON.stringify(String(options.chunks[0]).slice(0, 60))}`);
    return told;
  }

  async #request(at, method, path, { json, body, headers = {}, from = this.from, waitMs } = {}) {
    const content = json === undefined ? body : JSON.stringify(json);
    const sent = {
      Host: this.world.host,
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
    const where = `the answer to ${method} ${path.slice(0, 80)}`;
    this.#sniff(JSON.stringify(answer.headers) + answer.text, where);
    const type = answer.headers['content-type'] ?? '';
    if (type.startsWith('image/') && type !== 'image/svg+xml') await this.#look(answer.bytes, type, where);
    return answer;
  }

  cookieLine() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /**
   * The same browser once more: what happens to one's cookies does not happen to the other's. An edge counts by address
   * alone, so there it comes from another one.
   */
  twin() {
    const twin = new Person(this.world, this.world.isEdge ? this.world.address() : this.from);
    const { access, table, login, name, seat, knows } = this;
    Object.assign(twin, { cookies: new Map(this.cookies), access, table, login, name, seat, knows });
    return twin;
  }

  /** Opens the socket and waits for a seat. */
  async sitDown() {
    this.socket = await this.connect(this.world.real.port);
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

  /** Opens a socket to what is attacked. */
  async strikeSocket(options = {}) {
    const socket = await this.connect(this.world.target.port, options);
    this.world.struck.push(socket);
    return socket;
  }

  /** The same, with a seat. */
  async strikeSeated() {
    const socket = await this.strikeSocket();
    await socket.until(() => socket.seen.me);
    return socket;
  }

  async connect(port, { access = this.access, table = this.table, origin = this.world.origin, greet = true, from = this.world.isEdge ? this.world.address() : this.from } = {}) {
    const { secure } = this.world.real;
    const options = { origin, localAddress: from, perMessageDeflate: false, handshakeTimeout: 8_000, headers: { Host: this.world.host } };
    const wire = secure
      ? new WebSocket(`wss://127.0.0.1:${port}/api/v1/socket`, { ...options, ...secure, rejectUnauthorized: false })
      : new WebSocket(`ws://127.0.0.1:${port}/api/v1/socket`, options);
    // Whatever comes through it until the end is looked through.
    const socket = new Socket(wire, this.world, (text) => this.#sniff(text, 'a socket'));
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
    this.world.hear(this, this.world.flags.in(text), where);
  }

  async #look(bytes, type, where) {
    if (!this.knows.has(UNEXPLORED)) this.world.hear(this, await this.world.flags.inPicture(bytes, type), where);
  }
}

/** An open socket, what was said through it, and what follows from that. */
export class Socket {
  frames = [];
  ended = null;
  status = 101;
  error = null;
  seen = { me: null, seats: new Map(), scenes: new Map(), tokens: new Map(), portals: new Map(), lights: new Map(), drawings: new Map(), messages: new Map() };
  #acks = new Map();
  #waiting = new Set();

  constructor(wire, world, listen) {
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
      listen(text);
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
    const keys = { seats: 'seat', scenes: 'scene', tokens: 'token', portals: 'portal', lights: 'light', drawings: 'drawing' };
    if (frame.fresh) for (const kind of Object.keys(keys)) seen[kind].clear();
    seen.me = frame.me ?? seen.me;
    if (frame.scene) for (const kind of ['tokens', 'portals', 'lights', 'drawings']) seen[kind].clear();
    seen.scene = frame.scene ?? seen.scene;
    seen.explored = frame.explored?.revision ?? seen.explored;
    for (const handle of frame.gone ?? []) for (const kind of Object.keys(keys)) seen[kind].delete(handle);
    for (const [kind, key] of Object.entries({ ...keys, messages: 'message' })) for (const thing of frame[kind] ?? []) seen[kind].set(thing[key], thing);
    if (frame.ack) this.#acks.set(frame.ack.id, frame.ack);
  }
}

/** What tells answers apart that should be the same: everything but when they were given. */
export const face = ({ status, headers, text }) => {
  const { date: _, ...rest } = headers;
  return JSON.stringify({ status, headers: rest, text });
};

/** Memory that the server and the programs it started have for themselves, in MiB: what is read of their files is not counted. */
export function memory({ server }) {
  const read = (file) => {
    try {
      return readFileSync(`/proc/${file}`, 'utf8');
    } catch {
      // It has ended meanwhile.
      return '';
    }
  };
  const called = (id) => read(`${id}/cmdline`);
  const children = readdirSync(`/proc/${server.pid}/task`).flatMap((thread) => read(`${server.pid}/task/${thread}/children`).split(' ').filter(Boolean));
  // A child that is called as the server has not become a program yet, and has the server's own memory.
  const programs = children.filter((id) => called(id) !== called(server.pid));
  return [server.pid, ...programs].reduce((sum, id) => sum + Number(/RssAnon:\s+(\d+)/.exec(read(`${id}/status`))?.[1] ?? 0) / 1024, 0);
}

/** The chance of ranks as far apart as these if both came from one distribution (Mann and Whitney 1947, normal approximation). */
export function mannWhitney(a, b) {
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

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * What tells times apart, in milliseconds; nothing, if they may come from one distribution. By chance a thousandth of those
 * that do not differ look apart; then their medians still are as near as what any network adds to them.
 */
export function timesApart(times) {
  const [[first, a], ...others] = Object.entries(times);
  const apart = others.filter(([, b]) => mannWhitney(a, b) < 0.001 && Math.abs(median(a) - median(b)) > Math.max(0.3, 0.05 * median(a)));
  return apart.map(([name, b]) => `${first} takes ${median(a).toFixed(2)} ms, ${name} ${median(b).toFixed(2)} ms`);
}
