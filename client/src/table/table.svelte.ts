/**
 * What this seat knows of its table: the frames of the socket folded into values that screens and the canvas read.
 *
 * Values are replaced, never changed, so that a reader can tell by identity what is new. Screens read the fields, which
 * are reactive; the canvas, which knows nothing of Svelte, hears of changes through `watch`.
 */

import type {
  AreaView,
  At,
  ByeReason,
  DrawingView,
  FeltView,
  Ghost,
  Handle,
  LightView,
  Me,
  MessageView,
  PortalView,
  SceneInfo,
  SceneView,
  SeatInfo,
  ServerFrame,
  SightView,
  TableInfo,
  TokenMoved,
  TokenView,
  Update,
  WallView,
} from '../net/frames';
import { type Explored, NOTHING_EXPLORED, explore } from './explored';
import { type HandFog, NO_FOG, takeFog } from './fog';
import { type Vec, fromWire } from './grid';
import { type Lit, NOTHING_LIT, relight } from './lit';

export type TableStatus = 'connecting' | 'waiting' | 'open' | 'offline' | 'ended';

/** A place that somebody points at. */
export interface Ping {
  /** Counts the pings of this page. */
  readonly id: number;
  readonly by: Handle;
  readonly at: At;
  readonly pull: boolean;
}

/** What a change concerns. */
export type Topic =
  | 'scene'
  | 'tokens'
  | 'felt'
  | 'portals'
  | 'walls'
  | 'lights'
  | 'sight'
  | 'lit'
  | 'explored'
  | 'fog'
  | 'drawings'
  | 'seats'
  | 'selection'
  | 'ghosts'
  | 'rulers'
  | 'pings';

export interface TableChange {
  readonly topics: ReadonlySet<Topic>;
  /** Ways that tokens went just now. */
  readonly moves: readonly TokenMoved[];
}

export type TableListener = (change: TableChange) => void;

const PINGS_KEPT = 16;
const NO_MOVES: readonly TokenMoved[] = [];

export class TableState {
  #status = $state.raw<TableStatus>('connecting');
  #bye = $state.raw<ByeReason | null>(null);
  #waitingFor = $state.raw<{ table: string; name: string } | null>(null);
  #table = $state.raw<TableInfo | null>(null);
  #me = $state.raw<Me | null>(null);
  #seats = $state.raw<ReadonlyMap<Handle, SeatInfo>>(new Map());
  #scenes = $state.raw<ReadonlyMap<Handle, SceneInfo>>(new Map());
  #scene = $state.raw<SceneView | null>(null);
  #tokens = $state.raw<ReadonlyMap<Handle, TokenView>>(new Map());
  #felt = $state.raw<ReadonlyMap<Handle, FeltView>>(new Map());
  #portals = $state.raw<ReadonlyMap<Handle, PortalView>>(new Map());
  #walls = $state.raw<ReadonlyMap<Handle, WallView>>(new Map());
  #lights = $state.raw<ReadonlyMap<Handle, LightView>>(new Map());
  #sight = $state.raw<ReadonlyMap<Handle, SightView>>(new Map());
  #lit = $state.raw<Lit>(NOTHING_LIT);
  #explored = $state.raw<Explored>(NOTHING_EXPLORED);
  #fog = $state.raw<HandFog>(NO_FOG);
  #drawings = $state.raw<ReadonlyMap<Handle, DrawingView>>(new Map());
  #areas = $state.raw<ReadonlyMap<Handle, AreaView>>(new Map());
  #messages = $state.raw<readonly MessageView[]>([]);
  #selection = $state.raw<ReadonlySet<Handle>>(new Set());
  #ghosts = $state.raw<ReadonlyMap<Handle, readonly Ghost[]>>(new Map());
  #rulers = $state.raw<ReadonlyMap<Handle, readonly At[]>>(new Map());
  #pings = $state.raw<readonly Ping[]>([]);
  /** Survives a fresh view: the moves are sent again and answered then. */
  #expected = $state.raw<ReadonlyMap<Handle, At>>(new Map());
  #pingCount = 0;
  readonly #listeners = new Set<TableListener>();

  readonly isGm = $derived(this.#me?.role === 'gm');

  get status(): TableStatus {
    return this.#status;
  }
  /** Why the table is closed to this seat. */
  get bye(): ByeReason | null {
    return this.#bye;
  }
  /** Set while the person knocks. */
  get waitingFor(): { table: string; name: string } | null {
    return this.#waitingFor;
  }
  get table(): TableInfo | null {
    return this.#table;
  }
  get me(): Me | null {
    return this.#me;
  }
  get seats(): ReadonlyMap<Handle, SeatInfo> {
    return this.#seats;
  }
  get scenes(): ReadonlyMap<Handle, SceneInfo> {
    return this.#scenes;
  }
  get scene(): SceneView | null {
    return this.#scene;
  }
  get tokens(): ReadonlyMap<Handle, TokenView> {
    return this.#tokens;
  }
  /** Tokens that are felt and not seen. */
  get felt(): ReadonlyMap<Handle, FeltView> {
    return this.#felt;
  }
  get portals(): ReadonlyMap<Handle, PortalView> {
    return this.#portals;
  }
  get walls(): ReadonlyMap<Handle, WallView> {
    return this.#walls;
  }
  get lights(): ReadonlyMap<Handle, LightView> {
    return this.#lights;
  }
  /** What this seat remembers of the scene. */
  get explored(): Explored {
    return this.#explored;
  }
  /** What is seen because it is lit; for a game master, where light falls. */
  get lit(): Lit {
    return this.#lit;
  }
  /** What a game master shows and hides by hand. */
  get fog(): HandFog {
    return this.#fog;
  }
  /** The parts of the scene that game masters have names for. */
  get areas(): ReadonlyMap<Handle, AreaView> {
    return this.#areas;
  }
  /** What people drew, and notes. */
  get drawings(): ReadonlyMap<Handle, DrawingView> {
    return this.#drawings;
  }
  get sight(): ReadonlyMap<Handle, SightView> {
    return this.#sight;
  }
  /** Oldest first. */
  get messages(): readonly MessageView[] {
    return this.#messages;
  }
  /** The tokens that the next action is about; always in view. */
  get selection(): ReadonlySet<Handle> {
    return this.#selection;
  }
  /** What others drag just now, by seat. */
  get ghosts(): ReadonlyMap<Handle, readonly Ghost[]> {
    return this.#ghosts;
  }
  /** The rulers of others, by seat. */
  get rulers(): ReadonlyMap<Handle, readonly At[]> {
    return this.#rulers;
  }
  /** The latest pings, oldest first. */
  get pings(): readonly Ping[] {
    return this.#pings;
  }

  /** Where a token stands, or will stand if the server agrees. */
  placeOf(token: TokenView): Vec {
    return fromWire(this.#expected.get(token.token) ?? token.at);
  }

  /** Whether a move of this token is on its way. */
  isExpected(token: Handle): boolean {
    return this.#expected.has(token);
  }

  /** Calls after every change that the canvas may draw; returns how to stop. */
  watch(listener: TableListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes in one frame. */
  apply(frame: ServerFrame): void {
    switch (frame.type) {
      case 'waiting':
        this.#status = 'waiting';
        this.#waitingFor = { table: frame.table, name: frame.name };
        return;
      case 'update':
        this.#update(frame);
        return;
      case 'drag':
        this.#ghosts = replaced(this.#ghosts, frame.by, frame.ghosts);
        this.#tell('ghosts');
        return;
      case 'ruler':
        this.#rulers = replaced(this.#rulers, frame.by, frame.points);
        this.#tell('rulers');
        return;
      case 'ping':
        this.addPing(frame.by, frame.at, frame.pull);
        return;
      case 'bye':
        this.end(frame.reason);
        return;
      // What somebody else sees is kept apart.
      case 'mirrored':
      case 'mirror_ended':
        return;
    }
  }

  /** The connection is gone and comes back by itself. What was seen stays on the table. */
  goOffline(): void {
    if (this.#status === 'ended') return;
    this.#status = 'offline';
    this.#ghosts = new Map();
    this.#rulers = new Map();
    this.#tell('ghosts', 'rulers');
  }

  /** The table is closed to this seat. */
  end(reason: ByeReason): void {
    this.#status = 'ended';
    this.#bye = reason;
  }

  /** Shows a ping; one's own is never sent back by the server. */
  addPing(by: Handle, at: At, pull: boolean): void {
    this.#pingCount += 1;
    this.#pings = [...this.#pings.slice(1 - PINGS_KEPT), { id: this.#pingCount, by, at, pull }];
    this.#tell('pings');
  }

  /** Shows tokens where their moves should end, until the server has spoken. */
  expect(moves: readonly TokenMoved[]): void {
    const expected = new Map(this.#expected);
    for (const move of moves) {
      const last = move.path.at(-1);
      if (last) expected.set(move.token, last);
    }
    this.#expected = expected;
    this.#tellMoves(['tokens'], moves);
  }

  /** The server has spoken about these moves: the tokens are where it says, unless they are on their way again. */
  settle(moves: readonly TokenMoved[]): void {
    const expected = new Map(this.#expected);
    for (const { token, path } of moves) {
      if (expected.get(token) === path.at(-1)) expected.delete(token);
    }
    this.#expected = expected;
    this.#tell('tokens');
  }

  /** Selects these tokens and no others. */
  select(tokens: Iterable<Handle>): void {
    this.#setSelection(new Set(tokens));
  }

  addToSelection(tokens: Iterable<Handle>): void {
    this.#setSelection(new Set([...this.#selection, ...tokens]));
  }

  toggleSelected(token: Handle): void {
    const selection = new Set(this.#selection);
    if (!selection.delete(token)) selection.add(token);
    this.#setSelection(selection);
  }

  clearSelection(): void {
    this.#setSelection(new Set());
  }

  #setSelection(wanted: Set<Handle>): void {
    for (const token of wanted) if (!this.#tokens.has(token)) wanted.delete(token);
    if (wanted.size === this.#selection.size && [...wanted].every((token) => this.#selection.has(token))) return;
    this.#selection = wanted;
    this.#tell('selection');
  }

  #update(update: Update): void {
    const topics = new Set<Topic>();
    if (update.fresh) this.#forget(topics);
    if (update.scene) {
      this.#clearScene(topics);
      this.#scene = update.scene;
    }
    if (update.table) this.#table = update.table;
    if (update.me) this.#me = update.me;
    this.#upsertAll(update, topics);
    const moves = update.moves ?? NO_MOVES;
    if (moves.length > 0) this.#move(moves, topics);
    if (update.gone && update.gone.length > 0) this.#drop(update.gone, topics);
    if (update.messages && update.messages.length > 0) this.#messages = [...this.#messages, ...update.messages];
    this.#status = 'open';
    this.#waitingFor = null;
    this.#bye = null;
    if (topics.has('tokens')) this.#keepSelectionInView(topics);
    if (topics.size > 0) this.#tellMoves(topics, moves);
  }

  #forget(topics: Set<Topic>): void {
    this.#table = null;
    this.#me = null;
    this.#seats = new Map();
    this.#scenes = new Map();
    this.#scene = null;
    this.#messages = [];
    topics.add('seats');
    this.#clearScene(topics);
  }

  #clearScene(topics: Set<Topic>): void {
    this.#tokens = new Map();
    this.#felt = new Map();
    this.#portals = new Map();
    this.#walls = new Map();
    this.#lights = new Map();
    this.#sight = new Map();
    this.#lit = NOTHING_LIT;
    this.#explored = NOTHING_EXPLORED;
    this.#fog = NO_FOG;
    this.#areas = new Map();
    this.#drawings = new Map();
    this.#ghosts = new Map();
    this.#rulers = new Map();
    this.#pings = [];
    for (const topic of SCENE_TOPICS) topics.add(topic);
  }

  #upsertAll(update: Update, topics: Set<Topic>): void {
    if (update.seats) {
      this.#seats = upserted(this.#seats, update.seats, (seat) => seat.seat);
      topics.add('seats');
    }
    if (update.scenes) this.#scenes = upserted(this.#scenes, update.scenes, (scene) => scene.scene);
    if (update.tokens) {
      this.#tokens = upserted(this.#tokens, update.tokens, (token) => token.token);
      topics.add('tokens');
      // A token is seen or felt, never both.
      this.#felt = without(this.#felt, handlesOf(update.tokens), () => topics.add('felt'));
    }
    if (update.felt) {
      this.#felt = upserted(this.#felt, update.felt, (felt) => felt.token);
      topics.add('felt');
      this.#tokens = without(this.#tokens, handlesOf(update.felt), () => topics.add('tokens'));
    }
    if (update.portals) {
      this.#portals = upserted(this.#portals, update.portals, (portal) => portal.portal);
      topics.add('portals');
    }
    if (update.walls) {
      this.#walls = upserted(this.#walls, update.walls, (wall) => wall.wall);
      topics.add('walls');
    }
    if (update.lights) {
      this.#lights = upserted(this.#lights, update.lights, (light) => light.light);
      topics.add('lights');
    }
    if (update.sight) {
      this.#sight = upserted(this.#sight, update.sight, (sight) => sight.eye);
      topics.add('sight');
    }
    if (update.lit) {
      this.#lit = relight(this.#lit, update.lit);
      topics.add('lit');
    }
    if (update.explored) {
      this.#explored = explore(this.#explored, update.explored);
      topics.add('explored');
    }
    if (update.drawings) {
      this.#drawings = upserted(this.#drawings, update.drawings, (drawing) => drawing.drawing);
      topics.add('drawings');
    }
    if (update.fog) {
      this.#fog = takeFog(this.#fog, update.fog);
      if (update.fog.areas) this.#areas = upserted(this.#areas, update.fog.areas, (area) => area.area);
      topics.add('fog');
    }
  }

  #move(moves: readonly TokenMoved[], topics: Set<Topic>): void {
    const tokens = new Map(this.#tokens);
    for (const move of moves) {
      const token = tokens.get(move.token);
      const at = move.path.at(-1);
      if (token && at) tokens.set(move.token, { ...token, at });
    }
    this.#tokens = tokens;
    topics.add('tokens');
  }

  #drop(gone: readonly Handle[], topics: Set<Topic>): void {
    this.#seats = without(this.#seats, gone, () => topics.add('seats'));
    this.#scenes = without(this.#scenes, gone, () => {});
    this.#tokens = without(this.#tokens, gone, () => topics.add('tokens'));
    this.#felt = without(this.#felt, gone, () => topics.add('felt'));
    this.#portals = without(this.#portals, gone, () => topics.add('portals'));
    this.#walls = without(this.#walls, gone, () => topics.add('walls'));
    this.#lights = without(this.#lights, gone, () => topics.add('lights'));
    this.#sight = without(this.#sight, gone, () => topics.add('sight'));
    this.#drawings = without(this.#drawings, gone, () => topics.add('drawings'));
    this.#areas = without(this.#areas, gone, () => topics.add('fog'));
    this.#expected = without(this.#expected, gone, () => {});
    if (this.#scene && gone.includes(this.#scene.scene)) {
      this.#scene = null;
      this.#clearScene(topics);
    }
  }

  #keepSelectionInView(topics: Set<Topic>): void {
    const kept = new Set([...this.#selection].filter((token) => this.#tokens.has(token)));
    if (kept.size === this.#selection.size) return;
    this.#selection = kept;
    topics.add('selection');
  }

  #tell(...topics: Topic[]): void {
    this.#tellMoves(topics, NO_MOVES);
  }

  #tellMoves(topics: Iterable<Topic>, moves: readonly TokenMoved[]): void {
    const change = { topics: new Set(topics), moves };
    for (const listener of this.#listeners) listener(change);
  }
}

const SCENE_TOPICS: readonly Topic[] = [
  'scene',
  'tokens',
  'felt',
  'portals',
  'walls',
  'lights',
  'sight',
  'lit',
  'explored',
  'fog',
  'drawings',
  'ghosts',
  'rulers',
  'pings',
];

const handlesOf = (tokens: readonly { readonly token: Handle }[]): Handle[] => tokens.map(({ token }) => token);

function upserted<T>(old: ReadonlyMap<Handle, T>, news: readonly T[], handleOf: (item: T) => Handle): Map<Handle, T> {
  const map = new Map(old);
  for (const item of news) map.set(handleOf(item), item);
  return map;
}

function without<T>(old: ReadonlyMap<Handle, T>, gone: readonly Handle[], onGone: () => void): ReadonlyMap<Handle, T> {
  if (!gone.some((handle) => old.has(handle))) return old;
  const map = new Map(old);
  for (const handle of gone) map.delete(handle);
  onGone();
  return map;
}

/** An empty list takes the entry away. */
function replaced<T>(old: ReadonlyMap<Handle, readonly T[]>, by: Handle, list: readonly T[]): Map<Handle, readonly T[]> {
  const map = new Map(old);
  if (list.length === 0) map.delete(by);
  else map.set(by, list);
  return map;
}
