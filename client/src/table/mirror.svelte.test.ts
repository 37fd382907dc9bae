import { describe, expect, it } from 'vitest';
import type { ClientFrame, Update } from '../net/frames';
import { Mirror } from './mirror.svelte';

function stand(isOpen = true) {
  const sent: ClientFrame[] = [];
  const mirror = new Mirror({ send: (frame) => isOpen && sent.push(frame) > 0 });
  const show = (number: number, update: Update): void => mirror.apply({ type: 'mirrored', mirror: number, update });
  return { mirror, sent, show };
}

const fresh = (name: string): Update => ({
  seq: 1,
  fresh: true,
  me: { seat: 1, role: 'player' },
  table: { name, walk_in: false, shared_sight: true, player_undo: true, padded_timing: false, paused: false, players_draw: true },
});

describe('a mirror', () => {
  it('shows what the server says that the seat sees', () => {
    const { mirror, sent, show } = stand();
    mirror.lookAs(7);
    expect(sent).toEqual([{ type: 'mirror', seat: 7 }]);
    expect(mirror.table).toBeNull();
    show(3, fresh('Friday'));
    show(3, { seq: 2, gone: [9] });
    expect([mirror.seat, mirror.number, mirror.table?.table?.name, mirror.table?.isGm]).toEqual([7, 3, 'Friday', false]);
  });

  it('takes nothing of an earlier look for the new one', () => {
    const { mirror, show } = stand();
    mirror.lookAs(7);
    show(3, fresh('Friday'));
    mirror.lookAs(8);
    show(3, { seq: 2, table: { name: 'Late', walk_in: false, shared_sight: true, player_undo: true, padded_timing: false, paused: false, players_draw: true } });
    expect(mirror.table).toBeNull();
    show(4, fresh('Saturday'));
    expect(mirror.table?.table?.name).toBe('Saturday');
  });

  it('ends when one looks away, and when the server says so', () => {
    const { mirror, sent, show } = stand();
    mirror.lookAs(7);
    show(3, fresh('Friday'));
    mirror.lookAway();
    expect([mirror.seat, mirror.table]).toEqual([null, null]);
    expect(sent.at(-1)).toEqual({ type: 'mirror', seat: null });
    show(3, { seq: 2 });
    expect(mirror.table).toBeNull();
    mirror.lookAs(7);
    mirror.apply({ type: 'mirror_ended' });
    expect(mirror.seat).toBeNull();
  });

  it('does not begin while nobody listens', () => {
    const { mirror } = stand(false);
    mirror.lookAs(7);
    expect(mirror.seat).toBeNull();
  });
});
