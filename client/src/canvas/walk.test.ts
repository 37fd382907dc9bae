import { expect, test } from 'vitest';
import { Walk } from './walk';

const origin = { x: 0, y: 0 };

test('a walk passes every corner of its way', () => {
  const walk = new Walk(origin, [{ x: 2, y: 0 }, { x: 2, y: 2 }], 1000);
  expect(walk.at(1000)).toEqual(origin);
  expect(walk.at(1200)).toEqual({ x: 2, y: 0 });
  expect(walk.at(1400)).toEqual({ x: 2, y: 2 });
  expect([walk.isDone(1399), walk.isDone(1400)]).toEqual([false, true]);
});

test('a long walk is hurried', () => {
  const path = Array.from({ length: 20 }, (_, i) => ({ x: i + 1, y: 0 }));
  const walk = new Walk(origin, path, 0);
  expect(walk.isDone(600)).toBe(true);
  expect(walk.at(300).x).toBeCloseTo(10);
});

test('a walk to where one is already takes no time', () => {
  expect(new Walk(origin, [origin], 5).isDone(5)).toBe(true);
  expect(new Walk(origin, [origin], 5).at(0)).toEqual(origin);
});

test('a walk on the spot between two corners does not divide by nothing', () => {
  const walk = new Walk(origin, [origin, { x: 1, y: 0 }, { x: 1, y: 0 }], 0);
  expect(walk.at(100).x).toBeGreaterThanOrEqual(0);
  expect(walk.end).toEqual({ x: 1, y: 0 });
});
