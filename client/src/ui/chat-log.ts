/**
 * How messages are laid out: who speaks on without a new heading, where a day begins.
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
