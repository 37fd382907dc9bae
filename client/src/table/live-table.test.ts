import { expect, test } from 'vitest';
import type { ClientFrame, ServerFrame } from '../net/frames';
import type { WireListener } from '../net/socket';
import { openTable } from './live-table';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
};

test('a move that a cut left unanswered is asked again and answered after the cut', async () => {
  const wires: { listener: WireListener; sent: ClientFrame[] }[] = [];
  let retry = (): void => {};
  const access = async () => ({ jwt: 'jwt', issuedMs: 0, expiresMs: 600_000 });
  let ids = 0;
  const live = openTable(
    'table',
    { access, refresh: access },
    {
      socket: {
        dial: (listener) => {
          const sent: ClientFrame[] = [];
          wires.push({ listener, sent });
          return { send: (text) => sent.push(JSON.parse(text)), close: () => {} };
        },
        after: (ms, work) => {
          if (ms < 2_000) retry = work;
          return () => {};
        },
        random: () => 0,
        now: () => 0,
        hidden: () => false,
        watch: () => () => {},
      },
      commands: { newId: () => `c${(ids += 1)}`, after: () => () => {} },
    },
  );
  const tell = (frame: ServerFrame): void => wires.at(-1)?.listener.onText(JSON.stringify(frame));

  await settled();
  wires[0]?.listener.onOpen();
  tell({ type: 'update', seq: 1, fresh: true });
  expect(live.state.status).toBe('open');

  const answer = live.commands.move([{ token: 3, path: [[256, 0]] }]);
  const asked = wires[0]?.sent.at(-1);
  wires[0]?.listener.onClose();
  expect(live.state.status).toBe('offline');

  retry();
  await settled();
  wires[1]?.listener.onOpen();
  tell({ type: 'update', seq: 1, fresh: true });
  expect(wires[1]?.sent.at(-1)).toEqual(asked);

  tell({ type: 'update', seq: 2, ack: { id: 'c1', stopped: true } });
  expect(await answer).toEqual({ id: 'c1', stopped: true });

  const late = live.commands.submit({ do: 'undo' });
  tell({ type: 'bye', reason: 'removed' });
  expect((await late).refused?.code).toBe('not_sent');
  expect(live.state.bye).toBe('removed');
});
