/**
 * Tokens, or copies of them, follow the pointer as ghosts; the drop moves them. The ruler shows the way. Where the
 * pointer took hold of the first one it keeps hold of it, and the others keep their places about it.
 */

import type { Handle, TokenMove, TokenView } from '../net/frames';
import { lengthLabel, samePlace, toWire, type Vec, wayCells } from '../table/grid';
import type { SketchGhost } from '../table/sketch';
import { Fleeting } from './fleeting';
import type { Gesture } from './gesture';
import { asksFree } from './habits';
import type { Pointer } from './input';
import { MoveHint } from './move-hint';
import { roomFor, standingPlace } from './places';
import { cellsOf, type Workspace } from './workspace';

/** The server takes no longer ways. */
const WAY_POINTS_MAX = 100;

export class DragTokens implements Gesture {
  readonly #space: Workspace;
  readonly #lead: TokenView;
  /** Where the tokens stand as seen from the first. */
  readonly #offsets: ReadonlyMap<Handle, Vec>;
  /** The middle of the first token as seen from the pointer. */
  readonly #grip: Vec;
  readonly #points: Vec[];
  readonly #others: Fleeting;
  readonly #hint: MoveHint;
  readonly #makesCopies: boolean;
  /** The key that asks for copies was let go since: held again it asks for a free place. */
  #wasAltReleased: boolean;
  #to: Vec;

  constructor(space: Workspace, lead: TokenView, tokens: readonly TokenView[], from: Pointer, makesCopies: boolean) {
    const at = space.table.placeOf(lead);
    const grip = space.place(from);
    this.#space = space;
    this.#lead = lead;
    this.#offsets = new Map(tokens.map((token) => [token.token, minus(space.table.placeOf(token), at)]));
    this.#grip = minus(at, grip);
    this.#points = [at];
    this.#others = new Fleeting(space);
    this.#hint = new MoveHint(space);
    this.#makesCopies = makesCopies;
    this.#wasAltReleased = !makesCopies;
    this.#to = at;
  }

  get cursor(): 'copy' | 'grabbing' {
    return this.#makesCopies ? 'copy' : 'grabbing';
  }

  follow(pointer: Pointer): Gesture {
    const { scene } = this.#space.table;
    if (scene === null) return this;
    this.#to = this.#placeFor(pointer);
    const ghosts = this.#ghosts();
    const points = [...this.#points, this.#to];
    this.#space.sketch.set({
      ghosts,
      areCopies: this.#makesCopies,
      ruler: { points, label: lengthLabel(scene.grid, wayCells(scene.grid, points)) },
    });
    // Nobody else is told of copies that do not exist yet.
    if (!this.#makesCopies) {
      this.#others.show({ type: 'drag', ghosts: ghosts.map(({ token, at }) => ({ token, at: toWire(at) })) });
      this.#hint.consider(this.#moves());
    }
    return this;
  }

  wayPoint(pointer: Pointer): void {
    if (this.#makesCopies || this.#points.length >= WAY_POINTS_MAX) return;
    const place = this.#placeFor(pointer);
    const last = this.#points.at(-1);
    if (last === undefined || samePlace(last, place)) return;
    this.#points.push(place);
    this.follow(pointer);
  }

  finish(pointer: Pointer): void {
    this.#to = this.#placeFor(pointer);
    this.#end();
    const from = this.#points[0];
    if (from === undefined) return;
    if (this.#makesCopies) {
      const by = minus(this.#to, from);
      if (!samePlace(this.#to, from)) this.#space.calls.copy([...this.#offsets.keys()], toWire(by));
      return;
    }
    if (this.#points.length === 1 && samePlace(this.#to, from)) return;
    void this.#space.walk(this.#moves());
  }

  cancel(): void {
    this.#end();
  }

  survives(): boolean {
    return [...this.#offsets.keys()].every((token) => this.#space.table.tokens.has(token));
  }

  /** What the drop would ask for now. */
  #moves(): TokenMove[] {
    const way = [...this.#points.slice(1), this.#to];
    return [...this.#offsets].map(([token, offset]) => ({ token, path: way.map((point) => toWire(plus(point, offset))) }));
  }

  #end(): void {
    this.#hint.end();
    this.#others.end({ type: 'drag', ghosts: [] });
    this.#space.sketch.set({ ghosts: [], areCopies: false, ruler: null });
  }

  #placeFor(pointer: Pointer): Vec {
    const { scene } = this.#space.table;
    if (scene === null) return this.#to;
    this.#wasAltReleased ||= !pointer.alt;
    const isFree = asksFree({ ...pointer, alt: pointer.alt && this.#wasAltReleased });
    const room = roomFor(scene, this.#offsets.values());
    return standingPlace(scene, plus(this.#space.place(pointer), this.#grip), cellsOf(this.#lead), isFree, room);
  }

  #ghosts(): readonly SketchGhost[] {
    return [...this.#offsets].map(([token, offset]) => ({ token, at: plus(this.#to, offset) }));
  }
}

const plus = (a: Vec, b: Vec): Vec => ({ x: a.x + b.x, y: a.y + b.y });

const minus = (a: Vec, b: Vec): Vec => ({ x: a.x - b.x, y: a.y - b.y });
