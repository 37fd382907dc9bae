/** The map follows the pointer. */

import type { Vec } from '../table/grid';
import type { Gesture } from './gesture';
import type { Pointer } from './input';
import type { Workspace } from './workspace';

export class Pan implements Gesture {
  readonly cursor = 'grabbing';
  readonly #space: Workspace;
  #at: Vec;

  constructor(space: Workspace, from: Pointer) {
    this.#space = space;
    this.#at = from.at;
  }

  follow({ at }: Pointer): Gesture {
    this.#space.camera.panBy(at.x - this.#at.x, at.y - this.#at.y);
    this.#at = at;
    return this;
  }

  finish(): void {}

  cancel(): void {}
}
