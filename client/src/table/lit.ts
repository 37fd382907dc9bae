/**
 * What is seen of the scene because light falls on it: two bitmaps of samples, in blocks as memory has them. A game master
 * is told where light falls at all.
 */

import type { LitView } from '../net/frames';
import { type Blocks, NO_BLOCKS, replaceBlocks } from './explored';

export interface Lit {
  /** Dimly lit or better. */
  readonly dim: Blocks;
  /** Brightly lit. */
  readonly bright: Blocks;
}

export const NOTHING_LIT: Lit = { dim: NO_BLOCKS, bright: NO_BLOCKS };

export function relight(before: Lit, { whole, dim, bright }: LitView): Lit {
  const { dim: wasDim, bright: wasBright } = whole ? NOTHING_LIT : before;
  return { dim: replaceBlocks(wasDim, dim), bright: replaceBlocks(wasBright, bright) };
}
