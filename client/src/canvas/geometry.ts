/** What all layers share: the canvas counts in wire units, 256 to a cell, so that circles come out round. */

import { CELL } from '../table/grid';

/** World units in a cell. */
export const UNIT = CELL;

/** A quad over a rectangle from the origin, as PixiJS wants it. */
export const quadPositions = (width: number, height: number): Float32Array =>
  new Float32Array([0, 0, width, 0, width, height, 0, height]);

export const QUAD_UVS = new Float32Array([0, 0, 1, 0, 1, 1, 0, 1]);

export const QUAD_INDICES = new Uint32Array([0, 1, 2, 0, 2, 3]);
