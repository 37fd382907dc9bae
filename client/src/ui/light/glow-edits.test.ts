import { describe, expect, it } from 'vitest';
import type { Glow } from '../../net/frames';
import { GLOW_PRESETS, presetOf } from '../../table/glows';
import { coned, openingOf, withRadius } from './glow-edits';

const glow: Glow = { bright: 1024, dim: 2048, color: 0xffae5c };

describe('changes of a light', () => {
  it('keep bright light within dim light', () => {
    expect(withRadius(glow, 'bright', 3000)).toEqual({ ...glow, bright: 3000, dim: 3000 });
    expect(withRadius(glow, 'dim', 512)).toEqual({ ...glow, bright: 512, dim: 512 });
    expect(withRadius(glow, 'bright', 0)).toEqual({ ...glow, bright: 0 });
  });

  it('open and close its cone', () => {
    const lantern = coned(glow, 90, -30);
    expect(lantern.cone).toEqual({ half_angle: 45, direction: 330 });
    expect(openingOf(lantern)).toBe(90);
    for (const opening of [360, 400, 0, Number.NaN]) expect(coned(lantern, opening, 10)).toEqual(glow);
    expect(openingOf(glow)).toBe(360);
    expect(openingOf({ ...glow, cone: { half_angle: 180, direction: 0 } })).toBe(360);
  });

  it('know a torch when they see one', () => {
    expect(presetOf({ ...GLOW_PRESETS.torch })).toBe('torch');
    expect(presetOf({ ...GLOW_PRESETS.torch, dim: 1 })).toBeNull();
  });
});
