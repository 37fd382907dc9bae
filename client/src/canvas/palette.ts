/** The colours of the canvas, for a light and a dark page. */

export interface Palette {
  readonly isDark: boolean;
  /** The floor of a scene without a picture. */
  readonly floor: number;
  readonly floorEdge: number;
  readonly gridDark: readonly [number, number, number, number];
  readonly gridLight: readonly [number, number, number, number];
}

export const ACCENT = 0xf3b24e;
export const INK = 0x0b0e16;
export const PAPER = 0xfdf6e6;

/** Walls by what they stop. */
export const WALL_COLORS = {
  wall: 0xf08a3c,
  object: 0xc9a0ff,
  barrier: 0x58b7ff,
  one_way: 0xf0d03c,
} as const;
export const WALL_SELECTED = 0xffffff;
export const DOOR = { shut: 0xd9a05b, locked: 0xe2604c, open: 0x7fcf8f } as const;
export const SECRET_DOOR = 0xb478e8;
export const WINDOW = 0x8fd3f4;

const DARK: Palette = {
  isDark: true,
  floor: 0x2a3145,
  floorEdge: 0x3a4460,
  gridDark: [0.02, 0.03, 0.06, 0.5],
  gridLight: [1, 1, 1, 0.07],
};

const LIGHT: Palette = {
  isDark: false,
  floor: 0xf7eedb,
  floorEdge: 0xcdbb93,
  gridDark: [0.16, 0.12, 0.05, 0.32],
  gridLight: [1, 1, 1, 0.16],
};

/** The palette that goes with a text colour, as the browser computes it. */
export function paletteFor(textColor: string): Palette {
  const parts = textColor.match(/[\d.]+/g)?.map(Number) ?? [];
  const [r = 0, g = 0, b = 0] = parts;
  const brightest = Math.max(r, g, b) <= 1 ? 1 : 255;
  return (0.299 * r + 0.587 * g + 0.114 * b) / brightest > 0.5 ? DARK : LIGHT;
}

/** Black or white, whichever is read better on a colour. */
export function inkOn(color: number): number {
  const r = (color >> 16) & 255;
  const g = (color >> 8) & 255;
  const b = color & 255;
  return 0.299 * r + 0.587 * g + 0.114 * b > 150 ? INK : 0xffffff;
}

/** A colour moved towards black (negative) or white (positive). */
export function shade(color: number, amount: number): number {
  const towards = amount < 0 ? 0 : 255;
  const mix = (part: number): number => Math.round(part + (towards - part) * Math.abs(amount));
  return (mix((color >> 16) & 255) << 16) | (mix((color >> 8) & 255) << 8) | mix(color & 255);
}
