import { describe, expect, it } from 'vitest';
import type { ClientFrame, Command, DrawingView, LightView, PortalView, Role, TokenView } from '../../net/frames';
import { Commands } from '../../table/commands';
import { TableState } from '../../table/table.svelte';
import { t } from '../../ui/strings';
import { Toasts } from '../../ui/toasts.svelte';
import { Desk } from './desk.svelte';
import { ringFor, type RingTarget } from './ring-items';

const ORC: TokenView = { token: 10, at: [0, 0], size: 256, rotation: 350, layer: 'token', color: 1, name: 'Orc' };
const LAMP: LightView = { light: 30, at: [0, 0], glow: { bright: 256, dim: 512, color: 1 }, on: true };
const DOOR: PortalView = { portal: 20, a: [0, 0], b: [256, 0], kind: 'door', state: 'shut' };

function setUp(role: Role) {
  const table = new TableState();
  const sent: ClientFrame[] = [];
  const port = {
    send: (frame: ClientFrame): boolean => {
      sent.push(frame);
      return true;
    },
    reconnect: (): void => {},
  };
  const commands = new Commands(table, port, { newId: () => String(sent.length), after: () => () => {} });
  const desk = new Desk(table, commands, new Toasts(() => () => {}));
  const tokens = [ORC, { ...ORC, token: 11, mine: true, hidden: true, rotation: 0 }];
  table.apply({ type: 'update', seq: 1, fresh: true, me: { seat: 1, role }, tokens, portals: [DOOR], lights: [LAMP] });
  const ring = (target: RingTarget) => ringFor(desk, target, [5, 6], { x: 1, y: 2 });
  const labels = (target: RingTarget): string[] => ring(target).items.map((item) => item.label);
  /** Chooses an item and says what was asked for. */
  const choose = (target: RingTarget, label: string): Command | ClientFrame | undefined => {
    ring(target)
      .items.find((item) => item.label === label)
      ?.run();
    const last = sent.at(-1);
    return last?.type === 'command' ? last.command : last;
  };
  return { desk, table, labels, choose, ring };
}

const orc: RingTarget = { kind: 'token', handle: 10 };
const own: RingTarget = { kind: 'token', handle: 11 };
const door: RingTarget = { kind: 'portal', handle: 20 };
const ground: RingTarget = { kind: 'ground' };

describe('the ring', () => {
  it('switches and deletes lights for the game master', () => {
    const lamp: RingTarget = { kind: 'light', handle: 30 };
    const { labels, choose } = setUp('gm');
    expect(labels(lamp)).toEqual([t.light.switchOff, t.light.delete, t.ring.ping, t.ring.pull]);
    expect(choose(lamp, t.light.switchOff)).toEqual({ do: 'edit_lights', lights: [30], change: { on: false } });
    expect(choose(lamp, t.light.delete)).toEqual({ do: 'remove_lights', lights: [30] });
    expect(setUp('player').labels(lamp)).toEqual([t.ring.ping]);
  });

  it('targets for all but spectators, and lets go', () => {
    const { labels, choose, table } = setUp('player');
    expect(labels(orc)).toEqual([t.ring.aim, t.ring.ping]);
    expect(choose(orc, t.ring.aim)).toEqual({ do: 'target', tokens: [10] });
    table.apply({ type: 'update', seq: 2, tokens: [{ ...ORC, targeted_by: [2, 1] }] });
    expect(choose(orc, t.ring.letGo)).toEqual({ do: 'target', tokens: [] });
    expect(setUp('spectator').labels(orc)).toEqual([]);
  });

  it('wipes drawings away, opens notes, and lets game masters say who sees them', () => {
    const note: DrawingView = { drawing: 40, shape: { kind: 'note', at: [5, 6], text: 'A well' }, color: 1, width: 96, mine: true, shown: 'explored' };
    const drawing: RingTarget = { kind: 'drawing', handle: 40 };
    const gm = setUp('gm');
    gm.table.apply({ type: 'update', seq: 2, drawings: [note] });
    expect(gm.labels(drawing)).toEqual([t.note.edit, t.draw.shown.everyone, t.draw.shown.masters, t.draw.wipe, t.ring.ping, t.ring.pull]);
    expect(gm.choose(drawing, t.draw.shown.masters)).toEqual({ do: 'edit_drawings', drawings: [40], change: { shown: 'masters' } });
    expect(gm.choose(drawing, t.draw.wipe)).toEqual({ do: 'remove_drawings', drawings: [40] });
    gm.choose(drawing, t.note.edit);
    expect(gm.desk.dialog).toEqual({ kind: 'note', at: [5, 6], note });
    const player = setUp('player');
    player.table.apply({ type: 'update', seq: 2, drawings: [{ ...note, shape: { kind: 'circle', middle: [0, 0], radius: 9 } }] });
    expect(player.labels(drawing)).toEqual([t.draw.wipe, t.ring.ping]);
    player.table.apply({ type: 'update', seq: 3, drawings: [{ ...note, mine: false }] });
    expect(player.labels(drawing)).toEqual([t.note.here, t.ring.ping]);
  });

  it('has everything for the game master', () => {
    const { labels } = setUp('gm');
    expect(labels(orc)).toEqual(expect.arrayContaining([t.ring.edit, t.ring.hide, t.ring.duplicate, t.ring.delete, t.ring.pull]));
    expect(labels(own)).toContain(t.ring.show);
    expect(labels(door)).toEqual([t.ring.open, t.ring.lock, t.ring.delete, t.ring.ping, t.ring.pull]);
    expect(labels(ground)).toEqual([t.ring.newToken, t.note.here, t.ring.ping, t.ring.pull]);
  });

  it('lets players turn their own tokens, open doors and point', () => {
    const { labels } = setUp('player');
    expect(labels(orc)).toEqual([t.ring.aim, t.ring.ping]);
    expect(labels(own)).toEqual([t.ring.aim, t.ring.turnRight, t.ring.turnLeft, t.ring.ping]);
    expect(labels(door)).toEqual([t.ring.open, t.ring.ping]);
    expect(labels({ kind: 'wall', handle: 1 })).toEqual([t.ring.ping]);
  });

  it('has nothing for spectators', () => {
    const { labels } = setUp('spectator');
    for (const target of [orc, own, door, ground]) expect(labels(target)).toEqual([]);
  });

  it('asks for what it says', () => {
    const { choose } = setUp('gm');
    expect(choose(door, t.ring.lock)).toEqual({ do: 'set_portal', portal: 20, state: 'locked' });
    expect(choose(orc, t.ring.turnRight)).toEqual({ do: 'edit_tokens', tokens: [10], change: { rotation: 35 } });
    expect(choose(own, t.ring.show)).toEqual({ do: 'edit_tokens', tokens: [11], change: { hidden: false } });
    expect(choose(orc, t.ring.duplicate)).toEqual({ do: 'copy_tokens', tokens: [10], by: [256, 0] });
    expect(choose(ground, t.ring.pull)).toEqual({ type: 'ping', at: [5, 6], pull: true });
  });

  it('takes the whole selection when one of it was meant', () => {
    const { choose, table, ring } = setUp('gm');
    table.select([10, 11]);
    expect(choose(orc, t.ring.hide)).toEqual({ do: 'edit_tokens', tokens: [10, 11], change: { hidden: true } });
    expect(ring(orc).label).toContain('2');
    table.select([11]);
    expect(choose(orc, t.ring.hide)).toMatchObject({ tokens: [10] });
  });

  it('is about the ground when the thing is gone', () => {
    const { labels } = setUp('gm');
    expect(labels({ kind: 'token', handle: 99 })).toEqual(labels(ground));
  });

  it('shows one’s own ping, which nobody sends back', () => {
    const { choose, table } = setUp('player');
    choose(ground, t.ring.ping);
    expect(table.pings).toMatchObject([{ by: 1, at: [5, 6], pull: false }]);
  });
});
