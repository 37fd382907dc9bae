/** What all layers share: the canvas counts in wire units, 256 to a cell, so that circles come out round. */

import { CELL } from '../table/grid';

/** World units in a cell. */
export const UNIT = CELL;

/** A quad over a rectangle, by default from the origin, as PixiJS wants it. */
export const quadPositions = (right: number, bottom: number, left = 0, top = 0): Float32Array =>
  new Float32Array([left, top, right, top, right, bottom, left, bottom]);

export const QUAD_UVS = new Float32Array([0, 0, 1, 0, 1, 1, 0, 1]);

export const QUAD_INDICES = new Uint32Array([0, 1, 2, 0, 2, 3]);
