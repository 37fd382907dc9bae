/** A ruler from where the pointer went down to where it is, by way points, for as long as it is held. */

import { lengthLabel, samePlace, snap, toWire, type Vec, wayCells } from '../table/grid';
import { Fleeting } from './fleeting';
import type { Gesture } from './gesture';
import { asksFree } from './habits';
import type { Pointer } from './input';
import type { Workspace } from './workspace';

const POINTS_MAX = 100;

export class Measure implements Gesture {
  readonly cursor = 'crosshair';
  readonly #space: Workspace;
  readonly #points: Vec[];
  readonly #others: Fleeting;

  constructor(space: Workspace, from: Pointer) {
    this.#space = space;
    this.#points = [this.#placeFor(from)];
    this.#others = new Fleeting(space);
  }

  follow(pointer: Pointer): Gesture {
    const { scene } = this.#space.table;
    if (scene === null) return this;
    const points = [...this.#points, this.#placeFor(pointer)];
    this.#space.sketch.set({ ruler: { points, label: lengthLabel(scene.grid, wayCells(scene.grid, points)) } });
    if (this.#space.canShow) this.#others.show({ type: 'ruler', points: points.map(toWire) });
    return this;
  }

  wayPoint(pointer: Pointer): void {
    const place = this.#placeFor(pointer);
    const last = this.#points.at(-1);
    if (this.#points.length >= POINTS_MAX || last === undefined || samePlace(last, place)) return;
    this.#points.push(place);
    this.follow(pointer);
  }

  finish(): void {
    this.cancel();
  }

  cancel(): void {
    this.#others.end({ type: 'ruler', points: [] });
    this.#space.sketch.set({ ruler: null });
  }

  #placeFor(pointer: Pointer): Vec {
    const place = this.#space.place(pointer);
    const { scene } = this.#space.table;
    return scene === null || asksFree(pointer) ? place : snap(scene.grid, place, 1);
  }
}
