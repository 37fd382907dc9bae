import { describe, expect, it } from 'vitest';
import { distanceToDrawing, type Drawn, noteBox, noteLines, simplified } from './drawing';
import { CELL } from './grid';

const look = { color: 0, width: CELL / 4 };
const drawn = (shape: Drawn['shape'], filled = false): Drawn => ({ ...look, shape, filled });

describe('a free hand’s way', () => {
  it('keeps its ends and its bends', () => {
    const way = [0, 1, 2, 3, 4].map((x) => ({ x, y: x === 2 ? 1 : 0 }));
    expect(simplified(way, 0.1)).toEqual(way);
    expect(simplified(way, 2)).toEqual([way[0], way[4]]);
    expect(simplified([{ x: 1, y: 1 }], 1)).toEqual([{ x: 1, y: 1 }]);
    expect(simplified([], 1)).toEqual([]);
  });

  it('bends no more than it may', () => {
    const wave = Array.from({ length: 400 }, (_, index) => ({ x: index / 40, y: Math.sin(index / 20) }));
    const few = simplified(wave, 0.05);
    expect(few.length).toBeLessThan(40);
    for (const point of wave) {
      const shape = { kind: 'line' as const, points: few.map(({ x, y }): [number, number] => [x * CELL, y * CELL]) };
      expect(distanceToDrawing({ ...look, width: 0, shape }, point)).toBeLessThan(0.051);
    }
  });
});

describe('how far one is from a drawing', () => {
  it.each([
    [drawn({ kind: 'line', points: [[0, 0], [4 * CELL, 0]] }), 2, 1, 0.875],
    [drawn({ kind: 'rectangle', a: [0, 0], b: [4 * CELL, 4 * CELL] }), 2, 2, 1.875],
    [drawn({ kind: 'rectangle', a: [0, 0], b: [4 * CELL, 4 * CELL] }, true), 2, 2, 0],
    [drawn({ kind: 'polygon', points: [[0, 0], [4 * CELL, 0], [0, 4 * CELL]] }), 0, 2, 0],
    [drawn({ kind: 'polygon', points: [[0, 0], [4 * CELL, 0], [0, 4 * CELL]] }, true), 1, 1, 0],
    [drawn({ kind: 'circle', middle: [0, 0], radius: 2 * CELL }), 0, 0, 1.875],
    [drawn({ kind: 'circle', middle: [0, 0], radius: 2 * CELL }, true), 0, 0, 0],
    [drawn({ kind: 'circle', middle: [0, 0], radius: 2 * CELL }), 3, 0, 0.875],
    [drawn({ kind: 'note', at: [0, 0], text: 'A' }), 0.1, 0.1, 0],
  ])('%j from %d, %d', (shape, x, y, distance) => {
    expect(distanceToDrawing(shape, { x, y })).toBeCloseTo(distance, 5);
  });
});

describe('a note', () => {
  it('breaks long lines between words and keeps its own', () => {
    expect(noteLines('short\nlines')).toEqual(['short', 'lines']);
    expect(noteLines('one two three four five six seven eight nine')).toEqual(['one two three four five six', 'seven eight nine']);
    expect(noteLines('x'.repeat(50))).toEqual(['x'.repeat(50)]);
  });

  it('has room for its words', () => {
    const [one, two] = [noteBox('a', 1), noteBox('a\nbbbb', 1)];
    expect(two.height).toBeGreaterThan(one.height);
    expect(two.width).toBeGreaterThan(one.width);
  });
});
