import { describe, expect, it } from 'vitest';
import { distanceToDrawing, type Drawn, noteBox, noteLines, noteSpans, simplified } from './drawing';
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
  const lines = (text: string): string[] => noteLines([{ text }]).map((line) => line.map((piece) => piece.text).join('|'));

  it('breaks long lines between words and keeps its own', () => {
    expect(lines('short\nlines')).toEqual(['short', 'lines']);
    expect(lines('one two three four five six seven eight nine')).toEqual(['one two three four five six', 'seven eight nine']);
    expect(lines('x'.repeat(50))).toEqual(['x'.repeat(50)]);
  });

  it('keeps its marks in every line', () => {
    const spans = [{ text: 'a ' }, { text: 'strong word in a line that\nis broken', strong: true }, { text: '!' }];
    expect(noteLines(spans)).toEqual([
      [{ text: 'a ' }, { text: 'strong word in a line that', strong: true }],
      [{ text: 'is broken', strong: true }, { text: '!' }],
    ]);
    expect(noteLines([{ text: 'a\n\nb' }])).toEqual([[{ text: 'a' }], [], [{ text: 'b' }]]);
  });

  it('is read without the signs of its marks, and as typed if it has none', () => {
    const shape = { kind: 'note' as const, at: [0, 0] as [number, number], text: '*a*' };
    expect(noteSpans({ shape })).toEqual([{ text: '*a*' }]);
    expect(noteSpans({ shape, spans: [{ text: 'a', emphasis: true }] })).toEqual([{ text: 'a', emphasis: true }]);
  });

  it('has room for its words', () => {
    const box = (text: string): { width: number; height: number } => noteBox(noteLines([{ text }]), 1);
    const [one, two] = [box('a'), box('a\nbbbb')];
    expect(two.height).toBeGreaterThan(one.height);
    expect(two.width).toBeGreaterThan(one.width);
    expect(box('').width).toBeGreaterThan(0);
  });
});
