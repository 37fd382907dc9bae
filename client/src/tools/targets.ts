/** What lies under a point of the screen. */

import type { DrawingView, Layer, LightView, PortalView, TokenView, WallView } from '../net/frames';
import { distanceToDrawing } from '../table/drawing';
import { distanceToSegment, fromWire, separation, type Vec } from '../table/grid';
import { cellsOf, middleOf, type Target, type Workspace } from './workspace';

/** The icon of a door is reached within so many pixels of its middle, by a mouse and by a finger. */
const PORTAL_REACH_PX = { mouse: 16, touch: 24 } as const;
const WALL_REACH_PX = 7;
const DRAWING_REACH_PX = { mouse: 7, touch: 16 } as const;
const LIGHT_REACH_PX = { mouse: 14, touch: 24 } as const;
/** On a map far away doors shrink, or they would cover the tokens beside them. */
const PORTAL_REACH_CELLS = 0.5;
const PORTAL_REACH_PX_MIN = 6;

/** What is drawn on top is reached first. */
const LAYER_ORDER: Readonly<Record<Layer, number>> = { gm: 0, token: 1, map: 2 };

/** What lies under a pointer: what is nearer of a token and the door that it stands in, or else a drawing. */
export function targetAt(space: Workspace, at: Vec, kind: 'mouse' | 'touch'): Target {
  const place = space.camera.toWorld(at);
  const token = tokenAt(space, place);
  const portal = portalAt(space, at, kind);
  if (portal === null && token === null) {
    const drawing = drawingAt(space, at, kind);
    return drawing === null ? { kind: 'ground' } : { kind: 'drawing', handle: drawing.drawing };
  }
  if (portal === null) return token === null ? { kind: 'ground' } : { kind: 'token', handle: token.token };
  if (token !== null && separation(space.table.placeOf(token), place) <= separation(middleOf(portal), place)) {
    return { kind: 'token', handle: token.token };
  }
  return { kind: 'portal', handle: portal.portal };
}

export function portalAt(space: Workspace, at: Vec, kind: 'mouse' | 'touch'): PortalView | null {
  const reach = Math.min(PORTAL_REACH_PX[kind], Math.max(PORTAL_REACH_PX_MIN, space.camera.scale * PORTAL_REACH_CELLS));
  return nearest(space.table.portals.values(), reach, (portal) => separation(space.camera.toScreen(middleOf(portal)), at));
}

export function wallAt(space: Workspace, at: Vec): WallView | null {
  return nearest(space.table.walls.values(), WALL_REACH_PX, (wall) => {
    const [a, b] = [space.camera.toScreen(fromWire(wall.a)), space.camera.toScreen(fromWire(wall.b))];
    return distanceToSegment(at, a, b);
  });
}

export function lightAt(space: Workspace, at: Vec, kind: 'mouse' | 'touch'): LightView | null {
  return nearest(space.table.lights.values(), LIGHT_REACH_PX[kind], (light) => separation(space.camera.toScreen(fromWire(light.at)), at));
}

/** One's own drawings alone: of others there is nothing to do. What lies on top is reached first. */
export function drawingAt(space: Workspace, at: Vec, kind: 'mouse' | 'touch'): DrawingView | null {
  const place = space.camera.toWorld(at);
  const reach = DRAWING_REACH_PX[kind] / space.camera.scale;
  let found: DrawingView | null = null;
  for (const drawing of space.table.drawings.values()) {
    if (drawing.mine !== true || (found !== null && drawing.drawing < found.drawing)) continue;
    if (distanceToDrawing(drawing, place) <= reach) found = drawing;
  }
  return found;
}

function tokenAt({ table }: Workspace, place: Vec): TokenView | null {
  let found: TokenView | null = null;
  for (const token of table.tokens.values()) {
    if (separation(table.placeOf(token), place) > cellsOf(token) / 2) continue;
    if (found === null || isAbove(token, found)) found = token;
  }
  return found;
}

/** Small ones stand on large ones, and of equals the later one. */
function isAbove(a: TokenView, b: TokenView): boolean {
  if (a.layer !== b.layer) return LAYER_ORDER[a.layer] < LAYER_ORDER[b.layer];
  return a.size <= b.size;
}

function nearest<Item>(items: Iterable<Item>, reach: number, distanceTo: (item: Item) => number): Item | null {
  let best: Item | null = null;
  let least = reach;
  for (const item of items) {
    const distance = distanceTo(item);
    if (distance <= least) [best, least] = [item, distance];
  }
  return best;
}
