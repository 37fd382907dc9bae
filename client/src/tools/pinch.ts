/** Two fingers move the map together and zoom it apart; the places under them stay under them. */

import type { Vec } from '../table/grid';
import type { Gesture } from './gesture';
import type { Pointer } from './input';
import type { Workspace } from './workspace';

export class Pinch implements Gesture {
  readonly cursor = 'grabbing';
  readonly #space: Workspace;
  #a: Pointer;
  #b: Pointer;

  constructor(space: Workspace, a: Pointer, b: Pointer) {
    this.#space = space;
    this.#a = a;
    this.#b = b;
  }

  follow(pointer: Pointer): Gesture {
    const before = { middle: middle(this.#a.at, this.#b.at), spread: spread(this.#a.at, this.#b.at) };
    if (pointer.id === this.#a.id) this.#a = pointer;
    else if (pointer.id === this.#b.id) this.#b = pointer;
    const after = middle(this.#a.at, this.#b.at);
    this.#space.camera.panBy(after.x - before.middle.x, after.y - before.middle.y);
    const apart = spread(this.#a.at, this.#b.at);
    if (before.spread > 0 && apart > 0) this.#space.camera.zoomAt(after, apart / before.spread);
    return this;
  }

  finish(): void {}

  cancel(): void {}
}

const middle = (a: Vec, b: Vec): Vec => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

const spread = (a: Vec, b: Vec): number => Math.hypot(a.x - b.x, a.y - b.y);
