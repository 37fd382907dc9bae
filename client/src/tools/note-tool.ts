/** Puts notes on the map: a click writes a new one or opens one's own, a drag moves it. */

import type { DrawingView } from '../net/frames';
import { fromWire, samePlace, toWire, type Vec } from '../table/grid';
import type { Gesture } from './gesture';
import { isDoneBy } from './habits';
import type { Pointer, Press } from './input';
import { Pan } from './pan';
import { Pressed } from './pressed';
import { cornerInside, placeInside } from './shape-gestures';
import { drawingAt, targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

export class NoteTool implements Tool {
  readonly #space: Workspace;

  constructor(space: Workspace) {
    this.#space = space;
  }

  get cursor(): 'pointer' | 'crosshair' {
    return this.#space.sketch.parts.hovered === null ? 'crosshair' : 'pointer';
  }

  press(press: Press): Gesture {
    const note = this.#noteAt(press);
    return new Pressed(this.#space, press, {
      tap: (pointer) => {
        if (note === null) this.#space.calls.newNote(cornerInside(this.#space, pointer));
        else this.#space.calls.editNote(note.drawing);
      },
      drag: () => (note === null ? new Pan(this.#space, press) : new MoveNote(this.#space, note, press)),
      hold: (pointer) => {
        if (note !== null && pointer.kind === 'touch' && isDoneBy('actions', 'RightClick')) {
          this.#space.calls.menu({ kind: 'drawing', handle: note.drawing }, this.#space.place(pointer), pointer.at);
        }
      },
    });
  }

  hover(pointer: Pointer): void {
    const note = this.#noteAt(pointer);
    const was = this.#space.sketch.parts.hovered;
    if ((was?.handle ?? null) === (note?.drawing ?? null)) return;
    this.#space.sketch.set({ hovered: note === null ? null : { kind: 'drawing', handle: note.drawing } });
  }

  leave(): void {
    this.#space.sketch.set({ hovered: null, drawing: null });
  }

  targetAt(pointer: Pointer): Target {
    const note = this.#noteAt(pointer);
    return note === null ? targetAt(this.#space, pointer.at, pointer.kind) : { kind: 'drawing', handle: note.drawing };
  }

  cancel(): boolean {
    return false;
  }

  /** Without a pointer the note goes to the middle of what is seen. */
  end(): boolean {
    this.#space.calls.newNote(null);
    return true;
  }

  remove(): boolean {
    const { hovered } = this.#space.sketch.parts;
    if (hovered?.kind !== 'drawing') return false;
    void this.#space.calls.ask({ do: 'remove_drawings', drawings: [hovered.handle] });
    return true;
  }

  #noteAt(pointer: Pointer): DrawingView | null {
    const drawing = drawingAt(this.#space, pointer.at, pointer.kind);
    return drawing?.shape.kind === 'note' ? drawing : null;
  }
}

/** A note follows the pointer; where the pointer took hold of it it keeps hold. */
class MoveNote implements Gesture {
  readonly cursor = 'grabbing';
  readonly #space: Workspace;
  readonly #note: DrawingView;
  readonly #at: Vec;
  readonly #grip: Vec;
  #to: Vec;

  constructor(space: Workspace, note: DrawingView, from: Pointer) {
    this.#space = space;
    this.#note = note;
    this.#at = fromWire(note.shape.kind === 'note' ? note.shape.at : [0, 0]);
    const place = space.place(from);
    this.#grip = { x: this.#at.x - place.x, y: this.#at.y - place.y };
    this.#to = this.#at;
  }

  follow(pointer: Pointer): Gesture {
    const { shape } = this.#note;
    const place = this.#space.place(pointer);
    this.#to = placeInside(this.#space, { x: place.x + this.#grip.x, y: place.y + this.#grip.y });
    if (shape.kind === 'note') this.#space.sketch.set({ drawing: { ...this.#note, shape: { ...shape, at: toWire(this.#to) } } });
    return this;
  }

  finish(pointer: Pointer): void {
    this.follow(pointer);
    if (samePlace(this.#at, this.#to)) this.cancel();
    else void this.#move();
  }

  cancel(): void {
    this.#space.sketch.set({ drawing: null });
  }

  async #move(): Promise<void> {
    const { sketch, calls } = this.#space;
    const { drawing } = sketch.parts;
    const [from, to] = [toWire(this.#at), toWire(this.#to)];
    const by: [number, number] = [to[0] - from[0], to[1] - from[1]];
    await calls.ask({ do: 'edit_drawings', drawings: [this.#note.drawing], change: { by } });
    if (sketch.parts.drawing === drawing) sketch.set({ drawing: null });
  }
}
