/** How the server cuts a map: tiles of 256 pixels, each level half the size of the one before. */

import type { SceneView } from '../net/frames';
import { SAMPLE, type SampleBox } from '../table/explored';
import { CELL, type Vec } from '../table/grid';

export const TILE_PX = 256;

export interface Pyramid {
  readonly widthPx: number;
  readonly heightPx: number;
  /** What the picture covers, in wire units. */
  readonly width: number;
  readonly height: number;
  /** The full picture included; the last level is one tile. */
  readonly levels: number;
}

export interface TilePlace {
  readonly level: number;
  readonly x: number;
  readonly y: number;
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Null for a scene without a picture. */
export function pyramidOf(scene: SceneView): Pyramid | null {
  if (!scene.picture_px) return null;
  const [widthPx, heightPx] = scene.picture_px;
  const [width, height] = scene.size;
  const levels = Math.max(0, Math.ceil(Math.log2(Math.ceil(Math.max(widthPx, heightPx) / TILE_PX)))) + 1;
  return { widthPx, heightPx, width, height, levels };
}

/** The coarsest level that still has a pixel for each of the screen's. */
export function levelFor(pyramid: Pyramid, screenPxPerCell: number): number {
  const picturePxPerCell = (pyramid.widthPx * CELL) / pyramid.width;
  const level = Math.floor(Math.log2(picturePxPerCell / screenPxPerCell) + 0.2);
  return Math.min(pyramid.levels - 1, Math.max(0, level));
}

/** The pixels of the full picture that a tile stands for. */
function pixelsOf(pyramid: Pyramid, { level, x, y }: TilePlace): Rectangle {
  const side = TILE_PX * 2 ** level;
  const left = x * side;
  const top = y * side;
  return {
    x: left,
    y: top,
    width: Math.min(side, pyramid.widthPx - left),
    height: Math.min(side, pyramid.heightPx - top),
  };
}

/** What a tile covers, in wire units. A pixel at the edge of a level may stand for less than the others. */
export function unitsOf(pyramid: Pyramid, place: TilePlace): Rectangle {
  const { x, y, width, height } = pixelsOf(pyramid, place);
  const step = 2 ** place.level;
  const across = pyramid.width / pyramid.widthPx;
  const down = pyramid.height / pyramid.heightPx;
  return {
    x: x * across,
    y: y * down,
    width: Math.ceil(width / step) * step * across,
    height: Math.ceil(height / step) * step * down,
  };
}

/** The samples that a tile touches. */
export function samplesOf(pyramid: Pyramid, place: TilePlace): SampleBox {
  const { x, y, width, height } = pixelsOf(pyramid, place);
  const across = pyramid.width / pyramid.widthPx / SAMPLE;
  const down = pyramid.height / pyramid.heightPx / SAMPLE;
  return {
    left: Math.floor(x * across),
    top: Math.floor(y * down),
    right: Math.ceil((x + width) * across),
    bottom: Math.ceil((y + height) * down),
  };
}

/** The tiles of a level that lie between two places, in cells; those in the middle first. */
export function tilesIn(pyramid: Pyramid, level: number, from: Vec, to: Vec): TilePlace[] {
  const side = TILE_PX * 2 ** level;
  const range = (low: number, high: number, units: number, px: number): [number, number] => {
    const last = Math.ceil(px / side) - 1;
    const tile = (cells: number): number => Math.floor((cells * CELL * px) / units / side);
    return [Math.max(0, tile(low)), Math.min(last, tile(high))];
  };
  const [left, right] = range(from.x, to.x, pyramid.width, pyramid.widthPx);
  const [top, bottom] = range(from.y, to.y, pyramid.height, pyramid.heightPx);
  const places: TilePlace[] = [];
  for (let y = top; y <= bottom; y += 1) for (let x = left; x <= right; x += 1) places.push({ level, x, y });
  const fromMiddle = ({ x, y }: TilePlace): number => Math.hypot(x - (left + right) / 2, y - (top + bottom) / 2);
  return places.toSorted((a, b) => fromMiddle(a) - fromMiddle(b));
}

export const meets = (a: SampleBox, b: SampleBox): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
