/** A light follows the pointer; the drop moves it. Where the pointer took hold of it it keeps hold. */

import type { LightView } from '../net/frames';
import { CELL, fromWire, samePlace, toWire, type Vec } from '../table/grid';
import type { Gesture } from './gesture';
import type { Pointer } from './input';
import type { LightTool } from './light-tool';
import type { Workspace } from './workspace';

export class MoveLamp implements Gesture {
  readonly cursor = 'grabbing';
  readonly #tool: LightTool;
  readonly #space: Workspace;
  readonly #light: LightView;
  /** The light as seen from the pointer, in CSS pixels. */
  readonly #grip: Vec;
  #to: Vec;

  constructor(tool: LightTool, space: Workspace, light: LightView, from: Pointer) {
    const at = space.camera.toScreen(fromWire(light.at));
    this.#tool = tool;
    this.#space = space;
    this.#light = light;
    this.#grip = { x: at.x - from.at.x, y: at.y - from.at.y };
    this.#to = fromWire(light.at);
  }

  follow(pointer: Pointer): Gesture {
    const { light, glow } = this.#light;
    this.#to = this.#tool.placeFor({ ...pointer, at: { x: pointer.at.x + this.#grip.x, y: pointer.at.y + this.#grip.y } });
    this.#space.sketch.set({ lamp: { light, at: this.#to, bright: glow.bright / CELL, dim: glow.dim / CELL, color: glow.color } });
    return this;
  }

  finish(): void {
    if (samePlace(this.#to, fromWire(this.#light.at))) this.cancel();
    else void this.#tool.change(this.#light.light, { at: toWire(this.#to) });
  }

  cancel(): void {
    this.#space.sketch.set({ lamp: null });
  }
}
