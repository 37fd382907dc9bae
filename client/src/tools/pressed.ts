/** A pointer went down and it is not known yet why: to click, to hold still, or to drag. */

import { type Gesture, SPENT } from './gesture';
import { isBeyondSlop, type Pointer } from './input';
import type { Clock, Workspace } from './workspace';

export const HOLD_MS = 550;
/** A frame that comes later than this comes on a busy page, and may have overtaken a pointer that moved. */
const LATE_MS = 60;
/** Time for it to be heard. */
const GRACE_MS = 200;

/** What a press turns into. */
export interface PressOutcomes {
  tap(pointer: Pointer): void;
  /** Begins what a drag does; the gesture is then led to where the pointer is. */
  drag(): Gesture;
  /** The pointer stayed where it is for a while. */
  hold?(pointer: Pointer): void;
}

export class Pressed implements Gesture {
  readonly cursor = null;
  readonly #outcomes: PressOutcomes;
  readonly #from: Pointer;
  #last: Pointer;
  #isHeld = false;
  #stopWaiting: () => void = () => {};

  constructor(space: Workspace, from: Pointer, outcomes: PressOutcomes) {
    this.#outcomes = outcomes;
    this.#from = from;
    this.#last = from;
    if (outcomes.hold === undefined) return;
    const { clock } = space;
    const due = clock.now() + HOLD_MS;
    this.#afterFrame(clock, HOLD_MS, () => {
      if (clock.now() - due <= LATE_MS) this.#hold();
      else this.#afterFrame(clock, GRACE_MS, () => this.#hold());
    });
  }

  follow(pointer: Pointer): Gesture {
    this.#last = pointer;
    if (this.#isHeld) return SPENT;
    if (!isBeyondSlop(this.#from.at, pointer.at)) return this;
    this.#stopWaiting();
    return this.#outcomes.drag().follow(pointer);
  }

  finish(pointer: Pointer): void {
    this.#stopWaiting();
    if (!this.#isHeld) this.#outcomes.tap(pointer);
  }

  cancel(): void {
    this.#stopWaiting();
  }

  /** Browsers tell of moves with the next frame, and a clock may ring long before it: works at the first frame after it rang. */
  #afterFrame(clock: Clock, ms: number, work: () => void): void {
    this.#stopWaiting = clock.after(ms, () => {
      this.#stopWaiting = clock.atFrame(work);
    });
  }

  #hold(): void {
    this.#isHeld = true;
    this.#outcomes.hold?.(this.#last);
  }
}
