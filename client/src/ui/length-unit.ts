/** Lengths as a scene counts them: in feet, five to a cell, or as its grid says. On the wire they are parts of a cell. */

import type { Grid } from '../net/frames';
import { CELL } from '../table/grid';
import { t } from './strings';

export interface LengthUnit {
  readonly name: string;
  readonly perCell: number;
}

export function unitOf(grid: Pick<Grid, 'unit' | 'unit_per_cell'> | undefined): LengthUnit {
  if (grid === undefined || grid.unit_per_cell <= 0 || grid.unit === '') return { name: t.light.cells, perCell: 1 };
  return { name: grid.unit, perCell: grid.unit_per_cell / 100 };
}

/** For people: with at most two decimals. */
export const inUnit = (length: number, { perCell }: LengthUnit): number => Math.round((length / CELL) * perCell * 100) / 100;

/** For the wire; what is no length is none. */
export function fromUnit(length: number, { perCell }: LengthUnit): number {
  return Number.isFinite(length) ? Math.max(0, Math.round((length / perCell) * CELL)) : 0;
}
