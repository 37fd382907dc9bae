import { describe, expect, it } from 'vitest';
import type { AreaView } from '../net/frames';
import { CELL } from '../table/grid';
import { STILL_MS } from './move-hint';
import { stand, token } from './testing';

const crypt: AreaView = { area: 61, name: 'The crypt', points: [], cover: 'open' };

function hall(role: 'gm' | 'player' = 'gm') {
  const world = stand({ role, tokens: [token(7, 2.5, 2.5)] });
  world.tell({ fog: { preparing: false, areas: [crypt] } });
  const previews = () => world.sent.flatMap((frame) => (frame.type === 'command' && frame.command.do === 'preview_move' ? [frame] : []));
  return { ...world, previews };
}

describe('the hint of what a move would show', () => {
  it('is asked for when the token is held still, and taken back when it goes on', async () => {
    const { down, move, up, pass, previews, commands, calls } = hall();
    down(2.5, 2.5);
    move(6.5, 2.5);
    pass(STILL_MS - 1);
    expect(previews()).toEqual([]);
    pass(1);
    const [asked] = previews();
    expect(asked?.command).toEqual({ do: 'preview_move', moves: [{ token: 7, path: [[6.5 * CELL, 2.5 * CELL]] }] });
    commands.settle({ id: asked?.id ?? '', warns: [61] });
    await Promise.resolve();
    expect(calls).toEqual([{ call: 'warn', areas: [61] }]);
    move(9.5, 2.5);
    expect(calls.at(-1)).toEqual({ call: 'warn', areas: [] });
    up(9.5, 2.5);
    pass(STILL_MS);
    expect(previews()).toHaveLength(1);
  });

  it('does not come for a place that was left', async () => {
    const { down, move, pass, previews, commands, calls } = hall();
    down(2.5, 2.5);
    move(6.5, 2.5);
    pass(STILL_MS);
    move(9.5, 2.5);
    commands.settle({ id: previews()[0]?.id ?? '', warns: [61] });
    await Promise.resolve();
    expect(calls).toEqual([]);
  });

  it('is not asked for by players', () => {
    const { down, move, pass, previews } = hall('player');
    down(2.5, 2.5);
    move(6.5, 2.5);
    pass(STILL_MS);
    expect(previews()).toEqual([]);
  });
});
