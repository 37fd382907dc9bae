/**
 * Draws lines from corner to corner: walls that go on until they are ended, doors and windows that end with their second
 * corner. A click sets a corner; a drag draws one line at once.
 */

import { samePlace, snapWall, type Vec } from '../table/grid';
import type { SketchLine, SketchTarget } from '../table/sketch';
import { AimCorner } from './aim-corner';
import type { Gesture } from './gesture';
import { asksFree } from './habits';
import type { Pointer, Press } from './input';
import { targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

/** What is drawn. */
export interface LineWork {
  readonly kind: () => SketchLine['kind'];
  /** Whether the next line begins where the last one ended. */
  readonly goesOn: boolean;
  put(a: Vec, b: Vec): void;
  /** What of its kind lies under the pointer. */
  markAt(pointer: Pointer): SketchTarget | null;
  remove(mark: SketchTarget): void;
}

export class LineTool implements Tool {
  readonly cursor = 'crosshair';
  readonly #space: Workspace;
  readonly #work: LineWork;
  /** Where the line under way goes on. */
  #corner: Vec | null = null;

  constructor(space: Workspace, work: LineWork) {
    this.#space = space;
    this.#work = work;
  }

  /** Where the line under way goes on. */
  get corner(): Vec | null {
    return this.#corner;
  }

  press(press: Press): Gesture {
    return new AimCorner(this, press);
  }

  hover(pointer: Pointer): void {
    this.aim(pointer, this.#corner);
    const mark = this.#corner === null ? this.#work.markAt(pointer) : null;
    const was = this.#space.sketch.parts.hovered;
    if (was?.kind !== mark?.kind || was?.handle !== mark?.handle) this.#space.sketch.set({ hovered: mark });
  }

  leave(): void {
    this.#space.sketch.set({ cursor: null, hovered: null });
  }

  targetAt(pointer: Pointer): Target {
    return this.#work.markAt(pointer) ?? targetAt(this.#space, pointer.at, pointer.kind);
  }

  cancel(): boolean {
    const wasUnderWay = this.#corner !== null;
    this.#corner = null;
    this.#space.sketch.set({ line: null, cursor: null });
    return wasUnderWay;
  }

  remove(): boolean {
    const { hovered } = this.#space.sketch.parts;
    if (hovered === null || hovered.kind === 'token' || hovered.kind === 'light' || hovered.kind === 'drawing') return false;
    this.#work.remove(hovered);
    return true;
  }

  cornerAt(pointer: Pointer): Vec {
    const place = this.#space.place(pointer);
    const { scene } = this.#space.table;
    return scene === null || asksFree(pointer) ? place : snapWall(scene.grid, place);
  }

  /** Shows the line as it would be with its next corner under the pointer. */
  aim(pointer: Pointer, from: Vec | null): void {
    const cursor = this.cornerAt(pointer);
    this.#space.sketch.set({ cursor, line: from === null ? null : { kind: this.#work.kind(), points: [from, cursor] } });
  }

  /** Back to how it was before the pointer went down. */
  rest(): void {
    const from = this.#corner;
    this.#space.sketch.set({ cursor: null, line: from === null ? null : { kind: this.#work.kind(), points: [from] } });
  }

  /** Sets a corner: the first of a line, or the one that ends it. The same place twice ends the whole. */
  set(corner: Vec): void {
    const from = this.#corner;
    this.#corner = corner;
    if (from !== null) {
      if (samePlace(from, corner)) this.#corner = null;
      else {
        this.#work.put(from, corner);
        if (!this.#work.goesOn) this.#corner = null;
      }
    }
    this.rest();
  }

  /** Draws one line and no more. */
  draw(from: Vec, to: Vec): void {
    if (!samePlace(from, to)) this.#work.put(from, to);
    this.#corner = null;
    this.rest();
  }
}
