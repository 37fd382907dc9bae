import { describe, expect, test } from 'vitest';
import type { Ack, ClientFrame } from '../net/frames';
import { Commands, NOT_SENT } from './commands';
import { TableState } from './table.svelte';

function stand() {
  const sent: ClientFrame[] = [];
  const port = {
    isOpen: true,
    reconnects: 0,
    send(frame: ClientFrame): boolean {
      if (port.isOpen) sent.push(frame);
      return port.isOpen;
    },
    reconnect: () => {
      port.reconnects += 1;
    },
  };
  let ids = 0;
  let alarm: (() => void) | null = null;
  const table = new TableState();
  const commands = new Commands(table, port, {
    newId: () => `c${(ids += 1)}`,
    after: (_ms, work) => {
      alarm = work;
      return () => {
        alarm = null;
      };
    },
  });
  return { table, commands, port, sent, alarm: () => alarm };
}

describe('commands', () => {
  test('are answered by their id, in any order', async () => {
    const { commands } = stand();
    const answers: Ack[] = [];
    const one = commands.submit({ do: 'undo' }).then((ack) => answers.push(ack));
    const two = commands.submit({ do: 'redo' }).then((ack) => answers.push(ack));
    commands.settle({ id: 'c2' });
    commands.settle({ id: 'c1', refused: { code: 'blocked', message: 'No.' } });
    commands.settle({ id: 'unknown' });
    await Promise.all([one, two]);
    expect(answers).toEqual([{ id: 'c2' }, { id: 'c1', refused: { code: 'blocked', message: 'No.' } }]);
    expect(commands.pendingCount).toBe(0);
  });

  test('without an answer are sent again with the same id, in order', () => {
    const { commands, port, sent } = stand();
    void commands.submit({ do: 'undo' });
    void commands.submit({ do: 'redo' });
    commands.settle({ id: 'c1' });
    port.isOpen = false;
    void commands.submit({ do: 'undo' });
    port.isOpen = true;
    sent.length = 0;
    commands.resend();
    expect(sent).toEqual([
      { type: 'command', id: 'c2', command: { do: 'redo' } },
      { type: 'command', id: 'c3', command: { do: 'undo' } },
    ]);
  });

  test('whose answer is overdue call for a new connection', () => {
    const { commands, port, alarm } = stand();
    void commands.submit({ do: 'undo' });
    alarm()?.();
    expect(port.reconnects).toBe(1);
    commands.settle({ id: 'c1' });
    expect(alarm()).toBeNull();
  });

  test('are refused when the table has ended', async () => {
    const { commands } = stand();
    const early = commands.submit({ do: 'undo' });
    commands.end();
    const late = commands.submit({ do: 'undo' });
    expect((await early).refused?.code).toBe(NOT_SENT);
    expect((await late).refused?.code).toBe(NOT_SENT);
  });

  test('that move are shown until they are answered', async () => {
    const { commands, table } = stand();
    const answer = commands.move([{ token: 3, path: [[256, 256]] }]);
    expect(table.isExpected(3)).toBe(true);
    commands.settle({ id: 'c1', stopped: true });
    expect((await answer).stopped).toBe(true);
    expect(table.isExpected(3)).toBe(false);
  });
});
