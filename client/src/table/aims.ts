/** Who aims at whom. */

import type { Handle, TokenView } from '../net/frames';
import type { TableState } from './table.svelte';

/** The tokens that this person aims at, in reading order. */
export function aimedAt(table: TableState): readonly TokenView[] {
  const me = table.me?.seat;
  if (me === undefined) return [];
  return [...table.tokens.values()].filter((token) => token.targeted_by?.includes(me) === true).toSorted(inReadingOrder);
}

/** What this person aims at once they have turned to these tokens too, or away from them if they aimed at all of them. */
export function aimedAnew(table: TableState, meant: readonly Handle[]): Handle[] {
  const aimed = new Set(aimedAt(table).map((token) => token.token));
  const turnsAway = meant.every((token) => aimed.has(token));
  for (const token of meant) {
    if (turnsAway) aimed.delete(token);
    else aimed.add(token);
  }
  return [...aimed];
}

/** The one after the last that this person aims at, in reading order and around again; their own tokens are left out. */
export function nextAim(table: TableState): TokenView | null {
  const others = [...table.tokens.values()].filter((token) => table.isGm || token.mine !== true).toSorted(inReadingOrder);
  const last = aimedAt(table).at(-1)?.token;
  const index = others.findIndex((token) => token.token === last);
  return others[(index + 1) % others.length] ?? null;
}

const inReadingOrder = (a: TokenView, b: TokenView): number => a.at[1] - b.at[1] || a.at[0] - b.at[0];
