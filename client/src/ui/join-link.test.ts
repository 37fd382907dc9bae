import { expect, it } from 'vitest';
import { joinCode } from './join-link';

it('reads the code from the fragment, whatever a chat program made of it', () => {
  expect(joinCode({ hash: '#abc-123', state: null })).toBe('abc-123');
  expect(joinCode({ hash: '#%20abc%2D1', state: null })).toBe('abc-1');
  expect(joinCode({ hash: '#50%', state: null })).toBe('50%');
});

it('finds the code again after a reload, and prefers a new one', () => {
  expect(joinCode({ hash: '', state: { code: 'old' } })).toBe('old');
  expect(joinCode({ hash: '#new', state: { code: 'old' } })).toBe('new');
});

it('has none when there is none', () => {
  for (const state of [null, undefined, 7, {}, { code: 7 }, { code: '' }]) {
    expect(joinCode({ hash: '#', state })).toBe(null);
  }
});
