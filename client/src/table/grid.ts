/**
 * Grid arithmetic for rulers and snapping, in cells. The server snaps by the same rules; the cases that its tests write
 * hold both to them.
 *
 * Squares are one cell wide. Pointy hexagons are one cell from flat to flat, rows lie √3/2 apart and odd rows are
 * shifted by half a cell; flat hexagons are the same transposed. Everything is relative to the grid's offset.
 */

import type { At, Grid } from '../net/frames';

/** A place or a distance on the map, in cells. */
export interface Vec {
  readonly x: number;
  readonly y: number;
}

/** Wire units in a cell. */
export const CELL = 256;

/** The distance of two rows of hexagons. */
export const HEX_ROW = Math.sqrt(3) / 2;

/** The radius of a hexagon's corners; also where the first row's middles lie. */
export const HEX_RADIUS = 1 / Math.sqrt(3);

export const fromWire = (at: At): Vec => ({ x: at[0] / CELL, y: at[1] / CELL });

export const toWire = (place: Vec): At => [Math.round(place.x * CELL), Math.round(place.y * CELL)];

export const samePlace = (a: Vec, b: Vec): boolean => a.x === b.x && a.y === b.y;

/** The nearest place where a token of this diameter stands: middles for odd sizes, corners for even ones. */
export function snap(grid: Grid, place: Vec, sizeCells: number): Vec {
  const offset = fromWire(grid.offset);
  const x = place.x - offset.x;
  const y = place.y - offset.y;
  switch (grid.shape) {
    case 'none':
      return place;
    case 'square': {
      const [pitch, shift] = squarePitch(sizeCells);
      return {
        x: roundAway((x - shift) / pitch) * pitch + shift + offset.x,
        y: roundAway((y - shift) / pitch) * pitch + shift + offset.y,
      };
    }
    case 'hex_pointy': {
      const hex = hexAt(x, y);
      return { x: hexX(hex) + offset.x, y: hexY(hex) + offset.y };
    }
    case 'hex_flat': {
      const hex = hexAt(y, x);
      return { x: hexY(hex) + offset.x, y: hexX(hex) + offset.y };
    }
  }
}

/** The nearest place for the end of a wall: corners, middles of edges and middles of cells. */
export function snapWall(grid: Grid, place: Vec): Vec {
  const offset = fromWire(grid.offset);
  if (grid.shape === 'none') return place;
  if (grid.shape === 'square') {
    return {
      x: Math.round((place.x - offset.x) * 2) / 2 + offset.x,
      y: Math.round((place.y - offset.y) * 2) / 2 + offset.y,
    };
  }
  const middle = snap(grid, place, 1);
  let best = middle;
  for (const corner of hexCorners(grid.shape)) {
    const candidate = { x: middle.x + corner.x, y: middle.y + corner.y };
    if (separation(candidate, place) < separation(best, place)) best = candidate;
  }
  return best;
}

/** The corners of a hexagon around its middle, clockwise. */
export function hexCorners(shape: 'hex_pointy' | 'hex_flat'): readonly Vec[] {
  return shape === 'hex_pointy' ? POINTY_CORNERS : FLAT_CORNERS;
}

/** One step of the keyboard: the neighbouring place in a direction, dx and dy each -1, 0 or 1. */
export function step(grid: Grid, place: Vec, dx: number, dy: number, sizeCells: number): Vec {
  if (grid.shape === 'none' || grid.shape === 'square') {
    const aim = { x: place.x + dx, y: place.y + dy };
    return grid.shape === 'none' ? aim : snap(grid, aim, sizeCells);
  }
  // Rows alternate, so straight across them leans to and fro: the side is chosen by the row's shift.
  const pointy = grid.shape === 'hex_pointy';
  const [across, along] = pointy ? [dx, dy] : [dy, dx];
  if (along === 0) return snap(grid, pointy ? { x: place.x + across, y: place.y } : { x: place.x, y: place.y + across }, 1);
  const offset = fromWire(grid.offset);
  const hex = pointy ? hexAt(place.x - offset.x, place.y - offset.y) : hexAt(place.y - offset.y, place.x - offset.x);
  const lean = across === 0 ? (isOdd(hex.row) ? -0.5 : 0.5) : across * 0.5;
  const aim = pointy
    ? { x: place.x + lean, y: place.y + along * HEX_ROW }
    : { x: place.x + along * HEX_ROW, y: place.y + lean };
  return snap(grid, aim, 1);
}

/** The length of a way in cells, by the grid's own rule. The first point is the start. */
export function wayCells(grid: Grid, points: readonly Vec[]): number {
  let straight = 0;
  let diagonal = 0;
  let euclid = 0;
  for (let i = 1; i < points.length; i += 1) {
    const a = points[i - 1];
    const b = points[i];
    if (!a || !b) continue;
    if (grid.shape === 'hex_pointy' || grid.shape === 'hex_flat') {
      straight += hexSteps(grid, a, b);
      continue;
    }
    if (grid.shape === 'none' || grid.diagonal === 'euclid') {
      euclid += separation(a, b);
      continue;
    }
    const dx = Math.round(Math.abs(b.x - a.x));
    const dy = Math.round(Math.abs(b.y - a.y));
    diagonal += Math.min(dx, dy);
    straight += Math.abs(dx - dy);
  }
  if (grid.shape === 'none' || grid.diagonal === 'euclid') return straight + euclid;
  switch (grid.diagonal) {
    case 'one':
      return straight + diagonal;
    case 'alternating':
      // Every second diagonal of the whole way counts twice.
      return straight + diagonal + Math.floor(diagonal / 2);
    case 'manhattan':
      return straight + 2 * diagonal;
  }
}

/** A length as the table reads it: `15 ft`. */
export function lengthLabel(grid: Grid, cells: number): string {
  const amount = (cells * grid.unit_per_cell) / 100;
  const digits = Math.round(amount * 10) / 10;
  return grid.unit === '' ? `${digits}` : `${digits} ${grid.unit}`;
}

/** The distance of two places as the crow flies. */
export const separation = (a: Vec, b: Vec): number => Math.hypot(a.x - b.x, a.y - b.y);

/** How far a place is from a straight line between two others. */
export function distanceToSegment(at: Vec, a: Vec, b: Vec): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const whole = dx * dx + dy * dy;
  const along = whole === 0 ? 0 : Math.min(1, Math.max(0, ((at.x - a.x) * dx + (at.y - a.y) * dy) / whole));
  return Math.hypot(at.x - a.x - along * dx, at.y - a.y - along * dy);
}

/** A hexagon of the pointy grid by row and by its place in the row. */
interface Hex {
  readonly row: number;
  readonly column: number;
}

const POINTY_CORNERS: readonly Vec[] = [0, 1, 2, 3, 4, 5].map((i) => ({
  x: HEX_RADIUS * Math.sin((i * Math.PI) / 3),
  y: -HEX_RADIUS * Math.cos((i * Math.PI) / 3),
}));

const FLAT_CORNERS: readonly Vec[] = POINTY_CORNERS.map(({ x, y }) => ({ x: y, y: x }));

const isOdd = (row: number): boolean => Math.abs(row % 2) === 1;

const hexX = (hex: Hex): number => hex.column + (isOdd(hex.row) ? 1 : 0.5);

const hexY = (hex: Hex): number => hex.row * HEX_ROW + HEX_RADIUS;

/** The pointy hexagon that holds a point. */
function hexAt(x: number, y: number): Hex {
  const near = roundAway((y - HEX_RADIUS) / HEX_ROW);
  let best: Hex = { row: near, column: 0 };
  let nearest = Infinity;
  for (let row = near - 1; row <= near + 1; row += 1) {
    const hex = { row, column: roundAway(x - (isOdd(row) ? 1 : 0.5)) };
    // Squares and sums are the same in every language; roots need not be, and corners belong to three hexagons.
    const distance = (hexX(hex) - x) ** 2 + (hexY(hex) - y) ** 2;
    if (distance < nearest) {
      nearest = distance;
      best = hex;
    }
  }
  return best;
}

/** How many hexagons away. */
function hexSteps(grid: Grid, a: Vec, b: Vec): number {
  const offset = fromWire(grid.offset);
  const flat = grid.shape === 'hex_flat';
  const hexOf = (p: Vec): Hex => (flat ? hexAt(p.y - offset.y, p.x - offset.x) : hexAt(p.x - offset.x, p.y - offset.y));
  const from = hexOf(a);
  const to = hexOf(b);
  const rows = Math.abs(to.row - from.row);
  // Every row crossed gives half a column for nothing; hexX counts the halves.
  const columns = Math.abs(hexX(to) - hexX(from));
  return rows + Math.max(0, columns - rows / 2);
}

/** The distance of two places for a token and where the first lies. */
function squarePitch(sizeCells: number): [pitch: number, shift: number] {
  if (sizeCells < 1) return [0.5, 0.25];
  return Math.round(sizeCells) % 2 === 0 ? [1, 0] : [1, 0.5];
}

/** Rounds halves away from zero, as the server does. */
const roundAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));
