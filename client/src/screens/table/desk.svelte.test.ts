import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientFrame, Command, MessageView, Refused, SeatInfo, TokenView, Update } from '../../net/frames';
import { Commands, NOT_SENT } from '../../table/commands';
import { TableState } from '../../table/table.svelte';
import { Toasts } from '../../ui/toasts.svelte';
import { Desk } from './desk.svelte';

const SEAT: SeatInfo = { seat: 1, name: 'Gerda', color: 1, role: 'gm', state: 'seated', online: true };
const ORC: TokenView = { token: 10, at: [0, 0], size: 256, rotation: 0, layer: 'token', color: 1, name: 'Orc' };

const message = (number: number): MessageView => ({ message: number, at_ms: number, name: 'A', manner: 'say', parts: [] });

/** A desk at a table of which the test plays the server. */
function setUp(role: 'gm' | 'player' = 'gm') {
  const table = new TableState();
  const asked: Command[] = [];
  let refusal: Refused | undefined;
  const answers: Promise<void>[] = [];
  const port = {
    send: (frame: ClientFrame): boolean => {
      if (frame.type !== 'command') return true;
      asked.push(frame.command);
      const ack = refusal === undefined ? { id: frame.id } : { id: frame.id, refused: refusal };
      answers.push(Promise.resolve().then(() => commands.settle(ack)));
      return true;
    },
    reconnect: (): void => {},
  };
  let id = 0;
  const commands = new Commands(table, port, {
    newId: () => {
      id += 1;
      return `c${id}`;
    },
    after: () => () => {},
  });
  const toasts = new Toasts(() => () => {});
  const desk = new Desk(table, commands, toasts);
  let seq = 0;
  const tell = (update: Partial<Update>): void => {
    seq += 1;
    table.apply({ type: 'update', seq, ...update });
  };
  tell({ fresh: true, me: { seat: 1, role }, seats: [{ ...SEAT, role }] });
  const texts = (): string[] => toasts.list.map((toast) => toast.text);
  const refuse = (code: string, text: string): void => {
    refusal = { code, message: text };
  };
  return { desk, asked, tell, texts, refuse, table };
}

let world: ReturnType<typeof setUp>;
beforeEach(() => {
  world = setUp();
});

describe('asking', () => {
  it('shows a refusal in a sentence', async () => {
    world.refuse('locked', 'it is locked');
    expect(await world.desk.ask({ do: 'undo' })).toBe(null);
    expect(world.texts()).toEqual(['It is locked.']);
  });

  it('is silent when the table has ended, which is shown elsewhere', async () => {
    world.refuse(NOT_SENT, '');
    await world.desk.ask({ do: 'undo' });
    expect(world.texts()).toEqual([]);
  });

  it('is silent when it worked', async () => {
    expect(await world.desk.ask({ do: 'undo' })).not.toBe(null);
    expect(world.texts()).toEqual([]);
  });
});

describe('speaking', () => {
  it('is done as the selected token only when that is wanted', async () => {
    world.tell({ tokens: [ORC] });
    world.table.select([10]);
    await world.desk.say('hello');
    world.desk.asToken = true;
    await world.desk.say('grr');
    world.table.clearSelection();
    await world.desk.say('hello again');
    expect(world.asked).toEqual([
      { do: 'say', line: 'hello', speak_as: null },
      { do: 'say', line: 'grr', speak_as: 10 },
      { do: 'say', line: 'hello again', speak_as: null },
    ]);
  });

  it('is for one named token of one’s own', () => {
    const player = setUp('player');
    player.tell({ tokens: [ORC, { ...ORC, token: 11, mine: true }, { ...ORC, token: 12, mine: true, name: '' }] });
    const speakerOf = (...tokens: number[]): number | undefined => {
      player.table.select(tokens);
      return player.desk.speaker?.token;
    };
    expect(speakerOf(10)).toBe(undefined);
    expect(speakerOf(11)).toBe(11);
    expect(speakerOf(12)).toBe(undefined);
    expect(speakerOf(10, 11)).toBe(undefined);
  });
});

describe('unread messages', () => {
  it('are those that came while the chat was away, not those from before', () => {
    world.tell({ messages: [message(1), message(2)] });
    world.desk.beginReading();
    expect(world.desk.unreadCount).toBe(0);
    world.tell({ messages: [message(3)] });
    world.desk.beginReading();
    expect(world.desk.unreadCount).toBe(1);
    world.desk.tab = 'chat';
    world.tell({ messages: [message(4)] });
    expect(world.desk.unreadCount).toBe(0);
    world.desk.tab = 'people';
    expect(world.desk.unreadCount).toBe(0);
    world.tell({ messages: [message(5)] });
    expect(world.desk.unreadCount).toBe(1);
  });
});

describe('tokens', () => {
  it('are placed on the nearest cell, or changed where they are', async () => {
    world.tell({ tokens: [ORC] });
    world.desk.newToken([128, 128], { name: 'Wolf' });
    const placing = world.desk.dialog;
    if (placing?.kind !== 'token') throw new Error('no token dialog');
    world.desk.saveTokens(placing);
    world.desk.editTokens([10, 99]);
    const editing = world.desk.dialog;
    if (editing?.kind !== 'token') throw new Error('no token dialog');
    world.desk.saveTokens(editing);
    editing.form.set('hidden', true);
    world.desk.saveTokens(editing);
    expect(world.asked).toMatchObject([
      { do: 'place_token', at: [128, 128], token: { name: 'Wolf' } },
      { do: 'edit_tokens', tokens: [10], change: { hidden: true } },
    ]);
  });

  it('are not edited by players', () => {
    const player = setUp('player');
    player.tell({ tokens: [{ ...ORC, mine: true }] });
    player.desk.editTokens([10]);
    expect(player.desk.dialog).toBe(null);
  });
});

describe('people', () => {
  const stranger: SeatInfo = { ...SEAT, seat: 2, name: 'Mallory', role: 'player', state: 'knocking' };

  it('wait at the door until they are let in', () => {
    world.tell({ seats: [stranger] });
    expect(world.desk.knocking.map((seat) => seat.name)).toEqual(['Mallory']);
    world.tell({ seats: [{ ...stranger, state: 'seated' }] });
    expect(world.desk.knocking).toEqual([]);
    expect(world.desk.players.map((seat) => seat.name)).toEqual(['Mallory']);
  });

  it('are turned away at once, but kicked and banned only after a second thought', () => {
    world.desk.turnAway(stranger);
    expect(world.asked).toEqual([{ do: 'kick', seat: 2 }]);
    world.desk.ban(stranger);
    expect(world.asked.length).toBe(1);
    const { dialog } = world.desk;
    if (dialog?.kind !== 'confirm') throw new Error('nobody asks');
    dialog.run();
    expect(world.asked[1]).toEqual({ do: 'ban', seat: 2 });
  });
});

describe('scenes', () => {
  const imported = { scene: 5, size_px: [800, 600] as [number, number], report: null };

  it('that are made empty are looked at', async () => {
    await world.desk.addScene('Mill', [10, 20]);
    expect(world.asked[0]).toEqual({ do: 'add_scene', name: 'Mill', size_cells: [10, 20] });
  });

  const alone = { isAlone: true, isTyping: false };

  it('that arrive alone are looked at; a picture goes on to its grid, a map to its report', () => {
    world.desk.imported({ ...imported, kind: 'image' }, new File([], 'mill.png'), alone);
    expect(world.asked).toEqual([{ do: 'open_scene', scene: 5 }]);
    expect(world.desk.dialog?.kind).toBe('align');
    world.desk.closeDialog();
    world.desk.imported({ ...imported, kind: 'universal_vtt' }, new File([], 'mill.dd2vtt'), alone);
    expect(world.desk.dialog?.kind).toBe('report');
  });

  it('that arrive while something is being typed do not take the keyboard', () => {
    world.desk.open({ kind: 'rename_table' });
    world.desk.imported({ ...imported, kind: 'image' }, new File([], 'mill.png'), alone);
    expect(world.desk.dialog?.kind).toBe('rename_table');
    world.desk.closeDialog();
    world.desk.imported({ ...imported, kind: 'image' }, new File([], 'inn.png'), { isAlone: true, isTyping: true });
    expect([world.desk.dialog, world.texts()]).toEqual([null, []]);
  });
});

it('table settings change one at a time', async () => {
  await world.desk.editTable({ walk_in: true });
  expect(world.asked).toEqual([
    { do: 'edit_table', name: null, walk_in: true, shared_sight: null, player_undo: null, padded_timing: null, paused: null },
  ]);
});

it('an empty ring does not open', () => {
  world.desk.openRing({ label: 'x', items: [], at: { x: 0, y: 0 } });
  expect(world.desk.ring).toBe(null);
});
