import { describe, expect, it } from 'vitest';
import { HABITS, type Habit } from '../../tools/habits';
import { t } from '../../ui/strings';
import { shortcutsFor } from './shortcuts';

const habits: readonly (readonly [string, Habit])[] = Object.entries(HABITS);

describe('the list of shortcuts', () => {
  it('has words for every row, and none for what does not exist', () => {
    const rows = new Set(habits.map(([name, habit]) => habit.row ?? name));
    expect(Object.keys(t.help.rows).toSorted()).toEqual([...rows].toSorted());
  });

  it('prints every key by its name', () => {
    const named = habits.flatMap(([, habit]) => [...habit.by, ...(habit.touch ?? [])].flatMap((trigger) => (trigger.length === 1 ? [] : trigger.split('+'))));
    expect(named.filter((name) => name.length > 1 && t.help.keys[name] === undefined)).toEqual([]);
  });

  it('lists for the game master everything that there is', () => {
    const keys = shortcutsFor('gm', 'keys').flatMap((group) => group.rows.flatMap((row) => row.keys));
    expect(keys.length).toBe(habits.reduce((sum, [, habit]) => sum + habit.by.length, 0));
    expect(shortcutsFor('gm', 'keys').map((group) => group.label)).toEqual(['Map', 'Tokens', 'Tools', 'Table']);
    expect(keys).toContain('Ctrl+drag');
    expect(keys).toContain('Shift+hold still');
    expect(keys).toContain('Shift+Tab');
    expect(keys).toContain('Ctrl+Shift+Z');
    expect(keys).toContain('+');
  });

  it('lists what fingers do, and no keys with it', () => {
    const keys = shortcutsFor('player', 'touch').flatMap((group) => group.rows.flatMap((row) => row.keys));
    expect(keys).toEqual([
      'Drag the ground', 'Two fingers', 'Pinch', 'Long touch the ground', 'Tap', 'Tap', 'Drag it', 'Long touch', 'Tap the last corner again', 'Tap twice',
    ]);
  });

  it('lists for players and spectators what they can do', () => {
    const rows = (role: 'player' | 'spectator'): string[] => shortcutsFor(role, 'keys').flatMap((group) => group.rows.map((row) => row.label));
    expect(rows('player')).toContain(t.help.rows['undo']);
    expect(rows('player')).not.toContain(t.help.rows['remove']);
    expect(rows('spectator')).toContain(t.help.rows['fit']);
    expect(rows('spectator')).not.toContain(t.help.rows['move']);
  });
});
