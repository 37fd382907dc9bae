import { describe, expect, test } from 'vitest';
import { Camera } from './camera';

function stand(): { camera: Camera; pass: (ms: number) => boolean } {
  let now = 0;
  const camera = new Camera(() => now);
  camera.resize(800, 600);
  camera.setMap({ x: 40, y: 30 });
  camera.fit();
  return {
    camera,
    pass: (ms) => {
      now += ms;
      return camera.advance();
    },
  };
}

describe('the camera', () => {
  test('fits the map with a margin', () => {
    const { camera } = stand();
    expect(camera.centre).toEqual({ x: 20, y: 15 });
    expect(camera.scale).toBeCloseTo(18.8);
  });

  test('fits into what panels leave free', () => {
    const { camera } = stand();
    camera.setInsets({ top: 0, right: 400, bottom: 0, left: 0 });
    camera.fit();
    expect(camera.toScreen({ x: 20, y: 15 }).x).toBeCloseTo(200);
    expect(camera.scale).toBeCloseTo(9.4);
  });

  test('finds the same place again', () => {
    const { camera } = stand();
    const there = camera.toScreen(camera.toWorld({ x: 123, y: 456 }));
    expect(there.x).toBeCloseTo(123, 9);
    expect(there.y).toBeCloseTo(456, 9);
  });

  test('keeps the place under the pointer while zooming', () => {
    const { camera } = stand();
    const before = camera.toWorld({ x: 300, y: 200 });
    camera.zoomAt({ x: 300, y: 200 }, 2.5);
    const after = camera.toWorld({ x: 300, y: 200 });
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  test('looks at a place at once, in the middle of what panels leave free', () => {
    const { camera, pass } = stand();
    camera.setInsets({ top: 0, right: 400, bottom: 0, left: 0 });
    camera.glideTo({ x: 1, y: 1 });
    camera.lookAt({ x: 20, y: 15 }, 40);
    expect([camera.scale, camera.isFlying]).toEqual([40, false]);
    expect(camera.toScreen({ x: 20, y: 15 })).toEqual({ x: 200, y: 300 });
    pass(1_000);
    expect(camera.scale).toBe(40);
  });

  test('adds up wheel steps that come while it still zooms', () => {
    const { camera, pass } = stand();
    const before = camera.toWorld({ x: 500, y: 100 });
    const start = camera.scale;
    camera.zoomSmoothlyAt({ x: 500, y: 100 }, 1.5);
    expect(pass(50)).toBe(true);
    camera.zoomSmoothlyAt({ x: 500, y: 100 }, 1.5);
    pass(60);
    expect(pass(60)).toBe(false);
    expect(camera.scale).toBeCloseTo(start * 2.25, 6);
    expect(camera.toWorld({ x: 500, y: 100 }).x).toBeCloseTo(before.x, 6);
  });

  test('follows the fingers exactly', () => {
    const { camera } = stand();
    const place = camera.toWorld({ x: 100, y: 100 });
    camera.panBy(17, -9);
    expect(camera.toScreen(place).x).toBeCloseTo(117, 9);
    expect(camera.toScreen(place).y).toBeCloseTo(91, 9);
  });

  test('never loses the map', () => {
    const { camera } = stand();
    camera.panBy(1e6, 1e6);
    expect(camera.centre).toEqual({ x: 0, y: 0 });
    camera.zoomAt({ x: 0, y: 0 }, 1e9);
    expect(camera.scale).toBe(400);
    camera.zoomAt({ x: 0, y: 0 }, 1e-9);
    expect(camera.scale).toBeCloseTo(3.75);
  });

  test('glides to a place and rests there', () => {
    const { camera, pass } = stand();
    camera.zoomAt({ x: 400, y: 300 }, 4);
    camera.glideTo({ x: 5, y: 6 });
    expect(pass(100)).toBe(true);
    expect(pass(300)).toBe(false);
    expect(camera.centre).toEqual({ x: 5, y: 6 });
    expect(camera.isFlying).toBe(false);
    expect(pass(100)).toBe(false);
  });

  test('a hand on the map ends a flight', () => {
    const { camera } = stand();
    camera.glideTo({ x: 5, y: 6 });
    camera.panBy(1, 0);
    expect(camera.isFlying).toBe(false);
  });

  test('knows what is on the free part of the screen', () => {
    const { camera } = stand();
    camera.setInsets({ top: 0, right: 400, bottom: 0, left: 0 });
    expect(camera.shows(camera.toWorld({ x: 390, y: 300 }), 0)).toBe(true);
    expect(camera.shows(camera.toWorld({ x: 390, y: 300 }), 20)).toBe(false);
    expect(camera.shows(camera.toWorld({ x: 500, y: 300 }), 0)).toBe(false);
  });
});
