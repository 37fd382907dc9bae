/**
 * Tokens turn at once on the screen; the server is asked when the hand rests, so that a turn of the wheel is one step
 * to undo and not twenty.
 */

import type { Handle } from '../net/frames';
import type { Workspace } from './workspace';

const REST_MS = 250;
const STEP_DEGREES = 15;
/** A notch of a wheel is at least this; a track pad gives less, more often. */
const NOTCH_PX = 50;

export class Turning {
  readonly #space: Workspace;
  /** Where tokens face on the screen, until the server has answered. */
  readonly #shown = new Map<Handle, number>();
  readonly #unsent = new Set<Handle>();
  #stopWaiting: () => void = () => {};
  #pixels = 0;

  constructor(space: Workspace) {
    this.#space = space;
  }

  /** Turns what is selected; says whether there was something. */
  step(direction: 1 | -1): boolean {
    const tokens = this.#space.held;
    for (const { token, rotation } of tokens) {
      this.#shown.set(token, ((this.#shown.get(token) ?? rotation) + direction * STEP_DEGREES + 360) % 360);
      this.#unsent.add(token);
    }
    if (tokens.length === 0) return false;
    this.#show();
    this.#stopWaiting();
    this.#stopWaiting = this.#space.clock.after(REST_MS, () => this.flush());
    return true;
  }

  /** The wheel was turned; says whether it means turning now. */
  wheel(pixels: number): boolean {
    if (this.#space.held.length === 0) return false;
    const isNotch = Math.abs(pixels) >= NOTCH_PX;
    this.#pixels = isNotch ? pixels : this.#pixels + pixels;
    if (Math.abs(this.#pixels) < NOTCH_PX) return true;
    const direction = this.#pixels > 0 ? 1 : -1;
    this.#pixels = 0;
    return this.step(direction);
  }

  /** Tells the server now. */
  flush(): void {
    this.#stopWaiting();
    const byRotation = new Map<number, Handle[]>();
    for (const token of this.#unsent) {
      const rotation = this.#shown.get(token);
      if (rotation !== undefined && this.#space.table.tokens.has(token)) {
        byRotation.set(rotation, [...(byRotation.get(rotation) ?? []), token]);
      } else this.#shown.delete(token);
    }
    this.#unsent.clear();
    for (const [rotation, tokens] of byRotation) void this.#send(rotation, tokens);
  }

  /** Leaves them as they were; says whether something had been turned and not told yet. */
  cancel(): boolean {
    this.#stopWaiting();
    if (this.#unsent.size === 0) return false;
    for (const token of this.#unsent) this.#shown.delete(token);
    this.#unsent.clear();
    this.#show();
    return true;
  }

  async #send(rotation: number, tokens: Handle[]): Promise<void> {
    await this.#space.calls.ask({ do: 'edit_tokens', tokens, change: { rotation } });
    for (const token of tokens) {
      if (!this.#unsent.has(token) && this.#shown.get(token) === rotation) this.#shown.delete(token);
    }
    this.#show();
  }

  #show(): void {
    this.#space.sketch.set({ rotations: new Map(this.#shown) });
  }
}
