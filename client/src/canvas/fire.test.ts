import { describe, expect, it } from 'vitest';
import { isFire } from './fire';

describe('fire', () => {
  it('is orange and yellow', () => {
    for (const color of [0xffc46b, 0xff8a3c, 0xffd9a0, 0xff6a1a]) expect(isFire(color)).toBe(true);
  });

  it('is no daylight, no magic and no darkness', () => {
    for (const color of [0xffffff, 0xeadaff, 0x8fd3f4, 0x7fff7f, 0xff0030, 0x000000, 0xfff6ea]) {
      expect(isFire(color)).toBe(false);
    }
  });
});
