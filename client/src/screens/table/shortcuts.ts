/** The list of shortcuts in words, printed from the table that the hands go by. */

import type { Role } from '../../net/frames';
import { audienceOf, HABIT_GROUPS, HABITS, type HabitName, habitsFor } from '../../tools/habits';
import { t } from '../../ui/strings';
import type { ShortcutGroup, ShortcutRow } from '../../ui/table/HelpDialog.svelte';

/** What somebody of this role can do, and how: by keys and mouse, or by fingers. */
export function shortcutsFor(role: Role | undefined, by: 'keys' | 'touch'): readonly ShortcutGroup[] {
  const habits = habitsFor(audienceOf(role));
  return HABIT_GROUPS.flatMap((group) => {
    const rows = new Map<string, string[]>();
    for (const [name, habit] of habits) {
      if (habit.group !== group) continue;
      const triggers = by === 'keys' ? habit.by : (habit.touch ?? []);
      const row = habit.row ?? name;
      if (triggers.length > 0) rows.set(row, [...(rows.get(row) ?? []), ...triggers.map(printed)]);
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

/** Keys are written large; what is done while they are held is not. */
function nameOf(key: string, index: number): string {
  const own = key === 'Ctrl' && isApple() ? 'Command' : key;
  const name = t.help.keys[own] ?? own;
  return index > 0 && /(Drag|Wheel|Click|Hold)$/.test(key) ? name.toLowerCase() : name;
}

const isApple = (): boolean => /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? '');
