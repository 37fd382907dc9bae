/** Which lights are fire, by their colour: the wire does not say, and magic does not flicker. */

const HUE_MIN = 8;
const HUE_MAX = 55;
const SATURATION_MIN = 0.25;

/** Whether a colour, 0xRRGGBB, is that of a flame. */
export function isFire(color: number): boolean {
  const [r, g, b] = [(color >> 16) & 255, (color >> 8) & 255, color & 255];
  const most = Math.max(r, g, b);
  const spread = most - Math.min(r, g, b);
  if (most === 0 || spread / most < SATURATION_MIN || r !== most) return false;
  const hue = (60 * (g - b)) / spread;
  return hue >= HUE_MIN && hue <= HUE_MAX;
}
