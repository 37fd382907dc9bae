/** What is drawn on a scene: how it is drawn next, where it lies, and what a free hand's way comes down to. */

import type { DrawingView, DrawnShape, Shown, Span } from '../net/frames';
import { CELL, distanceToSegment, fromWire, separation, type Vec } from './grid';

/** What the drawing tool makes; the eraser wipes away. */
export type DrawKind = 'pen' | 'line' | 'rectangle' | 'circle' | 'polygon' | 'eraser';

/** How things are drawn. */
export interface DrawWork {
  readonly kind: DrawKind;
  /** Null for the colour of one's seat. */
  readonly color: number | null;
  /** Of lines, in cells. */
  readonly width: number;
  readonly filled: boolean;
  /** Who is told of it; a game master says. */
  readonly shown: Shown;
}

export const NEW_DRAW_WORK: DrawWork = { kind: 'pen', color: null, width: 0.125, filled: true, shown: 'everyone' };

/** Of a note: how tall its letters are, in cells. */
export const NOTE_LETTER_CELLS = 0.4;
const LINE_CHARS_MAX = 30;
/** As a share of the height of its letters. */
const LINE_HEIGHT = 1.3;
const CHAR_WIDTH = 0.56;
const NOTE_PADDING = 0.5;

export type Drawn = Pick<DrawingView, 'shape' | 'spans' | 'color' | 'width' | 'filled'>;

/**
 * The points of a way without those that lie nearer than `tolerance` to the line of their neighbours
 * (Ramer 1972, Douglas and Peucker 1973). Both ends stay.
 */
export function simplified(points: readonly Vec[], tolerance: number): Vec[] {
  const keeps = points.map((_, index) => index === 0 || index === points.length - 1);
  const spans: [number, number][] = [[0, points.length - 1]];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [first, last] = span;
    const [a, b] = [points[first], points[last]];
    if (a === undefined || b === undefined) continue;
    let farthest = 0;
    let most = tolerance;
    for (let index = first + 1; index < last; index += 1) {
      const point = points[index];
      const distance = point === undefined ? 0 : distanceToSegment(point, a, b);
      if (distance > most) [farthest, most] = [index, distance];
    }
    if (farthest === 0) continue;
    keeps[farthest] = true;
    spans.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, index) => keeps[index] === true);
}

/** How far a place, in cells, is from what one would touch of a drawing; 0 on it. */
export function distanceToDrawing(drawn: Drawn, place: Vec): number {
  const { shape, width, filled } = drawn;
  const half = width / CELL / 2;
  switch (shape.kind) {
    case 'note': {
      const { width: across, height: down } = noteBox(noteLines(noteSpans(drawn)), width / CELL);
      const at = fromWire(shape.at);
      return Math.hypot(Math.max(0, Math.abs(place.x - at.x) - across / 2), Math.max(0, Math.abs(place.y - at.y) - down / 2));
    }
    case 'circle': {
      const off = separation(fromWire(shape.middle), place) - shape.radius / CELL;
      return filled === true && off < 0 ? 0 : Math.max(0, Math.abs(off) - half);
    }
    case 'line':
    case 'polygon':
    case 'rectangle': {
      const corners = cornersOf(shape).map(fromWire);
      const closed = shape.kind === 'line' ? corners : [...corners, ...corners.slice(0, 1)];
      if (filled === true && shape.kind !== 'line' && isInside(place, corners)) return 0;
      const distances = closed.slice(1).map((end, index) => distanceToSegment(place, closed[index] ?? end, end));
      return Math.max(0, Math.min(...distances) - half);
    }
  }
}

/** The corners of what is drawn from point to point. */
export function cornersOf(shape: Extract<DrawnShape, { kind: 'line' | 'polygon' | 'rectangle' }>): readonly [number, number][] {
  if (shape.kind !== 'rectangle') return shape.points;
  const [[left, top], [right, bottom]] = [shape.a, shape.b];
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** The words of a note as they are read; none of other drawings. */
export function noteSpans({ shape, spans }: Pick<Drawn, 'shape' | 'spans'>): readonly Span[] {
  return shape.kind === 'note' ? (spans ?? [{ text: shape.text }]) : [];
}

export type NoteLine = readonly Span[];

interface Letter {
  readonly letter: string;
  readonly of: Span;
}

/** The words of a note, broken where lines get long. Each line is of pieces that look alike. */
export function noteLines(spans: readonly Span[]): readonly NoteLine[] {
  const letters = spans.flatMap((of) => Array.from(of.text, (letter): Letter => ({ letter, of })));
  return split(letters, '\n').flatMap(({ part }) => {
    const lines: Letter[][] = [[]];
    for (const { at, part: word } of split(part, ' ')) {
      const last = lines.at(-1) ?? [];
      if (at === null || last.length === 0) last.push(...word);
      else if (last.length + 1 + word.length <= LINE_CHARS_MAX) last.push(at, ...word);
      else lines.push(word);
    }
    return lines.map(pieces);
  });
}

/** The parts between letters of one kind, each with the one that stands before it. */
function split(letters: readonly Letter[], by: string): { readonly at: Letter | null; readonly part: Letter[] }[] {
  const parts: { at: Letter | null; part: Letter[] }[] = [{ at: null, part: [] }];
  for (const one of letters) {
    if (one.letter === by) parts.push({ at: one, part: [] });
    else parts.at(-1)?.part.push(one);
  }
  return parts;
}

function pieces(letters: readonly Letter[]): NoteLine {
  const found: { text: string; readonly of: Span }[] = [];
  for (const { letter, of } of letters) {
    const last = found.at(-1);
    if (last?.of === of) last.text += letter;
    else found.push({ text: letter, of });
  }
  return found.map(({ text, of }) => ({ ...of, text }));
}

/** The card of a note around its place, in the unit of its letters' height. */
export function noteBox(lines: readonly NoteLine[], letter: number): { readonly width: number; readonly height: number } {
  const longest = Math.max(...lines.map((line) => line.reduce((length, piece) => length + Array.from(piece.text).length, 0)));
  return {
    width: letter * (longest * CHAR_WIDTH + 2 * NOTE_PADDING),
    height: letter * (lines.length * LINE_HEIGHT + NOTE_PADDING),
  };
}

function isInside({ x, y }: Vec, corners: readonly Vec[]): boolean {
  let isIn = false;
  for (const [index, a] of corners.entries()) {
    const b = corners[(index + 1) % corners.length] ?? a;
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) isIn = !isIn;
  }
  return isIn;
}
