/** Doors and windows for everybody; walls for the game master. */

import { Container, Sprite } from 'pixi.js';
import type { Handle, PortalView } from '../net/frames';
import type { Sketch } from '../table/sketch';
import type { TableState } from '../table/table.svelte';
import { type Line, Lines } from './lines';
import { DOOR, INK, SECRET_DOOR, WALL_COLORS, WALL_SELECTED, WINDOW } from './palette';
import type { IconName, Stamps } from './stamps';

/** The icon of a door on the screen, in CSS pixels. */
export const PORTAL_ICON_PX = 26;
/** Cells smaller than this on the screen, in CSS pixels, have no room for icons. */
const ICON_CELL_PX_MIN = 14;
/** Half-open doors stand at this angle. */
const AJAR = 1.25;
/** Arrows of a one-way wall: their size and how far apart they are, in units. */
const ARROW_UNITS = 48;
const ARROW_EVERY_UNITS = 256;

type Ends = Pick<Line, 'ax' | 'ay' | 'bx' | 'by'>;

export class WallLayer {
  readonly view = new Container();
  readonly #table: TableState;
  readonly #sketch: Sketch;
  readonly #stamps: Stamps;
  readonly #walls = new Lines();
  readonly #portals = new Lines();
  readonly #icons = new Container();
  readonly #portalIcons = new Map<Handle, Sprite>();
  #pxPerUnit = 1;

  constructor(table: TableState, sketch: Sketch, stamps: Stamps) {
    this.#table = table;
    this.#sketch = sketch;
    this.#stamps = stamps;
    this.view.addChild(this.#walls.mesh, this.#portals.mesh, this.#icons);
  }

  drawWalls(): void {
    const { parts } = this.#sketch;
    const isEdited = parts.edits === 'walls';
    const hovered = parts.hovered?.kind === 'wall' ? parts.hovered.handle : null;
    const lines: Line[] = [];
    for (const wall of this.#table.walls.values()) {
      const isMarked = hovered === wall.wall;
      const ends = { ax: wall.a[0], ay: wall.a[1], bx: wall.b[0], by: wall.b[1] };
      const width = isMarked ? 5 : 3;
      lines.push({ ...ends, color: INK, alpha: 0.55, width: width + 2 });
      const color = isMarked ? WALL_SELECTED : WALL_COLORS[wall.kind];
      lines.push({ ...ends, color, alpha: 1, width });
      if (wall.kind === 'one_way') addArrows(lines, ends, color);
    }
    this.#walls.set(lines);
    this.#walls.setOpacity(isEdited ? 1 : 0.55);
  }

  drawPortals(): void {
    const { parts } = this.#sketch;
    const hovered = parts.hovered?.kind === 'portal' ? parts.hovered.handle : null;
    const lines: Line[] = [];
    for (const portal of this.#table.portals.values()) {
      addPortal(lines, portal);
      let icon = this.#portalIcons.get(portal.portal);
      if (!icon) {
        icon = new Sprite();
        icon.anchor.set(0.5);
        this.#icons.addChild(icon);
        this.#portalIcons.set(portal.portal, icon);
      }
      icon.texture = this.#stamps.icon(portalIcon(portal));
      icon.position.set((portal.a[0] + portal.b[0]) / 2, (portal.a[1] + portal.b[1]) / 2);
      icon.alpha = hovered === portal.portal ? 1 : 0.88;
      icon.label = hovered === portal.portal ? 'hovered' : '';
    }
    dropGone(this.#portalIcons, this.#table.portals);
    this.#portals.set(lines);
    this.#scaleIcons();
  }

  /** The zoom changed: lines and icons keep their size on the screen. */
  setScale(cssPxPerUnit: number): void {
    if (cssPxPerUnit === this.#pxPerUnit) return;
    this.#pxPerUnit = cssPxPerUnit;
    this.#walls.setPixel(1 / cssPxPerUnit);
    this.#portals.setPixel(1 / cssPxPerUnit);
    this.#scaleIcons();
  }

  #scaleIcons(): void {
    const isRoomy = this.#pxPerUnit * 256 >= ICON_CELL_PX_MIN;
    this.#icons.visible = isRoomy;
    if (!isRoomy) return;
    for (const icon of this.#portalIcons.values()) {
      const side = (PORTAL_ICON_PX * (icon.label === 'hovered' ? 1.18 : 1)) / this.#pxPerUnit;
      icon.setSize(side, side);
    }
  }
}

function portalIcon(portal: PortalView): IconName {
  if (portal.kind === 'window') return portal.state === 'open' ? 'windowOpen' : 'windowShut';
  switch (portal.state) {
    case 'open':
      return 'doorOpen';
    case 'shut':
      return 'doorShut';
    case 'locked':
      return 'doorLocked';
  }
}

/** Small arrows on the side from which a one-way wall stops: to the right of its way. */
function addArrows(lines: Line[], { ax, ay, bx, by }: Ends, color: number): void {
  const length = Math.hypot(bx - ax, by - ay);
  if (length === 0) return;
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const [across, along] = [ARROW_UNITS, ARROW_UNITS / 2];
  const count = Math.max(1, Math.round(length / ARROW_EVERY_UNITS));
  for (let index = 0; index < count; index += 1) {
    const at = (length * (index + 0.5)) / count;
    const [tipX, tipY] = [ax + ux * at, ay + uy * at];
    // To the right of a way (ux, uy), y downwards, lies (-uy, ux).
    for (const side of [-along, along]) {
      lines.push({ ax: tipX, ay: tipY, bx: tipX - uy * across + ux * side, by: tipY + ux * across + uy * side, color, alpha: 0.9, width: 2 });
    }
  }
}

function addPortal(lines: Line[], portal: PortalView): void {
  const ends = { ax: portal.a[0], ay: portal.a[1], bx: portal.b[0], by: portal.b[1] };
  if (portal.kind === 'window') {
    lines.push({ ...ends, color: INK, alpha: 0.6, width: 8 });
    lines.push({ ...ends, color: WINDOW, alpha: 0.95, width: 5.5 });
    lines.push({ ...ends, color: portal.state === 'open' ? INK : 0xffffff, alpha: 0.85, width: 1.5 });
    return;
  }
  if (portal.state === 'open') {
    // The leaf, turned about its hinge, and a trace of where it was.
    const dx = ends.bx - ends.ax;
    const dy = ends.by - ends.ay;
    const [cos, sin] = [Math.cos(AJAR), Math.sin(AJAR)];
    const leaf = { ...ends, bx: ends.ax + dx * cos - dy * sin, by: ends.ay + dx * sin + dy * cos };
    lines.push({ ...ends, color: DOOR.open, alpha: 0.5, width: 2 });
    lines.push({ ...leaf, color: INK, alpha: 0.6, width: 7 });
    lines.push({ ...leaf, color: DOOR.open, alpha: 1, width: 4.5 });
    return;
  }
  lines.push({ ...ends, color: INK, alpha: 0.7, width: 10 });
  lines.push({ ...ends, color: portal.kind === 'secret_door' ? SECRET_DOOR : DOOR[portal.state], alpha: 1, width: 7 });
}

export function dropGone(icons: Map<Handle, Container>, there: ReadonlyMap<Handle, unknown>): void {
  for (const [handle, icon] of icons) {
    if (there.has(handle)) continue;
    icon.destroy();
    icons.delete(handle);
  }
}
