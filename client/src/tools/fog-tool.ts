/**
 * Shows and hides parts of the map by hand: polygons from corner to corner, rectangles by a drag, strokes of a brush. What
 * is painted goes into the draft while one is prepared.
 */

import type { FogShape } from '../net/frames';
import type { FogShapeName, FogWork } from '../table/fog';
import { CELL, toWire, type Vec } from '../table/grid';
import type { Gesture } from './gesture';
import type { Pointer, Press } from './input';
import { AimShapeCorner, cornerInside, Corners, DragSpan, placeInside, POINTS_MAX, type PolygonTool, type SpanTool } from './shape-gestures';
import { targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

export class FogTool implements Tool, PolygonTool, SpanTool {
  readonly cursor = 'crosshair';
  readonly #space: Workspace;
  readonly #work: () => FogWork;
  readonly #corners: Corners;

  constructor(space: Workspace, work: () => FogWork) {
    this.#space = space;
    this.#work = work;
    this.#corners = new Corners(space);
  }

  press(press: Press): Gesture {
    switch (this.#shape) {
      case 'polygon':
        return new AimShapeCorner(this, press);
      case 'rectangle':
        return new DragSpan(this, press);
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
    if (this.#corners.points.length > 0) this.show(this.#corners.points, null);
  }

  targetAt(pointer: Pointer): Target {
    return targetAt(this.#space, pointer.at, pointer.kind);
  }

  cancel(): boolean {
    const wasUnderWay = this.#corners.clear();
    this.#space.sketch.set({ fog: null, cursor: null });
    return wasUnderWay;
  }

  /** Closes the polygon under way. */
  end(): boolean {
    if (this.#corners.points.length < 3) return false;
    this.paint({ kind: 'polygon', points: this.#corners.points.map(toWire) });
    this.cancel();
    return true;
  }

  /** Shows the polygon as it would be with its next corner under the pointer. */
  aim(pointer: Pointer): void {
    const cursor = this.cornerAt(pointer);
    this.show([...this.#corners.points, cursor], null);
    this.#space.sketch.set({ cursor });
  }

  set(pointer: Pointer): void {
    if (this.#corners.set(pointer)) this.end();
    else this.show(this.#corners.points, null);
  }

  span(a: Vec, b: Vec): void {
    this.show([a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }], null);
  }

  put(a: Vec, b: Vec): void {
    if (a.x !== b.x && a.y !== b.y) this.paint({ kind: 'rectangle', a: toWire(a), b: toWire(b) });
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

  placeAt(pointer: Pointer): Vec {
    return placeInside(this.#space, this.#space.place(pointer));
  }

  cornerAt(pointer: Pointer): Vec {
    return cornerInside(this.#space, pointer);
  }

  get #shape(): FogShapeName {
    const { shape, isNaming } = this.#work();
    return isNaming && shape === 'brush' ? 'polygon' : shape;
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
