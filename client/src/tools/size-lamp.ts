/** The pointer says how far a light shines. Bright light never reaches further than dim light. */

import { GLOW_CELLS_MAX } from '../table/glows';
import { separation } from '../table/grid';
import type { SketchLamp } from '../table/sketch';
import type { Gesture } from './gesture';
import { asksFree } from './habits';
import type { Pointer } from './input';
import type { Workspace } from './workspace';

/** Radii come in steps of half a cell, unless they are asked to be free. */
const STEP_CELLS = 0.5;

export class SizeLamp implements Gesture {
  readonly cursor = 'grabbing';
  readonly #space: Workspace;
  readonly #about: 'bright' | 'dim' | 'both';
  readonly #put: (lamp: SketchLamp) => void;
  #lamp: SketchLamp;

  constructor(space: Workspace, lamp: SketchLamp, about: 'bright' | 'dim' | 'both', put: (lamp: SketchLamp) => void) {
    this.#space = space;
    this.#about = about;
    this.#put = put;
    this.#lamp = lamp;
  }

  follow(pointer: Pointer): Gesture {
    const away = Math.min(separation(this.#lamp.at, this.#space.place(pointer)), GLOW_CELLS_MAX);
    const radius = asksFree(pointer) ? away : Math.round(away / STEP_CELLS) * STEP_CELLS;
    this.#lamp = { ...this.#lamp, ...this.#radii(radius) };
    this.#space.sketch.set({ lamp: this.#lamp });
    return this;
  }

  finish(): void {
    if (this.#lamp.dim > 0) this.#put(this.#lamp);
    else this.cancel();
  }

  cancel(): void {
    this.#space.sketch.set({ lamp: null });
  }

  #radii(radius: number): { bright: number; dim: number } {
    const { bright, dim } = this.#lamp;
    switch (this.#about) {
      case 'bright':
        return { bright: radius, dim: Math.max(dim, radius) };
      case 'dim':
        return { bright: Math.min(bright, radius), dim: radius };
      case 'both':
        return { bright: radius / 2, dim: radius };
    }
  }
}
