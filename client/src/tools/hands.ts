/**
 * Pointer, wheel and keys on the map: what they mean with the tool in hand. One gesture is under way at a time; Escape
 * ends the innermost thing. The server decides what comes of it.
 */

import type { Camera } from '../canvas/camera';
import type { Command, Handle, PortalView, TokenMove, TokenView } from '../net/frames';
import type { Commands } from '../table/commands';
import { CELL, fromWire, lengthLabel, snap, snapWall, step, toWire, type Vec, wayCells } from '../table/grid';
import type { Sketch } from '../table/sketch';
import type { TableState } from '../table/table.svelte';

export type ToolName = 'select' | 'ruler' | 'ping' | 'wall' | 'door';

export type Target =
  | { readonly kind: 'token'; readonly handle: Handle }
  | { readonly kind: 'portal'; readonly handle: Handle }
  | { readonly kind: 'ground' };

/** What the hands cannot do themselves. */
export interface HandsCallbacks {
  ask(command: Command): void;
  /** The server refused something that was not asked through `ask`. */
  refused(sentence: string): void;
  menu(target: Target, place: Vec, at: { x: number; y: number }): void;
  open(token: TokenView): void;
  copy(tokens: Handle[]): void;
  remove(tokens: Handle[]): void;
  pick(tool: ToolName): void;
  run(action: 'new-token' | 'help' | 'chat'): void;
}

interface Held {
  readonly id: number;
  readonly start: Vec;
  at: Vec;
  readonly button: number;
}

type Gesture =
  | { kind: 'press'; target: Target; add: boolean; timer: ReturnType<typeof setTimeout> }
  | { kind: 'pan' }
  | { kind: 'pinch'; distance: number }
  | { kind: 'box'; from: Vec; add: boolean }
  | { kind: 'measure'; points: Vec[] }
  | { kind: 'drag'; lead: TokenView; tokens: TokenView[]; points: Vec[]; free: boolean }
  | { kind: 'done' };

const HOLD_MS = 550;
const SLOP_PX = 6;
const EPHEMERAL_MS = 33;
const WHEEL_STEP = 0.0016;
const KEY_ZOOM = 1.25;
const TURN_DEGREES = 15;
const PORTAL_REACH_PX = 16;

const TOOL_KEYS: Readonly<Record<string, ToolName>> = {
  v: 'select', m: 'ruler', p: 'ping', b: 'wall', o: 'door', '1': 'select', '2': 'ruler', '3': 'ping', '4': 'wall', '5': 'door',
};

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1], a: [-1, 0], d: [1, 0], w: [0, -1], s: [0, 1],
};

export class Hands {
  readonly #host: HTMLElement;
  readonly #camera: Camera;
  readonly #sketch: Sketch;
  readonly #table: TableState;
  readonly #commands: Commands;
  readonly #calls: HandsCallbacks;
  readonly #stop = new AbortController();
  readonly #held = new Map<number, Held>();
  #tool: ToolName = 'select';
  #gesture: Gesture | null = null;
  /** Corners of the wall or door that is being drawn. */
  #corners: Vec[] = [];
  #space = false;
  #pointer: Vec = { x: 0, y: 0 };
  #sentAt = 0;
  #copied: readonly Handle[] = [];

  constructor(host: HTMLElement, stage: { camera: Camera; sketch: Sketch }, table: TableState, commands: Commands, calls: HandsCallbacks) {
    this.#host = host;
    this.#camera = stage.camera;
    this.#sketch = stage.sketch;
    this.#table = table;
    this.#commands = commands;
    this.#calls = calls;
    const { signal } = this.#stop;
    host.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    host.addEventListener('pointermove', (event) => this.#move(event), { signal });
    host.addEventListener('pointerup', (event) => this.#up(event), { signal });
    host.addEventListener('pointercancel', (event) => this.#lost(event), { signal });
    host.addEventListener('dblclick', (event) => this.#doubled(event), { signal });
    host.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    host.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    window.addEventListener('keydown', (event) => this.#key(event), { signal });
    window.addEventListener('keyup', (event) => {
      if (event.key === ' ') this.#space = false;
    }, { signal });
  }

  set tool(tool: ToolName) {
    this.cancel();
    this.#tool = tool;
    this.#sketch.set({ edits: tool === 'wall' ? 'walls' : tool === 'door' ? 'portals' : 'tokens', cursor: null });
  }

  destroy(): void {
    this.cancel();
    this.#stop.abort();
  }

  /** Ends the innermost thing that is under way; says whether there was one. */
  cancel(): boolean {
    const busy = this.#gesture !== null || this.#corners.length > 0;
    const wasShown = this.#gesture?.kind === 'drag' || this.#gesture?.kind === 'measure';
    if (this.#gesture?.kind === 'press') clearTimeout(this.#gesture.timer);
    if (this.#gesture?.kind === 'drag') this.#commands.sendEphemeral({ type: 'drag', ghosts: [] });
    if (wasShown) this.#commands.sendEphemeral({ type: 'ruler', points: [] });
    this.#gesture = this.#held.size > 0 ? { kind: 'done' } : null;
    this.#corners = [];
    this.#sketch.set({ ghosts: [], ruler: null, line: null, box: null });
    return busy;
  }

  // Pointers.

  #screen(event: MouseEvent): Vec {
    const bounds = this.#host.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  }

  #down(event: PointerEvent): void {
    const at = this.#screen(event);
    this.#host.focus({ preventScroll: true });
    this.#host.setPointerCapture(event.pointerId);
    this.#held.set(event.pointerId, { id: event.pointerId, start: at, at, button: event.button });
    if (this.#held.size === 2) {
      this.cancel();
      this.#gesture = { kind: 'pinch', distance: this.#spread() };
      return;
    }
    if (this.#held.size > 2) return;
    if (event.button === 1 || event.button === 2 || this.#space) {
      this.#gesture = { kind: 'pan' };
      return;
    }
    const place = this.#camera.toWorld(at);
    const measures = this.#tool === 'ruler' || (this.#tool === 'select' && event.ctrlKey);
    if (measures) {
      this.#gesture = { kind: 'measure', points: [this.#measured(place, event.altKey)] };
    } else if (this.#tool === 'ping') {
      this.#ping(place, event.shiftKey);
      this.#gesture = { kind: 'done' };
    } else if (this.#tool === 'wall' || this.#tool === 'door') {
      this.#corner(place, event.altKey);
      this.#gesture = { kind: 'done' };
    } else {
      this.#press(event, place, at);
    }
  }

  #press(event: PointerEvent, place: Vec, at: Vec): void {
    const target = this.#targetAt(place, at);
    const isMouse = event.pointerType === 'mouse';
    const shift = event.shiftKey;
    const page = { x: event.clientX, y: event.clientY };
    const timer = setTimeout(() => {
      this.#gesture = { kind: 'done' };
      // A long touch is the right button of a finger; holding still on the ground points at it.
      if (!isMouse && target.kind !== 'ground') this.#calls.menu(target, place, page);
      else this.#ping(place, shift);
    }, HOLD_MS);
    this.#gesture = { kind: 'press', target, add: shift, timer };
  }

  #move(event: PointerEvent): void {
    const at = this.#screen(event);
    this.#pointer = at;
    const held = this.#held.get(event.pointerId);
    const gesture = this.#gesture;
    const place = this.#camera.toWorld(at);
    if (held === undefined || gesture === null) {
      this.#hover(place, at, event.altKey);
      return;
    }
    const delta = { x: at.x - held.at.x, y: at.y - held.at.y };
    switch (gesture.kind) {
      case 'pinch': {
        const before = this.#middle();
        held.at = at;
        const after = this.#middle();
        this.#camera.panBy(after.x - before.x, after.y - before.y);
        const distance = this.#spread();
        if (gesture.distance > 0) this.#camera.zoomAt(after, distance / gesture.distance);
        gesture.distance = distance;
        return;
      }
      case 'pan':
        held.at = at;
        this.#camera.panBy(delta.x, delta.y);
        return;
      case 'press':
        if (Math.hypot(at.x - held.start.x, at.y - held.start.y) < SLOP_PX) return;
        clearTimeout(gesture.timer);
        this.#begin(gesture, held, event);
        held.at = at;
        if (this.#gesture?.kind === 'pan') this.#camera.panBy(at.x - held.start.x, at.y - held.start.y);
        else this.#follow(place, event);
        return;
      default:
        held.at = at;
        this.#follow(place, event);
    }
  }

  /** A press became a drag: of tokens, of a box, or of the map under a finger. */
  #begin(press: Extract<Gesture, { kind: 'press' }>, held: Held, event: PointerEvent): void {
    const from = this.#camera.toWorld(held.start);
    const token = press.target.kind === 'token' ? this.#table.tokens.get(press.target.handle) : undefined;
    if (token !== undefined && this.#isMine(token)) {
      if (!this.#table.selection.has(token.token)) this.#table.select([token.token]);
      const tokens = this.#selected().filter((selected) => this.#isMine(selected));
      this.#gesture = { kind: 'drag', lead: token, tokens, points: [this.#table.placeOf(token)], free: event.altKey };
    } else if (event.pointerType === 'mouse') {
      this.#gesture = { kind: 'box', from, add: press.add };
    } else {
      this.#gesture = { kind: 'pan' };
    }
  }

  #follow(place: Vec, event: { altKey: boolean; shiftKey: boolean }): void {
    const gesture = this.#gesture;
    if (gesture?.kind === 'box') this.#sketch.set({ box: { from: gesture.from, to: place } });
    if (gesture?.kind === 'measure') {
      const points = [...gesture.points, this.#measured(place, event.altKey)];
      this.#showRuler(points);
      this.#throttled(() => this.#commands.sendEphemeral({ type: 'ruler', points: points.map(toWire) }));
    }
    if (gesture?.kind === 'drag') {
      gesture.free = event.altKey || event.shiftKey;
      const to = this.#dropPlace(gesture.lead, place, gesture.free);
      const ghosts = this.#ghosts(gesture, to);
      this.#sketch.set({ ghosts });
      this.#showRuler([...gesture.points, to]);
      this.#throttled(() => this.#commands.sendEphemeral({ type: 'drag', ghosts: ghosts.map((ghost) => ({ token: ghost.token, at: toWire(ghost.at) })) }));
    }
  }

  #up(event: PointerEvent): void {
    const held = this.#held.get(event.pointerId);
    this.#held.delete(event.pointerId);
    const gesture = this.#gesture;
    if (held === undefined || gesture === null) return;
    const place = this.#camera.toWorld(held.at);
    switch (gesture.kind) {
      case 'press':
        clearTimeout(gesture.timer);
        this.#tap(gesture, event);
        break;
      case 'pan':
        if (held.button === 2 && Math.hypot(held.at.x - held.start.x, held.at.y - held.start.y) < SLOP_PX) {
          this.#calls.menu(this.#targetAt(place, held.at), place, { x: event.clientX, y: event.clientY });
        }
        break;
      case 'box':
        this.#selectBox(gesture.from, place, gesture.add);
        break;
      case 'drag':
        this.#drop(gesture, this.#dropPlace(gesture.lead, place, gesture.free || event.shiftKey));
        break;
      case 'pinch':
        this.#gesture = { kind: 'pan' };
        return;
      case 'measure':
      case 'done':
        break;
    }
    if (this.#held.size === 0) {
      this.#gesture = null;
      this.#sketch.set({ ghosts: [], box: null, ruler: null });
      if (gesture.kind === 'measure') this.#commands.sendEphemeral({ type: 'ruler', points: [] });
    }
  }

  #lost(event: PointerEvent): void {
    this.#held.delete(event.pointerId);
    this.cancel();
    if (this.#held.size === 0) this.#gesture = null;
  }

  #tap(press: Extract<Gesture, { kind: 'press' }>, event: PointerEvent): void {
    switch (press.target.kind) {
      case 'token':
        if (press.add) this.#table.toggleSelected(press.target.handle);
        else this.#table.select([press.target.handle]);
        return;
      case 'portal': {
        const portal = this.#table.portals.get(press.target.handle);
        if (portal === undefined) return;
        this.#calls.ask({ do: 'set_portal', portal: portal.portal, state: portal.state === 'open' ? 'shut' : 'open' });
        return;
      }
      case 'ground':
        if (!event.shiftKey) this.#table.clearSelection();
    }
  }

  #doubled(event: MouseEvent): void {
    const at = this.#screen(event);
    const target = this.#targetAt(this.#camera.toWorld(at), at);
    const token = target.kind === 'token' ? this.#table.tokens.get(target.handle) : undefined;
    if (this.#tool === 'wall') this.#corners = [];
    else if (token !== undefined && this.#isMine(token)) this.#calls.open(token);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.shiftKey && this.#table.selection.size > 0) {
      this.#turn(event.deltaY + event.deltaX > 0 ? TURN_DEGREES : -TURN_DEGREES);
      return;
    }
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    // A pinch on a track pad comes as a wheel with the control key and small steps.
    const speed = event.ctrlKey ? 6 : 1;
    this.#camera.zoomAt(this.#screen(event), Math.exp(-event.deltaY * lines * WHEEL_STEP * speed));
  }

  /** Where two fingers are together, and how far apart. */
  #middle(): Vec {
    const [a, b] = [...this.#held.values()];
    return a === undefined || b === undefined ? this.#pointer : { x: (a.at.x + b.at.x) / 2, y: (a.at.y + b.at.y) / 2 };
  }

  #spread(): number {
    const [a, b] = [...this.#held.values()];
    return a === undefined || b === undefined ? 0 : Math.hypot(a.at.x - b.at.x, a.at.y - b.at.y);
  }

  // What gestures do.

  #hover(place: Vec, at: Vec, free: boolean): void {
    if (this.#tool === 'wall' || this.#tool === 'door') {
      const cursor = this.#cornerAt(place, free);
      this.#sketch.set({ cursor, line: this.#corners.length > 0 ? { kind: this.#tool, points: [...this.#corners, cursor] } : null });
      return;
    }
    const target = this.#targetAt(place, at);
    const hovered = target.kind === 'ground' ? null : target;
    const was = this.#sketch.parts.hovered;
    if (was?.kind !== hovered?.kind || was?.handle !== hovered?.handle) this.#sketch.set({ hovered });
    this.#host.style.cursor = hovered === null ? '' : 'pointer';
  }

  #targetAt(place: Vec, screen: Vec): Target {
    for (const portal of this.#table.portals.values()) {
      const middle = this.#camera.toScreen(middleOf(portal));
      if (Math.hypot(middle.x - screen.x, middle.y - screen.y) <= PORTAL_REACH_PX) return { kind: 'portal', handle: portal.portal };
    }
    let nearest: TokenView | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const token of this.#table.tokens.values()) {
      const at = this.#table.placeOf(token);
      const distance = Math.hypot(at.x - place.x, at.y - place.y);
      if (distance <= token.size / CELL / 2 && distance < least) [nearest, least] = [token, distance];
    }
    return nearest === null ? { kind: 'ground' } : { kind: 'token', handle: nearest.token };
  }

  #isMine(token: TokenView): boolean {
    return this.#table.isGm || token.mine === true;
  }

  #selected(): TokenView[] {
    return [...this.#table.selection].flatMap((handle) => this.#table.tokens.get(handle) ?? []);
  }

  #dropPlace(token: TokenView, place: Vec, free: boolean): Vec {
    const scene = this.#table.scene;
    if (scene === null) return place;
    const size = fromWire(scene.size);
    const inside = { x: Math.min(Math.max(place.x, 0), size.x), y: Math.min(Math.max(place.y, 0), size.y) };
    const at = free ? inside : snap(scene.grid, inside, token.size / CELL);
    return { x: Math.min(Math.max(at.x, 0), size.x), y: Math.min(Math.max(at.y, 0), size.y) };
  }

  #ghosts(drag: Extract<Gesture, { kind: 'drag' }>, to: Vec): { token: Handle; at: Vec }[] {
    const from = this.#table.placeOf(drag.lead);
    return drag.tokens.map((token) => {
      const at = this.#table.placeOf(token);
      return { token: token.token, at: { x: at.x + to.x - from.x, y: at.y + to.y - from.y } };
    });
  }

  #drop(drag: Extract<Gesture, { kind: 'drag' }>, to: Vec): void {
    this.#commands.sendEphemeral({ type: 'drag', ghosts: [] });
    const from = this.#table.placeOf(drag.lead);
    const way = [...drag.points.slice(1), to];
    if (way.length === 1 && to.x === from.x && to.y === from.y) return;
    const moves = drag.tokens.map((token) => {
      const at = this.#table.placeOf(token);
      return { token: token.token, path: way.map((point) => toWire({ x: at.x + point.x - from.x, y: at.y + point.y - from.y })) };
    });
    void this.#walk(moves);
  }

  async #walk(moves: TokenMove[]): Promise<void> {
    const ack = await this.#commands.move(moves);
    if (ack.refused) this.#calls.refused(ack.refused.message);
  }

  #measured(place: Vec, free: boolean): Vec {
    const scene = this.#table.scene;
    return scene === null || free ? place : snap(scene.grid, place, 1);
  }

  #showRuler(points: readonly Vec[]): void {
    const scene = this.#table.scene;
    if (scene === null) return;
    this.#sketch.set({ ruler: { points, label: lengthLabel(scene.grid, wayCells(scene.grid, points)) } });
  }

  #throttled(send: () => void): void {
    const now = performance.now();
    if (now - this.#sentAt < EPHEMERAL_MS) return;
    this.#sentAt = now;
    send();
  }

  #ping(place: Vec, pull: boolean): void {
    const pulls = pull && this.#table.isGm;
    const me = this.#table.me;
    this.#commands.sendEphemeral({ type: 'ping', at: toWire(place), pull: pulls });
    if (me !== null) this.#table.addPing(me.seat, toWire(place), false);
  }

  #selectBox(from: Vec, to: Vec, add: boolean): void {
    const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
    const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
    const inside = [...this.#table.tokens.values()].filter((token) => {
      const at = this.#table.placeOf(token);
      return this.#isMine(token) && at.x >= left && at.x <= right && at.y >= top && at.y <= bottom;
    });
    const handles = inside.map((token) => token.token);
    if (add) this.#table.addToSelection(handles);
    else this.#table.select(handles);
  }

  #cornerAt(place: Vec, free: boolean): Vec {
    const scene = this.#table.scene;
    return scene === null || free ? place : snapWall(scene.grid, place);
  }

  #corner(place: Vec, free: boolean): void {
    const corner = this.#cornerAt(place, free);
    const last = this.#corners.at(-1);
    if (last === undefined) {
      this.#corners = [corner];
      return;
    }
    if (last.x === corner.x && last.y === corner.y) {
      this.cancel();
      return;
    }
    const [a, b] = [toWire(last), toWire(corner)];
    if (this.#tool === 'door') {
      this.#corners = [];
      this.#calls.ask({ do: 'add_portal', a, b, kind: 'door' });
    } else {
      this.#corners = [corner];
      this.#calls.ask({ do: 'add_walls', walls: [{ a, b, kind: 'wall' }] });
    }
  }

  #turn(degrees: number): void {
    for (const token of this.#selected().filter((selected) => this.#isMine(selected))) {
      const rotation = (token.rotation + degrees + 360) % 360;
      this.#calls.ask({ do: 'edit_tokens', tokens: [token.token], change: { rotation } });
    }
  }

  // Keys.

  #key(event: KeyboardEvent): void {
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (target?.closest('input, textarea, select, dialog, [contenteditable]')) return;
    const key = event.key.toLowerCase();
    const isOnMap = target === this.#host || target === document.body;
    if (this.#shortcut(event, key, isOnMap)) event.preventDefault();
  }

  /** Does what a key means; says whether it means something. */
  #shortcut(event: KeyboardEvent, key: string, isOnMap: boolean): boolean {
    if (event.ctrlKey || event.metaKey) return this.#withControl(key, event.shiftKey);
    if (key === 'escape') {
      if (!this.cancel()) this.#table.clearSelection();
      return true;
    }
    if (key === '?') return this.#run('help');
    if (key === '/' || (key === 'c' && event.shiftKey)) return this.#run('chat');
    if (!isOnMap) return false;
    const arrow = ARROWS[key];
    if (arrow !== undefined) return this.#nudge(arrow[0], arrow[1]);
    const tool = TOOL_KEYS[key];
    if (tool !== undefined) {
      const isAllowed = this.#table.isGm || (tool !== 'wall' && tool !== 'door');
      if (isAllowed) this.#calls.pick(tool);
      return isAllowed;
    }
    const middle = { x: this.#camera.size.x / 2, y: this.#camera.size.y / 2 };
    switch (key) {
      case ' ':
        this.#space = true;
        this.#waypoint();
        return true;
      case '+':
      case '=':
        this.#camera.zoomSmoothlyAt(middle, KEY_ZOOM);
        return true;
      case '-':
        this.#camera.zoomSmoothlyAt(middle, 1 / KEY_ZOOM);
        return true;
      case '0':
        this.#camera.fit();
        return true;
      case 'q':
      case 'e':
        this.#turn(key === 'q' ? -TURN_DEGREES : TURN_DEGREES);
        return true;
      case 'n':
        return this.#table.isGm && this.#run('new-token');
      case 'delete':
      case 'backspace':
        if (this.#table.selection.size > 0) this.#calls.remove([...this.#table.selection]);
        return true;
      case 'enter': {
        const [only] = this.#selected();
        if (this.#corners.length > 0) this.cancel();
        else if (only !== undefined && this.#isMine(only)) this.#calls.open(only);
        return true;
      }
      case 'tab':
        return this.#cycle(event.shiftKey ? -1 : 1);
      default:
        return false;
    }
  }

  #withControl(key: string, shift: boolean): boolean {
    switch (key) {
      case 'z':
        this.#calls.ask({ do: shift ? 'redo' : 'undo' });
        return true;
      case 'y':
        this.#calls.ask({ do: 'redo' });
        return true;
      case 'c':
        this.#copied = [...this.#table.selection];
        return this.#copied.length > 0;
      case 'v':
      case 'd': {
        const tokens = key === 'v' ? this.#copied : [...this.#table.selection];
        const known = tokens.filter((token) => this.#table.tokens.has(token));
        if (known.length > 0) this.#calls.copy(known);
        return known.length > 0;
      }
      default:
        return false;
    }
  }

  #run(action: 'new-token' | 'help' | 'chat'): boolean {
    this.#calls.run(action);
    return true;
  }

  /** Space sets a way point while something is dragged or measured. */
  #waypoint(): void {
    const place = this.#camera.toWorld(this.#pointer);
    const gesture = this.#gesture;
    if (gesture?.kind === 'measure') gesture.points.push(this.#measured(place, false));
    if (gesture?.kind === 'drag') gesture.points.push(this.#dropPlace(gesture.lead, place, gesture.free));
  }

  #nudge(dx: number, dy: number): boolean {
    const scene = this.#table.scene;
    const tokens = this.#selected().filter((token) => this.#isMine(token));
    if (scene === null || tokens.length === 0) {
      this.#camera.panBy(-dx * 60, -dy * 60);
      return true;
    }
    const moves = tokens.map((token) => {
      const to = step(scene.grid, this.#table.placeOf(token), dx, dy, token.size / CELL);
      return { token: token.token, path: [toWire(this.#dropPlace(token, to, true))] };
    });
    void this.#walk(moves);
    return true;
  }

  /** From token to token, in reading order; past the last the focus leaves the map. */
  #cycle(by: 1 | -1): boolean {
    const tokens = [...this.#table.tokens.values()].filter((token) => this.#isMine(token));
    tokens.sort((a, b) => a.at[1] - b.at[1] || a.at[0] - b.at[0]);
    const [selected] = this.#table.selection;
    const index = tokens.findIndex((token) => token.token === selected);
    const next = tokens[index === -1 ? (by === 1 ? 0 : tokens.length - 1) : index + by];
    if (next === undefined) {
      this.#table.clearSelection();
      return false;
    }
    this.#table.select([next.token]);
    if (!this.#camera.shows(this.#table.placeOf(next), 40)) this.#camera.glideTo(this.#table.placeOf(next));
    return true;
  }
}

function middleOf(portal: PortalView): Vec {
  const [a, b] = [fromWire(portal.a), fromWire(portal.b)];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
