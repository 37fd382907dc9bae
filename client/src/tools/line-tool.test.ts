import { describe, expect, it } from 'vitest';
import { door, stand, token, wall } from './testing';

function drawing(tool: 'wall' | 'portal', more: Parameters<typeof stand>[0] = {}) {
  const world = stand(more);
  world.hands.tool = tool;
  return world;
}

const drawn = (world: ReturnType<typeof stand>): unknown[] =>
  world.asked.map((command) => {
    if (command.do === 'add_walls') return command.walls.flatMap(({ a, b, kind }) => [kind, a[0] / 256, a[1] / 256, b[0] / 256, b[1] / 256]);
    if (command.do === 'add_portal') return [command.kind, command.a[0] / 256, command.a[1] / 256, command.b[0] / 256, command.b[1] / 256];
    return command;
  });

describe('drawing walls', () => {
  it('goes from corner to corner, snapped to the grid', () => {
    const world = drawing('wall');
    world.click(2.1, 2.1);
    world.click(4.9, 2);
    world.click(5, 5.1);
    expect(drawn(world)).toEqual([['wall', 2, 2, 5, 2], ['wall', 5, 2, 5, 5]]);
  });

  it('shows the next line while the pointer moves, free with Alt', () => {
    const world = drawing('wall');
    world.move(2.1, 2.1);
    expect([world.sketch.parts.cursor, world.sketch.parts.line]).toEqual([{ x: 2, y: 2 }, null]);
    world.click(2.1, 2.1);
    world.move(4.2, 3.1);
    expect(world.sketch.parts.line).toEqual({ kind: 'wall', points: [{ x: 2, y: 2 }, { x: 4, y: 3 }] });
    world.press('Alt', { alt: true });
    expect(world.sketch.parts.line?.points[1]?.x).toBeCloseTo(4.2, 6);
    world.click(4.2, 3.1, { alt: true });
    expect(drawn(world)).toEqual([['wall', 2, 2, 1075 / 256, 794 / 256]]);
  });

  it('ends with Enter, a right click, a second click in one place, and Escape, which keeps the tool', () => {
    const ends = {
      enter: (world: ReturnType<typeof drawing>) => world.press('Enter'),
      rightClick: (world: ReturnType<typeof drawing>) => world.click(9, 9, { button: 'secondary' }),
      again: (world: ReturnType<typeof drawing>) => world.click(5, 2),
      escape: (world: ReturnType<typeof drawing>) => world.press('Escape'),
      double: (world: ReturnType<typeof drawing>) => world.double(5, 2),
    };
    for (const [name, end] of Object.entries(ends)) {
      const world = drawing('wall', { tokens: [token(7, 5, 2)] });
      world.table.select([7]);
      world.click(2, 2);
      world.click(5, 2);
      end(world);
      expect([name, world.sketch.parts.line, world.hands.tool, world.calls]).toEqual([name, null, 'wall', []]);
      world.click(9, 9);
      expect([name, world.asked.length]).toEqual([name, 1]);
    }
  });

  it('is put down by Escape once nothing is under way and nothing selected', () => {
    const world = drawing('wall', { tokens: [token(7, 5, 2)] });
    world.table.select([7]);
    world.click(2, 2);
    world.press('Escape');
    world.press('Escape');
    expect([world.table.selection.size, world.hands.tool]).toEqual([0, 'wall']);
    world.press('Escape');
    expect(world.hands.tool).toBe('select');
    expect(world.press('Escape')).toBe(false);
  });

  it('with a drag draws one line at once', () => {
    const world = drawing('wall');
    world.down(2, 2);
    world.move(4, 4);
    expect(world.sketch.parts.line?.points).toEqual([{ x: 2, y: 2 }, { x: 4, y: 4 }]);
    world.up(4, 4);
    expect(drawn(world)).toEqual([['wall', 2, 2, 4, 4]]);
    world.click(9, 9);
    expect(world.asked.length).toBe(1);
  });

  it('can be aimed while the pointer is down, and taken back', () => {
    const world = drawing('wall');
    world.click(2, 2);
    world.down(4, 2);
    world.move(6, 2);
    world.press('Escape');
    world.up(6, 2);
    expect([world.asked, world.sketch.parts.line?.points]).toEqual([[], [{ x: 2, y: 2 }]]);
    world.down(4, 2);
    world.move(6, 2, { isSecondaryDown: true });
    world.up(6, 2);
    expect(world.asked).toEqual([]);
    world.click(6, 2);
    expect(drawn(world)).toEqual([['wall', 2, 2, 6, 2]]);
  });

  it('outlives two fingers that zoom', () => {
    const world = drawing('wall');
    world.click(2, 2, { kind: 'touch' });
    world.down(8, 8, { kind: 'touch', id: 1 });
    world.down(12, 8, { kind: 'touch', id: 2 });
    world.up(12, 8, { kind: 'touch', id: 2 });
    world.up(8, 8, { kind: 'touch', id: 1 });
    expect(world.asked).toEqual([]);
    world.click(4, 2, { kind: 'touch' });
    expect(drawn(world)).toEqual([['wall', 2, 2, 4, 2]]);
  });

  it('draws the kind that is asked for', () => {
    const world = drawing('wall');
    world.hands.wallKind = 'barrier';
    world.drag({ x: 2, y: 2 }, { x: 4, y: 2 });
    expect(drawn(world)).toEqual([['barrier', 2, 2, 4, 2]]);
  });

  it('leaves nothing behind when another tool is taken or another scene opened', () => {
    const world = drawing('wall');
    world.click(2, 2);
    world.move(4, 2);
    world.hands.tool = 'select';
    expect([world.sketch.parts.line, world.sketch.parts.cursor, world.sketch.parts.edits]).toEqual([null, null, 'tokens']);
    world.hands.tool = 'wall';
    world.click(2, 2);
    const scene = world.table.scene;
    if (scene === null) throw new Error('there is a scene');
    world.tell({ scene: { ...scene, scene: 101 } });
    world.click(6, 6);
    expect(world.asked).toEqual([]);
  });
});

describe('walls that are there', () => {
  it('are marked under the pointer and removed with Delete', () => {
    const world = drawing('wall', { walls: [wall(40, [2, 2], [6, 2])], tokens: [token(7, 9, 9)] });
    world.table.select([7]);
    world.move(4.1, 2.05);
    expect(world.sketch.parts.hovered).toEqual({ kind: 'wall', handle: 40 });
    world.press('Delete');
    expect([world.asked, world.calls]).toEqual([[{ do: 'remove_walls', walls: [40] }], []]);
    world.move(4, 4);
    expect(world.sketch.parts.hovered).toBe(null);
  });

  it('have a menu', () => {
    const world = drawing('wall', { walls: [wall(40, [2, 2], [6, 2])] });
    world.click(4, 2, { button: 'secondary' });
    expect(world.calls).toEqual([{ call: 'menu', target: { kind: 'wall', handle: 40 }, place: { x: 4, y: 2 } }]);
  });

  it('are out of reach past their ends', () => {
    const world = drawing('wall', { walls: [wall(40, [2, 2], [6, 2]), wall(41, [9, 9], [9, 9])] });
    world.move(6.5, 2);
    expect(world.sketch.parts.hovered).toBe(null);
    world.move(9, 9);
    expect(world.sketch.parts.hovered).toEqual({ kind: 'wall', handle: 41 });
  });
});

describe('placing doors and windows', () => {
  it('takes two corners, and then anew', () => {
    const world = drawing('portal');
    world.click(2, 2);
    world.click(3, 2);
    world.click(8, 8);
    expect(drawn(world)).toEqual([['door', 2, 2, 3, 2]]);
    world.click(8, 9);
    expect(drawn(world)[1]).toEqual(['door', 8, 8, 8, 9]);
  });

  it('draws a window when that is wanted', () => {
    const world = drawing('portal');
    world.hands.portalKind = 'window';
    world.down(2, 2);
    world.move(3, 2);
    expect(world.sketch.parts.line?.kind).toBe('window');
    world.up(3, 2);
    expect(drawn(world)).toEqual([['window', 2, 2, 3, 2]]);
  });

  it('marks and removes the door under the pointer', () => {
    const world = drawing('portal', { portals: [door(20, [5, 5], [6, 5])] });
    world.move(5.5, 5);
    world.press('Delete');
    expect(world.asked).toEqual([{ do: 'remove_portal', portal: 20 }]);
  });

  it('is cancelled by a right click before the second corner', () => {
    const world = drawing('portal');
    world.click(2, 2);
    world.click(9, 9, { button: 'secondary' });
    world.click(3, 2);
    expect([world.asked, world.calls]).toEqual([[], []]);
  });
});
