/** Tokens that are felt and not seen: rings that say that something of this size stands there, and no more. */

import { Container, Sprite } from 'pixi.js';
import type { Handle } from '../net/frames';
import type { TableState } from '../table/table.svelte';
import { STAMP_MARGIN, type Stamps } from './stamps';
import { dropGone } from './wall-layer';

const TINT = 0xb9c4e6;
const WIDTHS = [1, 0.68, 0.36] as const;

export class FeltLayer {
  readonly view = new Container();
  readonly #table: TableState;
  readonly #stamps: Stamps;
  readonly #marks = new Map<Handle, Container>();

  constructor(table: TableState, stamps: Stamps) {
    this.#table = table;
    this.#stamps = stamps;
  }

  draw(): void {
    for (const { token, at, size } of this.#table.felt.values()) {
      let mark = this.#marks.get(token);
      if (!mark) {
        mark = new Container({ children: WIDTHS.map((_, index) => this.#ring(index)) });
        this.view.addChild(mark);
        this.#marks.set(token, mark);
      }
      mark.position.set(at[0], at[1]);
      mark.children.forEach((ring, index) => (ring as Sprite).setSize(size * STAMP_MARGIN * (WIDTHS[index] ?? 1)));
    }
    dropGone(this.#marks, this.#table.felt);
  }

  #ring(index: number): Sprite {
    const ring = new Sprite(this.#stamps.stamp('thinRing'));
    ring.anchor.set(0.5);
    ring.tint = TINT;
    ring.alpha = 0.9 - index * 0.25;
    return ring;
  }
}
