import { describe, expect, it } from 'vitest';
import { NOTHING_EXPLORED, changedBoxes, decodeBlock, explore, isAnySeen } from './explored';

/** Runs as the server writes them. */
function runs(...lengths: number[]): string {
  const bytes: number[] = [];
  for (let length of lengths) {
    while (length >= 0x80) {
      bytes.push((length & 0x7f) | 0x80);
      length >>= 7;
    }
    bytes.push(length);
  }
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

const whole = (blocks: { x: number; y: number; runs: string }[], revision = 1) =>
  explore(NOTHING_EXPLORED, { revision, whole: true, blocks });

describe('explored memory', () => {
  it('reads runs across rows and words', () => {
    const { words } = decodeBlock({ x: 0, y: 0, runs: runs(30, 40, 64 * 64 - 70) });
    expect([words[0], words[1], words[2]]).toEqual([0xc0000000, 0xffffffff, 0b111111]);
    expect(words.slice(3).every((word) => word === 0)).toBe(true);
  });

  it('knows what was seen and nothing beside it', () => {
    const explored = whole([{ x: 1, y: 0, runs: runs(64 * 3 + 10, 5) }]);
    const box = { left: 64 + 10, top: 3, right: 64 + 15, bottom: 4 };
    expect(isAnySeen(explored, box)).toBe(true);
    expect(isAnySeen(explored, { ...box, left: 0, right: 64 + 10 })).toBe(false);
    expect(isAnySeen(explored, { ...box, left: 64 + 15, right: 200 })).toBe(false);
    expect(isAnySeen(explored, { ...box, top: 4, bottom: 64 })).toBe(false);
    expect(isAnySeen(explored, { left: 0, top: 0, right: 300, bottom: 300 })).toBe(true);
  });

  it('keeps blocks that did not change, forgets empty ones, and starts anew with a whole one', () => {
    const before = whole([{ x: 0, y: 0, runs: runs(0, 9) }, { x: 1, y: 0, runs: runs(0, 9) }]);
    const after = explore(before, { revision: 2, blocks: [{ x: 1, y: 0, runs: runs(0, 12) }] });
    expect(after.blocks.get(0)).toBe(before.blocks.get(0));
    expect(changedBoxes(before, after)).toEqual([{ left: 64 + 9, top: 0, right: 64 + 12, bottom: 1 }]);
    const less = explore(after, { revision: 3, blocks: [{ x: 0, y: 0, runs: '' }] });
    expect(less.blocks.size).toBe(1);
    expect(changedBoxes(after, less)).toEqual([{ left: 0, top: 0, right: 9, bottom: 1 }]);
    expect(whole([], 4).blocks.size).toBe(0);
  });

  it('survives what is no run at all', () => {
    expect(decodeBlock({ x: 0, y: 0, runs: runs(0, 16_000, 16_000) }).words.every((word) => word === 0xffffffff)).toBe(true);
  });
});
