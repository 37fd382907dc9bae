/** Changes of what a light shines, so that it stays one that makes sense. */

import type { Glow } from '../../net/frames';

const WHOLE_CIRCLE = 360;

/** How far it opens, in degrees; 360 is the whole circle. */
export const openingOf = ({ cone }: Glow): number => Math.min(WHOLE_CIRCLE, (cone?.half_angle ?? WHOLE_CIRCLE / 2) * 2);

/** With another radius; bright light never reaches further than dim light. */
export function withRadius(glow: Glow, radius: 'bright' | 'dim', length: number): Glow {
  switch (radius) {
    case 'bright':
      return { ...glow, bright: length, dim: Math.max(glow.dim, length) };
    case 'dim':
      return { ...glow, bright: Math.min(glow.bright, length), dim: length };
  }
}

/** With another opening and direction. What is no number is the whole circle, to the north. */
export function coned({ bright, dim, color }: Glow, opening: number, direction: number): Glow {
  const half = Math.round(opening / 2);
  if (!(half >= 1 && half < WHOLE_CIRCLE / 2)) return { bright, dim, color };
  const degrees = Math.round(Number.isFinite(direction) ? direction : 0) % WHOLE_CIRCLE;
  return { bright, dim, color, cone: { half_angle: half, direction: (degrees + WHOLE_CIRCLE) % WHOLE_CIRCLE } };
}
