/** Draws what people drew, each as a shape of its own, and notes as cards with words. */

import { Container, Graphics, ImageSource, Sprite, Texture } from 'pixi.js';
import type { DrawingView, Handle, Span } from '../net/frames';
import { cornersOf, type Drawn, noteBox, type NoteLine, noteLines, noteSpans } from '../table/drawing';
import type { Sketch } from '../table/sketch';
import type { TableState } from '../table/table.svelte';
import { ACCENT, inkOn } from './palette';

const FILL_ALPHA = 0.28;
/** What players are not told looks less certain. */
const SECRET_ALPHA = 0.55;
/** The letters of a note on its picture, in pixels. */
const LETTER_PX = 40;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const MONO_FONT = 'ui-monospace, "SF Mono", Menlo, Consolas, monospace';
const HALO_UNITS = 20;

interface Piece {
  readonly view: Container;
  readonly of: DrawingView;
  readonly isMarked: boolean;
}

export class DrawingLayer {
  readonly view = new Container();
  readonly #table: TableState;
  readonly #sketch: Sketch;
  readonly #pieces = new Map<Handle, Piece>();
  readonly #drawn = new Container({ sortableChildren: true });
  #underWay: Container | null = null;

  constructor(table: TableState, sketch: Sketch) {
    this.#table = table;
    this.#sketch = sketch;
    this.view.addChild(this.#drawn);
  }

  draw(): void {
    const { hovered, drawing: moved } = this.#sketch.parts;
    const marked = hovered?.kind === 'drawing' ? hovered.handle : null;
    for (const [handle, piece] of this.#pieces) {
      if (this.#table.drawings.get(handle) === piece.of && piece.isMarked === (handle === marked)) continue;
      piece.view.destroy(WHOLE);
      this.#pieces.delete(handle);
    }
    for (const [handle, drawing] of this.#table.drawings) {
      const piece = this.#pieces.get(handle) ?? this.#add(drawing, handle === marked);
      // While it is led elsewhere it is seen there alone.
      piece.view.visible = moved === null || !('drawing' in moved) || moved.drawing !== handle;
    }
  }

  /** What is being drawn just now. */
  drawSketch(): void {
    this.#underWay?.destroy(WHOLE);
    const { drawing } = this.#sketch.parts;
    this.#underWay = drawing === null ? null : this.view.addChild(painted(drawing, false));
  }

  #add(drawing: DrawingView, isMarked: boolean): Piece {
    const view = this.#drawn.addChild(painted(drawing, isMarked));
    view.zIndex = drawing.drawing;
    view.alpha = drawing.shown === 'masters' ? SECRET_ALPHA : 1;
    const piece = { view, of: drawing, isMarked };
    this.#pieces.set(drawing.drawing, piece);
    return piece;
  }
}

const WHOLE = { children: true, texture: true, textureSource: true } as const;

function painted(drawn: Drawn, isMarked: boolean): Container {
  const view = new Container();
  const { shape, color, width, filled } = drawn;
  if (shape.kind === 'note') {
    view.addChild(noteCard(noteLines(noteSpans(drawn)), color, width, isMarked));
    view.position.set(shape.at[0], shape.at[1]);
    return view;
  }
  const pen = view.addChild(new Graphics());
  if (isMarked) {
    trace(pen, shape);
    pen.stroke({ color: ACCENT, alpha: 0.9, width: width + HALO_UNITS, cap: 'round', join: 'round' });
  }
  trace(pen, shape);
  if (filled === true && shape.kind !== 'line') pen.fill({ color, alpha: FILL_ALPHA });
  if (filled === true && shape.kind !== 'line') trace(pen, shape);
  pen.stroke({ color, width, cap: 'round', join: 'round' });
  return view;
}

function trace(pen: Graphics, shape: Exclude<Drawn['shape'], { kind: 'note' }>): void {
  if (shape.kind === 'circle') {
    pen.circle(shape.middle[0], shape.middle[1], shape.radius);
    return;
  }
  const corners = cornersOf(shape);
  if (shape.kind !== 'line' && corners.length > 2) {
    pen.poly(corners.flat());
    return;
  }
  for (const [index, [x, y]] of corners.entries()) {
    if (index === 0) pen.moveTo(x, y);
    // A line of no length shows its round ends only if it has some.
    else pen.lineTo(x + (corners.length === 2 && index === 1 ? 0.01 : 0), y);
  }
}

const css = (color: number, alpha = 1): string => `rgb(${color >> 16} ${(color >> 8) & 255} ${color & 255} / ${alpha})`;

/** A card of `letter` units' letters around its own middle. */
function noteCard(lines: readonly NoteLine[], color: number, letter: number, isMarked: boolean): Sprite {
  const box = noteBox(lines, LETTER_PX);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.ceil(box.width), Math.ceil(box.height)];
  const pen = canvas.getContext('2d');
  if (pen) {
    const ink = css(color);
    pen.fillStyle = css(inkOn(color), 0.85);
    pen.strokeStyle = isMarked ? css(ACCENT) : ink;
    pen.lineWidth = isMarked ? LETTER_PX * 0.16 : LETTER_PX * 0.07;
    pen.beginPath();
    pen.roundRect(pen.lineWidth / 2, pen.lineWidth / 2, canvas.width - pen.lineWidth, canvas.height - pen.lineWidth, LETTER_PX * 0.4);
    pen.fill();
    pen.stroke();
    pen.fillStyle = ink;
    pen.strokeStyle = ink;
    pen.lineWidth = LETTER_PX * 0.06;
    pen.textBaseline = 'middle';
    const step = (canvas.height - LETTER_PX * 0.5) / lines.length;
    for (const [index, line] of lines.entries()) {
      write(pen, line, { middle: canvas.width / 2, y: LETTER_PX * 0.25 + step * (index + 0.52), widest: canvas.width - LETTER_PX * 0.8 });
    }
  }
  const source = new ImageSource({ resource: canvas, autoGenerateMipmaps: true, scaleMode: 'linear' });
  source.style.mipmapFilter = 'linear';
  const card = new Sprite(new Texture({ source }));
  card.anchor.set(0.5);
  const { width, height } = noteBox(lines, letter);
  card.setSize(width, height);
  return card;
}

/** One line around its middle; one that is too wide is written narrower. */
function write(pen: CanvasRenderingContext2D, line: NoteLine, { middle, y, widest }: { middle: number; y: number; widest: number }): void {
  const widths = line.map((piece) => {
    pen.font = fontOf(piece);
    return pen.measureText(piece.text).width;
  });
  const whole = widths.reduce((sum, width) => sum + width, 0);
  const share = Math.min(1, widest / Math.max(whole, 1));
  let x = middle - (whole * share) / 2;
  for (const [index, piece] of line.entries()) {
    const width = (widths[index] ?? 0) * share;
    pen.font = fontOf(piece);
    pen.fillText(piece.text, x, y, width);
    if (piece.struck === true) rule(pen, x, y, width);
    // Nothing on the map can be followed; the line says that it is an address.
    if (piece.href !== undefined) rule(pen, x, y + LETTER_PX * 0.42, width);
    x += width;
  }
}

function rule(pen: CanvasRenderingContext2D, x: number, y: number, width: number): void {
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + width, y);
  pen.stroke();
}

const fontOf = ({ strong, emphasis, code }: Span): string =>
  `${emphasis === true ? 'italic ' : ''}${strong === true ? 800 : 600} ${LETTER_PX}px ${code === true ? MONO_FONT : FONT}`;
