import { describe, expect, it } from 'vitest';
import type { BlockView } from '../net/frames';
import { isAnySeen } from './explored';
import { NO_FOG, shownFog, takeFog } from './fog';

/** The first 16 samples of row 32. */
const block = (x: number): BlockView => ({ x, y: 0, runs: 'gBAQ' });
const box = (x: number) => ({ left: x * 64, top: 32, right: x * 64 + 16, bottom: 33 });

describe('fog by hand', () => {
  it('keeps the live fog and the draft apart', () => {
    const live = takeFog(NO_FOG, { preparing: false, veiled: [block(0)] });
    const both = takeFog(live, { preparing: true, draft_veiled: [block(0)], draft_revealed: [block(1)] });
    expect(isAnySeen(shownFog(live).veiled, box(0))).toBe(true);
    expect(isAnySeen(shownFog(both).revealed, box(1))).toBe(true);
    expect(isAnySeen(both.live.revealed, box(1))).toBe(false);
  });

  it('forgets a draft that is emptied', () => {
    const both = takeFog(NO_FOG, { preparing: true, veiled: [block(0)], draft_veiled: [block(0)] });
    const after = takeFog(both, { preparing: false, draft_veiled: [{ x: 0, y: 0, runs: '' }] });
    expect(after.draft.veiled.blocks.size).toBe(0);
    expect(isAnySeen(shownFog(after).veiled, box(0))).toBe(true);
  });

  it('starts anew when it is told whole', () => {
    const before = takeFog(NO_FOG, { preparing: false, veiled: [block(0)] });
    const after = takeFog(before, { whole: true, preparing: false, revealed: [block(1)] });
    expect(after.live.veiled.blocks.size).toBe(0);
    expect(after.live.revealed.blocks.size).toBe(1);
  });
});
