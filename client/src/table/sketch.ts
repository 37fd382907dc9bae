/**
 * What this person is in the middle of doing on the map: a drag, a measurement, a half-drawn wall. Tools write it, the
 * canvas draws it, the server knows nothing of it beyond what is sent as ghosts and rulers.
 */

import type { Cover, DrawingView, Handle, PortalKind, WallKind } from '../net/frames';
import type { Drawn } from './drawing';
import type { Vec } from './grid';

/** A token where it would be dropped now. */
export interface SketchGhost {
  readonly token: Handle;
  readonly at: Vec;
}

/** A measured way with its length in words. */
export interface SketchRuler {
  readonly points: readonly Vec[];
  readonly label: string;
}

/** A line that is being drawn; its last point follows the pointer. */
export interface SketchLine {
  readonly kind: WallKind | PortalKind;
  readonly points: readonly Vec[];
}

/** A shape of fog that is being drawn. */
export interface SketchFog {
  readonly cover: Cover;
  /** Corners, or the way of the brush. */
  readonly points: readonly Vec[];
  /** The brush's, in cells; null for a closed shape. */
  readonly radius: number | null;
}

export interface SketchBox {
  readonly from: Vec;
  readonly to: Vec;
}

/** What the pointer or the keyboard is at. */
export type SketchTarget =
  | { readonly kind: 'token'; readonly handle: Handle }
  | { readonly kind: 'portal'; readonly handle: Handle }
  | { readonly kind: 'wall'; readonly handle: Handle }
  | { readonly kind: 'light'; readonly handle: Handle }
  | { readonly kind: 'drawing'; readonly handle: Handle };

/** A light as it would be now: moved, resized or new. */
export interface SketchLamp {
  /** Null for a new one. */
  readonly light: Handle | null;
  readonly at: Vec;
  /** Cells. */
  readonly bright: number;
  /** Cells. */
  readonly dim: number;
  readonly color: number;
}

export interface SketchParts {
  readonly ghosts: readonly SketchGhost[];
  /** The ghosts are of copies: the originals stay where they are. */
  readonly areCopies: boolean;
  readonly ruler: SketchRuler | null;
  readonly line: SketchLine | null;
  readonly box: SketchBox | null;
  readonly fog: SketchFog | null;
  /** What is being drawn, or a note that is being moved. */
  readonly drawing: Drawn | DrawingView | null;
  readonly hovered: SketchTarget | null;
  /** Where the next point of a tool goes: a cross. */
  readonly cursor: Vec | null;
  /** Rotations that are not sent yet, in degrees. */
  readonly rotations: ReadonlyMap<Handle, number>;
  /** Whether walls, doors and lights get handles, because a tool is about them. */
  readonly edits: 'tokens' | 'walls' | 'portals' | 'lights' | 'fog' | 'drawings';
  /** The light that the light tool is about. */
  readonly light: Handle | null;
  readonly lamp: SketchLamp | null;
}

const NOTHING: SketchParts = {
  ghosts: [],
  areCopies: false,
  ruler: null,
  line: null,
  box: null,
  fog: null,
  drawing: null,
  hovered: null,
  cursor: null,
  rotations: new Map(),
  edits: 'tokens',
  light: null,
  lamp: null,
};

export class Sketch {
  #parts: SketchParts = NOTHING;
  readonly #listeners = new Set<() => void>();

  get parts(): SketchParts {
    return this.#parts;
  }

  /** Replaces some parts. */
  set(change: Partial<SketchParts>): void {
    this.#parts = { ...this.#parts, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** Calls after every change; returns how to stop. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
