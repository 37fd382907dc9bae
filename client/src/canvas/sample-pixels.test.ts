import { describe, expect, it } from 'vitest';
import type { At } from '../net/frames';
import { BLOCK, type Block, type Blocks } from '../table/explored';
import { NOTHING_LIT } from '../table/lit';
import { SamplePixels } from './sample-pixels';

/** Blocks in which just these samples are set. */
function blocksOf(...samples: [number, number][]): Blocks {
  const blocks = new Map<number, Block>();
  for (const [x, y] of samples) {
    const [column, row] = [Math.floor(x / BLOCK), Math.floor(y / BLOCK)];
    const key = row * 65_536 + column;
    const block = blocks.get(key) ?? { x: column, y: row, words: new Uint32Array(BLOCK * 2) };
    blocks.set(key, block);
    const index = (y % BLOCK) * 2 + ((x % BLOCK) >> 5);
    block.words[index] = (block.words[index] ?? 0) | (1 << (x & 31));
  }
  return blocks;
}

const texel = (pixels: SamplePixels, x: number, y: number): number[] => Array.from(pixels.bytes.subarray((y * pixels.width + x) * 4)).slice(0, 4);
/** A scene of so many cells. */
const cells = (across: number, down: number): At => [across * 256, down * 256];

describe('samples as texels', () => {
  it('keeps memory and both levels of light apart, sample by sample', () => {
    const pixels = new SamplePixels(cells(20, 10));
    expect([pixels.width, pixels.height, ...pixels.share]).toEqual([160, 80, 1, 1]);
    pixels.set(blocksOf([3, 2], [70, 2], [63, 63]), { dim: blocksOf([70, 2], [63, 63]), bright: blocksOf([63, 63]) });
    expect(texel(pixels, 3, 2)).toEqual([255, 0, 0, 0]);
    expect(texel(pixels, 70, 2)).toEqual([255, 255, 0, 0]);
    expect(texel(pixels, 63, 63)).toEqual([255, 255, 255, 0]);
    expect(texel(pixels, 4, 2)).toEqual([0, 0, 0, 0]);
  });

  it('names the rows of the blocks that changed, and nothing when nothing did', () => {
    const pixels = new SamplePixels(cells(20, 20));
    const memory = blocksOf([3, 2], [3, 70]);
    expect(pixels.set(memory, NOTHING_LIT)).toEqual({ from: 0, to: 128 });
    expect(pixels.set(memory, NOTHING_LIT)).toBeNull();
    const more = new Map(memory);
    for (const [key, block] of blocksOf([100, 150])) more.set(key, block);
    expect(pixels.set(more, NOTHING_LIT)).toEqual({ from: 128, to: 160 });
  });

  it('remembers the light before for one change, to fade from', () => {
    const pixels = new SamplePixels(cells(20, 10));
    const memory = blocksOf([5, 5]);
    const lit = { dim: blocksOf([5, 5]), bright: new Map() };
    pixels.set(memory, lit);
    expect(texel(pixels, 5, 5)).toEqual([255, 255, 0, 0]);
    pixels.set(memory, NOTHING_LIT);
    expect(texel(pixels, 5, 5)).toEqual([255, 0, 0, 255]);
    expect(pixels.set(memory, NOTHING_LIT)).toEqual({ from: 0, to: 64 });
    expect(texel(pixels, 5, 5)).toEqual([255, 0, 0, 0]);
  });

  it('counts a square of samples only if all of it is set, where there are too many', () => {
    const pixels = new SamplePixels(cells(300, 10));
    expect(pixels.width).toBe(1200);
    pixels.set(blocksOf([2, 0], [3, 0], [2, 1], [3, 1], [4, 0], [5, 0], [4, 1]), NOTHING_LIT);
    expect(texel(pixels, 1, 0)).toEqual([255, 0, 0, 0]);
    expect(texel(pixels, 2, 0)).toEqual([0, 0, 0, 0]);
  });

  it('forgets what was forgotten', () => {
    const pixels = new SamplePixels(cells(20, 10));
    pixels.set(blocksOf([5, 5]), NOTHING_LIT);
    pixels.set(new Map(), NOTHING_LIT);
    expect(pixels.bytes.every((byte) => byte === 0)).toBe(true);
  });
});
