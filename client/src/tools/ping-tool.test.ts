import { describe, expect, it } from 'vitest';
import { HOLD_MS } from './pressed';
import { stand, token } from './testing';

function pointing(role: 'gm' | 'player' = 'player') {
  const world = stand({ role, tokens: [token(7, 2.5, 2.5)] });
  world.hands.tool = 'ping';
  return world;
}

describe('the pointing tool', () => {
  it('points with a click, or a little later with a press', () => {
    const world = pointing();
    world.click(2.5, 2.5);
    expect(world.fleeting()).toEqual([{ type: 'ping', at: [640, 640], pull: false }]);
    world.down(4.5, 2.5);
    world.pass(HOLD_MS);
    world.up(4.5, 2.5);
    expect(world.fleeting().length).toBe(2);
    expect(world.table.selection.size).toBe(0);
  });

  it('with Shift calls all eyes', () => {
    const world = pointing('gm');
    world.click(2.5, 2.5, { shift: true });
    expect(world.fleeting()).toEqual([{ type: 'ping', at: [640, 640], pull: true }]);
  });

  it('moves the map with a drag and points at nothing', () => {
    const world = pointing();
    const before = world.camera.centre;
    world.drag({ x: 2.5, y: 2.5 }, { x: 6.5, y: 2.5 }, { kind: 'touch' });
    expect([world.fleeting(), world.moved()]).toEqual([[], []]);
    expect(world.camera.centre.x).toBeLessThan(before.x);
  });

  it('points at nothing when two fingers zoom', () => {
    const world = pointing();
    world.down(2.5, 2.5, { kind: 'touch', id: 1 });
    world.down(6.5, 2.5, { kind: 'touch', id: 2 });
    world.up(6.5, 2.5, { kind: 'touch', id: 2 });
    world.up(2.5, 2.5, { kind: 'touch', id: 1 });
    expect(world.fleeting()).toEqual([]);
  });

  it('is cancelled by Escape and by the right button', () => {
    const world = pointing();
    world.down(2.5, 2.5);
    world.press('Escape');
    world.up(2.5, 2.5);
    world.down(2.5, 2.5);
    world.move(2.5, 2.5, { isSecondaryDown: true });
    world.up(2.5, 2.5);
    expect(world.fleeting()).toEqual([]);
  });
});
