/** Draws on the map with a free hand or in shapes, and wipes away what one drew. */

import type { DrawnShape, Handle } from '../net/frames';
import type { DrawKind, DrawWork } from '../table/drawing';
import { simplified } from '../table/drawing';
import { CELL, lengthLabel, separation, toWire, type Vec, wayCells } from '../table/grid';
import type { Gesture } from './gesture';
import type { Pointer, Press } from './input';
import { AimShapeCorner, cornerInside, Corners, DragSpan, placeInside, POINTS_MAX, type PolygonTool, type SpanTool } from './shape-gestures';
import { drawingAt, targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

/** A free hand's way is kept to a sixty-fourth of a cell, or to a pixel of the screen. */
const TOLERANCE_CELLS = 1 / 64;

export class DrawTool implements Tool, PolygonTool, SpanTool {
  readonly #space: Workspace;
  readonly #work: () => DrawWork;
  readonly #corners: Corners;

  constructor(space: Workspace, work: () => DrawWork) {
    this.#space = space;
    this.#work = work;
    this.#corners = new Corners(space);
  }

  get cursor(): 'pointer' | 'crosshair' {
    return this.#kind === 'eraser' && this.#space.sketch.parts.hovered !== null ? 'pointer' : 'crosshair';
  }

  press(press: Press): Gesture {
    switch (this.#kind) {
      case 'pen':
        return new FreeHand(this, press, this.#space.camera.scale);
      case 'line':
      case 'rectangle':
      case 'circle':
        return new DragSpan(this, press);
      case 'polygon':
        return new AimShapeCorner(this, press);
      case 'eraser':
        return new WipeAway(this, press);
    }
  }

  hover(pointer: Pointer): void {
    switch (this.#kind) {
      case 'pen':
        return;
      case 'polygon':
        this.aim(pointer);
        return;
      case 'line':
      case 'rectangle':
      case 'circle':
        this.#space.sketch.set({ cursor: this.cornerAt(pointer) });
        return;
      case 'eraser':
        this.#mark(pointer);
    }
  }

  leave(): void {
    this.#space.sketch.set({ cursor: null, drawing: null, ruler: null, hovered: null });
    if (this.#corners.points.length > 0) this.#show(this.#polygon(this.#corners.points));
  }

  targetAt(pointer: Pointer): Target {
    const drawing = drawingAt(this.#space, pointer.at, pointer.kind);
    return drawing === null ? targetAt(this.#space, pointer.at, pointer.kind) : { kind: 'drawing', handle: drawing.drawing };
  }

  cancel(): boolean {
    const wasUnderWay = this.#corners.clear();
    this.leave();
    return wasUnderWay;
  }

  /** Closes the polygon under way. */
  end(): boolean {
    if (this.#corners.points.length < 3) return false;
    const shape = this.#polygon(this.#corners.points);
    this.cancel();
    this.draw(shape);
    return true;
  }

  /** Wipes away what lies under the pointer. */
  remove(): boolean {
    const { pointer } = this.#space;
    return pointer !== null && this.wipe(pointer);
  }

  aim(pointer: Pointer): void {
    const cursor = this.cornerAt(pointer);
    this.#show(this.#polygon([...this.#corners.points, cursor]));
    this.#space.sketch.set({ cursor });
  }

  set(pointer: Pointer): void {
    if (this.#corners.set(pointer)) this.end();
    else this.#show(this.#polygon(this.#corners.points));
  }

  span(a: Vec, b: Vec): void {
    const shape = this.#spanned(a, b);
    if (shape !== null) this.#show(shape);
    // Who draws the reach of a spell wants to know how far it is.
    const grid = this.#space.table.scene?.grid;
    if (grid === undefined || this.#kind === 'rectangle') return;
    const cells = this.#kind === 'circle' ? separation(a, b) : wayCells(grid, [a, b]);
    this.#space.sketch.set({ ruler: { points: [a, b], label: lengthLabel(grid, cells) } });
  }

  put(a: Vec, b: Vec): void {
    const shape = this.#spanned(a, b);
    if (shape !== null) this.draw(shape);
  }

  rest(): void {
    this.leave();
  }

  /** The way so far, of a free hand. */
  trace(points: readonly Vec[]): void {
    this.#show({ kind: 'line', points: points.map(toWire) });
  }

  /** Draws; until the server has answered it is shown as it will be. */
  draw(shape: DrawnShape): void {
    void this.#draw(shape);
  }

  /** Says whether there was something of one's own. */
  wipe(pointer: Pointer, wiped = new Set<Handle>()): boolean {
    const drawing = drawingAt(this.#space, pointer.at, pointer.kind);
    if (drawing === null || wiped.has(drawing.drawing)) return false;
    wiped.add(drawing.drawing);
    void this.#space.calls.ask({ do: 'remove_drawings', drawings: [drawing.drawing] });
    return true;
  }

  cornerAt(pointer: Pointer): Vec {
    return cornerInside(this.#space, pointer);
  }

  placeAt(pointer: Pointer): Vec {
    return placeInside(this.#space, this.#space.place(pointer));
  }

  get #kind(): DrawKind {
    return this.#work().kind;
  }

  async #draw(shape: DrawnShape): Promise<void> {
    const { sketch, calls } = this.#space;
    const look = this.#look(shape);
    this.#show(shape);
    const { drawing } = sketch.parts;
    await calls.ask({ do: 'add_drawing', ...look, shown: this.#space.table.isGm ? this.#work().shown : 'everyone' });
    if (sketch.parts.drawing === drawing) sketch.set({ drawing: null });
  }

  #show(shape: DrawnShape): void {
    this.#space.sketch.set({ drawing: this.#look(shape) });
  }

  #look(shape: DrawnShape): { shape: DrawnShape; color: number; width: number; filled: boolean } {
    const { color, width, filled } = this.#work();
    return { shape, color: color ?? this.#space.ownColor, width: Math.round(width * CELL), filled: filled && shape.kind !== 'line' };
  }

  #polygon(points: readonly Vec[]): DrawnShape {
    return { kind: 'polygon', points: points.map(toWire) };
  }

  /** What two places span; null for nothing at all. */
  #spanned(a: Vec, b: Vec): DrawnShape | null {
    switch (this.#kind) {
      case 'line':
        return separation(a, b) === 0 ? null : { kind: 'line', points: [toWire(a), toWire(b)] };
      case 'circle': {
        const radius = Math.round(separation(a, b) * CELL);
        return radius === 0 ? null : { kind: 'circle', middle: toWire(a), radius };
      }
      default:
        return a.x === b.x || a.y === b.y ? null : { kind: 'rectangle', a: toWire(a), b: toWire(b) };
    }
  }

  #mark(pointer: Pointer): void {
    const drawing = drawingAt(this.#space, pointer.at, pointer.kind);
    const was = this.#space.sketch.parts.hovered;
    if ((was?.handle ?? null) === (drawing?.drawing ?? null)) return;
    this.#space.sketch.set({ hovered: drawing === null ? null : { kind: 'drawing', handle: drawing.drawing } });
  }
}

/** A line that follows the pointer; one that grows too long goes on as another. */
class FreeHand implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: DrawTool;
  readonly #tolerance: number;
  #way: readonly Vec[];

  constructor(tool: DrawTool, from: Pointer, pxPerCell: number) {
    this.#tool = tool;
    this.#tolerance = Math.max(TOLERANCE_CELLS, 1 / pxPerCell);
    this.#way = [tool.placeAt(from)];
  }

  follow(pointer: Pointer): Gesture {
    const place = this.#tool.placeAt(pointer);
    const last = this.#way.at(-1) ?? place;
    if (separation(place, last) < this.#tolerance) return this;
    this.#way = [...this.#way, place];
    if (this.#way.length >= 2 * POINTS_MAX || simplifiedLength(this.#way, this.#tolerance) >= POINTS_MAX) {
      this.#draw();
      this.#way = [place];
    }
    this.#tool.trace(this.#way);
    return this;
  }

  finish(pointer: Pointer): void {
    this.follow(pointer);
    this.#tool.rest();
    this.#draw();
  }

  cancel(): void {
    this.#tool.rest();
  }

  #draw(): void {
    const points = simplified(this.#way, this.#tolerance).map(toWire);
    // A mere click is a dot.
    const [first] = points;
    if (first !== undefined && points.length === 1) points.push(first);
    this.#tool.draw({ kind: 'line', points });
  }
}

/** Only looked at when a way could be too long. */
const simplifiedLength = (way: readonly Vec[], tolerance: number): number =>
  way.length < POINTS_MAX ? 0 : simplified(way, tolerance).length;

/** Wipes away one's own drawings on its way. */
class WipeAway implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: DrawTool;
  /** Each is wiped away once, however long that takes to come back. */
  readonly #wiped = new Set<Handle>();

  constructor(tool: DrawTool, from: Pointer) {
    this.#tool = tool;
    this.follow(from);
  }

  follow(pointer: Pointer): Gesture {
    this.#tool.wipe(pointer, this.#wiped);
    return this;
  }

  finish(): void {
    this.#tool.rest();
  }

  cancel(): void {
    this.#tool.rest();
  }
}
