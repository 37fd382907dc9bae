/** What a mouse, fingers and keys do, as plain values: tools know nothing of the browser and are tested without one. */

import type { Vec } from '../table/grid';

/** Keys that are held while something else is done. Command counts as Control. */
export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

export type Button = 'primary' | 'middle' | 'secondary';

export interface Pointer extends Modifiers {
  readonly id: number;
  /** A pen is as exact as a mouse and counts as one. */
  readonly kind: 'mouse' | 'touch';
  /** CSS pixels from the map's top left corner. */
  readonly at: Vec;
}

/** A pointer that goes down. */
export interface Press extends Pointer {
  readonly button: Button;
}

/** A pointer that moves. */
export interface Motion extends Pointer {
  /** Pressed now, be it beside another button. */
  readonly isSecondaryDown: boolean;
}

export interface Wheel extends Modifiers {
  readonly at: Vec;
  /** CSS pixels that a page would scroll; down is positive. */
  readonly pixels: number;
  /** Two fingers on a track pad that go apart or together. */
  readonly isPinch: boolean;
}

export interface KeyPress extends Modifiers {
  /** As the browser names it: `a`, `ArrowLeft`, ` `. */
  readonly key: string;
  /** The map has the focus, or nothing has. */
  readonly isOnMap: boolean;
  readonly isRepeated: boolean;
}

/** Who moves farther than this does not merely click. */
export const SLOP_PX = 6;

export const isBeyondSlop = (from: Vec, to: Vec): boolean => Math.hypot(to.x - from.x, to.y - from.y) >= SLOP_PX;
