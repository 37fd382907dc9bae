/** A pointer is down to set a corner of a line: it can still be led elsewhere, and a first corner can be dragged into a line. */

import type { Vec } from '../table/grid';
import type { Gesture } from './gesture';
import { isBeyondSlop, type Pointer } from './input';
import type { LineTool } from './line-tool';

export class AimCorner implements Gesture {
  readonly cursor = 'crosshair';
  readonly #tool: LineTool;
  readonly #from: Pointer;
  /** Where a new line begins; null when one is under way. */
  readonly #start: Vec | null;

  constructor(tool: LineTool, from: Pointer) {
    this.#tool = tool;
    this.#from = from;
    this.#start = tool.corner === null ? tool.cornerAt(from) : null;
  }

  follow(pointer: Pointer): Gesture {
    this.#tool.aim(pointer, this.#start ?? this.#tool.corner);
    return this;
  }

  finish(pointer: Pointer): void {
    const corner = this.#tool.cornerAt(pointer);
    if (this.#start === null) this.#tool.set(corner);
    else if (isBeyondSlop(this.#from.at, pointer.at)) this.#tool.draw(this.#start, corner);
    else this.#tool.set(this.#start);
  }

  cancel(): void {
    this.#tool.rest();
  }
}
