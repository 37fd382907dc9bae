/** What is in the hand: it says what a press of the primary button begins. */

import type { Gesture } from './gesture';
import type { Pointer, Press } from './input';
import type { Cursor, Target } from './workspace';

export interface Tool {
  /** How the pointer looks while it is over the map. */
  readonly cursor: Cursor;
  press(press: Press): Gesture;
  /** The pointer moves over the map without being pressed. */
  hover(pointer: Pointer): void;
  /** The pointer left the map, or the tool is put down. */
  leave(): void;
  /** What a menu under this pointer is about. */
  targetAt(pointer: Pointer): Target;
  /** Ends what was begun with several clicks; says whether there was something. */
  cancel(): boolean;
  /** Brings what was begun with several clicks to its end, where that is not to give it up; says whether there was something. */
  end?(): boolean;
  /** Removes what the tool is about under the pointer; says whether there was something. */
  remove?(): boolean;
}
