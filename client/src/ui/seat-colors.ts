/** Colours to pick from, and how colours travel: 0xRRGGBB on the wire, `#rrggbb` in the page. */

/** Told apart by most eyes, next to each other and on both themes. */
export const COLOR_CHOICES: readonly number[] = [
  0xd9534f, 0xe8843c, 0xd9a62e, 0x7fae3f, 0x3fae7a, 0x33a6b8, 0x4d8fe0, 0x7a74e0, 0xb06ad6, 0xd765a0, 0x9a8468, 0x8b96a8,
];

export function cssColor(color: number): string {
  return `#${(color & 0xffffff).toString(16).padStart(6, '0')}`;
}

/** Null unless it is `#rrggbb`. */
export function wireColor(css: string): number | null {
  return /^#[0-9a-f]{6}$/i.test(css) ? Number.parseInt(css.slice(1), 16) : null;
}
