import { describe, expect, it } from 'vitest';
import type { MessageView } from '../net/frames';
import { groupMessages } from './chat-log';

const NOON_MS = new Date(2026, 4, 1, 12).getTime();

function message(number: number, change: Partial<MessageView> = {}): MessageView {
  return { message: number, at_ms: NOON_MS + number * 1_000, seat: 1, name: 'Anna', manner: 'say', parts: [], ...change };
}

/** The numbers of the messages under each heading. */
const check = (...messages: MessageView[]): number[][] =>
  groupMessages(messages).map((group) => group.messages.map((one) => one.message));

describe('grouping', () => {
  it('puts one speaker under one heading', () => {
    expect(check(message(1), message(2), message(3, { seat: 2, name: 'Bert' }), message(4))).toEqual([[1, 2], [3], [4]]);
  });

  it('starts anew after a pause of five minutes', () => {
    const pause_ms = 5 * 60_000;
    expect(check(message(1, { at_ms: NOON_MS }), message(2, { at_ms: NOON_MS + pause_ms - 1 }))).toEqual([[1, 2]]);
    expect(check(message(1, { at_ms: NOON_MS }), message(2, { at_ms: NOON_MS + pause_ms }))).toEqual([[1], [2]]);
  });

  it('starts anew when somebody speaks as somebody else, or to others', () => {
    expect(check(message(1), message(2, { name: 'Goblin' }))).toEqual([[1], [2]]);
    const whisper: Partial<MessageView> = { manner: 'whisper', to: ['Bert'] };
    expect(check(message(1, whisper), message(2, whisper), message(3, { ...whisper, to: ['gm'] }))).toEqual([[1, 2], [3]]);
  });

  it('gives every emote and every concealed roll its own heading', () => {
    expect(check(message(1, { manner: 'emote' }), message(2, { manner: 'emote' }))).toEqual([[1], [2]]);
    expect(check(message(1, { manner: 'blind_roll' }), message(2, { manner: 'blind_roll' }))).toEqual([[1], [2]]);
  });

  it('marks the first of a new day, but not the very first', () => {
    const groups = groupMessages([message(1), message(2, { at_ms: NOON_MS + 86_400_000 })]);
    expect(groups.map((group) => group.newDay)).toEqual([false, true]);
  });
});
