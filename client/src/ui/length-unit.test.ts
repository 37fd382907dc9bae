import { describe, expect, it } from 'vitest';
import { fromUnit, inUnit, unitOf } from './length-unit';

describe('lengths in the unit of a scene', () => {
  it('go there and back', () => {
    const feet = unitOf({ unit: 'ft', unit_per_cell: 500 });
    expect(inUnit(2048, feet)).toBe(40);
    expect(fromUnit(40, feet)).toBe(2048);
    expect(fromUnit(inUnit(1000, feet), feet)).toBe(1000);
    expect(inUnit(2048, unitOf({ unit: 'm', unit_per_cell: 150 }))).toBe(12);
  });

  it('are cells where the grid has no unit', () => {
    for (const grid of [undefined, { unit: '', unit_per_cell: 500 }, { unit: 'ft', unit_per_cell: 0 }]) {
      expect(unitOf(grid)).toEqual({ name: 'cells', perCell: 1 });
    }
  });

  it('are never negative and never nonsense', () => {
    const feet = unitOf({ unit: 'ft', unit_per_cell: 500 });
    expect([fromUnit(-5, feet), fromUnit(Number.NaN, feet), fromUnit(Number.POSITIVE_INFINITY, feet)]).toEqual([0, 0, 0]);
  });
});
