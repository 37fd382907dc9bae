/** Measures ways. */

import type { Gesture } from './gesture';
import type { Pointer, Press } from './input';
import { Measure } from './measure';
import { Pressed } from './pressed';
import { targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

export class RulerTool implements Tool {
  readonly cursor = 'crosshair';
  readonly #space: Workspace;

  constructor(space: Workspace) {
    this.#space = space;
  }

  press(press: Press): Gesture {
    return new Pressed(this.#space, press, { tap: () => {}, drag: () => new Measure(this.#space, press) });
  }

  hover(): void {}

  leave(): void {}

  targetAt({ at, kind }: Pointer): Target {
    return targetAt(this.#space, at, kind);
  }

  cancel(): boolean {
    return false;
  }
}
