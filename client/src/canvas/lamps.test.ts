import { describe, expect, it } from 'vitest';
import type { Ambience, At, Glow, LightView, SceneView, TokenView } from '../net/frames';
import { carried, lampsOf } from './lamps';

const glow: Glow = { bright: 1024, dim: 2048, color: 0xffc46b };

const sceneOf = (ambience: Ambience, seesAll: boolean): SceneView => ({
  scene: 1,
  size: [2560, 2560],
  grid: { shape: 'square', offset: [0, 0], pixels_per_cell: 70, unit_per_cell: 500, unit: 'ft', diagonal: 'one' },
  ambience,
  sees_all: seesAll,
});
const light = (handle: number, on: boolean): LightView => ({ light: handle, at: [256, 256], glow, on });
const carrier = (handle: number, more: Partial<TokenView>): TokenView => ({
  token: handle,
  at: [512, 512],
  size: 256,
  rotation: 0,
  layer: 'token',
  color: 0,
  emission: glow,
  ...more,
});
const byHandle = <T>(things: readonly T[], handle: (thing: T) => number): Map<number, T> => new Map(things.map((thing) => [handle(thing), thing]));

function lamps(scene: SceneView | null, lights: LightView[], tokens: TokenView[] = []) {
  return lampsOf({ scene, lights: byHandle(lights, ({ light }) => light), tokens: byHandle(tokens, ({ token }) => token) });
}

describe('what shines', () => {
  it('is every light that is on', () => {
    expect(lamps(sceneOf('dark', false), [light(1, true), light(2, false)]).map(({ handle }) => handle)).toEqual([1]);
    expect(lamps(null, [light(1, true)])).toEqual([]);
  });

  it('is told to players with the lights, and read off the tokens by the game master', () => {
    const tokens = [carrier(7, {}), carrier(8, { hidden: true }), carrier(9, { layer: 'gm' }), carrier(10, { emission: undefined })];
    expect(lamps(sceneOf('dark', true), [], tokens).map(({ handle }) => handle)).toEqual([7]);
    expect(lamps(sceneOf('dark', false), [], tokens)).toEqual([]);
  });

  it('turns with who carries it', () => {
    const cone = { direction: 300, half_angle: 30 };
    const [lamp] = lamps(sceneOf('dark', true), [], [carrier(7, { rotation: 90, emission: { ...glow, cone } })]);
    expect(lamp?.glow.cone).toEqual({ direction: 30, half_angle: 30 });
  });

  it('reaches less far by day', () => {
    expect(lamps(sceneOf('bright', false), [light(1, true)])[0]?.glow).toEqual({ ...glow, bright: 320, dim: 320 });
    expect(lamps(sceneOf('dim', false), [light(1, true)])[0]?.glow).toEqual(glow);
  });

  it('goes along with whoever walks with it', () => {
    const torches = lamps(sceneOf('dark', true), [light(1, true)], [carrier(7, {})]);
    const walkers = [{ stands: [512, 512] as At, shown: [400, 300] as At }];
    expect(carried(torches, walkers).map(({ handle, at }) => [handle, at])).toEqual([
      [1, [256, 256]],
      [7, [400, 300]],
    ]);
    expect(carried(torches, [])).toBe(torches);
  });
});
