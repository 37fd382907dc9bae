/** Where tokens can stand, and how far a group of them can go without one leaving the map. */

import type { SceneView } from '../net/frames';
import { fromWire, snap, step, type Vec } from '../table/grid';

/** A part of the map, in cells. */
export interface Room {
  readonly from: Vec;
  readonly to: Vec;
}

/** Where the first of a group may stand so that all of it stays on the map; the others stand off by `offsets`. */
export function roomFor(scene: SceneView, offsets: Iterable<Vec>): Room {
  const size = fromWire(scene.size);
  let room: Room = { from: { x: 0, y: 0 }, to: size };
  for (const { x, y } of offsets) {
    room = {
      from: { x: Math.max(room.from.x, -x), y: Math.max(room.from.y, -y) },
      to: { x: Math.min(room.to.x, size.x - x), y: Math.min(room.to.y, size.y - y) },
    };
  }
  return room;
}

/** The nearest place in the room where a token can stand, on the grid or anywhere. */
export function standingPlace(scene: SceneView, place: Vec, sizeCells: number, isFree: boolean, room: Room): Vec {
  const inside = within(room, place);
  if (isFree) return inside;
  const at = snap(scene.grid, inside, sizeCells);
  if (holds(room, at)) return at;
  // The nearest cell lies over the edge: the one before it.
  const inwards = (value: number, from: number, to: number): number => (value > to ? -0.5 : value < from ? 0.5 : 0);
  const before = {
    x: inside.x + inwards(at.x, room.from.x, room.to.x),
    y: inside.y + inwards(at.y, room.from.y, room.to.y),
  };
  return within(room, snap(scene.grid, before, sizeCells));
}

/** Where tokens come to stand by one step of the keyboard; null if one of them would leave the map. */
export function stepped(
  scene: SceneView,
  tokens: readonly { readonly at: Vec; readonly sizeCells: number }[],
  dx: number,
  dy: number,
): readonly Vec[] | null {
  const room = roomFor(scene, []);
  const places = shiftedTogether(scene, tokens, dx, dy);
  return places.every((place) => holds(room, place)) ? places : null;
}

function shiftedTogether(
  { grid }: SceneView,
  tokens: readonly { readonly at: Vec; readonly sizeCells: number }[],
  dx: number,
  dy: number,
): readonly Vec[] {
  const [first] = tokens;
  const isHex = grid.shape === 'hex_pointy' || grid.shape === 'hex_flat';
  if (first === undefined || !isHex) return tokens.map(({ at, sizeCells }) => step(grid, at, dx, dy, sizeCells));
  // Rows of hexagons lean to and fro: the group goes as its first one does, or it would fall apart.
  const to = step(grid, first.at, dx, dy, first.sizeCells);
  const shift = { x: to.x - first.at.x, y: to.y - first.at.y };
  return tokens.map(({ at, sizeCells }) => snap(grid, { x: at.x + shift.x, y: at.y + shift.y }, sizeCells));
}

const within = ({ from, to }: Room, { x, y }: Vec): Vec => ({
  x: Math.min(Math.max(x, from.x), to.x),
  y: Math.min(Math.max(y, from.y), to.y),
});

const holds = ({ from, to }: Room, { x, y }: Vec): boolean => x >= from.x && x <= to.x && y >= from.y && y <= to.y;
