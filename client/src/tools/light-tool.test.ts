import { describe, expect, it } from 'vitest';
import type { LightView } from '../net/frames';
import { GLOW_PRESETS } from '../table/glows';
import { CELL } from '../table/grid';
import { stand } from './testing';

const lamp = (handle: number, x: number, y: number, more: Partial<LightView> = {}): LightView => ({
  light: handle,
  at: [x * CELL, y * CELL],
  glow: { bright: 2 * CELL, dim: 4 * CELL, color: 0xffae5c },
  on: true,
  ...more,
});

function lighting(...lights: LightView[]) {
  const world = stand({ lights });
  world.hands.tool = 'light';
  return world;
}

const chosen = (world: ReturnType<typeof stand>): unknown[] => world.calls.flatMap((call) => (call.call === 'chooseLight' ? [call.light] : []));

describe('the light tool', () => {
  it('comes to hand with its key, for the game master alone', () => {
    const world = stand();
    world.press('l');
    expect(world.hands.tool).toBe('light');
    expect(world.sketch.parts.edits).toBe('lights');
    const player = stand({ role: 'player' });
    expect(player.press('l')).toBe(false);
  });

  it('places what is next, on the grid', () => {
    const world = lighting();
    world.click(3.1, 4.4);
    expect(world.asked).toEqual([{ do: 'add_lights', lights: [{ at: [3 * CELL, 4.5 * CELL], glow: GLOW_PRESETS.torch, on: true }] }]);
    world.hands.glow = GLOW_PRESETS.candle;
    world.click(3.1, 4.4, { alt: true });
    expect(world.asked[1]).toMatchObject({ lights: [{ at: [Math.round(3.1 * CELL), Math.round(4.4 * CELL)], glow: GLOW_PRESETS.candle }] });
  });

  it('draws how far a new one shines', async () => {
    const world = lighting();
    world.down(5, 5);
    world.move(8.1, 5);
    expect(world.sketch.parts.lamp).toEqual({ light: null, at: { x: 5, y: 5 }, bright: 1.5, dim: 3, color: GLOW_PRESETS.torch.color });
    world.up(8.1, 5);
    expect(world.asked).toEqual([
      { do: 'add_lights', lights: [{ at: [5 * CELL, 5 * CELL], glow: { ...GLOW_PRESETS.torch, bright: 1.5 * CELL, dim: 3 * CELL }, on: true }] },
    ]);
    expect(world.sketch.parts.lamp).not.toBeNull();
    await world.answered();
    expect(world.sketch.parts.lamp).toBeNull();
  });

  it('pans under a finger that drags the ground', () => {
    const world = lighting();
    const before = world.camera.centre;
    world.camera.zoomAt({ x: 500, y: 500 }, 2);
    world.drag({ x: 9, y: 9 }, { x: 12, y: 9 }, { kind: 'touch' });
    expect(world.asked).toEqual([]);
    expect(world.camera.centre).not.toEqual(before);
  });

  it('chooses a light with a click and lets go of it with Escape', () => {
    const world = lighting(lamp(7, 5, 5));
    world.click(5, 5);
    expect(world.sketch.parts.light).toBe(7);
    expect(world.press('Escape')).toBe(true);
    expect(world.sketch.parts.light).toBeNull();
    expect(chosen(world)).toEqual([7, null]);
    expect(world.asked).toEqual([]);
  });

  it('moves a light, and shows it there until the server has answered', async () => {
    const world = lighting(lamp(7, 5, 5));
    world.drag({ x: 5, y: 5 }, { x: 8.1, y: 6.1 });
    expect(world.asked).toEqual([{ do: 'edit_lights', lights: [7], change: { at: [8 * CELL, 6 * CELL] } }]);
    expect(world.sketch.parts.lamp?.at).toEqual({ x: 8, y: 6 });
    await world.answered();
    expect(world.sketch.parts.lamp).toBeNull();
  });

  it('moves nothing when the drag ends where it began, or is called off', () => {
    const world = lighting(lamp(7, 5, 5));
    world.drag({ x: 5, y: 5 }, { x: 5, y: 5 });
    world.down(5, 5);
    world.move(9, 9);
    world.press('Escape');
    world.up(9, 9);
    expect([world.asked, world.sketch.parts.lamp]).toEqual([[], null]);
  });

  it('has grips at both radii of the chosen light, and keeps bright within dim', () => {
    const world = lighting(lamp(7, 8, 8));
    world.click(8, 8);
    world.drag({ x: 12, y: 8 }, { x: 9.1, y: 8 });
    expect(world.asked).toEqual([{ do: 'edit_lights', lights: [7], change: { bright: CELL, dim: CELL } }]);
    world.drag({ x: 6, y: 8 }, { x: 3, y: 8 });
    expect(world.asked[1]).toEqual({ do: 'edit_lights', lights: [7], change: { bright: 5 * CELL, dim: 5 * CELL } });
  });

  it('has no grips on lights that are not chosen', () => {
    const world = lighting(lamp(7, 8, 8));
    world.drag({ x: 12, y: 8 }, { x: 14, y: 8 });
    expect(world.asked).toMatchObject([{ do: 'add_lights' }]);
  });

  it('removes the light under the pointer, else the chosen one', () => {
    const world = lighting(lamp(7, 5, 5), lamp(8, 12, 12));
    world.click(5, 5);
    world.move(12, 12);
    world.press('Delete');
    world.move(1, 1);
    world.press('Delete');
    expect(world.asked).toEqual([
      { do: 'remove_lights', lights: [8] },
      { do: 'remove_lights', lights: [7] },
    ]);
  });

  it('has a menu for a light: by the right button, and by a long touch', () => {
    const world = lighting(lamp(7, 5, 5));
    world.click(5, 5, { button: 'secondary' });
    world.down(5, 5, { kind: 'touch' });
    world.pass(1_000);
    world.up(5, 5, { kind: 'touch' });
    const menus = world.calls.filter((call) => call.call === 'menu');
    expect(menus.map((call) => call.target)).toEqual([{ kind: 'light', handle: 7 }, { kind: 'light', handle: 7 }]);
  });

  it('leaves nothing behind when it is put away', () => {
    const world = lighting(lamp(7, 5, 5));
    world.click(5, 5);
    world.hands.tool = 'select';
    expect([world.sketch.parts.light, world.sketch.parts.hovered, world.sketch.parts.edits]).toEqual([null, null, 'tokens']);
  });

  it('lifts the veil with a key', () => {
    const world = stand();
    world.press('L', { shift: true });
    expect(world.calls).toEqual([{ call: 'veil' }]);
  });
});
