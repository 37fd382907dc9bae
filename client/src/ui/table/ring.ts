/** Where the buttons of a ring menu lie. */

export interface RingPoint {
  readonly x: number;
  readonly y: number;
}

export interface Ring {
  /** In the page, moved inwards so that the whole ring is on it. */
  readonly centre: RingPoint;
  /** From the centre. The first is on top, the others follow clockwise. */
  readonly places: readonly RingPoint[];
}

const RADIUS_PX = 78;
/** Half a button, its outline and a finger's breadth of air. */
const EDGE_PX = 34;
/** So many buttons have room beside each other on the smallest ring. */
const ITEMS_ON_SMALLEST = 8;

export function ringPlaces(count: number, at: RingPoint, page: RingPoint): Ring {
  const radius = RADIUS_PX * Math.max(1, count / ITEMS_ON_SMALLEST);
  const inset = radius + EDGE_PX;
  const inside = (value: number, size: number): number => Math.min(Math.max(value, inset), Math.max(inset, size - inset));
  return {
    centre: { x: inside(at.x, page.x), y: inside(at.y, page.y) },
    places: Array.from({ length: count }, (_, index) => {
      const angle = (index / count) * 2 * Math.PI;
      return { x: Math.sin(angle) * radius, y: -Math.cos(angle) * radius };
    }),
  };
}
