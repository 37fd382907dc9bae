import { expect, it } from 'vitest';
import { COLOR_CHOICES, cssColor, wireColor } from './seat-colors';

it('colours survive the way there and back', () => {
  for (const color of [0, 0xff, 0xffffff, ...COLOR_CHOICES]) expect(wireColor(cssColor(color))).toBe(color);
});

it('only whole colours are taken', () => {
  for (const text of ['', 'red', '#fff', '#12345g', '#1234567']) expect(wireColor(text)).toBe(null);
});
