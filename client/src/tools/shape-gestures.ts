/** Closed shapes that are drawn on the map: corner by corner, or between two opposite corners. */

import { fromWire, samePlace, snapWall, type Vec } from '../table/grid';
import type { Gesture } from './gesture';
import { asksFree } from './habits';
import { isBeyondSlop, type Pointer } from './input';
import type { Workspace } from './workspace';

/** The server takes as many. */
export const POINTS_MAX = 500;
/** Who comes this near to the first corner means it. */
const CLOSING_PX = 14;

/** A place on the map, whatever is beyond its edge. */
export function placeInside(space: Workspace, { x, y }: Vec): Vec {
  const size = fromWire(space.table.scene?.size ?? [0, 0]);
  return { x: Math.min(Math.max(x, 0), size.x), y: Math.min(Math.max(y, 0), size.y) };
}

/** A place on the map: of the grid, unless a free one is asked for. */
export function cornerInside(space: Workspace, pointer: Pointer): Vec {
  const place = space.place(pointer);
  const { scene } = space.table;
  return placeInside(space, scene === null || asksFree(pointer) ? place : snapWall(scene.grid, place));
}

/** The corners of the polygon under way. */
export class Corners {
  readonly #space: Workspace;
  #points: readonly Vec[] = [];

  constructor(space: Workspace) {
    this.#space = space;
  }

  get points(): readonly Vec[] {
    return this.#points;
  }

  /** Says whether there were any. */
  clear(): boolean {
    const had = this.#points.length > 0;
    this.#points = [];
    return had;
  }

  /** Sets a corner; says whether that ends the polygon: on the first one, or on the last one again. */
  set(pointer: Pointer): boolean {
    const corner = cornerInside(this.#space, pointer);
    const [first] = this.#points;
    const last = this.#points.at(-1);
    const isAgain = last !== undefined && samePlace(last, corner);
    if ((isAgain || (first !== undefined && this.#isAt(first, pointer))) && this.#points.length >= 3) return true;
    if (!isAgain && this.#points.length < POINTS_MAX) this.#points = [...this.#points, corner];
    return false;
  }

  #isAt(place: Vec, pointer: Pointer): boolean {
    const at = this.#space.camera.toScreen(place);
    return Math.hypot(at.x - pointer.at.x, at.y - pointer.at.y) <= CLOSING_PX;
  }
}

/** A tool that polygons are drawn with. */
export interface PolygonTool {
  /** Shows the polygon as it would be with its next corner under the pointer. */
  aim(pointer: Pointer): void;
  set(pointer: Pointer): void;
  /** Back to how it was before the pointer went down. */
  rest(): void;
}

/** A pointer is down to set a corner; it can still be led elsewhere. */
export class AimShapeCorner implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: PolygonTool;

  constructor(tool: PolygonTool, from: Pointer) {
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

/** A tool that shapes are drawn with from one corner to another. */
export interface SpanTool {
  cornerAt(pointer: Pointer): Vec;
  /** Shows the shape as it would be. */
  span(a: Vec, b: Vec): void;
  rest(): void;
  put(a: Vec, b: Vec): void;
}

/** From where the pointer went down to where it is lifted. */
export class DragSpan implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: SpanTool;
  readonly #from: Pointer;
  readonly #corner: Vec;

  constructor(tool: SpanTool, from: Pointer) {
    this.#tool = tool;
    this.#from = from;
    this.#corner = tool.cornerAt(from);
  }

  follow(pointer: Pointer): Gesture {
    this.#tool.span(this.#corner, this.#tool.cornerAt(pointer));
    return this;
  }

  finish(pointer: Pointer): void {
    this.#tool.rest();
    if (isBeyondSlop(this.#from.at, pointer.at)) this.#tool.put(this.#corner, this.#tool.cornerAt(pointer));
  }

  cancel(): void {
    this.#tool.rest();
  }
}
