/**
 * Small pictures that are painted once and drawn many times: discs, rings, icons and words. Painting them with the 2D
 * context gives smooth edges at every zoom, and sprites of few textures are drawn in one go.
 */

import { ImageSource, Texture } from 'pixi.js';

const STAMP_PX = 256;
const ICON_PX = 96;
/** Room around a disc for rings and shadows, as a part of the stamp. */
export const STAMP_MARGIN = 1.25;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export type StampName = 'disc' | 'ring' | 'thinRing' | 'halo' | 'shadow' | 'marker' | 'dashedRing' | 'dot' | 'glow' | 'reticle';
export type IconName = 'doorOpen' | 'doorShut' | 'doorLocked' | 'windowOpen' | 'windowShut' | 'light' | 'hidden';

/** A line of words with its size in CSS pixels. */
export interface Plate {
  readonly texture: Texture;
  readonly width: number;
  readonly height: number;
}

type Pen = CanvasRenderingContext2D;

const PAINTERS: Readonly<Record<StampName, (pen: Pen, r: number) => void>> = {
  disc: (pen, r) => {
    pen.arc(0, 0, r, 0, TAU);
    pen.fill();
  },
  ring: (pen, r) => ringOf(pen, r, r * 0.085),
  thinRing: (pen, r) => ringOf(pen, r, r * 0.03),
  halo: (pen, r) => ringOf(pen, r * 1.13, r * 0.075),
  shadow: (pen, r) => {
    const fade = pen.createRadialGradient(0, 0, r * 0.8, 0, 0, r * STAMP_MARGIN);
    fade.addColorStop(0, 'rgb(255 255 255 / 75%)');
    fade.addColorStop(1, 'rgb(255 255 255 / 0%)');
    pen.fillStyle = fade;
    pen.arc(0, 0, r * STAMP_MARGIN, 0, TAU);
    pen.fill();
  },
  marker: (pen, r) => {
    pen.moveTo(0, -r * 1.24);
    pen.lineTo(r * 0.2, -r * 0.96);
    pen.quadraticCurveTo(0, -r * 1.03, -r * 0.2, -r * 0.96);
    pen.closePath();
    pen.fill();
  },
  // Four arrow heads that point at the middle; their dark edge stays dark whatever the tint.
  reticle: (pen, r) => {
    for (let quarter = 0; quarter < 4; quarter += 1) {
      pen.rotate(TAU / 4);
      pen.moveTo(0, -r * 0.8);
      pen.lineTo(r * 0.24, -r * 1.2);
      pen.lineTo(-r * 0.24, -r * 1.2);
      pen.closePath();
    }
    pen.lineJoin = 'round';
    pen.lineWidth = r * 0.09;
    pen.strokeStyle = '#0b0e16';
    pen.stroke();
    pen.fill();
  },
  dashedRing: (pen, r) => {
    pen.setLineDash([r * 0.25, r * 0.143]);
    ringOf(pen, r, r * 0.07);
  },
  dot: (pen, r) => {
    pen.arc(0, 0, r * 0.6, 0, TAU);
    pen.fill();
  },
  glow: (pen, r) => {
    const fade = pen.createRadialGradient(0, 0, 0, 0, 0, r);
    fade.addColorStop(0, 'rgb(255 255 255 / 85%)');
    fade.addColorStop(0.35, 'rgb(255 255 255 / 30%)');
    fade.addColorStop(1, 'rgb(255 255 255 / 0%)');
    pen.fillStyle = fade;
    pen.arc(0, 0, r, 0, TAU);
    pen.fill();
  },
};

const TAU = Math.PI * 2;

function ringOf(pen: Pen, outer: number, width: number): void {
  pen.lineWidth = width;
  pen.arc(0, 0, outer - width / 2, 0, TAU);
  pen.stroke();
}

export class Stamps {
  readonly #stamps = new Map<StampName, Texture>();
  readonly #icons = new Map<IconName, Texture>();
  readonly #initials = new Map<string, Texture>();
  readonly #plates = new Map<string, Plate>();
  readonly #resolution: number;

  constructor(resolution: number) {
    this.#resolution = resolution;
  }

  /** A white shape to be tinted; the disc's radius is the stamp's half, divided by the margin. */
  stamp(name: StampName): Texture {
    return remembered(this.#stamps, name, () =>
      painted(STAMP_PX, STAMP_PX, (pen) => {
        pen.translate(STAMP_PX / 2, STAMP_PX / 2);
        pen.fillStyle = '#fff';
        pen.strokeStyle = '#fff';
        pen.beginPath();
        PAINTERS[name](pen, STAMP_PX / 2 / STAMP_MARGIN - 1);
      }),
    );
  }

  /** A badge in its own colours. */
  icon(name: IconName): Texture {
    return remembered(this.#icons, name, () =>
      painted(ICON_PX, ICON_PX, (pen) => {
        pen.scale(ICON_PX / 48, ICON_PX / 48);
        paintIcon(pen, name);
      }),
    );
  }

  /** One or two white letters, to be tinted. */
  initials(letters: string): Texture {
    return remembered(this.#initials, letters, () =>
      painted(STAMP_PX / 2, STAMP_PX / 2, (pen) => {
        const side = STAMP_PX / 2;
        pen.fillStyle = '#fff';
        pen.textAlign = 'center';
        pen.textBaseline = 'middle';
        pen.font = `600 ${Array.from(letters).length > 1 ? side * 0.5 : side * 0.62}px ${FONT}`;
        pen.fillText(letters, side / 2, side * 0.53, side * 0.9);
      }),
    );
  }

  /** A line of words on a dark pill. */
  plate(words: string, ground: string = 'rgb(11 14 22 / 80%)', ink: string = '#fdf6e6', sizePx = 12.5): Plate {
    return remembered(this.#plates, `${ground}|${ink}|${sizePx}|${words}`, () => {
      const font = `600 ${sizePx}px ${FONT}`;
      const measure = document.createElement('canvas').getContext('2d');
      if (measure) measure.font = font;
      const padding = sizePx * 0.6;
      const width = Math.ceil((measure?.measureText(words).width ?? 0) + padding * 2);
      const height = Math.ceil(sizePx * 1.65);
      const texture = painted(width * this.#resolution, height * this.#resolution, (pen) => {
        pen.scale(this.#resolution, this.#resolution);
        pen.fillStyle = ground;
        pen.beginPath();
        pen.roundRect(0, 0, width, height, height / 2);
        pen.fill();
        pen.fillStyle = ink;
        pen.font = font;
        pen.textAlign = 'center';
        pen.textBaseline = 'middle';
        pen.fillText(words, width / 2, height / 2 + sizePx * 0.05);
      });
      return { texture, width, height };
    });
  }

  /** Forgets the words that are not among these, once there are many. */
  keepPlates(used: ReadonlySet<Texture>): void {
    if (this.#plates.size < PLATES_KEPT) return;
    for (const [key, plate] of this.#plates) {
      if (used.has(plate.texture)) continue;
      plate.texture.destroy(true);
      this.#plates.delete(key);
    }
  }

  destroy(): void {
    for (const shelf of [this.#stamps, this.#icons, this.#initials]) {
      for (const texture of shelf.values()) texture.destroy(true);
      shelf.clear();
    }
    for (const plate of this.#plates.values()) plate.texture.destroy(true);
    this.#plates.clear();
  }
}

const PLATES_KEPT = 600;

function remembered<K, V>(shelf: Map<K, V>, key: K, make: () => V): V {
  const held = shelf.get(key);
  if (held !== undefined) return held;
  const made = make();
  shelf.set(key, made);
  return made;
}

function painted(width: number, height: number, paint: (pen: Pen) => void): Texture {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.ceil(width));
  canvas.height = Math.max(1, Math.ceil(height));
  const pen = canvas.getContext('2d');
  if (pen) paint(pen);
  const source = new ImageSource({ resource: canvas, autoGenerateMipmaps: true, scaleMode: 'linear' });
  source.style.mipmapFilter = 'linear';
  return new Texture({ source });
}

/** Paints on a ground of 48 by 48. */
function paintIcon(pen: Pen, name: IconName): void {
  pen.lineJoin = 'round';
  pen.lineCap = 'round';
  badge(pen, BADGE[name]);
  pen.strokeStyle = '#fff';
  pen.fillStyle = '#fff';
  pen.lineWidth = 2.6;
  pen.beginPath();
  switch (name) {
    case 'doorShut':
      pen.roundRect(16.5, 12.5, 15, 23, 2);
      pen.stroke();
      dot(pen, 27.6, 24, 1.9);
      return;
    case 'doorLocked':
      pen.roundRect(15.5, 22, 17, 13, 2.5);
      pen.fill();
      pen.beginPath();
      pen.arc(24, 21, 5.6, Math.PI, 0);
      pen.moveTo(18.4, 21);
      pen.lineTo(18.4, 23);
      pen.moveTo(29.6, 21);
      pen.lineTo(29.6, 23);
      pen.stroke();
      return;
    case 'doorOpen':
      pen.moveTo(17, 35.5);
      pen.lineTo(17, 12.5);
      pen.lineTo(31, 12.5);
      pen.lineTo(31, 35.5);
      pen.stroke();
      pen.beginPath();
      pen.moveTo(17, 12.5);
      pen.lineTo(25, 16.5);
      pen.lineTo(25, 37.5);
      pen.lineTo(17, 35);
      pen.closePath();
      pen.fill();
      return;
    case 'windowShut':
    case 'windowOpen':
      pen.roundRect(14, 14, 20, 20, 2);
      pen.stroke();
      pen.beginPath();
      pen.moveTo(24, 14);
      pen.lineTo(24, 34);
      pen.moveTo(14, 24);
      pen.lineTo(34, 24);
      pen.lineWidth = name === 'windowShut' ? 2.4 : 1.1;
      pen.stroke();
      return;
    case 'light':
      pen.moveTo(24, 11);
      pen.bezierCurveTo(30, 19, 33, 22, 33, 27.5);
      pen.arc(24, 27.5, 9, 0, Math.PI);
      pen.bezierCurveTo(15, 23.5, 17, 21, 19, 18.5);
      pen.bezierCurveTo(20, 21.5, 21.5, 21.5, 22.4, 21);
      pen.bezierCurveTo(23.6, 18, 22.6, 14.5, 24, 11);
      pen.fill();
      return;
    case 'hidden':
      pen.ellipse(24, 24, 11, 7, 0, 0, TAU);
      pen.stroke();
      dot(pen, 24, 24, 3.2);
      pen.beginPath();
      pen.moveTo(14, 34);
      pen.lineTo(34, 14);
      pen.stroke();
      return;
  }
}

const BADGE: Readonly<Record<IconName, string>> = {
  doorOpen: '#2f7d4a',
  doorShut: '#8a5a22',
  doorLocked: '#a53325',
  windowOpen: '#3f88a8',
  windowShut: '#2b6482',
  light: '#9a6a12',
  hidden: '#3b4258',
};

function badge(pen: Pen, color: string): void {
  pen.fillStyle = 'rgb(0 0 0 / 35%)';
  pen.beginPath();
  pen.arc(24, 25, 21.5, 0, TAU);
  pen.fill();
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(24, 24, 20, 0, TAU);
  pen.fill();
  pen.strokeStyle = 'rgb(255 255 255 / 85%)';
  pen.lineWidth = 1.6;
  pen.stroke();
}

function dot(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, TAU);
  pen.fill();
}
