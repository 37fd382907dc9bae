/** The cases that the server's tests write: both sides snap and count alike. */

import { describe, expect, test } from 'vitest';
import cases from '../../../crates/tabletop/golden/grid.json?raw';
import type { At, Diagonal, Grid, GridShape } from '../net/frames';
import { CELL, fromWire, snap, step, toWire, wayCells } from './grid';

interface Case {
  readonly shape: GridShape;
  readonly offset: At;
}

const golden = JSON.parse(cases) as {
  readonly snap: readonly (Case & { readonly size: number; readonly at: At; readonly to: At })[];
  readonly cells: readonly (Case & { readonly middle: At; readonly holds: readonly At[] })[];
  readonly ways: readonly (Case & { readonly diagonal: Diagonal; readonly way: readonly At[]; readonly cells: number })[];
};

const grid = ({ shape, offset }: Case, diagonal: Diagonal = 'one'): Grid => ({
  shape,
  offset,
  diagonal,
  pixels_per_cell: 0,
  unit_per_cell: 500,
  unit: 'ft',
});

describe('the server and the client agree', () => {
  test('where tokens stand', () => {
    expect(golden.snap.length).toBeGreaterThan(500);
    for (const one of golden.snap) {
      expect({ ...one, to: toWire(snap(grid(one), fromWire(one.at), one.size / CELL)) }).toEqual(one);
    }
  });

  test('which hexagon holds a point', () => {
    expect(new Set(golden.cells.map((one) => one.shape))).toEqual(new Set(['hex_pointy', 'hex_flat']));
    for (const { middle, holds, ...one } of golden.cells) {
      for (const at of holds) expect([at, toWire(snap(grid(one), fromWire(at), 1))]).toEqual([at, middle]);
    }
  });

  test('how long a way is, under every rule', () => {
    expect(new Set(golden.ways.map((one) => one.diagonal)).size).toBe(4);
    for (const one of golden.ways) {
      const cells = Math.round(wayCells(grid(one, one.diagonal), one.way.map(fromWire)) * 1e6) / 1e6;
      expect({ ...one, cells }).toEqual(one);
    }
  });

  test('that a step of the keyboard leads to a neighbour', () => {
    for (const { middle, ...one } of golden.cells) {
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, 1]] as const) {
        const from = fromWire(middle);
        const to = step(grid(one), from, dx, dy, 1);
        expect([one, middle, dx, dy, wayCells(grid(one), [from, to])]).toEqual([one, middle, dx, dy, 1]);
      }
    }
  });
});
