import { describe, expect, it } from 'vitest';
import { ChatInput } from './chat-input.svelte';

const setUp = (people: string[] = []): ChatInput => new ChatInput(() => people);

function sent(input: ChatInput, ...lines: string[]): void {
  for (const line of lines) {
    input.text = line;
    input.take();
  }
}

describe('recall', () => {
  it('walks back and forth through what was sent, and keeps the draft', () => {
    const input = setUp();
    sent(input, 'one', 'two');
    input.text = 'half a thought';
    expect(input.recallOlder()).toBe(true);
    expect(input.text).toBe('two');
    expect(input.recallOlder()).toBe(true);
    expect(input.text).toBe('one');
    expect(input.recallOlder()).toBe(false);
    expect(input.text).toBe('one');
    expect(input.recallNewer()).toBe(true);
    expect(input.recallNewer()).toBe(true);
    expect(input.text).toBe('half a thought');
    expect(input.recallNewer()).toBe(false);
  });

  it('starts at the newest again once something is typed', () => {
    const input = setUp();
    sent(input, 'one', 'two');
    input.recallOlder();
    input.recallOlder();
    input.text = 'one!';
    input.recallOlder();
    expect(input.text).toBe('two');
  });

  it('does not keep the same line twice in a row', () => {
    const input = setUp();
    sent(input, '/r 1d20', '/r 1d20');
    input.recallOlder();
    expect(input.recallOlder()).toBe(false);
  });

  it('remembers lines as typed, not as sent', () => {
    const input = setUp();
    input.rollMode = 'gm';
    input.text = '/r 1d20';
    expect(input.take()).toBe('/gmroll 1d20');
    input.recallOlder();
    expect(input.text).toBe('/r 1d20');
  });

  it('does not open the completion', () => {
    const input = setUp();
    sent(input, '/w');
    input.recallOlder();
    expect(input.suggestions).toEqual([]);
  });
});

describe('completion', () => {
  it('highlights in a circle and takes over', () => {
    const input = setUp(['Anna', 'Bert']);
    input.text = '/w ';
    expect(input.suggestions.map((one) => one.usage)).toEqual(['gm', 'Anna', 'Bert']);
    input.highlightNext(-1);
    expect(input.highlighted).toBe(2);
    input.highlightNext(1);
    input.highlightNext(1);
    expect(input.accept()).toBe(true);
    expect(input.text).toBe('/w Anna ');
    expect(input.accept()).toBe(false);
  });

  it('stays away once closed, until the text changes', () => {
    const input = setUp();
    input.text = '/g';
    expect(input.closeSuggestions()).toBe(true);
    expect(input.closeSuggestions()).toBe(false);
    input.text = '/gm';
    expect(input.suggestions.length).toBe(1);
  });
});

it('has nothing to send when there are only blanks', () => {
  const input = setUp();
  input.text = ' \n ';
  expect(input.take()).toBe(null);
  expect(input.text).toBe(' \n ');
});

it('keeps line breaks inside a message', () => {
  const input = setUp();
  input.text = 'first\nsecond\n';
  expect(input.take()).toBe('first\nsecond');
});
