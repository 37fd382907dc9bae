/** Well-known lights: what they shine. */

import type { Glow } from '../net/frames';
import { CELL } from './grid';

const glow = (brightCells: number, dimCells: number, color: number): Glow => ({ bright: brightCells * CELL, dim: dimCells * CELL, color });

/** With cells of five feet: 20 and 40 feet, and so on. */
export const GLOW_PRESETS = {
  torch: glow(4, 8, 0xffae5c),
  candle: glow(1, 2, 0xffc66e),
  lantern: glow(6, 12, 0xffd08a),
  spell: glow(4, 8, 0xdde6ff),
} as const satisfies Record<string, Glow>;

export type GlowPreset = keyof typeof GLOW_PRESETS;

export const GLOW_PRESET_NAMES = Object.keys(GLOW_PRESETS) as GlowPreset[];

/** The well-known light that shines like this; a cone does not matter. */
export function presetOf(glow: Glow): GlowPreset | null {
  const found = GLOW_PRESET_NAMES.find((name) => {
    const preset = GLOW_PRESETS[name];
    return preset.bright === glow.bright && preset.dim === glow.dim && preset.color === glow.color;
  });
  return found ?? null;
}

/** The server's limit. */
export const GLOW_CELLS_MAX = 60;
