import { describe, expect, it } from 'vitest';
import type { SceneView } from '../net/frames';
import { levelFor, meets, pyramidOf, samplesOf, tilesIn, unitsOf } from './pyramid';

const scene = {
  scene: 1,
  size: [20 * 256, 10 * 256],
  picture_px: [1300, 650],
  sees_all: false,
} as unknown as SceneView;

const pyramid = pyramidOf(scene);
if (!pyramid) throw new Error('the scene has a picture');

describe('the pyramid of a map', () => {
  it('has as many levels as the server cuts', () => {
    expect(pyramid.levels).toBe(4);
    const levels = [1, 256, 257, 512, 513, 6000].map(
      (px) => pyramidOf({ ...scene, picture_px: [px, 1] })?.levels,
    );
    expect(levels).toEqual([1, 1, 2, 2, 3, 6]);
    expect(pyramidOf({ ...scene, picture_px: undefined } as unknown as SceneView)).toBeNull();
  });

  it('takes the coarsest level that is sharp enough', () => {
    expect([65, 200, 33, 30, 10, 1].map((px) => levelFor(pyramid, px))).toEqual([0, 0, 1, 1, 2, 3]);
  });

  it('finds the tiles on the screen, the middle first', () => {
    const places = tilesIn(pyramid, 0, { x: -5, y: 0 }, { x: 30, y: 20 });
    expect(places).toHaveLength(6 * 3);
    expect(places[0]).toEqual({ level: 0, x: 2, y: 1 });
    expect(tilesIn(pyramid, 3, { x: 0, y: 0 }, { x: 20, y: 10 })).toEqual([{ level: 3, x: 0, y: 0 }]);
    expect(tilesIn(pyramid, 0, { x: 30, y: 0 }, { x: 40, y: 5 })).toEqual([]);
  });

  it('knows what a tile covers, the cut ones at the edge included', () => {
    expect(samplesOf(pyramid, { level: 0, x: 0, y: 0 })).toEqual({ left: 0, top: 0, right: 32, bottom: 32 });
    expect(samplesOf(pyramid, { level: 0, x: 5, y: 2 })).toEqual({ left: 157, top: 63, right: 160, bottom: 80 });
    const { x, width } = unitsOf(pyramid, { level: 0, x: 5, y: 2 });
    expect(x + width).toBeCloseTo(20 * 256);
    expect(meets({ left: 0, top: 0, right: 5, bottom: 5 }, { left: 5, top: 0, right: 9, bottom: 5 })).toBe(false);
    expect(meets({ left: 0, top: 0, right: 6, bottom: 5 }, { left: 5, top: 4, right: 9, bottom: 5 })).toBe(true);
  });
});
