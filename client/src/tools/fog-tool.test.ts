import { describe, expect, it } from 'vitest';
import { CELL } from '../table/grid';
import type { FogWork } from '../table/fog';
import { stand } from './testing';

function painter(work: Partial<FogWork> = {}) {
  const hall = stand();
  hall.hands.tool = 'fog';
  hall.hands.fog = { ...hall.hands.fog, ...work };
  return hall;
}

const at = (x: number, y: number): [number, number] => [x * CELL, y * CELL];

describe('the fog tool', () => {
  it('paints a rectangle from corner to corner', () => {
    const { drag, asked, sketch } = painter({ shape: 'rectangle', cover: 'veiled' });
    drag({ x: 2, y: 2 }, { x: 5, y: 4 });
    expect(asked).toEqual([
      { do: 'paint_fog', stage: 'live', cover: 'veiled', shape: { kind: 'rectangle', a: at(2, 2), b: at(5, 4) } },
    ]);
    expect(sketch.parts.fog).toBeNull();
  });

  it('paints nothing for a click', () => {
    const { click, asked } = painter({ shape: 'rectangle' });
    click(2, 2);
    expect(asked).toEqual([]);
  });

  it('closes a polygon on its first corner, by Enter and by the last corner again', () => {
    const { click, press, asked, calls } = painter({ shape: 'polygon' });
    const corners = [at(2, 2), at(6, 2), at(6, 6)];
    const draw = (): void => corners.forEach(([x, y]) => click(x / CELL, y / CELL));
    draw();
    click(2, 2);
    draw();
    press('Enter');
    draw();
    click(6, 6);
    const polygon = { do: 'paint_fog', stage: 'live', cover: 'revealed', shape: { kind: 'polygon', points: corners } };
    expect(asked).toEqual([polygon, polygon, polygon]);
    expect(calls).toEqual([]);
  });

  it('gives up a polygon with Escape', () => {
    const { click, press, asked, sketch } = painter({ shape: 'polygon' });
    click(2, 2);
    click(6, 2);
    press('Escape');
    expect(sketch.parts.fog).toBeNull();
    click(2, 6);
    click(2, 6);
    expect(asked).toEqual([]);
  });

  it('paints with a brush along its way, and keeps on the map', () => {
    const { down, move, up, asked } = painter({ shape: 'brush', radius: 1 });
    down(1.1, 1.1);
    move(3.1, 1.1);
    move(3.12, 1.1);
    move(3.1, -4);
    up(3.1, -4);
    expect(asked).toHaveLength(1);
    const [stroke] = asked;
    if (stroke?.do !== 'paint_fog' || stroke.shape.kind !== 'brush') throw new Error('a stroke is painted');
    expect(stroke.shape.radius).toBe(CELL);
    expect(stroke.shape.points.map(([x, y]) => [x / CELL, y / CELL].map((cells) => Math.round(cells * 10) / 10))).toEqual([
      [1.1, 1.1],
      [3.1, 1.1],
      [3.1, 0],
    ]);
  });

  it('paints a very long stroke in parts', () => {
    const { down, move, up, asked } = painter({ shape: 'brush', radius: 0.25 });
    down(1, 1);
    for (let step = 1; step < 700; step += 1) move(1 + (step % 2), 1 + (step % 180) / 10);
    up(1, 1);
    const lengths = asked.map((command) => (command.do === 'paint_fog' && command.shape.kind === 'brush' ? command.shape.points.length : 0));
    expect(lengths[0]).toBe(500);
    expect(lengths).toHaveLength(2);
  });

  it('paints the draft while one is prepared, and Control+S pushes it', () => {
    const { tell, drag, press, asked } = painter({ shape: 'rectangle' });
    expect(press('s', { ctrl: true })).toBe(false);
    tell({ fog: { preparing: true } });
    drag({ x: 2, y: 2 }, { x: 5, y: 4 });
    expect(asked[0]).toMatchObject({ stage: 'draft' });
    expect(press('s', { ctrl: true })).toBe(true);
    expect(asked.at(-1)).toEqual({ do: 'push_fog' });
  });

  it('asks for a name instead of painting', () => {
    const { drag, asked, calls } = painter({ shape: 'rectangle', isNaming: true });
    drag({ x: 2, y: 2 }, { x: 5, y: 4 });
    expect(asked).toEqual([]);
    expect(calls).toEqual([{ call: 'nameArea', points: [at(2, 2), at(5, 2), at(5, 4), at(2, 4)] }]);
  });

  it('has letters of its own while it is in hand', () => {
    const { hands, press, calls } = painter();
    for (const key of ['p', 'r', 'b', 't', 't', 't']) press(key);
    expect(calls).toEqual([
      { call: 'fog', change: { shape: 'polygon' } },
      { call: 'fog', change: { shape: 'rectangle' } },
      { call: 'fog', change: { shape: 'brush' } },
      { call: 'fog', change: { cover: 'veiled' } },
      { call: 'fog', change: { cover: 'open' } },
      { call: 'fog', change: { cover: 'revealed' } },
    ]);
    hands.tool = 'select';
    press('p');
    expect(calls.at(-1)).toEqual({ call: 'pick', tool: 'ping' });
    press('f');
    expect(calls.at(-1)).toEqual({ call: 'pick', tool: 'fog' });
  });

  it('draws with fingers as with a mouse', () => {
    const { down, move, up, asked } = painter({ shape: 'rectangle' });
    down(2, 2, { kind: 'touch' });
    move(5, 4, { kind: 'touch' });
    up(5, 4, { kind: 'touch' });
    expect(asked).toHaveLength(1);
  });

  it('is not offered to players', () => {
    const { press, calls } = stand({ role: 'player' });
    press('f');
    press('y');
    expect(calls).toEqual([]);
  });
});
