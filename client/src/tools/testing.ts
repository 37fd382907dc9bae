/** A map of twenty by twenty cells with hands on it, for tests: no browser, and a clock that the test turns. */

import { Camera } from '../canvas/camera';
import type { At, ClientFrame, Command, DrawingView, Grid, GridShape, Handle, LightView, PortalView, Role, TokenView, Update, WallView } from '../net/frames';
import { Commands, type EphemeralFrame } from '../table/commands';
import { CELL, type Vec } from '../table/grid';
import { Sketch } from '../table/sketch';
import { TableState } from '../table/table.svelte';
import type { FogWork } from '../table/fog';
import { Hands } from './hands';
import type { Button, Modifiers, Motion, Press } from './input';
import { type Cursor, type HandsCallbacks, type Target, type ToolName, Workspace } from './workspace';

export const MAP_CELLS = 20;

/** What the hands asked the page for, in order. */
export type Call =
  | { readonly call: 'menu'; readonly target: Target; readonly place: Vec }
  | { readonly call: 'open' | 'remove'; readonly tokens: readonly Handle[] }
  | { readonly call: 'copy'; readonly tokens: readonly Handle[]; readonly by: At | null }
  | { readonly call: 'pick'; readonly tool: ToolName }
  | { readonly call: 'reach'; readonly portal: Handle | null }
  | { readonly call: 'refused'; readonly message: string }
  | { readonly call: 'newToken' | 'newNote'; readonly place: Vec | null }
  | { readonly call: 'editNote'; readonly note: Handle }
  | { readonly call: 'chooseLight'; readonly light: Handle | null }
  | { readonly call: 'fog'; readonly change: Partial<FogWork> }
  | { readonly call: 'warn'; readonly areas: readonly Handle[] }
  | { readonly call: 'nameArea'; readonly points: readonly At[] }
  | { readonly call: 'help' | 'chat' | 'veil' | 'lookAs' | 'pause' };

export interface StandOptions {
  readonly role?: Role;
  readonly shape?: GridShape;
  readonly tokens?: readonly TokenView[];
  readonly portals?: readonly PortalView[];
  readonly walls?: readonly WallView[];
  readonly lights?: readonly LightView[];
  readonly drawings?: readonly DrawingView[];
}

/** A token of one cell that one may move, its middle at a place in cells. */
export const token = (handle: Handle, x: number, y: number, more: Partial<TokenView> = {}): TokenView => ({
  token: handle,
  at: [x * CELL, y * CELL],
  size: CELL,
  rotation: 0,
  layer: 'token',
  color: 0xff0000,
  mine: true,
  ...more,
});

export const door = (handle: Handle, a: At, b: At, more: Partial<PortalView> = {}): PortalView => ({
  portal: handle,
  a: [a[0] * CELL, a[1] * CELL],
  b: [b[0] * CELL, b[1] * CELL],
  kind: 'door',
  state: 'shut',
  ...more,
});

export const wall = (handle: Handle, a: At, b: At): WallView => ({
  wall: handle,
  a: [a[0] * CELL, a[1] * CELL],
  b: [b[0] * CELL, b[1] * CELL],
  kind: 'wall',
});

export function stand({ role = 'gm', shape = 'square', tokens = [], portals = [], walls = [], lights = [], drawings = [] }: StandOptions = {}) {
  const { clock, pass, stall, freeze } = handClock();
  const camera = new Camera(clock.now);
  camera.resize(1_000, 1_000);
  const grid: Grid = { shape, offset: [0, 0], pixels_per_cell: 0, unit_per_cell: 500, unit: 'ft', diagonal: 'one' };
  const size: At = [MAP_CELLS * CELL, MAP_CELLS * CELL];
  const table = new TableState();
  let seq = 0;
  const tell = (update: Partial<Update>): void => table.apply({ type: 'update', seq: (seq += 1), ...update });
  tell({
    fresh: true,
    me: { seat: 1, role },
    scene: { scene: 100, size, grid, ambience: 'bright', sees_all: role === 'gm' },
    tokens: [...tokens],
    portals: [...portals],
    walls: [...walls],
    lights: [...lights],
    drawings: [...drawings],
  });
  camera.setMap({ x: MAP_CELLS, y: MAP_CELLS });
  camera.fit();

  const sent: ClientFrame[] = [];
  const port = { send: (frame: ClientFrame): boolean => sent.push(frame) > 0, reconnect: (): void => {} };
  let ids = 0;
  const commands = new Commands(table, port, { newId: () => `c${(ids += 1)}`, after: () => () => {} });
  const calls: Call[] = [];
  const cursors: Cursor[] = [];
  const asked: Command[] = [];
  const answers: (() => void)[] = [];
  const callbacks: HandsCallbacks = {
    ask: (command) => {
      asked.push(command);
      return new Promise((answer) => answers.push(() => answer(null)));
    },
    refused: ({ message }) => calls.push({ call: 'refused', message }),
    menu: (target, place) => calls.push({ call: 'menu', target, place }),
    open: (tokens) => calls.push({ call: 'open', tokens }),
    copy: (tokens, by) => calls.push({ call: 'copy', tokens, by }),
    remove: (tokens) => calls.push({ call: 'remove', tokens }),
    pick: (tool) => {
      calls.push({ call: 'pick', tool });
      hands.tool = tool;
    },
    reach: (portal) => calls.push({ call: 'reach', portal }),
    chooseLight: (light) => calls.push({ call: 'chooseLight', light }),
    cursor: (cursor) => cursors.push(cursor),
    newToken: (place) => calls.push({ call: 'newToken', place }),
    newNote: (place) => calls.push({ call: 'newNote', place }),
    editNote: (note) => calls.push({ call: 'editNote', note }),
    veil: () => calls.push({ call: 'veil' }),
    help: () => calls.push({ call: 'help' }),
    chat: () => calls.push({ call: 'chat' }),
    fog: (change) => {
      calls.push({ call: 'fog', change });
      hands.fog = { ...hands.fog, ...change };
    },
    warn: (areas) => calls.push({ call: 'warn', areas }),
    nameArea: (points) => calls.push({ call: 'nameArea', points }),
    lookAs: () => calls.push({ call: 'lookAs' }),
    pause: () => calls.push({ call: 'pause' }),
  };
  const sketch = new Sketch();
  const space = new Workspace({ camera, sketch }, table, commands, callbacks, clock);
  const hands = new Hands(space);

  const fleeting = (): EphemeralFrame[] =>
    sent.flatMap((frame) => (frame.type === 'drag' || frame.type === 'ping' || frame.type === 'ruler' ? [frame] : []));
  /** Where tokens were asked to go, in cells. */
  const moved = (): { token: Handle; path: [number, number][] }[] =>
    sent.flatMap((frame) => {
      if (frame.type !== 'command' || frame.command.do !== 'move_tokens') return [];
      return frame.command.moves.map((move) => ({ token: move.token, path: move.path.map(([x, y]): [number, number] => [x / CELL, y / CELL]) }));
    });
  const answered = async (): Promise<void> => {
    for (const answer of answers.splice(0)) answer();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { hands, table, camera, sketch, commands, tell, pass, stall, freeze, sent, fleeting, moved, asked, answered, calls, cursors, ...pointers(hands, camera) };
}

/** Pointers and keys, at places in cells. */
function pointers(hands: Hands, camera: Camera) {
  type More = Partial<Modifiers> & { id?: number; at?: Vec; kind?: 'mouse' | 'touch'; button?: Button; isSecondaryDown?: boolean };
  const pointer = (x: number, y: number, more: More): Press & Motion => ({
    id: 1,
    kind: 'mouse',
    button: 'primary',
    isSecondaryDown: false,
    ctrl: false,
    alt: false,
    shift: false,
    at: camera.toScreen({ x, y }),
    ...more,
  });
  const down = (x: number, y: number, more: More = {}): void => hands.press(pointer(x, y, more));
  const move = (x: number, y: number, more: More = {}): void => hands.move(pointer(x, y, more));
  const up = (x: number, y: number, more: More = {}): void => hands.lift(pointer(x, y, more));
  const click = (x: number, y: number, more: More = {}): void => {
    down(x, y, more);
    up(x, y, more);
  };
  const drag = (from: Vec, to: Vec, more: More = {}): void => {
    down(from.x, from.y, more);
    move((from.x + to.x) / 2, (from.y + to.y) / 2, more);
    move(to.x, to.y, more);
    up(to.x, to.y, more);
  };
  const double = (x: number, y: number): void => hands.double(pointer(x, y, {}));
  const press = (key: string, held: Partial<Modifiers> & { isOnMap?: boolean; isRepeated?: boolean } = {}): boolean =>
    hands.keyDown({ key, ctrl: false, alt: false, shift: false, isOnMap: true, isRepeated: false, ...held });
  const release = (key: string, held: Partial<Modifiers> = {}): void =>
    hands.keyUp({ key, ctrl: false, alt: false, shift: false, isOnMap: true, isRepeated: false, ...held });
  const wheel = (x: number, y: number, pixels: number, held: Partial<Modifiers> & { isPinch?: boolean } = {}): void =>
    hands.wheel({ at: camera.toScreen({ x, y }), pixels, isPinch: false, ctrl: false, alt: false, shift: false, ...held });
  return { down, move, up, click, drag, double, press, release, wheel };
}

function handClock() {
  let now = 1_000;
  let timers: { at: number; work: () => void }[] = [];
  let isPainting = true;
  let frames: (() => void)[] = [];
  const clock = {
    now: () => now,
    after: (ms: number, work: () => void) => {
      const timer = { at: now + ms, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    atFrame: (work: () => void) => {
      if (isPainting) return clock.after(0, work);
      frames.push(work);
      return () => {
        frames = frames.filter((one) => one !== work);
      };
    },
  };
  /** From now on clocks ring, and no frame comes until the answer is called. */
  const freeze = (): (() => void) => {
    isPainting = false;
    return () => {
      isPainting = true;
      for (const work of frames.splice(0)) work();
    };
  };
  const pass = (ms: number): void => {
    const until = now + ms;
    for (;;) {
      const next = timers.filter((timer) => timer.at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      now = Math.max(now, next.at);
      timers = timers.filter((timer) => timer !== next);
      next.work();
    }
    now = until;
  };
  /** The page is busy for so long: what is due comes late. */
  const stall = (ms: number): void => {
    now += ms;
  };
  return { clock, pass, stall, freeze };
}
