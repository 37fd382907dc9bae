/** Lights as things, for the game master: their icons, and with the light tool in hand how far they shine and grips for it. */

import { Container, Graphics, Sprite } from 'pixi.js';
import type { At, Cone, Handle, LightView } from '../net/frames';
import { CELL, toWire } from '../table/grid';
import type { Sketch } from '../table/sketch';
import type { TableState } from '../table/table.svelte';
import { UNIT } from './geometry';
import { INK, PAPER } from './palette';
import type { Stamps } from './stamps';
import { dropGone } from './wall-layer';

const ICON_PX = 24;
const ICON_PX_MIN = 11;
const GRIP_PX = 7;
/** Cells smaller than this on the screen, in CSS pixels, have no room for icons. */
const ICON_CELL_PX_MIN = 10;
const RESTING_ALPHA = 0.55;
const OFF_TINT = 0x6b7280;

interface Ring {
  readonly at: At;
  readonly bright: number;
  readonly dim: number;
  readonly color: number;
  readonly cone: Cone | undefined;
}

export class LampMarks {
  readonly view = new Container();
  readonly #table: TableState;
  readonly #sketch: Sketch;
  readonly #stamps: Stamps;
  readonly #rings = new Graphics();
  readonly #icons = new Container();
  readonly #byLight = new Map<Handle, Sprite>();
  #pxPerUnit = 1;

  constructor(table: TableState, sketch: Sketch, stamps: Stamps) {
    this.#table = table;
    this.#sketch = sketch;
    this.#stamps = stamps;
    this.view.addChild(this.#rings, this.#icons);
  }

  draw(): void {
    // To others a light is what it shines, no thing.
    this.view.visible = this.#table.isGm;
    if (!this.view.visible) return;
    const { parts } = this.#sketch;
    const isEdited = parts.edits === 'lights';
    for (const light of this.#table.lights.values()) this.#drawIcon(light, isEdited);
    dropGone(this.#byLight, this.#table.lights);
    this.#drawRings();
    this.#scaleIcons();
  }

  /** The zoom changed: icons and lines keep their size on the screen. */
  setScale(cssPxPerUnit: number): void {
    if (cssPxPerUnit === this.#pxPerUnit) return;
    this.#pxPerUnit = cssPxPerUnit;
    this.#scaleIcons();
    if (this.#sketch.parts.edits === 'lights') this.#drawRings();
  }

  #drawIcon({ light, at, on }: LightView, isEdited: boolean): void {
    const { hovered, light: chosen, lamp } = this.#sketch.parts;
    let icon = this.#byLight.get(light);
    if (!icon) {
      icon = new Sprite(this.#stamps.icon('light'));
      icon.anchor.set(0.5);
      this.#icons.addChild(icon);
      this.#byLight.set(light, icon);
    }
    const [x, y] = lamp?.light === light ? toWire(lamp.at) : at;
    const isMarked = chosen === light || (hovered?.kind === 'light' && hovered.handle === light);
    icon.position.set(x, y);
    icon.tint = on ? 0xffffff : OFF_TINT;
    icon.alpha = isEdited ? 1 : RESTING_ALPHA;
    icon.label = isMarked ? 'marked' : '';
  }

  #drawRings(): void {
    const { lights } = this.#table;
    const { edits, light: chosen, lamp, hovered } = this.#sketch.parts;
    this.#rings.clear();
    if (edits !== 'lights') return;
    for (const { light, at, glow } of lights.values()) {
      if (light === lamp?.light) continue;
      const isChosen = light === chosen;
      const isHovered = hovered?.kind === 'light' && hovered.handle === light;
      this.#drawRing({ at, ...glow, cone: glow.cone }, isChosen ? 1 : isHovered ? 0.7 : 0.28);
      if (isChosen) this.#drawGrips(at, glow.bright, glow.dim, glow.color);
    }
    if (!lamp) return;
    const cone = lamp.light === null ? undefined : lights.get(lamp.light)?.glow.cone;
    const ring = { at: toWire(lamp.at), bright: lamp.bright * CELL, dim: lamp.dim * CELL, color: lamp.color, cone };
    this.#drawRing(ring, 1);
    this.#drawGrips(ring.at, ring.bright, ring.dim, ring.color);
  }

  #drawRing({ at: [x, y], bright, dim, color, cone }: Ring, alpha: number): void {
    const px = 1 / this.#pxPerUnit;
    for (const [radius, width, share] of [[dim, 1.5, 0.75], [bright, 2.5, 1]] as const) {
      if (radius <= 0) continue;
      this.#outline(x, y, radius, cone).stroke({ color: INK, alpha: 0.45 * alpha, width: (width + 2) * px });
      this.#outline(x, y, radius, cone).stroke({ color, alpha: share * alpha, width: width * px });
    }
  }

  #outline(x: number, y: number, radius: number, cone: Cone | undefined): Graphics {
    if (!cone || cone.half_angle >= 180) return this.#rings.circle(x, y, radius);
    const [from, to] = [cone.direction - 90 - cone.half_angle, cone.direction - 90 + cone.half_angle].map((degrees) => (degrees * Math.PI) / 180);
    return this.#rings.moveTo(x, y).arc(x, y, radius, from ?? 0, to ?? 0).closePath();
  }

  #drawGrips([x, y]: At, bright: number, dim: number, color: number): void {
    const px = 1 / this.#pxPerUnit;
    for (const [away, fill] of [[dim, PAPER], [-bright, color]] as const) {
      this.#rings.circle(x + away, y, GRIP_PX * px).fill(fill).stroke({ color: INK, width: 2 * px });
    }
  }

  #scaleIcons(): void {
    this.#icons.visible = this.#pxPerUnit * UNIT >= ICON_CELL_PX_MIN;
    for (const icon of this.#byLight.values()) {
      // On a map far away icons shrink, or they would cover it.
      const px = Math.min(ICON_PX, Math.max(ICON_PX_MIN, this.#pxPerUnit * UNIT * 0.8));
      const side = (px * (icon.label === 'marked' ? 1.3 : 1)) / this.#pxPerUnit;
      icon.setSize(side, side);
    }
  }
}
