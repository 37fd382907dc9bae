/**
 * Everything that hands can do on the map, and by what. Keys, the wheel and the buttons of a press are looked up here, and
 * the list of shortcuts is printed from here: a key that is not in this table does nothing, and one that is is listed.
 */

import type { Role } from '../net/frames';
import type { Modifiers } from './input';

/** Who may do it. The server decides; others are simply not offered it. */
export type Audience = 'all' | 'players' | 'gm';

export type HabitGroup = 'map' | 'tokens' | 'tools' | 'table';

export interface Habit {
  readonly group: HabitGroup;
  readonly for: Audience;
  /** Keys as `Ctrl+Z`, things done with a pointer as `Ctrl+Drag`. */
  readonly by: readonly string[];
  /** What fingers do instead. */
  readonly touch?: readonly string[];
  /** Work as well, but nobody needs to be told. */
  readonly also?: readonly string[];
  /** `idle`: while no gesture is under way. `drag`: only during one, whatever else is held. */
  readonly when?: 'idle' | 'drag' | 'any';
  /** Goes on while the key is held. */
  readonly repeats?: true;
  /** The whole page hears it, not just the map. */
  readonly everywhere?: true;
  /** Habits of one row are listed together. */
  readonly row?: string;
}

/** In the order of the list. Two may have a key in common: the first to find something to do takes it. */
export const HABITS = {
  endLine: { group: 'tools', for: 'players', by: ['Enter', 'DoubleClick'], touch: ['TapAgain'] },
  // Letters of other tools, while the fog is in hand.
  fogPolygon: { group: 'tools', for: 'gm', by: ['P'], row: 'fogShape' },
  fogRectangle: { group: 'tools', for: 'gm', by: ['R'], row: 'fogShape' },
  fogBrush: { group: 'tools', for: 'gm', by: ['B'], row: 'fogShape' },
  fogCover: { group: 'tools', for: 'gm', by: ['T'] },
  fogErase: { group: 'tools', for: 'gm', by: ['E'], row: 'fogBy' },
  fogCut: { group: 'tools', for: 'gm', by: ['C'], row: 'fogBy' },

  pan: { group: 'map', for: 'all', by: ['RightDrag', 'MiddleDrag', 'Space+Drag'], touch: ['GroundDrag', 'TwoFingers'] },
  zoom: { group: 'map', for: 'all', by: ['Wheel', 'Pinch'], touch: ['Pinch'], when: 'any' },
  zoomIn: { group: 'map', for: 'all', by: ['+'], also: ['='], when: 'any', row: 'zoom', repeats: true },
  zoomOut: { group: 'map', for: 'all', by: ['-'], when: 'any', row: 'zoom', repeats: true },
  fit: { group: 'map', for: 'all', by: ['0'] },
  measure: { group: 'map', for: 'all', by: ['Ctrl+Drag'] },
  wayPoint: { group: 'map', for: 'all', by: ['Space'], when: 'drag' },
  point: { group: 'map', for: 'players', by: ['Hold'], touch: ['GroundHold'] },
  pull: { group: 'map', for: 'gm', by: ['Shift+Hold'] },
  usePortal: { group: 'map', for: 'players', by: ['Click', 'Enter'], touch: ['Tap'] },
  cancel: { group: 'map', for: 'all', by: ['Escape', 'RightClick'], when: 'any', everywhere: true },

  select: { group: 'tokens', for: 'all', by: ['Click'], touch: ['Tap'] },
  selectMore: { group: 'tokens', for: 'all', by: ['Shift+Click'] },
  box: { group: 'tokens', for: 'players', by: ['GroundDrag'] },
  next: { group: 'tokens', for: 'players', by: ['Tab'], row: 'cycle', repeats: true },
  previous: { group: 'tokens', for: 'players', by: ['Shift+Tab'], row: 'cycle', repeats: true },
  move: { group: 'tokens', for: 'players', by: ['TokenDrag'], touch: ['TokenDrag'] },
  free: { group: 'tokens', for: 'players', by: ['Alt', 'Shift'], when: 'drag' },
  left: { group: 'tokens', for: 'players', by: ['ArrowLeft'], row: 'step', repeats: true },
  up: { group: 'tokens', for: 'players', by: ['ArrowUp'], row: 'step', repeats: true },
  down: { group: 'tokens', for: 'players', by: ['ArrowDown'], row: 'step', repeats: true },
  right: { group: 'tokens', for: 'players', by: ['ArrowRight'], row: 'step', repeats: true },
  // Letters are other things' while no token is in hand.
  west: { group: 'tokens', for: 'players', by: ['A'], row: 'stepToken', repeats: true },
  north: { group: 'tokens', for: 'players', by: ['W'], row: 'stepToken', repeats: true },
  south: { group: 'tokens', for: 'players', by: ['S'], row: 'stepToken', repeats: true },
  east: { group: 'tokens', for: 'players', by: ['D'], row: 'stepToken', repeats: true },
  turnLeft: { group: 'tokens', for: 'players', by: ['Q'], row: 'turn', repeats: true },
  turnRight: { group: 'tokens', for: 'players', by: ['E'], row: 'turn', repeats: true },
  turn: { group: 'tokens', for: 'players', by: ['Shift+Wheel'], row: 'turn' },
  target: { group: 'tokens', for: 'players', by: ['T'] },
  nextTarget: { group: 'tokens', for: 'players', by: ['Shift+T'], repeats: true },
  actions: { group: 'tokens', for: 'players', by: ['RightClick', 'ContextMenu'], touch: ['LongPress'], also: ['Shift+F10'] },
  open: { group: 'tokens', for: 'gm', by: ['DoubleClick', 'Enter'], touch: ['DoubleTap'] },
  copy: { group: 'tokens', for: 'gm', by: ['Ctrl+C'], row: 'copyPaste' },
  paste: { group: 'tokens', for: 'gm', by: ['Ctrl+V'], row: 'copyPaste' },
  duplicate: { group: 'tokens', for: 'gm', by: ['Ctrl+D', 'Alt+Drag'] },
  remove: { group: 'tokens', for: 'gm', by: ['Delete'], also: ['Backspace'] },

  selectTool: { group: 'tools', for: 'all', by: ['V', '1'] },
  rulerTool: { group: 'tools', for: 'all', by: ['M', '2'] },
  pingTool: { group: 'tools', for: 'players', by: ['P', '3'] },
  wallTool: { group: 'tools', for: 'gm', by: ['B', '4'] },
  portalTool: { group: 'tools', for: 'gm', by: ['O', '5'] },
  lightTool: { group: 'tools', for: 'gm', by: ['L', '6'] },
  veil: { group: 'tools', for: 'gm', by: ['Shift+L'] },
  fogTool: { group: 'tools', for: 'gm', by: ['F', '7'] },
  drawTool: { group: 'tools', for: 'players', by: ['D', '8'] },
  noteTool: { group: 'tools', for: 'players', by: ['N', '9'] },
  editNote: { group: 'tools', for: 'players', by: ['DoubleClick'], touch: ['DoubleTap'] },
  newToken: { group: 'tools', for: 'gm', by: ['Shift+N'] },

  pushFog: { group: 'table', for: 'gm', by: ['Ctrl+S'], everywhere: true },
  lookAs: { group: 'table', for: 'gm', by: ['Y'] },
  pause: { group: 'table', for: 'gm', by: ['Shift+P'], everywhere: true },
  undo: { group: 'table', for: 'players', by: ['Ctrl+Z'], everywhere: true, repeats: true },
  redo: { group: 'table', for: 'players', by: ['Ctrl+Y', 'Ctrl+Shift+Z'], everywhere: true, repeats: true },
  chat: { group: 'table', for: 'all', by: ['/', 'Shift+C'], everywhere: true },
  help: { group: 'table', for: 'all', by: ['?'], everywhere: true },
} as const satisfies Record<string, Habit>;

export type HabitName = keyof typeof HABITS;

const NAMES = Object.keys(HABITS) as HabitName[];

export const HABIT_GROUPS: readonly HabitGroup[] = ['map', 'tokens', 'tools', 'table'];

/** What somebody of this role is offered. */
export function audienceOf(role: Role | undefined): Audience {
  switch (role) {
    case 'gm':
      return 'gm';
    case 'player':
      return 'players';
    case 'spectator':
    case undefined:
      return 'all';
  }
}

/** The habits of somebody, in the order of the list. */
export function habitsFor(audience: Audience): readonly (readonly [HabitName, Habit])[] {
  return NAMES.map((name): readonly [HabitName, Habit] => [name, HABITS[name]]).filter(([, habit]) => isOffered(habit.for, audience));
}

/** What is done by something, first things first. */
export function habitsBy(trigger: string, audience: Audience, isDragging: boolean): readonly HabitName[] {
  return habitsFor(audience)
    .filter(([, habit]) => {
      const when = habit.when ?? 'idle';
      const isNow = when === 'any' || (when === 'drag') === isDragging;
      return isNow && [...habit.by, ...(habit.also ?? [])].includes(trigger);
    })
    .map(([name]) => name);
}

/** Whether something is done that way. */
export const isDoneBy = (habit: HabitName, trigger: string): boolean => (HABITS[habit].by as readonly string[]).includes(trigger);

/** Whether modifiers that may change during a drag ask for a place off the grid. */
export const asksFree = (held: Modifiers): boolean =>
  (held.alt && isDoneBy('free', 'Alt')) || (held.shift && isDoneBy('free', 'Shift'));

/** A key as this table writes it. */
export function chord(key: string, held: Modifiers): string {
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key;
  // Signs sit on other keys on every keyboard, some behind Shift or AltGr.
  const isSign = name.length === 1 && !/[A-Z]/.test(name);
  if (isSign && (!held.ctrl || held.alt)) return name;
  return `${held.ctrl ? 'Ctrl+' : ''}${held.alt ? 'Alt+' : ''}${held.shift ? 'Shift+' : ''}${name}`;
}

function isOffered(to: Audience, audience: Audience): boolean {
  switch (to) {
    case 'all':
      return true;
    case 'players':
      return audience !== 'all';
    case 'gm':
      return audience === 'gm';
  }
}
