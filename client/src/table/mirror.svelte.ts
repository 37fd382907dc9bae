/**
 * What a game master sees who looks at the table as a player: that player's view, under handles of its own, beside the
 * own one. The server projects it; nothing is worked out here.
 */

import type { Handle, ServerFrame } from '../net/frames';
import type { CommandPort } from './commands';
import { TableState } from './table.svelte';

type MirrorFrame = Extract<ServerFrame, { type: 'mirrored' | 'mirror_ended' }>;

export class Mirror {
  readonly #port: Pick<CommandPort, 'send'>;
  #seat = $state.raw<Handle | null>(null);
  #table = $state.raw<TableState | null>(null);
  #number: number | null = null;

  constructor(port: Pick<CommandPort, 'send'>) {
    this.#port = port;
  }

  /** As whom one looks. */
  get seat(): Handle | null {
    return this.#seat;
  }

  /** What they see; null until the server has said. */
  get table(): TableState | null {
    return this.#table;
  }

  /** What their tiles and pictures are asked for with. */
  get number(): number | null {
    return this.#number;
  }

  lookAs(seat: Handle): void {
    this.#put(this.#port.send({ type: 'mirror', seat }) ? seat : null);
  }

  lookAway(): void {
    if (this.#seat === null) return;
    this.#port.send({ type: 'mirror', seat: null });
    this.#put(null);
  }

  apply(frame: MirrorFrame): void {
    if (frame.type === 'mirror_ended') {
      this.#put(null);
      return;
    }
    // What is still on its way from a look before this one has another number and no beginning.
    const { mirror, update } = frame;
    if (this.#seat === null || (update.fresh !== true && mirror !== this.#number)) return;
    this.#number = mirror;
    this.#table ??= new TableState();
    this.#table.apply({ type: 'update', ...update });
  }

  #put(seat: Handle | null): void {
    this.#seat = seat;
    this.#table = null;
    this.#number = null;
  }
}
