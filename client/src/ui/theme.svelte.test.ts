import { expect, it } from 'vitest';
import { ThemeChoice } from './theme.svelte';

/** As much of a page and of a device's memory as the choice needs. */
function setUp(kept: Record<string, string> = {}) {
  const values = new Map(Object.entries(kept));
  const root = { dataset: {} } as HTMLElement;
  const memory = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => values.set(key, value),
    removeItem: (key: string) => values.delete(key),
  } as unknown as Storage;
  return { root, memory, values };
}

it('is the device’s until somebody chooses, and is remembered', () => {
  const { root, memory, values } = setUp();
  const choice = new ThemeChoice(root, memory);
  expect(root.dataset).toEqual({});
  choice.theme = 'light';
  expect(root.dataset).toEqual({ theme: 'light' });
  expect(new ThemeChoice(root, memory).theme).toBe('light');
  choice.theme = 'auto';
  expect(root.dataset).toEqual({});
  expect(values.size).toBe(0);
});

it('ignores a memory that holds something else', () => {
  const { root, memory } = setUp({ 'wardlight.theme': 'pink' });
  expect(new ThemeChoice(root, memory).theme).toBe('auto');
});

it('works without a memory', () => {
  const { root } = setUp();
  new ThemeChoice(root, null).theme = 'dark';
  expect(root.dataset).toEqual({ theme: 'dark' });
});
