import { expect, it } from 'vitest';
import { KeyChoice } from './key-choice.svelte';

/** A device's memory in a map. */
function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

it('single characters are shortcuts until somebody turns that off, and it stays off', () => {
  const device = memory();
  const keys = new KeyChoice(device);
  expect(keys.hasCharacters).toBe(true);
  keys.hasCharacters = false;
  expect(new KeyChoice(device).hasCharacters).toBe(false);
  keys.hasCharacters = true;
  expect(new KeyChoice(device).hasCharacters).toBe(true);
  expect(device.length).toBe(0);
});

it('without a memory the choice lasts as long as the page', () => {
  const keys = new KeyChoice(null);
  keys.hasCharacters = false;
  expect(keys.hasCharacters).toBe(false);
});
