/** Soft noise that repeats without a seam: the mist over what was never seen. Painted once, so that frames only read it. */

import { BufferImageSource } from 'pixi.js';

const SIDE = 256;
/** How coarse the noise is, and how much of each. */
const OCTAVES = [
  { cells: 16, share: 0.6 },
  { cells: 48, share: 0.4 },
] as const;

export function cloudTexture(): BufferImageSource {
  return new BufferImageSource({
    resource: cloudPixels(),
    width: SIDE,
    height: SIDE,
    format: 'rgba8unorm',
    scaleMode: 'linear',
    addressMode: 'repeat',
    alphaMode: 'no-premultiply-alpha',
  });
}

function cloudPixels(): Uint8Array {
  const octaves = OCTAVES.map(({ cells, share }) => ({ at: noise(cells), share }));
  const pixels = new Uint8Array(SIDE * SIDE * 4);
  for (let row = 0; row < SIDE; row += 1) {
    for (let column = 0; column < SIDE; column += 1) {
      const value = octaves.reduce((sum, { at, share }) => sum + at(column / SIDE, row / SIDE) * share, 0);
      pixels[(row * SIDE + column) * 4] = Math.round(value * 255);
    }
  }
  return pixels;
}

/** Noise over the unit square, of so many cells to a side. */
function noise(cells: number): (x: number, y: number) => number {
  let seed = 20_011;
  const corners = Array.from({ length: cells * cells }, () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  });
  const corner = (x: number, y: number): number => corners[(y % cells) * cells + (x % cells)] ?? 0;
  const ease = (share: number): number => share * share * (3 - 2 * share);
  return (x, y) => {
    const [left, top] = [Math.floor(x * cells), Math.floor(y * cells)];
    const [across, down] = [ease(x * cells - left), ease(y * cells - top)];
    const upper = corner(left, top) * (1 - across) + corner(left + 1, top) * across;
    const lower = corner(left, top + 1) * (1 - across) + corner(left + 1, top + 1) * across;
    return upper * (1 - down) + lower * down;
  };
}
