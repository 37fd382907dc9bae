import { describe, expect, it } from 'vitest';
import { chord, type Habit, HABITS, type HabitName, habitsBy, habitsFor } from './habits';
import { door, stand, token } from './testing';

const tokens = [token(7, 2.5, 2.5), token(8, 6.5, 2.5), token(9, 2.5, 6.5, { mine: false })];

describe('steps', () => {
  it.each([
    ['ArrowLeft', 1.5, 2.5], ['a', 1.5, 2.5], ['ArrowRight', 3.5, 2.5], ['d', 3.5, 2.5],
    ['ArrowUp', 2.5, 1.5], ['w', 2.5, 1.5], ['ArrowDown', 2.5, 3.5], ['S', 2.5, 3.5],
  ])('%s goes to %d, %d', (key, x, y) => {
    const world = stand({ role: 'player', tokens });
    world.table.select([7]);
    expect(world.press(key)).toBe(true);
    expect(world.moved()).toEqual([{ token: 7, path: [[x, y]] }]);
  });

  it('add up while the key is held, before the server has answered', () => {
    const world = stand({ tokens });
    world.table.select([7]);
    world.press('ArrowRight');
    world.press('ArrowRight', { isRepeated: true });
    expect(world.moved().map((move) => move.path)).toEqual([[[3.5, 2.5]], [[4.5, 2.5]]]);
  });

  it('stop at the edge, for all of a group', () => {
    const world = stand({ tokens: [token(7, 0.5, 2.5), token(8, 6.5, 2.5)] });
    world.table.select([7, 8]);
    expect(world.press('ArrowLeft')).toBe(true);
    expect(world.moved()).toEqual([]);
  });

  it('keep a group together on hexagons', () => {
    const row = Math.sqrt(3) / 2;
    const first = 1 / Math.sqrt(3);
    const hexes = [token(7, 2.5, first), token(8, 3, first + row)].map((one) => ({ ...one, at: [Math.round(one.at[0]), Math.round(one.at[1])] as [number, number] }));
    const world = stand({ shape: 'hex_pointy', tokens: hexes });
    world.table.select([7, 8]);
    world.press('ArrowDown');
    const [a, b] = world.moved().map((move) => move.path[0] ?? [0, 0]);
    expect([(b?.[0] ?? 0) - (a?.[0] ?? 0), (b?.[1] ?? 0) - (a?.[1] ?? 0)].map((value) => value.toFixed(1))).toEqual(['0.5', '0.9']);
  });

  it('say why the server refused one', async () => {
    const world = stand({ tokens });
    world.table.select([7]);
    world.press('ArrowLeft');
    world.commands.settle({ id: 'c1', refused: { code: 'blocked', message: 'a wall' } });
    await world.answered();
    expect(world.calls).toEqual([{ call: 'refused', message: 'a wall' }]);
  });
});

describe('targets', () => {
  const foes = [token(7, 2.5, 2.5), token(8, 6.5, 2.5, { mine: false, targeted_by: [2] }), token(9, 2.5, 6.5, { mine: false })];
  const aimed = (world: ReturnType<typeof stand>): (readonly number[])[] =>
    world.asked.flatMap((command) => (command.do === 'target' ? [command.tokens] : []));

  it('are what is under the pointer, beside those of before', () => {
    const world = stand({ role: 'player', tokens: foes });
    world.move(6.5, 2.5);
    expect(world.press('t')).toBe(true);
    world.tell({ tokens: [token(8, 6.5, 2.5, { mine: false, targeted_by: [2, 1] })] });
    world.move(2.5, 6.5);
    world.press('t');
    world.move(6.5, 2.5);
    world.press('t');
    expect(aimed(world)).toEqual([[8], [8, 9], []]);
  });

  it('are what is selected, where there is no pointer, and nothing where nothing is', () => {
    const world = stand({ role: 'player', tokens: foes });
    expect(world.press('t')).toBe(false);
    world.table.select([8, 9]);
    world.press('t');
    expect(aimed(world)).toEqual([[8, 9]]);
  });

  it('are gone through by Shift+T, past one’s own', () => {
    const world = stand({ role: 'player', tokens: foes });
    world.press('T', { shift: true });
    world.tell({ tokens: [token(8, 6.5, 2.5, { mine: false, targeted_by: [1] })] });
    world.press('T', { shift: true });
    world.tell({ tokens: [token(8, 6.5, 2.5, { mine: false }), token(9, 2.5, 6.5, { mine: false, targeted_by: [1] })] });
    world.press('T', { shift: true });
    expect(aimed(world)).toEqual([[8], [9], [8]]);
    expect(stand({ role: 'spectator', tokens: foes }).press('T', { shift: true })).toBe(false);
  });
});

describe('turning', () => {
  it('is seen at once and told once, when the hand rests', async () => {
    const world = stand({ tokens: [token(7, 2.5, 2.5, { rotation: 350 }), token(8, 6.5, 2.5)] });
    world.table.select([7, 8]);
    for (let step = 0; step < 3; step += 1) world.press('e', { isRepeated: step > 0 });
    expect([...world.sketch.parts.rotations]).toEqual([[7, 35], [8, 45]]);
    expect(world.asked).toEqual([]);
    world.pass(250);
    expect(world.asked).toEqual([
      { do: 'edit_tokens', tokens: [7], change: { rotation: 35 } },
      { do: 'edit_tokens', tokens: [8], change: { rotation: 45 } },
    ]);
    expect(world.sketch.parts.rotations.size).toBe(2);
    await world.answered();
    expect(world.sketch.parts.rotations.size).toBe(0);
  });

  it('of tokens that face alike is one command', () => {
    const world = stand({ tokens });
    world.table.select([7, 8]);
    world.press('q');
    world.pass(250);
    expect(world.asked).toEqual([{ do: 'edit_tokens', tokens: [7, 8], change: { rotation: 345 } }]);
  });

  it('goes by the notch of a wheel with Shift, and by the way of a track pad', () => {
    const world = stand({ tokens });
    const { scale } = world.camera;
    world.table.select([7]);
    world.wheel(9, 9, 120, { shift: true });
    world.wheel(9, 9, 100, { shift: true });
    for (let step = 0; step < 5; step += 1) world.wheel(9, 9, -10, { shift: true });
    expect([...world.sketch.parts.rotations]).toEqual([[7, 15]]);
    expect(world.camera.scale).toBe(scale);
  });

  it('zooms when there is nothing to turn', () => {
    const world = stand({ tokens });
    const { scale } = world.camera;
    world.wheel(9, 9, -100, { shift: true });
    expect(world.camera.scale).toBeGreaterThan(scale);
    expect(world.press('e')).toBe(false);
  });

  it('is taken back by Escape before it was told', () => {
    const world = stand({ tokens });
    world.table.select([7]);
    world.press('e');
    expect(world.press('Escape')).toBe(true);
    world.pass(1_000);
    expect([world.asked, world.sketch.parts.rotations.size, world.table.selection.size]).toEqual([[], 0, 1]);
  });

  it('is told before it is undone, and when the map goes', () => {
    const world = stand({ tokens });
    world.table.select([7]);
    world.press('e');
    world.press('z', { ctrl: true });
    expect(world.asked.map((command) => command.do)).toEqual(['edit_tokens', 'undo']);
    world.press('e');
    world.hands.destroy();
    expect(world.asked.length).toBe(3);
  });

  it('of a token that is gone is forgotten', () => {
    const world = stand({ tokens });
    world.table.select([7]);
    world.press('e');
    world.tell({ gone: [7] });
    world.pass(250);
    expect(world.asked).toEqual([]);
  });
});

describe('Tab', () => {
  const portals = [door(20, [5, 5], [6, 5]), door(21, [5, 2], [6, 2])];

  it('goes from token to token in reading order, then to the doors, then out of the map', () => {
    const world = stand({ role: 'player', tokens: [...tokens, token(6, 1.5, 9.5)], portals });
    const seen = [1, 2, 3, 4, 5, 6].map(() => [world.press('Tab'), [...world.table.selection], world.sketch.parts.hovered?.handle ?? null]);
    expect(seen).toEqual([
      [true, [7], null], [true, [8], null], [true, [6], null],
      [true, [], 21], [true, [], 20],
      [false, [], null],
    ]);
    expect(world.calls.map((call) => (call.call === 'reach' ? call.portal : null))).toEqual([21, null, 20, null]);
  });

  it('goes back with Shift, and from either end out', () => {
    const world = stand({ tokens: tokens.slice(0, 2) });
    world.press('Tab', { shift: true });
    expect(world.table.selection).toEqual(new Set([8]));
    world.press('Tab', { shift: true });
    expect(world.press('Tab', { shift: true })).toBe(false);
    expect(world.table.selection.size).toBe(0);
  });

  it('opens the door that it has come to with Enter, and offers what else can be done', () => {
    const world = stand({ role: 'player', portals });
    world.press('Tab');
    world.press('Enter');
    world.press('ContextMenu');
    expect(world.asked).toEqual([{ do: 'set_portal', portal: 21, state: 'open' }]);
    expect(world.calls.at(-1)).toEqual({ call: 'menu', target: { kind: 'portal', handle: 21 }, place: { x: 5.5, y: 2 } });
    expect(world.press('Escape')).toBe(true);
    expect(world.press('Enter')).toBe(false);
  });

  it('forgets a door that is out of sight, and one that was left for a token', () => {
    const world = stand({ role: 'player', tokens, portals });
    for (let step = 0; step < 3; step += 1) world.press('Tab');
    world.tell({ gone: [21] });
    expect(world.press('Enter')).toBe(false);
    world.press('Tab', { shift: true });
    world.press('Tab', { shift: true });
    world.table.select([7]);
    expect(world.press('Enter')).toBe(false);
  });

  it('brings what is off the screen into view', () => {
    const world = stand({ tokens: [token(7, 19.5, 19.5)] });
    world.camera.glideTo({ x: 2, y: 2 }, 200);
    world.pass(500);
    world.camera.advance();
    world.press('Tab');
    world.pass(500);
    world.camera.advance();
    expect(world.camera.shows({ x: 19.5, y: 19.5 }, 0)).toBe(true);
  });
});

describe('keys on tokens', () => {
  it('open what is selected, for the game master', () => {
    const world = stand({ tokens });
    expect(world.press('Enter')).toBe(false);
    world.table.select([7, 8]);
    expect(world.press('Enter')).toBe(true);
    expect(world.calls).toEqual([{ call: 'open', tokens: [7, 8] }]);
  });

  it('delete it, by either key', () => {
    const world = stand({ tokens });
    expect(world.press('Delete')).toBe(false);
    world.table.select([7]);
    world.press('Delete');
    world.press('Backspace');
    world.press('Delete', { isRepeated: true });
    expect(world.calls).toEqual([{ call: 'remove', tokens: [7] }, { call: 'remove', tokens: [7] }]);
  });

  it('duplicate it beside', () => {
    const world = stand({ tokens });
    expect(world.press('d', { ctrl: true })).toBe(false);
    world.table.select([7]);
    expect(world.press('d', { ctrl: true })).toBe(true);
    expect(world.calls).toEqual([{ call: 'copy', tokens: [7], by: null }]);
  });

  it('copy, and paste at the pointer, on the map, or beside when there is no pointer or it is over the original', () => {
    const world = stand({ tokens });
    world.table.select([7, 8]);
    world.press('c', { ctrl: true });
    world.table.clearSelection();
    world.press('v', { ctrl: true });
    world.move(4.4, 9.6);
    world.press('v', { ctrl: true });
    world.move(19.9, 2.5);
    world.press('v', { ctrl: true });
    world.move(2.5, 2.5);
    world.press('v', { ctrl: true });
    expect(world.calls.map((call) => (call.call === 'copy' ? [call.tokens, call.by] : []))).toEqual([
      [[7, 8], null], [[7, 8], [512, 1792]], [[7, 8], [13 * 256, 0]], [[7, 8], null],
    ]);
    world.tell({ gone: [7, 8] });
    expect(world.press('v', { ctrl: true })).toBe(false);
  });

  it('do none of that for players', () => {
    const world = stand({ role: 'player', tokens });
    world.table.select([7]);
    for (const [key, held] of [['Enter', {}], ['Delete', {}], ['d', { ctrl: true }], ['c', { ctrl: true }], ['v', { ctrl: true }], ['N', { shift: true }], ['b', {}], ['o', {}]] as const) {
      expect([key, world.press(key, held)]).toEqual([key, false]);
    }
    expect(world.calls).toEqual([]);
  });

  it('offer the actions of what is selected', () => {
    const world = stand({ role: 'player', tokens });
    expect(world.press('F10', { shift: true })).toBe(false);
    world.table.select([7]);
    expect(world.press('F10', { shift: true })).toBe(true);
    expect(world.calls).toEqual([{ call: 'menu', target: { kind: 'token', handle: 7 }, place: { x: 2.5, y: 2.5 } }]);
  });
});

describe('keys of the table', () => {
  it('undo and redo, wherever the focus is', () => {
    const world = stand({ role: 'player' });
    for (const [key, held] of [['z', {}], ['y', {}], ['Z', { shift: true }]] as const) {
      expect(world.press(key, { ctrl: true, isOnMap: false, ...held })).toBe(true);
    }
    expect(world.asked).toEqual([{ do: 'undo' }, { do: 'redo' }, { do: 'redo' }]);
  });

  it('take tools by letter and digit', () => {
    const world = stand();
    for (const key of ['m', 'p', 'b', 'o', 'v', '2', '3', '4', '5', '1']) world.press(key);
    expect(world.calls.map((call) => (call.call === 'pick' ? call.tool : null))).toEqual([
      'ruler', 'ping', 'wall', 'portal', 'select', 'ruler', 'ping', 'wall', 'portal', 'select',
    ]);
  });

  it('make a token at the pointer, or anywhere', () => {
    const world = stand();
    const press = (): boolean => world.press('N', { shift: true });
    press();
    world.move(3, 4);
    press();
    world.hands.leave();
    press();
    expect(world.calls).toEqual([{ call: 'newToken', place: null }, { call: 'newToken', place: { x: 3, y: 4 } }, { call: 'newToken', place: null }]);
  });

  it('go to the chat and to the list of keys from anywhere', () => {
    const world = stand({ role: 'spectator' });
    world.press('/', { isOnMap: false });
    world.press('/', { isOnMap: false, shift: true });
    world.press('C', { isOnMap: false, shift: true });
    world.press('?', { isOnMap: false, shift: true });
    expect(world.calls.map((call) => call.call)).toEqual(['chat', 'chat', 'chat', 'help']);
  });

  it('mean nothing while another part of the page has the focus', () => {
    const world = stand({ tokens });
    world.table.select([7]);
    for (const key of ['ArrowLeft', 'w', 'Tab', 'Delete', 'm', ' ', '0', 'Enter']) {
      expect([key, world.press(key, { isOnMap: false })]).toEqual([key, false]);
    }
    expect([world.moved(), world.calls]).toEqual([[], []]);
  });

  it('of a single character can be turned off', () => {
    const world = stand({ tokens });
    world.hands.hasCharacterKeys = false;
    world.table.select([7]);
    for (const key of ['w', 'm', '2', '/', '?', '+', 'e']) expect([key, world.press(key)]).toEqual([key, false]);
    expect(world.press('C', { shift: true })).toBe(false);
    expect(world.press('ArrowUp')).toBe(true);
    expect(world.press('z', { ctrl: true })).toBe(true);
    expect(world.press('Tab')).toBe(true);
  });

  it('wait while something is dragged', () => {
    const world = stand({ tokens });
    world.down(2.5, 2.5);
    world.move(5.5, 2.5);
    for (const key of ['Delete', 'm', 'ArrowLeft', 'n', 'Tab']) expect([key, world.press(key)]).toEqual([key, false]);
    expect([world.calls, world.hands.tool, world.sketch.parts.ghosts.length]).toEqual([[], 'select', 1]);
  });
});

describe('the table of habits', () => {
  it('writes keys as they are typed on any keyboard', () => {
    const held = { ctrl: false, alt: false, shift: false };
    expect(chord('a', held)).toBe('A');
    expect(chord('A', { ...held, shift: true })).toBe('Shift+A');
    expect(chord('z', { ...held, ctrl: true, shift: true })).toBe('Ctrl+Shift+Z');
    expect(chord(' ', held)).toBe('Space');
    expect(chord('/', { ...held, shift: true })).toBe('/');
    expect(chord('?', { ctrl: true, alt: true, shift: false })).toBe('?');
    expect(chord('+', { ...held, ctrl: true })).toBe('Ctrl++');
    expect(chord('F10', { ...held, shift: true })).toBe('Shift+F10');
  });

  it('gives every key one meaning at a time, or several that give way to each other', () => {
    const shared: Record<string, readonly string[]> = {};
    for (const [, habit] of habitsFor('gm')) {
      for (const trigger of habit.by) {
        const names = habitsBy(trigger, 'gm', false);
        if (names.length > 1) shared[trigger] = names;
      }
    }
    expect(shared).toEqual({
      P: ['fogPolygon', 'pingTool'],
      B: ['fogBrush', 'wallTool'],
      T: ['fogCover', 'target'],
      D: ['east', 'drawTool'],
      E: ['fogErase', 'turnRight'],
      Enter: ['endLine', 'usePortal', 'open'],
      DoubleClick: ['endLine', 'open', 'editNote'],
      RightClick: ['cancel', 'actions'],
      Click: ['usePortal', 'select'],
    });
  });

  it('lets every key in it do something', () => {
    const isKey = (trigger: string): boolean => !/(Drag|Wheel|Pinch|Click|Hold)$/.test(trigger);
    const states: ((world: ReturnType<typeof stand>) => void)[] = [
      (world) => world.table.select([7]),
      (world) => world.press('Tab', { shift: true }),
      (world) => {
        world.hands.tool = 'wall';
        world.click(9, 9);
      },
      (world) => {
        world.hands.tool = 'fog';
        world.tell({ fog: { preparing: true } });
      },
      (world) => {
        world.table.select([7]);
        world.press('c', { ctrl: true });
      },
      (world) => {
        world.down(2.5, 2.5);
        world.move(5.5, 2.5);
      },
    ];
    const idle: string[] = [];
    for (const name of Object.keys(HABITS) as HabitName[]) {
      const habit: Habit = HABITS[name];
      for (const trigger of [...habit.by, ...(habit.also ?? [])].filter(isKey)) {
        if (['Alt', 'Shift'].includes(trigger)) continue;
        const parts = trigger.length === 1 ? [trigger] : trigger.split('+');
        const key = parts.at(-1) === 'Space' ? ' ' : (parts.at(-1) ?? '');
        const held = { ctrl: parts.includes('Ctrl'), shift: parts.includes('Shift'), alt: false };
        const works = states.some((prepare) => {
          const world = stand({ tokens: tokens.slice(0, 1), portals: [door(20, [5, 5], [6, 5])] });
          prepare(world);
          return world.press(key, held);
        });
        if (!works) idle.push(`${name}: ${trigger}`);
      }
    }
    expect(idle).toEqual([]);
  });

  it('offers players and spectators less', () => {
    const names = (audience: 'all' | 'players' | 'gm'): number => habitsFor(audience).length;
    expect(names('gm')).toBe(Object.keys(HABITS).length);
    expect(names('players')).toBeLessThan(names('gm'));
    expect(names('all')).toBeLessThan(names('players'));
  });
});
