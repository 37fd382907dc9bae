/** Tells a game master, while they hold a token still over a place, which named areas the move would show to players. */

import type { TokenMove } from '../net/frames';
import type { Workspace } from './workspace';

/** Who goes on does not ask. */
export const STILL_MS = 250;

export class MoveHint {
  readonly #space: Workspace;
  #asked = '';
  #hasWarned = false;
  #stopWaiting: () => void = () => {};

  constructor(space: Workspace) {
    this.#space = space;
  }

  /** The drop would make these moves now. */
  consider(moves: TokenMove[]): void {
    const { table, clock } = this.#space;
    const text = JSON.stringify(moves);
    if (!table.isGm || table.areas.size === 0 || text === this.#asked) return;
    this.#forget();
    this.#asked = text;
    this.#stopWaiting = clock.after(STILL_MS, () => void this.#ask(moves, text));
  }

  end(): void {
    this.#asked = '';
    this.#forget();
  }

  async #ask(moves: TokenMove[], text: string): Promise<void> {
    const { warns = [] } = await this.#space.commands.submit({ do: 'preview_move', moves });
    if (text !== this.#asked || warns.length === 0) return;
    this.#hasWarned = true;
    this.#space.calls.warn(warns);
  }

  #forget(): void {
    this.#stopWaiting();
    if (this.#hasWarned) this.#space.calls.warn([]);
    this.#hasWarned = false;
  }
}
