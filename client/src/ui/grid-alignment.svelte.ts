/**
 * Finding the grid of a picture: from a box dragged over some of its cells, or from a count of cells.
 *
 * Everything here is in pixels of the picture. The server keeps whole pixels for a cell, so the measured size is rounded,
 * and the grid is placed so that it fits best in the middle of the map; what that costs at the edges is `driftCells`.
 */

import type { Diagonal, Grid, GridShape } from '../net/frames';
import { CELL, HEX_RADIUS, HEX_ROW } from '../table/grid';

const PIXELS_PER_CELL_MAX = 2_048;
/** The height of a pointy hexagon, in cells. */
const HEX_HEIGHT = 2 * HEX_RADIUS;
/** A smaller drag is a slip of the hand. */
const DRAG_PX_MIN = 4;

export type AlignMethod = 'drag' | 'count';

export interface PixelPoint {
  readonly x: number;
  readonly y: number;
}

export interface PixelBox {
  readonly from: PixelPoint;
  readonly to: PixelPoint;
}

export interface Segment {
  readonly a: PixelPoint;
  readonly b: PixelPoint;
}

export class GridAlignment {
  readonly widthPx: number;
  readonly heightPx: number;

  #cellPx = $state(1);
  #anchor = $state.raw<PixelPoint>({ x: 0, y: 0 });
  #box = $state.raw<PixelBox | null>(null);
  #shape = $state<GridShape>('square');
  #spanAcross = $state(3);
  #spanDown = $state(3);
  method = $state<AlignMethod>('drag');
  unitPerCell = $state(5);
  unit = $state('ft');
  diagonal = $state<Diagonal>('one');

  constructor(widthPx: number, heightPx: number, grid: Grid) {
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.#cellPx = Math.max(1, grid.pixels_per_cell);
    this.#anchor = {
      x: (grid.offset[0] / CELL) * this.#cellPx,
      y: (grid.offset[1] / CELL) * this.#cellPx,
    };
    this.#shape = grid.shape;
    this.unitPerCell = grid.unit_per_cell / 100;
    this.unit = grid.unit;
    this.diagonal = grid.diagonal;
  }

  /** As measured, with its fraction. */
  readonly measuredPx: number = $derived(this.#cellPx);

  /** What the server will keep. */
  readonly cellPx: number = $derived(Math.min(PIXELS_PER_CELL_MAX, Math.max(1, Math.round(this.#cellPx))));

  readonly offsetPx: PixelPoint = $derived.by(() => {
    const measured = period(this.#shape, this.#cellPx);
    const kept = period(this.#shape, this.cellPx);
    return {
      x: placed(this.#anchor.x, measured.x, kept.x, this.widthPx),
      y: placed(this.#anchor.y, measured.y, kept.y, this.heightPx),
    };
  });

  readonly sizeCells: PixelPoint = $derived.by(() => ({
    x: this.widthPx / this.cellPx,
    y: this.heightPx / this.cellPx,
  }));

  /** How far the grid is off at the edge of the map. */
  readonly driftCells: number = $derived.by(() => {
    const half = Math.max(this.widthPx, this.heightPx) / 2;
    return Math.abs(half / this.cellPx - half / this.#cellPx);
  });

  readonly isValid: boolean = $derived(
    this.unitPerCell >= 0.01 &&
      this.unitPerCell <= 10_000 &&
      [...this.unit].length <= 12 &&
      Number.isFinite(this.#cellPx) &&
      Math.max(this.sizeCells.x, this.sizeCells.y) <= 1_000,
  );

  get box(): PixelBox | null {
    return this.#box;
  }

  get shape(): GridShape {
    return this.#shape;
  }

  set shape(shape: GridShape) {
    this.#shape = shape;
    this.#measure();
  }

  get spanAcross(): number {
    return this.#spanAcross;
  }

  set spanAcross(cells: number) {
    this.#spanAcross = whole(cells, 1, 500);
    this.#measure();
  }

  get spanDown(): number {
    return this.#spanDown;
  }

  set spanDown(cells: number) {
    this.#spanDown = whole(cells, 1, 500);
    this.#measure();
  }

  /** Cells over the whole width; setting it starts the grid at the corner. */
  get across(): number {
    return Math.round((this.widthPx / this.#cellPx) * 100) / 100;
  }

  set across(cells: number) {
    if (!(cells >= 1 && cells <= 1_000)) return;
    this.#cellPx = this.widthPx / cells;
    this.#anchor = { x: 0, y: 0 };
    this.#box = null;
  }

  /** A drag from corner to corner, in any direction. */
  drag(from: PixelPoint, to: PixelPoint): void {
    this.#box = { from, to };
    this.#measure();
  }

  /** Shifts the grid, keeping its size. */
  nudge(byX: number, byY: number): void {
    this.#anchor = { x: this.#anchor.x + byX, y: this.#anchor.y + byY };
    this.#box = null;
  }

  setOffset(x: number, y: number): void {
    this.#anchor = { x, y };
    this.#box = null;
  }

  /** Makes cells larger or smaller by pixels. */
  grow(by: number): void {
    this.setCell(Math.round(this.#cellPx) + by);
  }

  setCell(px: number): void {
    if (Number.isFinite(px)) this.#cellPx = Math.min(PIXELS_PER_CELL_MAX, Math.max(1, px));
    this.#box = null;
  }

  /** For the wire. */
  grid(): Grid {
    const units = (px: number): number => Math.round((px / this.cellPx) * CELL);
    return {
      shape: this.#shape,
      offset: this.#shape === 'none' ? [0, 0] : [units(this.offsetPx.x), units(this.offsetPx.y)],
      pixels_per_cell: this.cellPx,
      unit_per_cell: Math.round(this.unitPerCell * 100),
      unit: this.unit.trim(),
      diagonal: this.diagonal,
    };
  }

  #measure(): void {
    const box = this.#box;
    if (box === null) return;
    const width = Math.abs(box.to.x - box.from.x);
    const height = Math.abs(box.to.y - box.from.y);
    if (Math.min(width, height) < DRAG_PX_MIN) return;
    const span = spanCells(this.#shape, this.#spanAcross, this.#spanDown);
    this.#cellPx = Math.min(PIXELS_PER_CELL_MAX, Math.max(1, (width + height) / (span.x + span.y)));
    this.#anchor = { x: Math.min(box.from.x, box.to.x), y: Math.min(box.from.y, box.to.y) };
  }
}

/** The size in cells of a box around so many columns and rows. */
function spanCells(shape: GridShape, across: number, down: number): PixelPoint {
  switch (shape) {
    case 'square':
    case 'none':
      return { x: across, y: down };
    case 'hex_pointy':
      return { x: across, y: (down - 1) * HEX_ROW + HEX_HEIGHT };
    case 'hex_flat':
      return { x: (across - 1) * HEX_ROW + HEX_HEIGHT, y: down };
  }
}

/** After how many pixels the grid repeats. */
function period(shape: GridShape, cellPx: number): PixelPoint {
  switch (shape) {
    case 'square':
    case 'none':
      return { x: cellPx, y: cellPx };
    case 'hex_pointy':
      return { x: cellPx, y: 2 * HEX_ROW * cellPx };
    case 'hex_flat':
      return { x: 2 * HEX_ROW * cellPx, y: cellPx };
  }
}

/** Where a grid with another period starts so that it meets the measured one in the middle of the map. */
function placed(anchor: number, measured: number, kept: number, size: number): number {
  const middle = anchor + Math.round((size / 2 - anchor) / measured) * measured;
  const offset = ((middle % kept) + kept) % kept;
  // A hair before the next line is on it.
  return kept - offset < 1e-6 ? 0 : offset;
}

function whole(value: number, min: number, max: number): number {
  return Number.isFinite(value) ? Math.min(max, Math.max(min, Math.round(value))) : min;
}

/** The grid over a map, for the preview. */
export function gridSegments(shape: GridShape, cellPx: number, offset: PixelPoint, size: PixelPoint): readonly Segment[] {
  switch (shape) {
    case 'none':
      return [];
    case 'square':
      return [
        ...steps(offset.x, cellPx, size.x).map((x) => ({ a: { x, y: 0 }, b: { x, y: size.y } })),
        ...steps(offset.y, cellPx, size.y).map((y) => ({ a: { x: 0, y }, b: { x: size.x, y } })),
      ];
    case 'hex_pointy':
      return pointyHexes(cellPx, offset, size);
    case 'hex_flat':
      return pointyHexes(cellPx, turned(offset), turned(size)).map(({ a, b }) => ({ a: turned(a), b: turned(b) }));
  }
}

function steps(first: number, step: number, end: number): readonly number[] {
  const from = first - Math.floor(first / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((end - from) / step) + 1) }, (_, index) => from + index * step);
}

function turned({ x, y }: PixelPoint): PixelPoint {
  return { x: y, y: x };
}

/** Three sides of each hexagon; its neighbours draw the others. */
function pointyHexes(cellPx: number, offset: PixelPoint, size: PixelPoint): readonly Segment[] {
  const segments: Segment[] = [];
  const rowPx = HEX_ROW * cellPx;
  const quarter = (HEX_HEIGHT / 4) * cellPx;
  const firstRow = -2 * Math.ceil(offset.y / (2 * rowPx)) - 1;
  const lastRow = Math.ceil((size.y - offset.y) / rowPx);
  for (let row = firstRow; row <= lastRow; row += 1) {
    const y = offset.y + 2 * quarter + row * rowPx;
    const shift = Math.abs(row % 2) === 1 ? 1 : 0.5;
    const start = offset.x + shift * cellPx;
    for (let x = start - Math.ceil(start / cellPx + 1) * cellPx; x < size.x + cellPx; x += cellPx) {
      const top = { x, y: y - 2 * quarter };
      const upperLeft = { x: x - cellPx / 2, y: y - quarter };
      const lowerLeft = { x: x - cellPx / 2, y: y + quarter };
      const upperRight = { x: x + cellPx / 2, y: y - quarter };
      segments.push({ a: top, b: upperLeft }, { a: upperLeft, b: lowerLeft }, { a: top, b: upperRight });
    }
  }
  return segments;
}
