/**
 * What this seat remembers of its scene: a bitmap of samples, eight to a cell and side, in blocks of 64 by 64. Blocks are
 * replaced, never changed, so that a reader can tell by identity which are new.
 */

import type { BlockView, ExploredView } from '../net/frames';
import { CELL } from './grid';

/** Wire units in a sample. */
export const SAMPLE = CELL / 8;
/** Samples in a row of a block, and rows of a block. */
export const BLOCK = 64;

/** One block: for each row the left 32 samples, then the right ones; the lowest bit is the leftmost. */
export interface Block {
  readonly x: number;
  readonly y: number;
  readonly words: Uint32Array;
}

/** Blocks by their place. */
export type Blocks = ReadonlyMap<number, Block>;

export interface Explored {
  /** Grows with every change. */
  readonly revision: number;
  readonly blocks: Blocks;
}

/** A box of samples, the ends not included. */
export interface SampleBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const NO_BLOCKS: Blocks = new Map();

export const NOTHING_EXPLORED: Explored = { revision: 0, blocks: NO_BLOCKS };

const keyOf = (x: number, y: number): number => y * 65_536 + x;

export function explore(before: Explored, { revision, whole, blocks }: ExploredView): Explored {
  return { revision, blocks: replaceBlocks(whole ? NO_BLOCKS : before.blocks, blocks) };
}

/** Blocks as they are now; one without samples is taken out. */
export function replaceBlocks(before: Blocks, blocks: readonly BlockView[]): Blocks {
  const next = new Map(before);
  for (const block of blocks) {
    if (block.runs === '') next.delete(keyOf(block.x, block.y));
    else next.set(keyOf(block.x, block.y), decodeBlock(block));
  }
  return next;
}

/** Run lengths of the samples row by row, starting with unseen ones: LEB128 in base64url. */
export function decodeBlock({ x, y, runs }: BlockView): Block {
  const bytes = atob(runs.replaceAll('-', '+').replaceAll('_', '/'));
  const words = new Uint32Array(BLOCK * 2);
  let isSeen = false;
  let at = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    let length = bytes.charCodeAt(index) & 0x7f;
    for (let shift = 7; bytes.charCodeAt(index) & 0x80 && index + 1 < bytes.length; shift += 7) {
      index += 1;
      length |= (bytes.charCodeAt(index) & 0x7f) << shift;
    }
    const end = Math.min(at + length, BLOCK * BLOCK);
    if (isSeen) {
      for (let bit = at; bit < end; bit += 1) words[bit >> 5] = (words[bit >> 5] ?? 0) | (1 << (bit & 31));
    }
    at = end;
    isSeen = !isSeen;
  }
  return { x, y, words };
}

/** Whether any sample of a box is seen. */
export function isAnySeen({ blocks }: Explored, { left, top, right, bottom }: SampleBox): boolean {
  for (let y = Math.floor(top / BLOCK); y * BLOCK < bottom; y += 1) {
    for (let x = Math.floor(left / BLOCK); x * BLOCK < right; x += 1) {
      const block = blocks.get(keyOf(x, y));
      if (!block) continue;
      const from = Math.max(0, left - x * BLOCK);
      const to = Math.min(BLOCK, right - x * BLOCK);
      const rows = [Math.max(0, top - y * BLOCK), Math.min(BLOCK, bottom - y * BLOCK)] as const;
      for (let row = rows[0]; row < rows[1]; row += 1) if (isRowSeen(block, row, from, to)) return true;
    }
  }
  return false;
}

function isRowSeen({ words }: Block, row: number, from: number, to: number): boolean {
  for (const half of [0, 1]) {
    const low = Math.max(0, from - half * 32);
    const high = Math.min(32, to - half * 32);
    if (low >= high) continue;
    const mask = high - low === 32 ? 0xffffffff : ((1 << (high - low)) - 1) << low;
    if ((words[row * 2 + half] ?? 0) & mask) return true;
  }
  return false;
}

/** Boxes of samples that differ, one for each block in which any does. */
export function changedBoxes(before: Explored, after: Explored): SampleBox[] {
  const boxes: SampleBox[] = [];
  for (const key of new Set([...before.blocks.keys(), ...after.blocks.keys()])) {
    const was = before.blocks.get(key);
    const is = after.blocks.get(key);
    const block = is ?? was;
    if (was === is || !block) continue;
    const box = changedBox(block, was?.words, is?.words);
    if (box) boxes.push(box);
  }
  return boxes;
}

function changedBox({ x, y }: Block, was?: Uint32Array, is?: Uint32Array): SampleBox | null {
  let [first, last] = [BLOCK, -1];
  let columns: [number, number] = [0, 0];
  for (let row = 0; row < BLOCK; row += 1) {
    const low = (was?.[row * 2] ?? 0) ^ (is?.[row * 2] ?? 0);
    const high = (was?.[row * 2 + 1] ?? 0) ^ (is?.[row * 2 + 1] ?? 0);
    if (low === 0 && high === 0) continue;
    first = Math.min(first, row);
    last = row;
    columns = [columns[0] | low, columns[1] | high];
  }
  if (last < 0) return null;
  const left = columns[0] === 0 ? 32 + lowestBit(columns[1]) : lowestBit(columns[0]);
  const right = columns[1] === 0 ? highestBit(columns[0]) : 32 + highestBit(columns[1]);
  return { left: x * BLOCK + left, top: y * BLOCK + first, right: x * BLOCK + right + 1, bottom: y * BLOCK + last + 1 };
}

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
const highestBit = (word: number): number => 31 - Math.clz32(word);
