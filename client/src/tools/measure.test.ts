import { describe, expect, it } from 'vitest';
import { stand, token } from './testing';

const ways = { 'the ruler': {}, 'Ctrl and the hand': { ctrl: true } } as const;

describe.each(Object.entries(ways))('measuring with %s', (name, held) => {
  const begun = (role: 'gm' | 'player' | 'spectator' = 'player') => {
    const world = stand({ role, tokens: [token(7, 2.5, 2.5)] });
    if (name === 'the ruler') world.hands.tool = 'ruler';
    return world;
  };

  it('goes from cell to cell, and off the grid with Alt', () => {
    const world = begun();
    world.down(2.3, 2.7, held);
    world.move(6.2, 2.9, held);
    expect(world.sketch.parts.ruler).toEqual({ points: [{ x: 2.5, y: 2.5 }, { x: 6.5, y: 2.5 }], label: '20 ft' });
    world.press('Alt', { ...held, alt: true });
    expect(world.sketch.parts.ruler?.points[1]?.x).toBeCloseTo(6.2, 6);
    world.up(6.2, 2.9, held);
    expect([world.sketch.parts.ruler, world.moved()]).toEqual([null, []]);
  });

  it('goes on from way points', () => {
    const world = begun();
    world.down(2.5, 2.5, held);
    world.move(6.5, 2.5, held);
    world.press(' ', held);
    world.press(' ', held);
    world.move(6.5, 5.5, held);
    expect(world.sketch.parts.ruler?.points.length).toBe(3);
    expect(world.sketch.parts.ruler?.label).toBe('35 ft');
  });

  it('is seen by others until it ends', () => {
    const world = begun();
    world.down(2.5, 2.5, held);
    world.move(4.5, 2.5, held);
    world.pass(100);
    world.move(6.5, 2.5, held);
    world.up(6.5, 2.5, held);
    expect(world.fleeting()).toEqual([
      { type: 'ruler', points: [[640, 640], [1152, 640]] },
      { type: 'ruler', points: [[640, 640], [1664, 640]] },
      { type: 'ruler', points: [] },
    ]);
  });

  it('of a spectator is their own affair', () => {
    const world = begun('spectator');
    world.down(2.5, 2.5, held);
    world.move(4.5, 2.5, held);
    expect(world.sketch.parts.ruler?.label).toBe('10 ft');
    world.up(4.5, 2.5, held);
    expect(world.sent).toEqual([]);
  });

  it.each(['Escape', 'the right button'])('is cancelled by %s', (by) => {
    const world = begun();
    world.down(2.5, 2.5, held);
    world.move(6.5, 2.5, held);
    if (by === 'Escape') world.press('Escape', held);
    else world.move(6.5, 2.5, { ...held, isSecondaryDown: true });
    world.move(8.5, 2.5, held);
    expect(world.sketch.parts.ruler).toBe(null);
    expect(world.fleeting().at(-1)).toEqual({ type: 'ruler', points: [] });
    expect(world.hands.tool).toBe(name === 'the ruler' ? 'ruler' : 'select');
  });

  it('with a mere click shows and tells nothing', () => {
    const world = begun();
    world.click(2.5, 2.5, held);
    expect([world.sent, world.table.selection.size]).toEqual([[], 0]);
  });
});
