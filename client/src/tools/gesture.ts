/** What a pressed pointer is doing. One gesture is under way at a time; it is a small state machine of its own. */

import type { Pointer } from './input';
import type { Cursor } from './workspace';

export interface Gesture {
  /** How the pointer looks meanwhile; null as the tool has it. */
  readonly cursor: Cursor | null;
  /** The pointer went somewhere, or a modifier changed under it. Answers what is under way from now on. */
  follow(pointer: Pointer): Gesture;
  /** The pointer was lifted: what was begun takes effect. */
  finish(pointer: Pointer): void;
  /** Nothing of it takes effect. */
  cancel(): void;
  /** Sets a way point where the pointer is. */
  wayPoint?(pointer: Pointer): void;
  /** Tokens came or went; says whether it can go on. Another scene ends every gesture. */
  survives?(): boolean;
}

/** The pointer is still down, but what it did is over. */
export const SPENT: Gesture = {
  cursor: null,
  follow: () => SPENT,
  finish: () => {},
  cancel: () => {},
};
