/**
 * The hands of one person on the map: what a mouse, fingers and keys do goes to the tool in hand or to the gesture under
 * way. What means what stands in `habits`; this only looks it up. Start reading at `press` and `keyDown`.
 */

import type { Glow, PortalKind, WallKind } from '../net/frames';
import type { SketchParts } from '../table/sketch';
import { GLOW_PRESETS } from '../table/glows';
import { Cycle } from './cycle';
import { type DrawWork, NEW_DRAW_WORK } from '../table/drawing';
import { type FogWork, NEW_FOG_WORK, nextCover } from '../table/fog';
import { DrawTool } from './draw-tool';
import { FogTool } from './fog-tool';
import { type Gesture, SPENT } from './gesture';
import { chord, type Habit, type HabitName, HABITS, habitsBy, isDoneBy } from './habits';
import type { Button, KeyPress, Motion, Pointer, Press, Wheel } from './input';
import { LightTool } from './light-tool';
import { Pan } from './pan';
import { Pinch } from './pinch';
import { NoteTool } from './note-tool';
import { PingTool } from './ping-tool';
import { portalTool } from './portal-tool';
import { Pressed } from './pressed';
import { RulerTool } from './ruler-tool';
import { SelectTool, usePortal } from './select-tool';
import { aimedAnew, nextAim } from '../table/aims';
import { TokenKeys } from './token-keys';
import type { Tool } from './tool';
import { Turning } from './turning';
import { wallTool } from './wall-tool';
import type { Cursor, ToolName, Workspace } from './workspace';

const WHEEL_STEP = 0.0016;
/** A pinch on a track pad comes in small steps; Control and a wheel look the same, in large ones. */
const PINCH_SPEED = 6;
const PINCH_PX_MAX = 25;
const KEY_ZOOM = 1.25;

const TOOL_KEYS = {
  selectTool: 'select',
  rulerTool: 'ruler',
  pingTool: 'ping',
  wallTool: 'wall',
  portalTool: 'portal',
  lightTool: 'light',
  fogTool: 'fog',
  drawTool: 'draw',
  noteTool: 'note',
} as const satisfies Partial<Record<HabitName, ToolName>>;

/** What gets handles, because the tool is about it. */
const EDITS = { select: 'tokens', ruler: 'tokens', ping: 'tokens', wall: 'walls', portal: 'portals', light: 'lights', fog: 'fog', draw: 'drawings', note: 'drawings' } as const satisfies Record<
  ToolName,
  SketchParts['edits']
>;

const NO_MODIFIERS = { ctrl: false, alt: false, shift: false } as const;

export class Hands {
  /** What the next lines are. */
  wallKind: WallKind = 'wall';
  portalKind: PortalKind = 'door';
  /** What the next lights shine. */
  glow: Glow = GLOW_PRESETS.torch;
  /** How fog is painted. */
  fog: FogWork = NEW_FOG_WORK;
  /** How things are drawn. */
  drawing: DrawWork = NEW_DRAW_WORK;
  /** Whether keys that print a character are shortcuts. */
  hasCharacterKeys = true;
  readonly #space: Workspace;
  readonly #tools: Readonly<Record<ToolName, Tool>>;
  readonly #turning: Turning;
  readonly #cycle: Cycle;
  readonly #tokenKeys: TokenKeys;
  readonly #stopWatching: () => void;
  #tool: ToolName = 'select';
  #gesture: Gesture | null = null;
  /** The button that each pointer went down with, and where it is. */
  readonly #down = new Map<number, { readonly button: Button; at: Pointer }>();
  #isSpaceDown = false;
  #scene: number | undefined;
  #cursor: Cursor = 'default';

  constructor(space: Workspace) {
    this.#space = space;
    this.#turning = new Turning(space);
    this.#cycle = new Cycle(space);
    this.#tokenKeys = new TokenKeys(space);
    this.#tools = {
      select: new SelectTool(space),
      ruler: new RulerTool(space),
      ping: new PingTool(space),
      wall: wallTool(space, () => this.wallKind),
      portal: portalTool(space, () => this.portalKind),
      light: new LightTool(space, () => this.glow),
      fog: new FogTool(space, () => this.fog),
      draw: new DrawTool(space, () => this.drawing),
      note: new NoteTool(space),
    };
    this.#scene = space.table.scene?.scene;
    this.#stopWatching = space.table.watch(({ topics }) => {
      if (topics.has('scene')) this.#takeScene();
      if (topics.has('tokens') && this.#gesture?.survives?.() === false) this.#endGesture();
      if (topics.has('selection') && space.table.selection.size > 0) this.#cycle.leavePortal();
    });
  }

  get tool(): ToolName {
    return this.#tool;
  }

  set tool(tool: ToolName) {
    if (tool === this.#tool) return;
    this.#endGesture();
    this.#putDown();
    this.#tool = tool;
    this.#space.sketch.set({ edits: EDITS[tool] });
    this.#showCursor();
  }

  destroy(): void {
    this.#stopWatching();
    this.#endGesture();
    this.#putDown();
  }

  // Pointers.

  press(press: Press): void {
    this.#space.pointer = press;
    this.#down.set(press.id, { button: press.button, at: press });
    const [first, second, ...more] = this.#down.values();
    if (more.length > 0) return;
    this.#cycle.leavePortal();
    this.#gesture?.cancel();
    const isPinch = first !== undefined && second !== undefined;
    this.#gesture = isPinch ? new Pinch(this.#space, first.at, second.at) : this.#gestureOf(press);
    this.#showCursor();
  }

  move(motion: Motion): void {
    this.#space.pointer = motion;
    const held = this.#down.get(motion.id);
    if (held === undefined) this.#inHand.hover(motion);
    else {
      held.at = motion;
      const isCancelled = held.button === 'primary' && motion.isSecondaryDown && isDoneBy('cancel', 'RightClick');
      if (isCancelled) this.#endGesture();
      else this.#gesture = this.#gesture?.follow(motion) ?? null;
    }
    this.#showCursor();
  }

  lift(pointer: Pointer): void {
    this.#space.pointer = pointer;
    const wasDown = this.#down.delete(pointer.id);
    const gesture = this.#gesture;
    if (!wasDown || gesture === null) return;
    if (gesture instanceof Pinch) this.#goOnWithoutFinger();
    else if (this.#down.size === 0) {
      // What it does finds an idle hand.
      this.#gesture = null;
      gesture.finish(pointer);
    }
    this.#showCursor();
  }

  /** The browser took a pointer away. */
  lose(id: number): void {
    if (!this.#down.delete(id)) return;
    if (this.#gesture instanceof Pinch) this.#goOnWithoutFinger();
    else this.#endGesture();
    this.#showCursor();
  }

  /** The pointer is no longer over the map. */
  leave(): void {
    if (this.#down.size > 0) return;
    this.#space.pointer = null;
    this.#inHand.leave();
    this.#showCursor();
  }

  double(pointer: Pointer): void {
    this.#do('DoubleClick', pointer);
  }

  wheel({ at, pixels, isPinch, ...held }: Wheel): void {
    const triggers = isPinch ? ['Pinch'] : held.shift ? ['Shift+Wheel', 'Wheel'] : ['Wheel'];
    for (const trigger of triggers) {
      const [habit] = habitsBy(trigger, this.#space.audience, this.#isBusy);
      if (habit === 'turn' && this.#turning.wheel(pixels)) return;
      if (habit !== 'zoom') continue;
      const turned = isPinch ? Math.min(Math.max(pixels, -PINCH_PX_MAX), PINCH_PX_MAX) * PINCH_SPEED : pixels;
      this.#space.camera.zoomAt(at, Math.exp(-turned * WHEEL_STEP));
      this.#followAgain();
      return;
    }
  }

  // Keys.

  /** Says whether the key means something here; the browser is to leave it alone then. */
  keyDown(key: KeyPress): boolean {
    if (isModifier(key.key)) return this.#holdModifiers(key);
    const isBusy = this.#isBusy;
    if (key.key === ' ' && key.isOnMap && !isBusy && isDoneBy('pan', 'Space+Drag')) {
      this.#isSpaceDown = true;
      this.#showCursor();
      return true;
    }
    const trigger = chord(key.key, isBusy ? NO_MODIFIERS : key);
    const isSilent = !this.hasCharacterKeys && /^(Shift\+)?[^ ]$/.test(trigger);
    // What is not done again is not left to the browser either.
    let isHeld = false;
    for (const name of isSilent ? [] : habitsBy(trigger, this.#space.audience, isBusy)) {
      const habit: Habit = HABITS[name];
      if (!key.isOnMap && habit.everywhere !== true) continue;
      if (key.isRepeated && habit.repeats !== true) isHeld = true;
      else if (this.#run(name, null)) return true;
    }
    return isHeld;
  }

  keyUp(key: KeyPress): void {
    if (isModifier(key.key)) this.#holdModifiers(key);
    if (key.key !== ' ') return;
    this.#isSpaceDown = false;
    this.#showCursor();
  }

  /** Keys may be let go without a word while the page is not looked at. */
  rest(): void {
    this.#isSpaceDown = false;
    this.#endGesture();
    this.#showCursor();
  }

  /** Ends the innermost thing that is under way; says whether there was one. */
  cancel(): boolean {
    return this.#endGesture() || this.#turning.cancel() || this.#inHand.cancel();
  }

  // What is under way.

  get #inHand(): Tool {
    return this.#tools[this.#tool];
  }

  get #isBusy(): boolean {
    return this.#gesture !== null && this.#gesture !== SPENT;
  }

  #gestureOf(press: Press): Gesture {
    const pan = (): Gesture => new Pan(this.#space, press);
    switch (press.button) {
      case 'primary':
        if (this.#isSpaceDown) return pan();
        return this.#space.table.scene === null ? SPENT : this.#inHand.press(press);
      case 'middle':
        return isDoneBy('pan', 'MiddleDrag') ? pan() : SPENT;
      case 'secondary':
        return new Pressed(this.#space, press, {
          tap: (pointer) => this.#do('RightClick', pointer),
          drag: () => (isDoneBy('pan', 'RightDrag') ? pan() : SPENT),
        });
    }
  }

  #goOnWithoutFinger(): void {
    const [first, second] = this.#down.values();
    if (first === undefined) this.#gesture = null;
    else this.#gesture = second === undefined ? new Pan(this.#space, first.at) : new Pinch(this.#space, first.at, second.at);
  }

  #endGesture(): boolean {
    const wasBusy = this.#isBusy;
    this.#gesture?.cancel();
    this.#gesture = this.#down.size > 0 ? SPENT : null;
    return wasBusy;
  }

  /** Leaves nothing of the tool on the map. */
  #putDown(): void {
    this.#turning.flush();
    this.#inHand.cancel();
    this.#inHand.leave();
  }

  #takeScene(): void {
    const scene = this.#space.table.scene?.scene;
    if (scene === this.#scene) return;
    this.#scene = scene;
    this.#endGesture();
    this.#turning.cancel();
    this.#inHand.cancel();
    this.#cycle.leavePortal();
  }

  /** A key that changes what the pointer does, be it at rest or in the middle of a drag. */
  #holdModifiers({ key, ctrl, alt, shift }: KeyPress): boolean {
    const { pointer } = this.#space;
    if (pointer === null) return false;
    this.#space.pointer = { ...pointer, ctrl, alt, shift };
    this.#followAgain();
    // Alt alone would take the focus to the browser's menu.
    return key === 'Alt' && this.#isBusy;
  }

  /** The pointer is where it was, but what is under it is not. */
  #followAgain(): void {
    const { pointer } = this.#space;
    if (pointer === null) return;
    if (this.#down.size === 0) this.#inHand.hover(pointer);
    else if (this.#down.has(pointer.id)) this.#gesture = this.#gesture?.follow(pointer) ?? null;
    this.#showCursor();
  }

  #showCursor(): void {
    const cursor = this.#gesture?.cursor ?? (this.#isSpaceDown ? 'grab' : this.#inHand.cursor);
    if (cursor === this.#cursor) return;
    this.#cursor = cursor;
    this.#space.calls.cursor(cursor);
  }

  // What habits do.

  #do(trigger: string, pointer: Pointer): void {
    for (const habit of habitsBy(trigger, this.#space.audience, false)) {
      if (this.#run(habit, pointer)) return;
    }
  }

  /** Does what a habit is for; says whether there was something to do. */
  #run(habit: HabitName, pointer: Pointer | null): boolean {
    const { calls, camera } = this.#space;
    switch (habit) {
      case 'endLine':
        return this.#inHand.end === undefined ? this.#inHand.cancel() : this.#inHand.end();
      case 'fogPolygon':
        return this.#paintFog({ shape: 'polygon' });
      case 'fogRectangle':
        return this.#paintFog({ shape: 'rectangle' });
      case 'fogBrush':
        return this.#paintFog({ shape: 'brush' });
      case 'fogCover':
        return this.#paintFog({ cover: nextCover(this.fog.cover) });
      case 'fogErase':
        return this.#paintFog({ cover: 'open' });
      case 'fogCut':
        return this.#paintFog({ cover: 'revealed' });
      case 'pushFog':
        if (!this.#space.table.fog.preparing) return false;
        void calls.ask({ do: 'push_fog' });
        return true;
      case 'lookAs':
        calls.lookAs();
        return true;
      case 'pause':
        calls.pause();
        return true;
      case 'cancel':
        return this.cancel() || (pointer === null && this.#letGo());
      case 'zoomIn':
        return this.#zoom(KEY_ZOOM);
      case 'zoomOut':
        return this.#zoom(1 / KEY_ZOOM);
      case 'fit':
        camera.fit();
        return true;
      case 'wayPoint':
        return this.#setWayPoint();
      case 'usePortal':
        return this.#usePortal();
      case 'next':
        return this.#cycle.go(1);
      case 'previous':
        return this.#cycle.go(-1);
      case 'left':
        return this.#tokenKeys.step(-1, 0);
      case 'right':
        return this.#tokenKeys.step(1, 0);
      case 'up':
        return this.#tokenKeys.step(0, -1);
      case 'down':
        return this.#tokenKeys.step(0, 1);
      case 'west':
        return this.#stepToken(-1, 0);
      case 'east':
        return this.#stepToken(1, 0);
      case 'north':
        return this.#stepToken(0, -1);
      case 'south':
        return this.#stepToken(0, 1);
      case 'turnLeft':
        return this.#turning.step(-1);
      case 'turnRight':
        return this.#turning.step(1);
      case 'target':
        return this.#aim();
      case 'nextTarget':
        return this.#aimNext();
      case 'actions':
        return this.#openMenu(pointer);
      case 'open':
        return pointer === null ? this.#tokenKeys.open() : this.#openAt(pointer);
      case 'editNote':
        return pointer !== null && this.#editNoteAt(pointer);
      case 'copy':
        return this.#tokenKeys.copy();
      case 'paste':
        return this.#tokenKeys.paste();
      case 'duplicate':
        return this.#tokenKeys.duplicate();
      case 'remove':
        return this.#inHand.remove?.() === true || this.#tokenKeys.remove();
      case 'selectTool':
      case 'rulerTool':
      case 'pingTool':
      case 'wallTool':
      case 'portalTool':
      case 'lightTool':
      case 'fogTool':
      case 'drawTool':
      case 'noteTool':
        calls.pick(TOOL_KEYS[habit]);
        return true;
      case 'newToken':
        calls.newToken(this.#space.pointer === null ? null : this.#space.place(this.#space.pointer));
        return true;
      case 'veil':
        calls.veil();
        return true;
      case 'undo':
      case 'redo':
        this.#turning.flush();
        void calls.ask({ do: habit });
        return true;
      case 'chat':
        calls.chat();
        return true;
      case 'help':
        calls.help();
        return true;
      // These are done with a pointer: gestures and tools look them up.
      case 'pan':
      case 'zoom':
      case 'measure':
      case 'point':
      case 'pull':
      case 'select':
      case 'selectMore':
      case 'box':
      case 'move':
      case 'free':
      case 'turn':
        return false;
    }
  }

  /** Says whether the fog is in hand. */
  #paintFog(change: Partial<FogWork>): boolean {
    if (this.#tool !== 'fog') return false;
    this.#inHand.cancel();
    this.#space.calls.fog(change);
    return true;
  }

  #stepToken(dx: number, dy: number): boolean {
    return this.#space.held.length > 0 && this.#tokenKeys.step(dx, dy);
  }

  #zoom(factor: number): boolean {
    const { camera } = this.#space;
    camera.zoomSmoothlyAt({ x: camera.size.x / 2, y: camera.size.y / 2 }, factor);
    return true;
  }

  #setWayPoint(): boolean {
    const { pointer } = this.#space;
    if (pointer !== null) this.#gesture?.wayPoint?.(pointer);
    return true;
  }

  #usePortal(): boolean {
    const { portal } = this.#cycle;
    if (portal !== null) usePortal(this.#space, portal);
    return portal !== null;
  }

  /** At the pointer, or at what the keyboard has come to. */
  #openMenu(pointer: Pointer | null): boolean {
    const { calls, camera } = this.#space;
    if (pointer !== null) {
      calls.menu(this.#inHand.targetAt(pointer), this.#space.place(pointer), pointer.at);
      return true;
    }
    const reached = this.#cycle.target;
    if (reached !== null) calls.menu(reached.target, reached.at, camera.toScreen(reached.at));
    return reached !== null;
  }

  /** At the token under the pointer, or at what is selected; and at no one any more who was aimed at. */
  #aim(): boolean {
    const { pointer, table, calls } = this.#space;
    const under = pointer === null ? null : this.#tools.select.targetAt(pointer);
    const meant = under?.kind === 'token' ? [under.handle] : [...table.selection];
    if (meant.length > 0) void calls.ask({ do: 'target', tokens: aimedAnew(table, meant) });
    return meant.length > 0;
  }

  #aimNext(): boolean {
    const { table, calls, camera } = this.#space;
    const next = nextAim(table);
    if (next === null) return false;
    void calls.ask({ do: 'target', tokens: [next.token] });
    camera.glideIntoView(table.placeOf(next));
    return true;
  }

  #openAt(pointer: Pointer): boolean {
    const target = this.#tool === 'select' ? this.#inHand.targetAt(pointer) : null;
    if (target?.kind !== 'token') return false;
    this.#space.calls.open([target.handle]);
    return true;
  }

  #editNoteAt(pointer: Pointer): boolean {
    const target = this.#tool === 'select' ? this.#inHand.targetAt(pointer) : null;
    const drawing = target?.kind === 'drawing' ? this.#space.table.drawings.get(target.handle) : undefined;
    if (drawing?.shape.kind !== 'note') return false;
    this.#space.calls.editNote(drawing.drawing);
    return true;
  }

  /** With nothing under way Escape lets go of what is selected, then of the tool. */
  #letGo(): boolean {
    if (this.#cycle.leavePortal()) return true;
    if (this.#space.table.selection.size > 0) {
      this.#space.table.clearSelection();
      return true;
    }
    if (this.#tool === 'select') return false;
    this.#space.calls.pick('select');
    return true;
  }
}

const isModifier = (key: string): boolean => ['Alt', 'AltGraph', 'Control', 'Meta', 'Shift'].includes(key);
