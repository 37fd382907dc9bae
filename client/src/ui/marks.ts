/**
 * What a span of words becomes on a page, and how marks are typed. Elements come from a list of five and an address is
 * looked at once more: what a server says is no reason for another element or another kind of link.
 */

import type { Span } from '../net/frames';

/** Elements for looks, from the outside in. */
export type Look = 'strong' | 'em' | 's' | 'code';

export interface MarkedWords {
  readonly text: string;
  readonly looks: readonly Look[];
  /** Null if it is no link. */
  readonly href: string | null;
}

export function markedWords(span: Span): MarkedWords {
  const looks: Look[] = [];
  if (span.strong === true) looks.push('strong');
  if (span.emphasis === true) looks.push('em');
  if (span.struck === true) looks.push('s');
  if (span.code === true) looks.push('code');
  return { text: span.text, looks, href: webAddress(span.href) };
}

/** An address of https or http without credentials. */
function webAddress(text: unknown): string | null {
  if (typeof text !== 'string' || !URL.canParse(text)) return null;
  const { protocol, username, password, href } = new URL(text);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && username === '' && password === '' ? href : null;
}

export interface Typed {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The sign that a key with Ctrl or Command sets around what is selected; null for other keys. */
export function signOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string | null {
  if (event.ctrlKey === event.metaKey || event.altKey || event.shiftKey) return null;
  const key = event.key.toLowerCase();
  return key === 'b' ? '**' : key === 'i' ? '_' : null;
}

/** Sets a sign around what is selected, or takes it away where it stands; blanks at the ends stay outside. */
export function withSign({ text, start, end }: Typed, sign: string): Typed {
  const selected = text.slice(start, end);
  const [from, to] = [start + selected.length - selected.trimStart().length, start + selected.trimEnd().length];
  const [inner, before, after] = from < to ? [text.slice(from, to), text.slice(0, from), text.slice(to)] : ['', text.slice(0, start), text.slice(start)];
  if (before.endsWith(sign) && after.startsWith(sign)) {
    const at = before.length - sign.length;
    return { text: before.slice(0, at) + inner + after.slice(sign.length), start: at, end: at + inner.length };
  }
  const at = before.length + sign.length;
  return { text: before + sign + inner + sign + after, start: at, end: at + inner.length };
}
