/** What lies over the map in the size of the screen: rulers, boxes, half-drawn walls, pings. */

import { Container, Graphics, Sprite } from 'pixi.js';
import type { Cover, Handle } from '../net/frames';
import { type Vec, fromWire, lengthLabel, wayCells } from '../table/grid';
import type { Sketch, SketchFog, SketchLine } from '../table/sketch';
import type { Ping, TableState } from '../table/table.svelte';
import type { Camera } from './camera';
import { ACCENT, DOOR, INK, PAPER, SECRET_DOOR, WALL_COLORS, WINDOW } from './palette';
import type { Stamps } from './stamps';

const PING_MS = 2_600;
const PING_RADIUS_PX = 54;
const REACHED_RADIUS_PX = 20;
const COVER_COLORS: Readonly<Record<Cover, number>> = { revealed: 0x46d6a4, veiled: 0x10131f, open: 0x8fb4ff };
const LINE_COLORS = { ...WALL_COLORS, door: DOOR.shut, secret_door: SECRET_DOOR, window: WINDOW } as const;

interface LivePing {
  readonly ping: Ping;
  readonly startMs: number;
}

export class OverlayLayer {
  readonly view = new Container();
  readonly #table: TableState;
  readonly #sketch: Sketch;
  readonly #stamps: Stamps;
  readonly #camera: Camera;
  readonly #shapes = new Graphics();
  readonly #labels = new Container();
  readonly #pingShapes = new Graphics();
  #labelCount = 0;
  #lastPing = 0;
  #pings: LivePing[] = [];
  #isStill = false;

  constructor(table: TableState, sketch: Sketch, stamps: Stamps, camera: Camera) {
    this.#table = table;
    this.#sketch = sketch;
    this.#stamps = stamps;
    this.#camera = camera;
    this.view.addChild(this.#shapes, this.#labels, this.#pingShapes);
  }

  setStill(isStill: boolean): void {
    this.#isStill = isStill;
  }

  /** Takes in new pings; the latest one that pulls is returned, for the camera. */
  takePings(nowMs: number): Ping | null {
    let pulling: Ping | null = null;
    for (const ping of this.#table.pings) {
      if (ping.id <= this.#lastPing) continue;
      this.#lastPing = ping.id;
      this.#pings.push({ ping, startMs: nowMs });
      if (ping.pull) pulling = ping;
    }
    return pulling;
  }

  /** Draws everything for this view; says whether something still moves. */
  draw(nowMs: number): boolean {
    this.#shapes.clear();
    this.#labelCount = 0;
    const { parts } = this.#sketch;
    if (parts.fog) this.#drawFog(parts.fog);
    if (parts.box) this.#drawBox(parts.box.from, parts.box.to);
    if (parts.line) this.#drawLine(parts.line);
    if (parts.cursor) this.#drawCursor(parts.cursor);
    if (parts.hovered?.kind === 'portal') this.#drawReached(parts.hovered.handle);
    const grid = this.#table.scene?.grid;
    if (grid) {
      for (const [seat, points] of this.#table.rulers) {
        const places = points.map(fromWire);
        this.#drawRuler(places, lengthLabel(grid, wayCells(grid, places)), this.#colorOf(seat), this.#nameOf(seat));
      }
    }
    if (parts.ruler) this.#drawRuler(parts.ruler.points, parts.ruler.label, this.#ownColor(), '');
    for (const label of this.#labels.children.slice(this.#labelCount)) label.visible = false;
    return this.#drawPings(nowMs);
  }

  #drawBox(from: Vec, to: Vec): void {
    const a = this.#camera.toScreen(from);
    const b = this.#camera.toScreen(to);
    this.#shapes
      .rect(Math.min(a.x, b.x), Math.min(a.y, b.y), Math.abs(a.x - b.x), Math.abs(a.y - b.y))
      .fill({ color: ACCENT, alpha: 0.14 })
      .stroke({ color: ACCENT, alpha: 0.95, width: 1.5 });
  }

  #drawLine(line: SketchLine): void {
    const points = line.points.map((point) => this.#camera.toScreen(point));
    const color = LINE_COLORS[line.kind];
    this.#stroke(points, INK, 0.6, 7);
    this.#stroke(points, color, 1, 4);
    for (const point of points) {
      this.#shapes.circle(point.x, point.y, 5).fill(PAPER).stroke({ color: INK, alpha: 0.7, width: 1.5 });
    }
  }

  #drawFog({ cover, points, radius }: SketchFog): void {
    const color = COVER_COLORS[cover];
    const places = points.map((point) => this.#camera.toScreen(point));
    const [first] = places;
    if (first === undefined) return;
    if (radius !== null) {
      const radiusPx = radius * this.#camera.scale;
      this.#stroke(places, color, 0.35, 2 * radiusPx);
      const { x, y } = places.at(-1) ?? first;
      this.#shapes.circle(x, y, radiusPx).fill({ color, alpha: 0.35 }).stroke({ color: INK, width: 4 });
      this.#shapes.circle(x, y, radiusPx).stroke({ color: PAPER, width: 1.5 });
      return;
    }
    if (places.length > 2) this.#shapes.poly(places.flatMap(({ x, y }) => [x, y])).fill({ color, alpha: 0.35 });
    this.#stroke([...places, first], INK, 0.7, 5);
    this.#stroke([...places, first], PAPER, 1, 2);
    this.#shapes.circle(first.x, first.y, 5).fill(PAPER).stroke({ color: INK, width: 1.5 });
  }

  #drawCursor(cursor: Vec): void {
    const { x, y } = this.#camera.toScreen(cursor);
    for (const [color, width] of [
      [INK, 4],
      [ACCENT, 2],
    ] as const) {
      this.#shapes.circle(x, y, 6).stroke({ color, width });
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const) {
        this.#shapes.moveTo(x + dx * 9, y + dy * 9).lineTo(x + dx * 14, y + dy * 14);
      }
      this.#shapes.stroke({ color, width, cap: 'round' });
    }
  }

  /** A ring about the door that the pointer or the keyboard is at. */
  #drawReached(handle: Handle): void {
    const portal = this.#table.portals.get(handle);
    if (portal === undefined) return;
    const [a, b] = [fromWire(portal.a), fromWire(portal.b)];
    const { x, y } = this.#camera.toScreen({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    this.#shapes.circle(x, y, REACHED_RADIUS_PX).stroke({ color: INK, alpha: 0.8, width: 6 });
    this.#shapes.circle(x, y, REACHED_RADIUS_PX).stroke({ color: ACCENT, width: 3 });
  }

  #drawRuler(places: readonly Vec[], label: string, color: number, by: string): void {
    const points = places.map((place) => this.#camera.toScreen(place));
    const first = points[0];
    const last = points.at(-1);
    if (!first || !last) return;
    this.#stroke(points, INK, 0.55, 7);
    this.#stroke(points, color, 1, 3.5);
    for (const [index, point] of points.entries()) {
      const isEnd = index === points.length - 1;
      this.#shapes
        .circle(point.x, point.y, isEnd ? 7 : 4.5)
        .fill(isEnd ? color : PAPER)
        .stroke({ color: isEnd ? PAPER : INK, alpha: isEnd ? 1 : 0.7, width: isEnd ? 2 : 1.5 });
    }
    if (points.length > 1) this.#label(by === '' ? label : `${by}: ${label}`, last.x, last.y - 26);
  }

  #stroke(points: readonly Vec[], color: number, alpha: number, width: number): void {
    const first = points[0];
    if (!first || points.length < 2) return;
    this.#shapes.moveTo(first.x, first.y);
    for (const point of points.slice(1)) this.#shapes.lineTo(point.x, point.y);
    this.#shapes.stroke({ color, alpha, width, cap: 'round', join: 'round' });
  }

  #label(words: string, x: number, y: number): void {
    const plate = this.#stamps.plate(words, 'rgb(11 14 22 / 90%)', '#fdf6e6', 14);
    let sprite = this.#labels.children[this.#labelCount] as Sprite | undefined;
    if (!sprite) {
      sprite = new Sprite();
      sprite.anchor.set(0.5);
      this.#labels.addChild(sprite);
    }
    this.#labelCount += 1;
    sprite.visible = true;
    sprite.texture = plate.texture;
    sprite.setSize(plate.width, plate.height);
    sprite.position.set(Math.round(x), Math.round(y));
  }

  #drawPings(nowMs: number): boolean {
    this.#pings = this.#pings.filter(({ startMs }) => nowMs - startMs < PING_MS);
    this.#pingShapes.clear();
    for (const { ping, startMs } of this.#pings) {
      const age = (nowMs - startMs) / PING_MS;
      const color = this.#colorOf(ping.by);
      const place = fromWire(ping.at);
      if (this.#camera.shows(place, 24)) this.#drawPing(this.#camera.toScreen(place), age, color);
      else this.#drawPointer(place, age, color);
    }
    return this.#pings.length > 0;
  }

  /** Rings that run outwards, three times, around a dot that stays. */
  #drawPing(at: Vec, age: number, color: number): void {
    const fading = 1 - Math.max(0, age - 0.75) / 0.25;
    for (const delay of this.#isStill ? [] : [0, 0.16, 0.32]) {
      const share = (age - delay) / 0.55;
      if (share <= 0 || share >= 1) continue;
      const eased = 1 - (1 - share) ** 3;
      const radius = 8 + (PING_RADIUS_PX - 8) * eased;
      this.#pingShapes.circle(at.x, at.y, radius).stroke({ color: INK, alpha: 0.35 * (1 - share), width: 7 * (1 - share) + 2 });
      this.#pingShapes.circle(at.x, at.y, radius).stroke({ color, alpha: 1 - share, width: 5 * (1 - share) + 1 });
    }
    const beat = this.#isStill ? 1 : 1 + 0.18 * Math.sin(age * Math.PI * 8);
    this.#pingShapes.circle(at.x, at.y, 9 * beat).fill({ color: INK, alpha: 0.55 * fading });
    this.#pingShapes.circle(at.x, at.y, 6.5 * beat).fill({ color, alpha: fading }).stroke({ color: PAPER, alpha: fading, width: 2 });
  }

  /** An arrow at the edge of the screen towards a ping beyond it. */
  #drawPointer(place: Vec, age: number, color: number): void {
    const at = this.#camera.toScreen(place);
    const { top, right, bottom, left } = this.#camera.insets;
    const { x: width, y: height } = this.#camera.size;
    const x = Math.min(Math.max(at.x, left + 28), width - right - 28);
    const y = Math.min(Math.max(at.y, top + 28), height - bottom - 28);
    const angle = Math.atan2(at.y - y, at.x - x);
    const alpha = (0.65 + 0.35 * Math.cos(age * Math.PI * 8)) * Math.min(1, (1 - age) * 4);
    const corner = (turn: number, radius: number): [number, number] => [
      x + Math.cos(angle + turn) * radius,
      y + Math.sin(angle + turn) * radius,
    ];
    this.#pingShapes
      .poly([...corner(0, 18), ...corner(2.4, 16), ...corner(Math.PI, 6), ...corner(-2.4, 16)])
      .fill({ color, alpha })
      .stroke({ color: INK, alpha: alpha * 0.8, width: 2 });
  }

  #ownColor(): number {
    const me = this.#table.me;
    return me ? this.#colorOf(me.seat) : ACCENT;
  }

  #colorOf(seat: Handle): number {
    return this.#table.seats.get(seat)?.color ?? ACCENT;
  }

  #nameOf(seat: Handle): string {
    return this.#table.seats.get(seat)?.name ?? '';
  }
}
