/**
 * Shows and hides parts of the map by hand: polygons from corner to corner, rectangles by a drag, strokes of a brush. What
 * is painted goes into the draft while one is prepared.
 */

import type { FogShape } from '../net/frames';
import type { FogShapeName, FogWork } from '../table/fog';
import { CELL, fromWire, samePlace, snapWall, toWire, type Vec } from '../table/grid';
import type { Gesture } from './gesture';
import { asksFree } from './habits';
import { isBeyondSlop, type Pointer, type Press } from './input';
import { targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

/** The server takes as many. */
const POINTS_MAX = 500;
/** Who comes this near to the first corner means it. */
const CLOSING_PX = 14;

export class FogTool implements Tool {
  readonly cursor = 'crosshair';
  readonly #space: Workspace;
  readonly #work: () => FogWork;
  /** The corners of the polygon under way. */
  #corners: readonly Vec[] = [];

  constructor(space: Workspace, work: () => FogWork) {
    this.#space = space;
    this.#work = work;
  }

  press(press: Press): Gesture {
    switch (this.#shape) {
      case 'polygon':
        return new AimFogCorner(this, press);
      case 'rectangle':
        return new DrawRectangle(this, press);
      case 'brush':
        return new DrawStroke(this, press, this.#work().radius);
    }
  }

  hover(pointer: Pointer): void {
    if (this.#shape === 'brush') this.show([this.placeAt(pointer)], this.#work().radius);
    else this.aim(pointer);
  }

  leave(): void {
    this.#space.sketch.set({ cursor: null, fog: null });
    if (this.#corners.length > 0) this.show(this.#corners, null);
  }

  targetAt(pointer: Pointer): Target {
    return targetAt(this.#space, pointer.at, pointer.kind);
  }

  cancel(): boolean {
    const wasUnderWay = this.#corners.length > 0;
    this.#corners = [];
    this.#space.sketch.set({ fog: null, cursor: null });
    return wasUnderWay;
  }

  /** Closes the polygon under way. */
  end(): boolean {
    if (this.#corners.length < 3) return false;
    this.paint({ kind: 'polygon', points: this.#corners.map(toWire) });
    this.cancel();
    return true;
  }

  /** Shows the polygon as it would be with its next corner under the pointer. */
  aim(pointer: Pointer): void {
    const cursor = this.cornerAt(pointer);
    this.show([...this.#corners, cursor], null);
    this.#space.sketch.set({ cursor });
  }

  /** Sets a corner of a polygon. On the first one, or on the last one again, it is closed. */
  set(pointer: Pointer): void {
    const corner = this.cornerAt(pointer);
    const [first] = this.#corners;
    const last = this.#corners.at(-1);
    const isAgain = last !== undefined && samePlace(last, corner);
    if ((isAgain || (first !== undefined && this.#isAt(first, pointer))) && this.end()) return;
    if (!isAgain && this.#corners.length < POINTS_MAX) this.#corners = [...this.#corners, corner];
    this.show(this.#corners, null);
  }

  show(points: readonly Vec[], radius: number | null): void {
    const { cover, isNaming } = this.#work();
    this.#space.sketch.set({ fog: { cover: isNaming ? 'open' : cover, points, radius } });
  }

  /** Back to how it was before the pointer went down. */
  rest(): void {
    this.leave();
  }

  paint(shape: FogShape): void {
    const { calls, table } = this.#space;
    const { cover, isNaming } = this.#work();
    if (isNaming && shape.kind !== 'brush') {
      calls.nameArea(shape.kind === 'polygon' ? shape.points : cornersOf(shape.a, shape.b));
      return;
    }
    void calls.ask({ do: 'paint_fog', stage: table.fog.preparing ? 'draft' : 'live', shape, cover });
  }

  /** A place on the map, whatever is beyond its edge. */
  placeAt(pointer: Pointer): Vec {
    return this.#inside(this.#space.place(pointer));
  }

  cornerAt(pointer: Pointer): Vec {
    const place = this.#space.place(pointer);
    const { scene } = this.#space.table;
    return this.#inside(scene === null || asksFree(pointer) ? place : snapWall(scene.grid, place));
  }

  get #shape(): FogShapeName {
    const { shape, isNaming } = this.#work();
    return isNaming && shape === 'brush' ? 'polygon' : shape;
  }

  #inside({ x, y }: Vec): Vec {
    const size = fromWire(this.#space.table.scene?.size ?? [0, 0]);
    return { x: Math.min(Math.max(x, 0), size.x), y: Math.min(Math.max(y, 0), size.y) };
  }

  #isAt(place: Vec, pointer: Pointer): boolean {
    const at = this.#space.camera.toScreen(place);
    return Math.hypot(at.x - pointer.at.x, at.y - pointer.at.y) <= CLOSING_PX;
  }
}

/** A pointer is down to set a corner; it can still be led elsewhere. */
class AimFogCorner implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: FogTool;

  constructor(tool: FogTool, from: Pointer) {
    this.#tool = tool;
    tool.aim(from);
  }

  follow(pointer: Pointer): Gesture {
    this.#tool.aim(pointer);
    return this;
  }

  finish(pointer: Pointer): void {
    this.#tool.set(pointer);
  }

  cancel(): void {
    this.#tool.rest();
  }
}

class DrawRectangle implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: FogTool;
  readonly #from: Pointer;
  readonly #corner: Vec;

  constructor(tool: FogTool, from: Pointer) {
    this.#tool = tool;
    this.#from = from;
    this.#corner = tool.cornerAt(from);
  }

  follow(pointer: Pointer): Gesture {
    const [a, b] = [this.#corner, this.#tool.cornerAt(pointer)];
    this.#tool.show([a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }], null);
    return this;
  }

  finish(pointer: Pointer): void {
    this.#tool.rest();
    const [a, b] = [this.#corner, this.#tool.cornerAt(pointer)];
    if (isBeyondSlop(this.#from.at, pointer.at) && a.x !== b.x && a.y !== b.y) {
      this.#tool.paint({ kind: 'rectangle', a: toWire(a), b: toWire(b) });
    }
  }

  cancel(): void {
    this.#tool.rest();
  }
}

/** A stroke that grows too long for one command is painted in parts. */
class DrawStroke implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: FogTool;
  readonly #radius: number;
  #way: readonly Vec[];

  constructor(tool: FogTool, from: Pointer, radius: number) {
    this.#tool = tool;
    this.#radius = radius;
    this.#way = [tool.placeAt(from)];
    tool.show(this.#way, radius);
  }

  follow(pointer: Pointer): Gesture {
    const place = this.#tool.placeAt(pointer);
    const last = this.#way.at(-1) ?? place;
    // Points that lie closer together than this do not change the shape that is painted.
    if (Math.hypot(place.x - last.x, place.y - last.y) < this.#radius / 8) return this;
    this.#way = [...this.#way, place];
    if (this.#way.length === POINTS_MAX) {
      this.#paint();
      this.#way = [place];
    }
    this.#tool.show(this.#way, this.#radius);
    return this;
  }

  finish(pointer: Pointer): void {
    this.follow(pointer);
    this.#paint();
    this.#tool.rest();
  }

  cancel(): void {
    this.#tool.rest();
  }

  #paint(): void {
    this.#tool.paint({ kind: 'brush', points: this.#way.map(toWire), radius: Math.round(this.#radius * CELL) });
  }
}

const cornersOf = ([left, top]: readonly [number, number], [right, bottom]: readonly [number, number]): [number, number][] => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];
