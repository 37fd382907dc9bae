/** Points at places, for all to see. Dragging moves the map. */

import { toWire } from '../table/grid';
import type { Gesture } from './gesture';
import { habitsBy } from './habits';
import type { Pointer, Press } from './input';
import { Pan } from './pan';
import { Pressed } from './pressed';
import { targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

export class PingTool implements Tool {
  readonly cursor = 'crosshair';
  readonly #space: Workspace;

  constructor(space: Workspace) {
    this.#space = space;
  }

  press(press: Press): Gesture {
    const pointed = (pointer: Pointer): void => point(this.#space, pointer);
    return new Pressed(this.#space, press, { tap: pointed, hold: pointed, drag: () => new Pan(this.#space, press) });
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

/** Points at the place under the pointer, and calls all eyes there if the game master asks for it by a held key. */
export function point(space: Workspace, pointer: Pointer): void {
  const { me } = space.table;
  if (me === null || !space.canShow) return;
  const pull = pointer.shift && habitsBy('Shift+Hold', space.audience, false).includes('pull');
  const at = toWire(space.place(pointer));
  space.commands.sendEphemeral({ type: 'ping', at, pull });
  // The server sends nobody their own ping; their own view stays where it is.
  space.table.addPing(me.seat, at, false);
}
