import { describe, expect, it } from 'vitest';
import type { Grid } from '../net/frames';
import { GridAlignment, gridSegments, type PixelPoint } from './grid-alignment.svelte';

const FIRST: Grid = {
  shape: 'square',
  offset: [0, 0],
  pixels_per_cell: 50,
  unit_per_cell: 500,
  unit: 'ft',
  diagonal: 'one',
};

const setUp = (width = 1_000, height = 800, grid: Partial<Grid> = {}): GridAlignment =>
  new GridAlignment(width, height, { ...FIRST, ...grid });

const at = (x: number, y: number): PixelPoint => ({ x, y });

describe('a drag over cells', () => {
  it('gives the size and the place of the grid', () => {
    const alignment = setUp();
    alignment.spanAcross = 4;
    alignment.spanDown = 2;
    alignment.drag(at(30, 110), at(190, 190));
    expect(alignment.cellPx).toBe(40);
    expect(alignment.offsetPx).toEqual(at(30, 30));
    expect(alignment.grid()).toEqual({ ...FIRST, pixels_per_cell: 40, offset: [192, 192] });
  });

  it('may go in any direction', () => {
    const there = setUp();
    there.drag(at(30, 110), at(150, 230));
    const back = setUp();
    back.drag(at(150, 230), at(30, 110));
    expect(back.grid()).toEqual(there.grid());
  });

  it('counts again when the number of cells changes', () => {
    const alignment = setUp();
    alignment.drag(at(0, 0), at(120, 120));
    expect(alignment.cellPx).toBe(40);
    alignment.spanAcross = 2;
    alignment.spanDown = 2;
    expect(alignment.cellPx).toBe(60);
  });

  it('is ignored when it is a slip of the hand', () => {
    const alignment = setUp();
    alignment.drag(at(10, 10), at(13, 200));
    expect(alignment.cellPx).toBe(50);
    alignment.drag(at(10, 10), at(14, 14));
    expect(alignment.cellPx).toBe(1);
  });

  it('never leaves the range of the server', () => {
    const alignment = setUp(20_000, 20_000);
    alignment.spanAcross = 1;
    alignment.spanDown = 1;
    alignment.drag(at(0, 0), at(20_000, 20_000));
    expect(alignment.cellPx).toBe(2_048);
  });
});

describe('rounding to whole pixels', () => {
  it('fits in the middle and says what it costs at the edges', () => {
    const alignment = setUp(1_000, 1_000);
    alignment.spanAcross = 3;
    alignment.spanDown = 3;
    alignment.drag(at(0, 0), at(100, 100));
    expect(alignment.measuredPx).toBeCloseTo(33.333);
    expect(alignment.cellPx).toBe(33);
    // 15 true cells from the corner lies 500; a kept line lies there too.
    const lines = (500 - alignment.offsetPx.x) / 33;
    expect(lines).toBeCloseTo(Math.round(lines));
    expect(alignment.driftCells).toBeCloseTo(500 / 33 - 15);
  });

  it('costs nothing when the cells are whole', () => {
    const alignment = setUp();
    alignment.drag(at(0, 0), at(150, 150));
    expect(alignment.driftCells).toBe(0);
  });
});

describe('hexagons', () => {
  it('are measured by the box around rows and columns', () => {
    const alignment = setUp();
    alignment.shape = 'hex_pointy';
    alignment.spanAcross = 4;
    alignment.spanDown = 3;
    const cell = 60;
    alignment.drag(at(0, 0), at(4 * cell, cell * (2 * (Math.sqrt(3) / 2) + 2 / Math.sqrt(3))));
    expect(alignment.measuredPx).toBeCloseTo(cell);
    alignment.shape = 'hex_flat';
    alignment.drag(at(0, 0), at(cell * (3 * (Math.sqrt(3) / 2) + 2 / Math.sqrt(3)), 3 * cell));
    expect(alignment.measuredPx).toBeCloseTo(cell);
  });

  it('keep the parity of their rows', () => {
    const alignment = setUp();
    alignment.shape = 'hex_pointy';
    alignment.setCell(60);
    const rows = 2 * (Math.sqrt(3) / 2) * 60;
    alignment.setOffset(0, rows / 2);
    expect(alignment.offsetPx.y).toBeCloseTo(rows / 2);
    alignment.setOffset(0, rows * 3);
    expect(alignment.offsetPx.y).toBeCloseTo(0);
  });
});

describe('counting cells', () => {
  it('spreads them over the width from the corner', () => {
    const alignment = setUp(1_000, 800);
    alignment.nudge(13, 7);
    alignment.across = 20;
    expect(alignment.cellPx).toBe(50);
    expect(alignment.offsetPx).toEqual(at(0, 0));
    expect(alignment.sizeCells).toEqual(at(20, 16));
    expect(alignment.across).toBe(20);
  });

  it('does not take nonsense', () => {
    const alignment = setUp();
    for (const cells of [0, -3, Number.NaN, 1_001]) alignment.across = cells;
    expect(alignment.cellPx).toBe(50);
  });
});

describe('the result', () => {
  it('starts from the grid that the scene has', () => {
    const grid: Grid = { ...FIRST, shape: 'hex_flat', offset: [128, 64], unit_per_cell: 150, unit: 'm', diagonal: 'euclid' };
    expect(setUp(1_000, 800, grid).grid()).toEqual(grid);
  });

  it('is nudged by pixels and wraps around', () => {
    const alignment = setUp();
    alignment.nudge(-1, 51);
    expect(alignment.offsetPx).toEqual(at(49, 1));
  });

  it('is not valid past the limits', () => {
    const alignment = setUp(1_000, 800);
    expect(alignment.isValid).toBe(true);
    alignment.unit = 'thirteen long';
    expect(alignment.isValid).toBe(false);
    alignment.unit = 'm';
    alignment.unitPerCell = 0;
    expect(alignment.isValid).toBe(false);
    alignment.unitPerCell = 1.5;
    expect(alignment.isValid).toBe(true);
    const huge = setUp(3_000, 800);
    huge.setCell(3);
    expect(huge.isValid).toBe(true);
    huge.setCell(2);
    expect(huge.isValid).toBe(false);
  });

  it('has no offset without a grid', () => {
    const alignment = setUp();
    alignment.nudge(7, 7);
    alignment.shape = 'none';
    expect(alignment.grid().offset).toEqual([0, 0]);
  });
});

describe('the preview', () => {
  it('draws each line of the squares once, edges included', () => {
    const lines = gridSegments('square', 50, at(10, 0), at(110, 100));
    expect(lines.filter(({ a, b }) => a.x === b.x).map(({ a }) => a.x)).toEqual([10, 60, 110]);
    expect(lines.filter(({ a, b }) => a.y === b.y).map(({ a }) => a.y)).toEqual([0, 50, 100]);
  });

  it('draws hexagons that meet', () => {
    const key = ({ x, y }: PixelPoint): string => `${Math.round(x)},${Math.round(y)}`;
    const segments = gridSegments('hex_pointy', 40, at(0, 0), at(200, 200));
    const corners = new Map<string, number>();
    for (const { a, b } of segments) for (const end of [a, b]) corners.set(key(end), (corners.get(key(end)) ?? 0) + 1);
    const inside = [...corners].filter(([place]) => place.split(',').every((part) => Number(part) > 40 && Number(part) < 160));
    expect(inside.length).toBeGreaterThan(6);
    for (const [, meeting] of inside) expect(meeting).toBe(3);
  });

  it('turns pointy hexagons into flat ones', () => {
    const pointy = gridSegments('hex_pointy', 40, at(5, 9), at(200, 120));
    const flat = gridSegments('hex_flat', 40, at(9, 5), at(120, 200));
    expect(flat.map(({ a }) => at(a.y, a.x))).toEqual(pointy.map(({ a }) => a));
  });

  it('draws nothing without a grid', () => {
    expect(gridSegments('none', 50, at(0, 0), at(100, 100))).toEqual([]);
  });
});
