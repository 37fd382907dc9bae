/** The list of shortcuts in words, printed from the table that the hands go by. */

import type { Role } from '../../net/frames';
import { audienceOf, HABIT_GROUPS, HABITS, type HabitName, habitsFor } from '../../tools/habits';
import { t } from '../../ui/strings';
import type { ShortcutGroup, ShortcutRow } from '../../ui/table/HelpDialog.svelte';

/** What somebody of this role can do, and how. */
export function shortcutsFor(role: Role | undefined): readonly ShortcutGroup[] {
  const habits = habitsFor(audienceOf(role));
  return HABIT_GROUPS.flatMap((group) => {
    const rows = new Map<string, string[]>();
    for (const [name, habit] of habits) {
      if (habit.group !== group) continue;
      const row = habit.row ?? name;
      rows.set(row, [...(rows.get(row) ?? []), ...habit.by.map(printed)]);
    }
    const listed = [...rows].map(([row, keys]): ShortcutRow => ({ keys, label: t.help.rows[row] ?? row }));
    return listed.length === 0 ? [] : [{ label: t.help.groups[group], rows: listed }];
  });
}

/** The key to print beside a button. */
export const keyOf = (habit: HabitName): string => printed(HABITS[habit].by[0]);

/** As `aria-keyshortcuts` wants it. */
export const ariaKeyOf = (habit: HabitName): string => HABITS[habit].by[0].replace('Ctrl', 'Control');

function printed(trigger: string): string {
  if (trigger.length === 1) return t.help.keys[trigger] ?? trigger;
  return trigger.split('+').map(nameOf).join('+');
}

function nameOf(key: string): string {
  const own = key === 'Ctrl' && isApple() ? 'Command' : key;
  return t.help.keys[own] ?? own;
}

const isApple = (): boolean => /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? '');
