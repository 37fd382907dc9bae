/** What keys do to the selected tokens: steps, copies, removal. */

import type { Handle } from '../net/frames';
import { samePlace, toWire, type Vec } from '../table/grid';
import { roomFor, standingPlace, stepped } from './places';
import { cellsOf, type Workspace } from './workspace';

/** Without a token in hand the arrows move the map by this. */
const PAN_PX = 60;

export class TokenKeys {
  readonly #space: Workspace;
  #copied: readonly Handle[] = [];

  constructor(space: Workspace) {
    this.#space = space;
  }

  /** One cell on; at the edge of the map nobody moves. */
  step(dx: number, dy: number): boolean {
    const { table, camera, held } = this.#space;
    if (table.scene === null || held.length === 0) {
      camera.panBy(-dx * PAN_PX, -dy * PAN_PX);
      return true;
    }
    const tokens = held.map((token) => ({ token: token.token, at: table.placeOf(token), sizeCells: cellsOf(token) }));
    const places = stepped(table.scene, tokens, dx, dy);
    if (places === null) return true;
    const moves = tokens.flatMap(({ token, at }, index) => {
      const to = places[index];
      return to === undefined || samePlace(to, at) ? [] : [{ token, path: [toWire(to)] }];
    });
    if (moves.length > 0) void this.#space.walk(moves);
    return true;
  }

  copy(): boolean {
    if (this.#space.held.length === 0) return false;
    this.#copied = this.#space.held.map((token) => token.token);
    return true;
  }

  /** Where the pointer is, or beside the originals. */
  paste(): boolean {
    const { table, pointer, calls } = this.#space;
    const tokens = this.#copied.flatMap((handle) => table.tokens.get(handle) ?? []);
    const [first] = tokens;
    if (first === undefined || table.scene === null) return false;
    const handles = tokens.map((token) => token.token);
    if (pointer === null) {
      calls.copy(handles, null);
      return true;
    }
    const from = table.placeOf(first);
    const offsets = tokens.map((token): Vec => minus(table.placeOf(token), from));
    const to = standingPlace(table.scene, this.#space.place(pointer), cellsOf(first), false, roomFor(table.scene, offsets));
    // Nothing is hidden under its original.
    calls.copy(handles, samePlace(to, from) ? null : toWire(minus(to, from)));
    return true;
  }

  duplicate(): boolean {
    const handles = this.#space.held.map((token) => token.token);
    if (handles.length > 0) this.#space.calls.copy(handles, null);
    return handles.length > 0;
  }

  remove(): boolean {
    const handles = this.#space.held.map((token) => token.token);
    if (handles.length > 0) this.#space.calls.remove(handles);
    return handles.length > 0;
  }

  open(): boolean {
    const handles = this.#space.held.map((token) => token.token);
    if (handles.length > 0) this.#space.calls.open(handles);
    return handles.length > 0;
  }
}

const minus = (a: Vec, b: Vec): Vec => ({ x: a.x - b.x, y: a.y - b.y });
