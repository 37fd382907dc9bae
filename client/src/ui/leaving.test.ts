import { expect, it } from 'vitest';
import { opens, outsideOf } from './leaving';

const ORIGIN = 'https://table.example';

it.each([
  ['https://a.example/x?y#z', 'a.example'],
  ['http://table.example/', 'table.example'],
  ['https://table.example:8443/', 'table.example:8443'],
  ['https://table.example.evil.example/', 'table.example.evil.example'],
  // A Cyrillic а.
  ['https://t\u0430ble.example/', 'xn--tble-53d.example'],
])('%s leads outside, to %s', (href, host) => {
  expect(outsideOf(ORIGIN, href)?.host).toBe(host);
});

it.each(['https://table.example/account', 'https://TABLE.example:443/', 'javascript:alert(1)', 'blob:https://table.example/1', 'mailto:a@b.example', 'x', ''])(
  '%j does not',
  (href) => {
    expect(outsideOf(ORIGIN, href)).toBeNull();
  },
);

it('shows the whole address', () => {
  expect(outsideOf(ORIGIN, 'https://a.example/x?y#z')?.address).toBe('https://a.example/x?y#z');
});

it('is about the first and the middle button, not about the menu', () => {
  expect([0, 1, 2].map((button) => opens({ button }))).toEqual([true, true, false]);
});
