/** From token to token by the keyboard, in reading order, and on to the doors in view; past the last the focus leaves the map. */

import type { Handle } from '../net/frames';
import type { Vec } from '../table/grid';
import { middleOf, type Target, type Workspace } from './workspace';

interface Stop {
  readonly kind: 'token' | 'portal';
  readonly handle: Handle;
  readonly at: Vec;
}

export class Cycle {
  readonly #space: Workspace;
  #portal: Handle | null = null;

  constructor(space: Workspace) {
    this.#space = space;
  }

  /** The door or window that the keyboard has come to. */
  get portal(): Handle | null {
    return this.#portal !== null && this.#space.table.portals.has(this.#portal) ? this.#portal : null;
  }

  /** What the keyboard is at, and where. */
  get target(): { readonly target: Target; readonly at: Vec } | null {
    const stops = this.#stops();
    const stop = stops[this.#indexIn(stops)];
    return stop === undefined ? null : { target: { kind: stop.kind, handle: stop.handle }, at: stop.at };
  }

  /** Goes to the next or the one before; says whether there is one. */
  go(by: 1 | -1): boolean {
    const stops = this.#stops();
    const index = this.#indexIn(stops);
    const next = stops[index === -1 ? (by === 1 ? 0 : stops.length - 1) : index + by];
    this.leavePortal();
    if (next === undefined) {
      this.#space.table.clearSelection();
      return false;
    }
    if (next.kind === 'token') this.#space.table.select([next.handle]);
    else this.#reach(next.handle);
    this.#space.camera.glideIntoView(next.at);
    return true;
  }

  /** Something else has the attention now; says whether it was at a door. */
  leavePortal(): boolean {
    if (this.#portal === null) return false;
    this.#portal = null;
    this.#space.sketch.set({ hovered: null });
    this.#space.calls.reach(null);
    return true;
  }

  #reach(portal: Handle): void {
    this.#space.table.clearSelection();
    this.#portal = portal;
    this.#space.sketch.set({ hovered: { kind: 'portal', handle: portal } });
    this.#space.calls.reach(portal);
  }

  #indexIn(stops: readonly Stop[]): number {
    const [selected] = this.#space.table.selection;
    const { portal } = this;
    return stops.findIndex(({ kind, handle }) => (portal === null ? kind === 'token' && handle === selected : kind === 'portal' && handle === portal));
  }

  #stops(): readonly Stop[] {
    const { table, camera } = this.#space;
    const tokens = [...table.tokens.values()]
      .filter((token) => this.#space.isMine(token))
      .map((token): Stop => ({ kind: 'token', handle: token.token, at: table.placeOf(token) }));
    // The game master knows every door; those on the screen are meant.
    const portals = [...table.portals.values()]
      .map((portal): Stop => ({ kind: 'portal', handle: portal.portal, at: middleOf(portal) }))
      .filter(({ handle, at }) => handle === this.#portal || camera.shows(at, 0));
    return [...tokens.toSorted(inReadingOrder), ...(this.#space.canShow ? portals.toSorted(inReadingOrder) : [])];
  }
}

const inReadingOrder = (a: Stop, b: Stop): number => a.at.y - b.at.y || a.at.x - b.at.x;
