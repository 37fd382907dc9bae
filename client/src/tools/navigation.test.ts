import { describe, expect, it } from 'vitest';
import { stand, token } from './testing';

/** Where a place of the map is on the screen after something. */
const follows = (world: ReturnType<typeof stand>, place: { x: number; y: number }, screen: { x: number; y: number }): void => {
  const at = world.camera.toScreen(place);
  expect(at.x).toBeCloseTo(screen.x, 6);
  expect(at.y).toBeCloseTo(screen.y, 6);
};

describe('panning', () => {
  it.each([{ button: 'middle' }, { button: 'secondary' }] as const)('by a drag with %j keeps the place under the pointer', (more) => {
    const world = stand({ tokens: [token(7, 10, 10)] });
    const from = world.camera.toScreen({ x: 10, y: 10 });
    const to = { x: from.x + 90, y: from.y - 40 };
    world.down(10, 10, more);
    world.move(0, 0, { at: to });
    follows(world, { x: 10, y: 10 }, to);
    world.hands.lift({ id: 1, kind: 'mouse', at: to, ctrl: false, alt: false, shift: false });
    expect([world.moved(), world.calls, world.table.selection.size]).toEqual([[], [], 0]);
  });

  it('by Space and a drag, with the hand that shows it', () => {
    const world = stand({ tokens: [token(7, 10, 10)] });
    const before = world.camera.centre;
    expect(world.press(' ')).toBe(true);
    expect(world.cursors.at(-1)).toBe('grab');
    world.down(10, 10);
    expect(world.cursors.at(-1)).toBe('grabbing');
    world.move(12, 10);
    world.release(' ');
    world.up(12, 10);
    expect(world.camera.centre.x).toBeLessThan(before.x);
    expect(world.moved()).toEqual([]);
    expect(world.cursors.at(-1)).not.toBe('grab');
    world.drag({ x: 10, y: 10 }, { x: 11, y: 10 });
    expect(world.table.selection).toEqual(new Set([7]));
  });

  it('does not go on because Space was let go over another window', () => {
    const world = stand({ tokens: [token(7, 10.5, 10.5)] });
    world.press(' ');
    world.hands.rest();
    world.drag({ x: 10.5, y: 10.5 }, { x: 12.5, y: 10.5 });
    expect(world.moved().length).toBe(1);
  });

  it('ends where Escape finds it', () => {
    const world = stand();
    world.down(10, 10, { button: 'middle' });
    world.move(12, 10);
    world.press('Escape');
    const there = world.camera.centre;
    world.move(15, 10);
    expect(world.camera.centre).toEqual(there);
  });

  it('by arrows, while nothing is selected', () => {
    const world = stand();
    const before = world.camera.centre;
    world.press('ArrowRight');
    world.press('ArrowDown');
    expect(world.camera.centre.x).toBeGreaterThan(before.x);
    expect(world.camera.centre.y).toBeGreaterThan(before.y);
  });

  it('is not what letters do: they are steps of tokens, and tools', () => {
    const world = stand();
    const before = world.camera.centre;
    for (const key of ['w', 'a', 's']) expect(world.press(key)).toBe(false);
    world.press('d');
    expect(world.camera.centre).toEqual(before);
    expect(world.calls).toEqual([{ call: 'pick', tool: 'draw' }]);
  });
});

describe('zooming', () => {
  it('by the wheel keeps the place under the pointer', () => {
    const world = stand();
    const screen = world.camera.toScreen({ x: 4, y: 5 });
    const before = world.camera.scale;
    world.wheel(4, 5, -100);
    expect(world.camera.scale).toBeGreaterThan(before);
    follows(world, { x: 4, y: 5 }, screen);
    world.wheel(4, 5, 100);
    expect(world.camera.scale).toBeCloseTo(before, 6);
  });

  it('by a pinch on a track pad is quick, and by Control and a wheel not wild', () => {
    const world = stand();
    const before = world.camera.scale;
    world.wheel(4, 5, -5, { isPinch: true, ctrl: true });
    const pinched = world.camera.scale / before;
    expect(pinched).toBeGreaterThan(1.03);
    world.wheel(4, 5, -120, { isPinch: true, ctrl: true });
    expect(world.camera.scale / before / pinched).toBeLessThan(1.4);
  });

  it('by keys about the middle, and back to the whole map', () => {
    const world = stand();
    const before = world.camera.scale;
    world.press('+');
    world.pass(200);
    world.camera.advance();
    expect(world.camera.scale).toBeCloseTo(before * 1.25, 6);
    world.press('=');
    world.press('-');
    world.pass(200);
    world.camera.advance();
    expect(world.camera.scale).toBeCloseTo(before * 1.25, 6);
    world.press('0');
    expect(world.camera.scale).toBeCloseTo(before, 6);
  });

  it('leaves the browser its own keys', () => {
    const world = stand();
    expect([world.press('+', { ctrl: true }), world.press('0', { ctrl: true }), world.press('r', { ctrl: true })]).toEqual([false, false, false]);
  });

  it('in the middle of a drag takes the ghost along', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(6.5, 2.5);
    world.wheel(0, 0, -200);
    const ghost = world.sketch.parts.ghosts[0];
    expect(ghost?.at).not.toEqual({ x: 6.5, y: 2.5 });
    expect(world.press('+')).toBe(true);
  });
});

describe('two fingers', () => {
  const touch = (id: number) => ({ id, kind: 'touch' }) as const;

  it('zoom about their middle', () => {
    const world = stand();
    const before = world.camera.scale;
    world.down(8, 10, touch(1));
    world.down(12, 10, touch(2));
    const [left, right] = [world.camera.toScreen({ x: 6, y: 10 }), world.camera.toScreen({ x: 14, y: 10 })];
    world.move(0, 0, { ...touch(1), at: left });
    world.move(0, 0, { ...touch(2), at: right });
    expect(world.camera.scale).toBeCloseTo(before * 2, 6);
    follows(world, { x: 8, y: 10 }, left);
    follows(world, { x: 12, y: 10 }, right);
  });

  it('move the map, and one of them goes on', () => {
    const world = stand({ tokens: [token(7, 8, 10)] });
    world.down(8, 10, touch(1));
    world.down(12, 10, touch(2));
    const by = (place: { x: number; y: number }, dx: number) => {
      const at = world.camera.toScreen(place);
      return { x: at.x + dx, y: at.y };
    };
    const [a, b] = [by({ x: 8, y: 10 }, 70), by({ x: 12, y: 10 }, 70)];
    world.move(0, 0, { ...touch(1), at: a });
    world.move(0, 0, { ...touch(2), at: b });
    follows(world, { x: 8, y: 10 }, a);
    world.hands.lift({ ...touch(1), at: a, ctrl: false, alt: false, shift: false });
    const c = { x: b.x + 30, y: b.y };
    world.move(0, 0, { ...touch(2), at: c });
    follows(world, { x: 12, y: 10 }, c);
    world.hands.lift({ ...touch(2), at: c, ctrl: false, alt: false, shift: false });
    expect([world.moved(), world.table.selection.size]).toEqual([[], 0]);
  });

  it('and a third changes nothing', () => {
    const world = stand();
    world.down(8, 10, touch(1));
    world.down(12, 10, touch(2));
    const { centre, scale } = world.camera;
    world.down(4, 4, touch(3));
    world.move(6, 4, touch(3));
    expect([world.camera.centre, world.camera.scale]).toEqual([centre, scale]);
    world.hands.lose(3);
    world.hands.lose(2);
    world.hands.lose(1);
    world.click(4, 4);
    expect(world.table.selection.size).toBe(0);
  });

  it('coming apart after a cancelled pinch do nothing more', () => {
    const world = stand();
    world.down(8, 10, touch(1));
    world.down(12, 10, touch(2));
    world.press('Escape');
    const { scale } = world.camera;
    world.move(2, 10, touch(1));
    expect(world.camera.scale).toBe(scale);
  });
});
