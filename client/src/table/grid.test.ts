import { describe, expect, test } from 'vitest';
import type { Diagonal, Grid, GridShape } from '../net/frames';
import { HEX_RADIUS, HEX_ROW, fromWire, lengthLabel, snap, snapWall, step, toWire, wayCells, type Vec } from './grid';

const grid = (shape: GridShape, diagonal: Diagonal = 'one', offset: [number, number] = [0, 0]): Grid => ({
  shape,
  offset,
  pixels_per_cell: 70,
  unit_per_cell: 500,
  unit: 'ft',
  diagonal,
});

const at = (x: number, y: number): Vec => ({ x, y });

function close(actual: Vec, expected: Vec): void {
  expect(actual.x).toBeCloseTo(expected.x, 6);
  expect(actual.y).toBeCloseTo(expected.y, 6);
}

describe('snapping', () => {
  test('odd tokens stand in the middle and even ones on corners', () => {
    close(snap(grid('square'), at(3.9, 2.1), 1), at(3.5, 2.5));
    close(snap(grid('square'), at(3.9, 2.1), 2), at(4, 2));
    close(snap(grid('square'), at(3.9, 2.1), 3), at(3.5, 2.5));
    close(snap(grid('square'), at(3.9, 2.1), 0.5), at(3.75, 2.25));
  });

  test('the offset of the grid counts', () => {
    close(snap(grid('square', 'one', [64, -64]), at(3.9, 2.1), 1), at(3.75, 2.25));
    close(snap(grid('hex_pointy', 'one', [256, 0]), at(1.4, 0.5), 1), at(1.5, HEX_RADIUS));
  });

  test('rows of hexagons are shifted, also above the first one', () => {
    close(snap(grid('hex_pointy'), at(0.4, 0.5), 1), at(0.5, HEX_RADIUS));
    close(snap(grid('hex_pointy'), at(1.1, 1.4), 1), at(1, HEX_RADIUS + HEX_ROW));
    close(snap(grid('hex_flat'), at(1.4, 1.1), 1), at(HEX_RADIUS + HEX_ROW, 1));
    close(snap(grid('hex_pointy'), at(0.1, -0.3), 1), at(0, HEX_RADIUS - HEX_ROW));
  });

  test('without a grid everything stays', () => {
    close(snap(grid('none'), at(3.91, 2.13), 1), at(3.91, 2.13));
    close(snapWall(grid('none'), at(3.91, 2.13)), at(3.91, 2.13));
  });

  test('walls end on corners, half edges and middles', () => {
    close(snapWall(grid('square'), at(3.1, 2.4)), at(3, 2.5));
    close(snapWall(grid('hex_pointy'), at(0.52, 0.05)), at(0.5, 0));
    close(snapWall(grid('hex_pointy'), at(0.5, 0.6)), at(0.5, HEX_RADIUS));
  });
});

describe('distance', () => {
  const way = [at(0.5, 0.5), at(3.5, 2.5), at(4.5, 3.5)];

  test.each([
    ['one', 4],
    ['alternating', 5],
    ['manhattan', 7],
    ['euclid', Math.hypot(3, 2) + Math.SQRT2],
  ] as const)('by the rule "%s"', (rule, cells) => {
    expect(wayCells(grid('square', rule), way)).toBeCloseTo(cells, 9);
  });

  test('diagonals are counted over the whole way, not by leg', () => {
    const zigzag = [at(0.5, 0.5), at(1.5, 1.5), at(2.5, 0.5), at(3.5, 1.5)];
    expect(wayCells(grid('square', 'alternating'), zigzag)).toBe(4);
  });

  test('on hexagons every step counts one', () => {
    const start = at(0.5, HEX_RADIUS);
    expect(wayCells(grid('hex_pointy'), [start, at(3.5, HEX_RADIUS)])).toBe(3);
    expect(wayCells(grid('hex_pointy'), [start, at(1.5, HEX_RADIUS + 2 * HEX_ROW)])).toBe(2);
    expect(wayCells(grid('hex_pointy'), [start, at(3, HEX_RADIUS + HEX_ROW)])).toBe(3);
    expect(wayCells(grid('hex_flat'), [at(HEX_RADIUS, 0.5), at(HEX_RADIUS + HEX_ROW, 1)])).toBe(1);
  });

  test('the crow flies where there is no grid', () => {
    expect(wayCells(grid('none', 'manhattan'), [at(0, 0), at(3, 4)])).toBe(5);
  });

  test('a single point is no way', () => {
    expect(wayCells(grid('square'), [at(1, 1)])).toBe(0);
    expect(wayCells(grid('square'), [])).toBe(0);
  });

  test('lengths are read in the unit of the grid', () => {
    expect(lengthLabel(grid('square'), 3)).toBe('15 ft');
    expect(lengthLabel({ ...grid('square'), unit_per_cell: 150, unit: 'm' }, 3)).toBe('4.5 m');
    expect(lengthLabel({ ...grid('square'), unit_per_cell: 100, unit: '' }, Math.SQRT2)).toBe('1.4');
  });
});

describe('stepping by keys', () => {
  test('goes one square, and back to the grid when off it', () => {
    close(step(grid('square'), at(1.5, 1.5), 1, -1, 1), at(2.5, 0.5));
    close(step(grid('square'), at(1.6, 1.4), 1, 0, 1), at(2.5, 1.5));
    close(step(grid('none'), at(1.6, 1.4), 1, 0, 1), at(2.6, 1.4));
  });

  test('on hexagons up and down keep to their column', () => {
    const start = at(0.5, HEX_RADIUS);
    const down = step(grid('hex_pointy'), start, 0, 1, 1);
    close(down, at(1, HEX_RADIUS + HEX_ROW));
    close(step(grid('hex_pointy'), down, 0, 1, 1), at(0.5, HEX_RADIUS + 2 * HEX_ROW));
    close(step(grid('hex_pointy'), start, 1, 1, 1), at(1, HEX_RADIUS + HEX_ROW));
    close(step(grid('hex_flat'), at(HEX_RADIUS, 0.5), 1, 0, 1), at(HEX_RADIUS + HEX_ROW, 1));
  });
});

test('the wire carries 1/256 of a cell', () => {
  expect(toWire(at(1.5, -0.25))).toEqual([384, -64]);
  expect(fromWire([384, -64])).toEqual(at(1.5, -0.25));
});
