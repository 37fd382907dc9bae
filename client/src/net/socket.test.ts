import { describe, expect, test } from 'vitest';
import type { ByeReason, ServerFrame } from './frames';
import { SignedOut, Unreachable } from './problem';
import type { Access } from './session';
import { Connection, type SocketWays, type WireListener } from './socket';

interface Dialled {
  listener: WireListener;
  sent: { type: string; [key: string]: unknown }[];
  isClosed: boolean;
}

/** A browser whose clock, network and server are played by the test. */
class Stand {
  now = 0;
  isHidden = false;
  refreshes = 0;
  refusal: Error | null;
  readonly dialled: Dialled[] = [];
  readonly heard: string[] = [];
  readonly #timers = new Map<number, { due: number; work: () => void }>();
  #timerCount = 0;
  #onBack: (cause: 'network' | 'page') => void = () => {};
  readonly connection: Connection;

  constructor(refusal: Error | null = null) {
    this.refusal = refusal;
    const ways: SocketWays = {
      dial: (listener) => {
        const dialled: Dialled = { listener, sent: [], isClosed: false };
        this.dialled.push(dialled);
        return {
          send: (text) => dialled.sent.push(JSON.parse(text)),
          close: () => {
            dialled.isClosed = true;
          },
        };
      },
      after: (ms, work) => {
        const id = (this.#timerCount += 1);
        this.#timers.set(id, { due: this.now + ms, work });
        return () => this.#timers.delete(id);
      },
      random: () => 0.5,
      now: () => this.now,
      hidden: () => this.isHidden,
      watch: (onBack) => {
        this.#onBack = onBack;
        return () => {};
      },
    };
    const access = async (): Promise<Access> => {
      if (this.refusal) throw this.refusal;
      return { jwt: `jwt${this.refreshes}`, issuedMs: this.now, expiresMs: this.now + 600_000 };
    };
    const source = {
      access,
      refresh: () => {
        this.refreshes += 1;
        return access();
      },
    };
    this.connection = new Connection(
      'table',
      source,
      {
        onFrame: (frame) => this.heard.push(frame.type),
        onOffline: () => this.heard.push('offline'),
        onEnded: (reason) => this.heard.push(`ended ${reason}`),
      },
      ways,
    );
  }

  get last(): Dialled {
    const last = this.dialled.at(-1);
    if (!last) throw new Error('nothing was dialled');
    return last;
  }

  /** Lets promises run, then the timers of the next while. */
  async pass(ms: number): Promise<void> {
    await settled();
    this.now += ms;
    for (const [id, timer] of this.#timers) {
      if (timer.due > this.now) continue;
      this.#timers.delete(id);
      timer.work();
    }
    await settled();
  }

  tell(frame: ServerFrame): void {
    this.last.listener.onText(JSON.stringify(frame));
  }

  back(cause: 'network' | 'page'): void {
    this.#onBack(cause);
  }

  /** Goes through hello and the first view. */
  async sitDown(): Promise<void> {
    await settled();
    this.last.listener.onOpen();
    this.tell({ type: 'update', seq: 1, fresh: true });
  }
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
};

describe('a connection', () => {
  test('says hello and sends only once it is seated', async () => {
    const stand = new Stand();
    await settled();
    expect(stand.connection.send({ type: 'command', id: 'a', command: { do: 'undo' } })).toBe(false);
    await stand.sitDown();
    expect(stand.last.sent).toEqual([{ type: 'hello', protocol: 1, access: 'jwt0', table: 'table' }]);
    expect(stand.connection.send({ type: 'command', id: 'a', command: { do: 'undo' } })).toBe(true);
    expect(stand.last.sent).toHaveLength(2);
  });

  test('does not send while the person waits at the door', async () => {
    const stand = new Stand();
    await settled();
    stand.last.listener.onOpen();
    stand.tell({ type: 'waiting', table: 'T', name: 'N' });
    expect(stand.connection.isOpen).toBe(false);
    stand.tell({ type: 'update', seq: 1, fresh: true });
    expect(stand.connection.isOpen).toBe(true);
  });

  test('calls again after growing pauses, and is soon back however long it was away', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.last.listener.onClose();
    expect(stand.heard.at(-1)).toBe('offline');
    await stand.pass(187);
    expect(stand.dialled).toHaveLength(1);
    await stand.pass(1);
    expect(stand.dialled).toHaveLength(2);
    for (let i = 0; i < 20; i += 1) {
      stand.last.listener.onClose();
      await stand.pass(1_500);
    }
    expect(stand.dialled).toHaveLength(22);
  });

  test('takes its time while nobody looks, and calls at once when somebody does', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.isHidden = true;
    for (let i = 0; i < 10; i += 1) {
      stand.last.listener.onClose();
      await stand.pass(30_000);
    }
    const count = stand.dialled.length;
    stand.last.listener.onClose();
    await stand.pass(2_000);
    expect(stand.dialled).toHaveLength(count);
    stand.back('page');
    await settled();
    expect(stand.dialled).toHaveLength(count + 1);
  });

  test('does not trust a socket that is older than its network, but trusts one that was only hidden', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.back('page');
    await settled();
    expect(stand.dialled).toHaveLength(1);
    stand.back('network');
    await settled();
    expect(stand.dialled).toHaveLength(2);
    expect(stand.dialled[0]?.isClosed).toBe(true);
  });

  test('gives up on a server that does not answer the hello', async () => {
    const stand = new Stand();
    await settled();
    stand.last.listener.onOpen();
    await stand.pass(4_000);
    await stand.pass(250);
    expect(stand.dialled).toHaveLength(2);
  });

  test('reconnects on a gap, and what the old socket still says is ignored', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.tell({ type: 'update', seq: 3 });
    expect(stand.heard).toEqual(['update', 'offline']);
    stand.tell({ type: 'update', seq: 2 });
    expect(stand.heard).toEqual(['update', 'offline']);
    await stand.pass(250);
    expect(stand.dialled).toHaveLength(2);
  });

  test('reconnects on a frame that is no JSON', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.last.listener.onText('{');
    expect(stand.heard).toEqual(['update', 'offline']);
  });

  test('renews at 60 to 80 % of the life', async () => {
    const stand = new Stand();
    await stand.sitDown();
    await stand.pass(419_999);
    expect(stand.refreshes).toBe(0);
    await stand.pass(1);
    expect(stand.last.sent.at(-1)).toEqual({ type: 'renew', access: 'jwt1' });
    await stand.pass(420_000);
    expect(stand.last.sent.at(-1)).toEqual({ type: 'renew', access: 'jwt2' });
  });

  test.each<ByeReason>(['malformed', 'removed', 'no_table', 'too_large', 'outdated'])('ends on "%s"', async (reason) => {
    const stand = new Stand();
    await stand.sitDown();
    stand.tell({ type: 'bye', reason });
    await stand.pass(60_000);
    expect(stand.heard.at(-1)).toBe(`ended ${reason}`);
    expect(stand.dialled).toHaveLength(1);
  });

  test.each<ByeReason>(['too_slow', 'too_fast', 'unavailable'])('comes back after "%s"', async (reason) => {
    const stand = new Stand();
    await stand.sitDown();
    stand.tell({ type: 'bye', reason });
    await stand.pass(250);
    expect(stand.dialled).toHaveLength(2);
  });

  test('opens another connection at once when one has grown old, and tells nobody', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.tell({ type: 'bye', reason: 'aged' });
    await stand.pass(0);
    expect(stand.dialled).toHaveLength(2);
    expect(stand.heard).toEqual(['update']);
    stand.last.listener.onOpen();
    stand.tell({ type: 'update', seq: 1 });
    expect(stand.heard).toEqual(['update', 'update']);
  });

  test('tries a new JWT once before it believes to be signed out', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.tell({ type: 'bye', reason: 'signed_out' });
    await stand.pass(250);
    expect(stand.refreshes).toBe(1);
    stand.last.listener.onOpen();
    expect(stand.last.sent[0]).toMatchObject({ access: 'jwt1' });
    stand.tell({ type: 'bye', reason: 'signed_out' });
    expect(stand.heard.at(-1)).toBe('ended signed_out');
  });

  test('waits for an unreachable server and ends when signed out', async () => {
    const stand = new Stand(new Unreachable());
    await settled();
    expect(stand.dialled).toHaveLength(0);
    stand.refusal = new SignedOut();
    await stand.pass(1_500);
    expect(stand.heard.at(-1)).toBe('ended signed_out');
  });

  test('is silent after close', async () => {
    const stand = new Stand();
    await stand.sitDown();
    stand.connection.close();
    stand.last.listener.onClose();
    await stand.pass(60_000);
    expect(stand.dialled).toHaveLength(1);
    expect(stand.heard).toEqual(['update']);
  });
});
