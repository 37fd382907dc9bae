/** A box over the map selects the tokens in it that one may move. */

import type { Vec } from '../table/grid';
import type { Gesture } from './gesture';
import type { Pointer } from './input';
import type { Workspace } from './workspace';

export class BoxSelect implements Gesture {
  readonly cursor = 'crosshair';
  readonly #space: Workspace;
  readonly #from: Vec;

  constructor(space: Workspace, from: Pointer) {
    this.#space = space;
    this.#from = space.place(from);
  }

  follow(pointer: Pointer): Gesture {
    this.#space.sketch.set({ box: { from: this.#from, to: this.#space.place(pointer) } });
    return this;
  }

  /** Whether it adds to the selection is said by the key that is held at the end. */
  finish(pointer: Pointer): void {
    this.cancel();
    const to = this.#space.place(pointer);
    const [left, right] = [Math.min(this.#from.x, to.x), Math.max(this.#from.x, to.x)];
    const [top, bottom] = [Math.min(this.#from.y, to.y), Math.max(this.#from.y, to.y)];
    const { table } = this.#space;
    const inside = [...table.tokens.values()].filter((token) => {
      const at = table.placeOf(token);
      return this.#space.isMine(token) && at.x >= left && at.x <= right && at.y >= top && at.y <= bottom;
    });
    const handles = inside.map((token) => token.token);
    if (pointer.shift) table.addToSelection(handles);
    else table.select(handles);
  }

  cancel(): void {
    this.#space.sketch.set({ box: null });
  }
}
