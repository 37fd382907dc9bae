import { describe, expect, it } from 'vitest';
import { stand, token } from './testing';

const ghosts = (world: ReturnType<typeof stand>): readonly unknown[] => world.sketch.parts.ghosts.map(({ token: handle, at }) => [handle, at.x, at.y]);

describe('dragging a token', () => {
  it('moves it to the nearest cell', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.drag({ x: 2.5, y: 2.5 }, { x: 5.3, y: 3.8 });
    expect(world.moved()).toEqual([{ token: 7, path: [[5.5, 3.5]] }]);
    expect(world.table.selection).toEqual(new Set([7]));
    expect(ghosts(world)).toEqual([]);
    expect(world.sketch.parts.ruler).toBe(null);
  });

  it('shows its ghost and the length of the way meanwhile', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(5.4, 2.6);
    expect(ghosts(world)).toEqual([[7, 5.5, 2.5]]);
    expect(world.sketch.parts.ruler?.label).toBe('15 ft');
  });

  it('keeps hold of it where it was taken', () => {
    const world = stand({ tokens: [token(7, 4, 4, { size: 1024 })] });
    // A dragon of four cells, taken at its wing.
    world.drag({ x: 5.4, y: 2.9 }, { x: 8.5, y: 2.8 });
    expect(world.moved()).toEqual([{ token: 7, path: [[7, 4]] }]);
  });

  it('asks for nothing when it ends where it began', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(5.5, 2.5);
    world.move(2.6, 2.4);
    world.up(2.6, 2.4);
    expect(world.moved()).toEqual([]);
  });

  it('does not begin before the pointer has left its place', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(2.55, 2.5);
    expect(ghosts(world)).toEqual([]);
    world.up(2.55, 2.5);
    expect(world.table.selection).toEqual(new Set([7]));
  });

  it('stays on the map, in its last cell', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.drag({ x: 2.5, y: 2.5 }, { x: 27, y: -4 });
    expect(world.moved()).toEqual([{ token: 7, path: [[19.5, 0.5]] }]);
  });

  it('of somebody else draws a box instead', () => {
    const world = stand({ role: 'player', tokens: [token(7, 2.5, 2.5, { mine: false })] });
    world.drag({ x: 2.5, y: 2.5 }, { x: 5.5, y: 5.5 });
    expect(world.moved()).toEqual([]);
  });
});

describe('a token off the grid', () => {
  it.each([{ alt: true }, { shift: true }])('goes with %j held', (held) => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(5.25, 3.75, held);
    world.up(5.25, 3.75, held);
    expect(world.moved()).toEqual([{ token: 7, path: [[5.25, 3.75]] }]);
  });

  it('goes and comes back, as the key changes in the middle of the drag, without the pointer moving', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(5.25, 3.75);
    expect(ghosts(world)).toEqual([[7, 5.5, 3.5]]);
    expect(world.press('Alt', { alt: true })).toBe(true);
    expect(ghosts(world)).toEqual([[7, 5.25, 3.75]]);
    world.release('Alt');
    expect(ghosts(world)).toEqual([[7, 5.5, 3.5]]);
    world.up(5.25, 3.75);
    expect(world.moved()).toEqual([{ token: 7, path: [[5.5, 3.5]] }]);
  });

  it('is said by what is held at the drop', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5, { shift: true });
    world.move(5.25, 3.75, { shift: true });
    world.up(5.25, 3.75);
    expect(world.moved()).toEqual([{ token: 7, path: [[5.5, 3.5]] }]);
  });
});

describe('way points', () => {
  it('are set with Space and walked in order, by every token of the group', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5), token(8, 3.5, 4.5)] });
    world.table.select([7, 8]);
    world.down(2.5, 2.5);
    world.move(6.5, 2.5);
    expect(world.press(' ')).toBe(true);
    world.move(6.5, 6.5);
    expect(world.sketch.parts.ruler?.points).toEqual([{ x: 2.5, y: 2.5 }, { x: 6.5, y: 2.5 }, { x: 6.5, y: 6.5 }]);
    expect(world.sketch.parts.ruler?.label).toBe('40 ft');
    world.up(6.5, 6.5);
    expect(world.moved()).toEqual([
      { token: 7, path: [[6.5, 2.5], [6.5, 6.5]] },
      { token: 8, path: [[7.5, 4.5], [7.5, 8.5]] },
    ]);
  });

  it('are not set twice in one place, nor by a key that is held down, and work with other keys held', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(6.25, 2.5, { alt: true });
    world.press(' ', { alt: true });
    world.press(' ', { alt: true });
    world.move(8.25, 2.5, { alt: true });
    world.press(' ', { alt: true, isRepeated: true });
    world.up(9.25, 2.5, { alt: true });
    expect(world.moved()).toEqual([{ token: 7, path: [[6.25, 2.5], [9.25, 2.5]] }]);
  });

  it('end at the hundredth, as the server wants it', () => {
    const world = stand({ tokens: [token(7, 0.5, 0.5)] });
    world.down(0.5, 0.5);
    for (let index = 0; index < 120; index += 1) {
      world.move(1.5 + (index % 2), 0.5);
      world.press(' ');
    }
    world.up(9.5, 9.5);
    expect(world.moved()[0]?.path.length).toBe(100);
  });
});

describe('a group', () => {
  const group = [token(7, 2.5, 2.5), token(8, 4.5, 2.5), token(9, 9.5, 9.5, { mine: false })];

  it('keeps its order, and what is not one’s own stays behind', () => {
    const world = stand({ role: 'player', tokens: group });
    world.table.select([7, 8, 9]);
    world.drag({ x: 4.5, y: 2.5 }, { x: 6.5, y: 3.5 });
    expect(world.moved()).toEqual([
      { token: 7, path: [[4.5, 3.5]] },
      { token: 8, path: [[6.5, 3.5]] },
    ]);
  });

  it('stops at the edge of the map as one', () => {
    const world = stand({ tokens: group });
    world.table.select([7, 8]);
    world.drag({ x: 2.5, y: 2.5 }, { x: 30, y: 2.5 });
    expect(world.moved()).toEqual([
      { token: 7, path: [[17.5, 2.5]] },
      { token: 8, path: [[19.5, 2.5]] },
    ]);
  });

  it('grows by a drag with Shift, and is left by a drag without', () => {
    const world = stand({ tokens: group });
    world.table.select([7]);
    world.down(4.5, 2.5, { shift: true });
    world.move(6.5, 2.5);
    world.up(6.5, 2.5);
    expect(world.moved().map((move) => move.token)).toEqual([7, 8]);
    world.drag({ x: 9.5, y: 9.5 }, { x: 10.5, y: 9.5 });
    expect(world.table.selection).toEqual(new Set([9]));
  });
});

describe('a drag is cancelled', () => {
  const begun = () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5);
    world.move(6.5, 2.5);
    world.press(' ');
    world.move(6.5, 6.5);
    return world;
  };
  const nothing = (world: ReturnType<typeof stand>): void => {
    expect(ghosts(world)).toEqual([]);
    expect(world.sketch.parts.ruler).toBe(null);
    world.move(9.5, 9.5);
    expect(ghosts(world)).toEqual([]);
    world.up(9.5, 9.5);
    expect(world.moved()).toEqual([]);
    expect(world.fleeting().at(-1)).toEqual({ type: 'drag', ghosts: [] });
  };

  it('by Escape', () => {
    const world = begun();
    expect(world.press('Escape')).toBe(true);
    nothing(world);
    expect(world.table.selection).toEqual(new Set([7]));
  });

  it('by the right button', () => {
    const world = begun();
    world.move(6.6, 6.6, { isSecondaryDown: true });
    nothing(world);
    expect(world.calls).toEqual([]);
  });

  it('by the browser taking the pointer, and by another window', () => {
    const lost = begun();
    lost.hands.lose(1);
    nothing(lost);
    const left = begun();
    left.hands.rest();
    nothing(left);
  });

  it('by a second finger', () => {
    const world = begun();
    world.down(3, 3, { id: 2 });
    world.up(3, 3, { id: 2 });
    nothing(world);
  });

  it('when the token is gone, or the scene', () => {
    const gone = begun();
    gone.tell({ gone: [7] });
    nothing(gone);
    const elsewhere = begun();
    const scene = elsewhere.table.scene;
    if (scene === null) throw new Error('there is a scene');
    elsewhere.tell({ scene: { ...scene, scene: 101 } });
    nothing(elsewhere);
  });

  it('by putting the tool down', () => {
    const world = begun();
    world.hands.tool = 'ruler';
    nothing(world);
  });
});

describe('copies', () => {
  it('are dragged by a game master who holds Alt, and the originals stay', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5), token(8, 3.5, 2.5)] });
    world.table.select([7, 8]);
    world.down(2.5, 2.5, { alt: true });
    world.move(5.3, 6.4, { alt: true });
    expect(world.cursors.at(-1)).toBe('copy');
    expect(world.sketch.parts.areCopies).toBe(true);
    expect(ghosts(world)).toEqual([[7, 5.5, 6.5], [8, 6.5, 6.5]]);
    world.up(5.3, 6.4, { alt: true });
    expect(world.moved()).toEqual([]);
    expect(world.calls).toEqual([{ call: 'copy', tokens: [7, 8], by: [3 * 256, 4 * 256] }]);
    expect(world.fleeting()).toEqual([]);
    expect(world.sketch.parts.areCopies).toBe(false);
  });

  it('go off the grid when Alt is taken again', () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5)] });
    world.down(2.5, 2.5, { alt: true });
    world.move(5.3, 2.5, { alt: true });
    world.move(5.3, 2.5);
    world.move(5.25, 2.5, { alt: true });
    world.up(5.25, 2.5, { alt: true });
    expect(world.calls).toEqual([{ call: 'copy', tokens: [7], by: [704, 0] }]);
  });

  it('are not for players: Alt places freely', () => {
    const world = stand({ role: 'player', tokens: [token(7, 2.5, 2.5)] });
    world.drag({ x: 2.5, y: 2.5 }, { x: 5.25, y: 2.5 }, { alt: true });
    expect(world.calls).toEqual([]);
    expect(world.moved()).toEqual([{ token: 7, path: [[5.25, 2.5]] }]);
  });
});

describe('others', () => {
  it('see the ghost at once, then now and then, and where it rests', () => {
    const world = stand({ tokens: [token(7, 0.5, 0.5)] });
    const seen = (): (number | null)[] =>
      world.fleeting().map((frame) => (frame.type === 'drag' && frame.ghosts[0] ? frame.ghosts[0].at[0] / 256 : null));
    world.down(0.5, 0.5);
    for (const x of [1.5, 2.5, 3.5]) world.move(x, 0.5);
    expect(seen()).toEqual([1.5]);
    world.pass(40);
    expect(seen()).toEqual([1.5, 3.5]);
    world.pass(1_000);
    world.move(3.6, 0.5);
    expect(seen()).toEqual([1.5, 3.5]);
    world.move(4.5, 0.5);
    world.up(4.5, 0.5);
    expect(seen()).toEqual([1.5, 3.5, 4.5, null]);
    world.pass(1_000);
    expect(seen().length).toBe(4);
  });
});
