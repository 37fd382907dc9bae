import { expect, test } from 'vitest';
import { tileCuts } from './tiles';

test('a small picture is one piece', () => {
  expect(tileCuts(2048, 100)).toEqual([{ x: 0, y: 0, width: 2048, height: 100, toWidth: 2048, toHeight: 100 }]);
});

test('no piece is larger than a GPU takes, and together they are the picture', () => {
  const cuts = tileCuts(6000, 6001);
  expect(cuts).toHaveLength(9);
  expect(Math.max(...cuts.map((cut) => Math.max(cut.toWidth, cut.toHeight)))).toBeLessThanOrEqual(2048);
  expect(cuts.reduce((sum, cut) => sum + cut.width * cut.height, 0)).toBe(6000 * 6001);
});

test('a picture beyond all measure is drawn smaller', () => {
  const cuts = tileCuts(30_000, 20_000);
  const drawn = cuts.reduce((sum, cut) => sum + cut.toWidth * cut.toHeight, 0);
  expect(drawn).toBeLessThanOrEqual(64_500_000);
  expect(cuts.reduce((sum, cut) => sum + cut.width * cut.height, 0)).toBe(600_000_000);
});
