import { describe, expect, it } from 'vitest';
import type { Command, DrawingView } from '../net/frames';
import type { DrawWork } from '../table/drawing';
import { CELL } from '../table/grid';
import { stand, type StandOptions } from './testing';

const at = (x: number, y: number): [number, number] => [x * CELL, y * CELL];

const circle = (drawing: number, more: Partial<DrawingView> = {}): DrawingView => ({
  drawing,
  shape: { kind: 'circle', middle: at(5, 5), radius: 2 * CELL },
  color: 0xff0000,
  width: 32,
  filled: true,
  mine: true,
  ...more,
});

const note = (drawing: number): DrawingView => ({ ...circle(drawing), shape: { kind: 'note', at: at(5, 5), text: 'A well' }, width: 102, filled: false });

function artist(work: Partial<DrawWork> = {}, options: StandOptions = {}) {
  const desk = stand(options);
  desk.hands.tool = 'draw';
  desk.hands.drawing = { ...desk.hands.drawing, color: 0x00ff00, ...work };
  const drawn = (): Extract<Command, { do: 'add_drawing' }>[] => desk.asked.flatMap((command) => (command.do === 'add_drawing' ? [command] : []));
  return { ...desk, drawn };
}

describe('the pen', () => {
  it('draws a line without the points that say nothing', () => {
    const { down, move, up, drawn, sketch } = artist({ kind: 'pen' });
    down(2, 2);
    for (let step = 1; step <= 40; step += 1) move(2 + step / 10, 2);
    expect(sketch.parts.drawing?.shape.kind).toBe('line');
    up(6, 4);
    expect(drawn()).toEqual([
      { do: 'add_drawing', shape: { kind: 'line', points: [at(2, 2), at(6, 2), at(6, 4)] }, color: 0x00ff00, width: 32, filled: false, shown: 'everyone' },
    ]);
  });

  it('makes a dot of a click', () => {
    const { click, drawn } = artist({ kind: 'pen' });
    click(2, 2);
    expect(drawn()[0]?.shape).toEqual({ kind: 'line', points: [at(2, 2), at(2, 2)] });
  });

  it('goes on with another line when one grows too long', () => {
    const { down, move, up, drawn } = artist({ kind: 'pen' });
    down(2, 2);
    for (let step = 1; step <= 700; step += 1) move(2 + (step % 2), 2 + step / 50);
    up(3, 16);
    expect(drawn().length).toBe(2);
    for (const { shape } of drawn()) expect(shape.kind === 'line' && shape.points.length).toBeLessThanOrEqual(500);
  });

  it('leaves nothing when it is cancelled', () => {
    const { down, move, press, up, drawn, sketch } = artist({ kind: 'pen' });
    down(2, 2);
    move(4, 4);
    press('Escape');
    up(5, 5);
    expect(drawn()).toEqual([]);
    expect(sketch.parts.drawing).toBeNull();
  });
});

describe('shapes', () => {
  it.each([
    ['line', { kind: 'line', points: [at(2, 2), at(5, 6)] }],
    ['rectangle', { kind: 'rectangle', a: at(2, 2), b: at(5, 6) }],
    ['circle', { kind: 'circle', middle: at(2, 2), radius: 5 * CELL }],
  ] as const)('are drawn by a drag: a %s', (kind, shape) => {
    const { drag, drawn } = artist({ kind });
    drag({ x: 2, y: 2 }, { x: 5, y: 6 });
    expect(drawn().map((command) => command.shape)).toEqual([shape]);
  });

  it('say how far they reach', () => {
    const { down, move, sketch } = artist({ kind: 'circle' });
    down(2, 2);
    move(5, 6);
    expect(sketch.parts.ruler?.label).toBe('25 ft');
  });

  it('are nothing without a drag', () => {
    for (const kind of ['line', 'rectangle', 'circle'] as const) {
      const { click, drag, drawn } = artist({ kind });
      click(2, 2);
      drag({ x: 2, y: 2 }, { x: 2, y: 2 });
      expect(drawn()).toEqual([]);
    }
  });

  it('end on their first corner, by Enter, and not with fewer than three', () => {
    const { click, press, drawn, asked } = artist({ kind: 'polygon' }, { role: 'player' });
    click(2, 2);
    click(6, 2);
    press('Enter');
    expect(asked).toEqual([]);
    click(6, 6);
    click(2, 2);
    for (const [x, y] of [[8, 8], [9, 8], [9, 9]] as const) click(x, y);
    press('Enter');
    expect(drawn().map((command) => command.shape)).toEqual([
      { kind: 'polygon', points: [at(2, 2), at(6, 2), at(6, 6)] },
      { kind: 'polygon', points: [at(8, 8), at(9, 8), at(9, 9)] },
    ]);
  });

  it('stay on the map, and are shown until the server has answered', async () => {
    const { drag, drawn, sketch, answered } = artist({ kind: 'rectangle' });
    drag({ x: 18, y: 18 }, { x: 25, y: 25 });
    expect(drawn()[0]?.shape).toEqual({ kind: 'rectangle', a: at(18, 18), b: at(20, 20) });
    expect(sketch.parts.drawing).not.toBeNull();
    await answered();
    expect(sketch.parts.drawing).toBeNull();
  });

  it('of a game master are for whom they say, those of players for everyone', () => {
    const work = { kind: 'line', shown: 'masters' } as const;
    for (const [role, shown] of [['gm', 'masters'], ['player', 'everyone']] as const) {
      const { drag, drawn } = artist(work, { role });
      drag({ x: 2, y: 2 }, { x: 5, y: 6 });
      expect(drawn()[0]?.shown).toBe(shown);
    }
  });
});

describe('the eraser', () => {
  it('wipes away one’s own on its way, and no others', () => {
    const far = circle(72, { shape: { kind: 'circle', middle: at(12, 5), radius: CELL } });
    const others = circle(73, { mine: false, shape: { kind: 'circle', middle: at(8, 5), radius: CELL } });
    const { drag, asked } = artist({ kind: 'eraser' }, { role: 'player', drawings: [circle(71), far, others] });
    drag({ x: 5, y: 5 }, { x: 8, y: 5 });
    expect(asked).toEqual([{ do: 'remove_drawings', drawings: [71] }]);
  });

  it('is Delete while another pen is in hand', () => {
    const { move, press, asked } = artist({ kind: 'pen' }, { drawings: [circle(71), circle(74)] });
    move(5, 5);
    press('Delete');
    expect(asked).toEqual([{ do: 'remove_drawings', drawings: [74] }]);
  });
});

describe('notes', () => {
  it('are written where one clicks, and opened by a click', () => {
    const { hands, click, calls } = stand({ drawings: [note(71)] });
    hands.tool = 'note';
    click(9, 9);
    click(5, 5);
    expect(calls).toEqual([{ call: 'newNote', place: { x: 9, y: 9 } }, { call: 'editNote', note: 71 }]);
  });

  it('are put in the middle by Enter', () => {
    const { press, calls } = stand({ role: 'player' });
    press('n');
    press('Enter');
    expect(calls).toEqual([{ call: 'pick', tool: 'note' }, { call: 'newNote', place: null }]);
  });

  it('move by a drag', () => {
    const { hands, drag, asked } = stand({ drawings: [note(71)] });
    hands.tool = 'note';
    drag({ x: 5, y: 5 }, { x: 7, y: 8 });
    expect(asked).toEqual([{ do: 'edit_drawings', drawings: [71], change: { by: at(2, 3) } }]);
  });

  it('are opened by a double click with an empty hand, under no token', () => {
    const { double, calls } = stand({ role: 'player', drawings: [note(71), { ...note(72), mine: false }] });
    double(5, 5);
    expect(calls).toEqual([{ call: 'editNote', note: 71 }]);
  });
});

describe('a menu', () => {
  it('is about one’s own drawing where no token is', () => {
    const { down, up, calls } = stand({ role: 'player', drawings: [circle(71)] });
    down(5, 5, { button: 'secondary' });
    up(5, 5, { button: 'secondary' });
    expect(calls.map((call) => call.call === 'menu' && call.target)).toEqual([{ kind: 'drawing', handle: 71 }]);
  });
});
