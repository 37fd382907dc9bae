/**
 * The samples of a scene as texels: what is remembered, what is lit, and what was lit before the last change, so that light
 * can fade. One texel for each sample, or for a square of samples where there are too many; such a square counts only if
 * all of it does.
 */

import type { At } from '../net/frames';
import { BLOCK, type Block, type Blocks, NO_BLOCKS, SAMPLE } from '../table/explored';
import { type Lit, NOTHING_LIT } from '../table/lit';

/** Rows of texels, the end not included. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** Where a texel keeps what. */
const REMEMBERED = 0;
const DIM = 1;
const BRIGHT = 2;
const WAS_DIM = 3;
const CHANNELS = 4;

const TEXELS_MAX = 2048;

export class SamplePixels {
  readonly width: number;
  readonly height: number;
  /** The part of the texels, across and down, that the scene covers. */
  readonly share: readonly [number, number];
  readonly bytes: Uint8Array;
  /** Samples of a texel's side: a power of two, so that texels lie in one block. */
  readonly #step: number;
  #remembered: Blocks = NO_BLOCKS;
  #lit: Lit = NOTHING_LIT;
  /** Blocks of which the light before differs from the light now. */
  #fading: ReadonlyMap<number, Block> = NO_BLOCKS;

  constructor(size: At) {
    const [across, down] = [size[0] / SAMPLE, size[1] / SAMPLE];
    this.#step = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(across, down) / TEXELS_MAX)));
    this.width = Math.max(1, Math.ceil(across / this.#step));
    this.height = Math.max(1, Math.ceil(down / this.#step));
    this.share = [across / this.#step / this.width, down / this.#step / this.height];
    this.bytes = new Uint8Array(this.width * this.height * CHANNELS);
  }

  /** Takes in what is remembered and lit now. Gives the rows that hold all texels that changed. */
  set(remembered: Blocks, lit: Lit): Rows | null {
    const rows = new RowSpan();
    const faded = differing(this.#lit.dim, lit.dim);
    for (const [key, block] of this.#fading) {
      if (faded.has(key)) continue;
      this.#fill(block, WAS_DIM, lit.dim.get(key));
      rows.add(block, this.#step);
    }
    const planes = [
      [REMEMBERED, this.#remembered, remembered],
      [WAS_DIM, this.#lit.dim, lit.dim],
      [DIM, this.#lit.dim, lit.dim],
      [BRIGHT, this.#lit.bright, lit.bright],
    ] as const;
    for (const [channel, before, after] of planes) {
      for (const [key, block] of differing(before, after)) {
        this.#fill(block, channel, (channel === WAS_DIM ? before : after).get(key));
        rows.add(block, this.#step);
      }
    }
    this.#fading = faded;
    this.#remembered = remembered;
    this.#lit = lit;
    return rows.within(this.height);
  }

  #fill(place: Block, channel: number, block: Block | undefined): void {
    const step = this.#step;
    const left = (place.x * BLOCK) / step;
    const top = (place.y * BLOCK) / step;
    const columns = Math.min(BLOCK / step, this.width - left);
    const rows = Math.min(BLOCK / step, this.height - top);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const isSet = block !== undefined && isSquareSet(block.words, column * step, row * step, step);
        this.bytes[((top + row) * this.width + left + column) * CHANNELS + channel] = isSet ? 255 : 0;
      }
    }
  }
}

/** The blocks that are new, replaced or gone. */
function differing(before: Blocks, after: Blocks): Map<number, Block> {
  const blocks = new Map<number, Block>();
  if (before === after) return blocks;
  for (const [key, block] of before) if (after.get(key) !== block) blocks.set(key, block);
  for (const [key, block] of after) if (before.get(key) !== block) blocks.set(key, block);
  return blocks;
}

function isSquareSet(words: Uint32Array, column: number, row: number, side: number): boolean {
  const mask = (2 ** side - 1) << (column & 31);
  for (let at = row; at < row + side; at += 1) {
    if (((words[at * 2 + (column >> 5)] ?? 0) & mask) !== mask) return false;
  }
  return true;
}

class RowSpan {
  #from = Number.POSITIVE_INFINITY;
  #to = 0;

  add(block: Block, step: number): void {
    this.#from = Math.min(this.#from, (block.y * BLOCK) / step);
    this.#to = Math.max(this.#to, ((block.y + 1) * BLOCK) / step);
  }

  within(height: number): Rows | null {
    const to = Math.min(this.#to, height);
    return this.#from < to ? { from: this.#from, to } : null;
  }
}
