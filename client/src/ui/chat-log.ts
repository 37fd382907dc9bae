/**
 * How messages are laid out: who speaks on without a new heading, where a day begins, what in a text is a link.
 */

import type { MessageView } from '../net/frames';

export interface MessageGroup {
  /** The first message's number: stable while the group grows. */
  readonly key: number;
  readonly first: MessageView;
  readonly messages: readonly MessageView[];
  /** Set on the first group of a day. */
  readonly newDay: boolean;
}

export type TextPiece = { readonly kind: 'words'; readonly text: string } | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** A pause after which the same speaker gets a heading again. */
const GROUP_PAUSE_MS = 5 * 60_000;
/** Messages under one heading, so that a group never needs to be drawn anew for long. */
const GROUP_MESSAGES_MAX = 30;

export function groupMessages(messages: readonly MessageView[]): readonly MessageGroup[] {
  const groups: { key: number; first: MessageView; messages: MessageView[]; newDay: boolean }[] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    if (group !== undefined && continues(group.messages, message)) {
      group.messages.push(message);
      continue;
    }
    const before = group?.messages.at(-1);
    const newDay = before === undefined ? false : !sameDay(before.at_ms, message.at_ms);
    groups.push({ key: message.message, first: message, messages: [message], newDay });
  }
  return groups;
}

function continues(group: readonly MessageView[], message: MessageView): boolean {
  const last = group.at(-1);
  if (last === undefined || group.length >= GROUP_MESSAGES_MAX) return false;
  return (
    last.seat === message.seat &&
    last.name === message.name &&
    last.manner === message.manner &&
    (last.manner === 'say' || last.manner === 'whisper' || last.manner === 'roll') &&
    (last.to ?? []).join('\n') === (message.to ?? []).join('\n') &&
    message.at_ms - last.at_ms < GROUP_PAUSE_MS &&
    sameDay(last.at_ms, message.at_ms)
  );
}

function sameDay(a_ms: number, b_ms: number): boolean {
  return new Date(a_ms).toDateString() === new Date(b_ms).toDateString();
}

/** Words and the web addresses in them. Nothing but http and https becomes a link. */
export function textPieces(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/gi)) {
    const found = withoutTrailingMarks(match[0]);
    const href = webAddress(found);
    if (href === null) continue;
    if (match.index > from) pieces.push({ kind: 'words', text: text.slice(from, match.index) });
    pieces.push({ kind: 'link', text: found, href });
    from = match.index + found.length;
  }
  if (from < text.length) pieces.push({ kind: 'words', text: text.slice(from) });
  return pieces;
}

function withoutTrailingMarks(found: string): string {
  const trimmed = found.replace(/[.,;:!?'"…]+$/, '');
  const closes = trimmed.endsWith(')') && !trimmed.includes('(');
  return closes ? trimmed.slice(0, -1) : trimmed;
}

function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}
