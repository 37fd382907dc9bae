/** The map in words, for who cannot see it. Says nothing that is not on the screen. */

import type { DrawingView, PortalView, TokenView } from '../net/frames';
import { noteSpans } from '../table/drawing';
import { CELL } from '../table/grid';
import { t } from './strings';

/** Long lists are no help. */
const NAMES_MAX = 30;

/** Which tokens are in view, in reading order. */
export function tokensInWords(tokens: Iterable<TokenView>): string {
  const sorted = [...tokens].toSorted((a, b) => a.at[1] - b.at[1] || a.at[0] - b.at[0]);
  if (sorted.length === 0) return t.table.seenNothing;
  return t.table.seen(sorted.slice(0, NAMES_MAX).map(nameOf).join('; '));
}

/** What is selected and where it stands. */
export function selectionInWords(tokens: readonly TokenView[]): string {
  const [only, ...others] = tokens;
  if (only === undefined) return '';
  if (others.length > 0) return t.table.selected(tokens.length);
  return t.table.place(nameOf(only), Math.floor(only.at[0] / CELL) + 1, Math.floor(only.at[1] / CELL) + 1);
}

/** What is written on the map. */
export function notesInWords(drawings: Iterable<DrawingView>): string {
  const notes = [...drawings].filter(({ shape }) => shape.kind === 'note');
  const words = notes.map((note) => noteSpans(note).map(({ text }) => text).join('').replaceAll('\n', ' '));
  return words.length === 0 ? '' : t.table.notes(words.slice(0, NAMES_MAX).join('; '));
}

/** Whom one aims at. */
export function aimInWords(tokens: readonly TokenView[]): string {
  return tokens.length === 0 ? '' : t.table.aim(tokens.slice(0, NAMES_MAX).map(nameOf).join('; '));
}

/** A door or window and where it is. */
export function portalInWords({ kind, state, a, b }: PortalView): string {
  const cell = (from: number, to: number): number => Math.floor((from + to) / 2 / CELL) + 1;
  return t.table.portalPlace(t.tools.portals[kind], t.table.portalStates[state], cell(a[0], b[0]), cell(a[1], b[1]));
}

function nameOf(token: TokenView): string {
  const name = token.name ?? t.token.unnamed;
  return token.hidden === true ? t.table.hiddenToken(name) : name;
}
