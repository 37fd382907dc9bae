import { expect, it } from 'vitest';
import { ringPlaces } from './ring';

const PAGE = { x: 1_000, y: 700 };

it('starts on top and goes clockwise', () => {
  const { places } = ringPlaces(4, { x: 500, y: 300 }, PAGE);
  expect(places.map(({ x, y }) => [Math.sign(Math.round(x)) + 0, Math.sign(Math.round(y)) + 0])).toEqual([
    [0, -1],
    [1, 0],
    [0, 1],
    [-1, 0],
  ]);
});

it('stays where it was asked for when there is room, and on the page when not', () => {
  expect(ringPlaces(6, { x: 500, y: 300 }, PAGE).centre).toEqual({ x: 500, y: 300 });
  const corner = ringPlaces(6, { x: 0, y: 700 }, PAGE);
  for (const place of corner.places) {
    expect(corner.centre.x + place.x).toBeGreaterThan(25);
    expect(corner.centre.y + place.y).toBeLessThan(675);
  }
});

it('grows when the buttons would overlap', () => {
  const { places } = ringPlaces(12, { x: 500, y: 300 }, PAGE);
  const [a, b] = places;
  expect(Math.hypot((a?.x ?? 0) - (b?.x ?? 0), (a?.y ?? 0) - (b?.y ?? 0))).toBeGreaterThan(46);
});
