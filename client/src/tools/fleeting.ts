/**
 * What others see of a drag or a ruler while it lasts: the latest state, now and then. The last one always arrives, and
 * what was never shown is never taken back.
 */

import type { EphemeralFrame } from '../table/commands';
import type { Workspace } from './workspace';

/** The server passes on 30 a second. */
export const FLEETING_MS = 40;

export class Fleeting {
  readonly #space: Workspace;
  #sentAt = Number.NEGATIVE_INFINITY;
  #sent: string | null = null;
  #waiting: EphemeralFrame | null = null;
  #stopWaiting: () => void = () => {};

  constructor(space: Workspace) {
    this.#space = space;
  }

  show(frame: EphemeralFrame): void {
    const rest = this.#sentAt + FLEETING_MS - this.#space.clock.now();
    if (rest <= 0) {
      this.#send(frame);
      return;
    }
    if (this.#waiting === null) this.#stopWaiting = this.#space.clock.after(rest, () => this.#sendWaiting());
    this.#waiting = frame;
  }

  /** The last word, if anything was said. */
  end(frame: EphemeralFrame): void {
    this.#stopWaiting();
    this.#waiting = null;
    if (this.#sent !== null) this.#send(frame);
    this.#sent = null;
  }

  #sendWaiting(): void {
    const frame = this.#waiting;
    this.#waiting = null;
    if (frame !== null) this.#send(frame);
  }

  #send(frame: EphemeralFrame): void {
    const text = JSON.stringify(frame);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#sentAt = this.#space.clock.now();
    this.#space.commands.sendEphemeral(frame);
  }
}
