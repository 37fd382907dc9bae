import { describe, expect, it } from 'vitest';
import { ImportQueue } from './import-queue.svelte';

interface Sending {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly progress: (share: number) => void;
  readonly finish: (result: string) => Promise<void>;
  readonly fail: (error: string) => Promise<void>;
}

/** A queue whose sending the test drives by hand. */
function setUp() {
  const sendings: Sending[] = [];
  const done: string[] = [];
  const queue = new ImportQueue<string>({
    send: (file, progress, signal) =>
      new Promise((resolve, reject) => {
        const settled = async (settle: () => void): Promise<void> => {
          settle();
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
        };
        sendings.push({
          name: file.name,
          signal,
          progress,
          finish: (result) => settled(() => resolve(result)),
          fail: (error) => settled(() => reject(new Error(error))),
        });
      }),
    explain: (error) => (error instanceof Error ? `no: ${error.message}` : 'no'),
    onDone: (result) => done.push(result),
  });
  const add = (...names: string[]): void => queue.add(names.map((name) => new File(['x'], name)));
  const states = (): string[] => queue.items.map((item) => item.state.kind);
  const last = (): Sending => {
    const sending = sendings.at(-1);
    if (sending === undefined) throw new Error('nothing is being sent');
    return sending;
  };
  return { queue, add, states, last, sendings, done };
}

describe('the import queue', () => {
  it('sends one file after the other', async () => {
    const { add, states, last, sendings, done } = setUp();
    add('a', 'b');
    expect(states()).toEqual(['sending', 'waiting']);
    await last().finish('A');
    expect(states()).toEqual(['done', 'sending']);
    await last().finish('B');
    expect(states()).toEqual(['done', 'done']);
    expect(sendings.map((one) => one.name)).toEqual(['a', 'b']);
    expect(done).toEqual(['A', 'B']);
  });

  it('shows how far it is, and that the server reads', () => {
    const { queue, add, last } = setUp();
    add('a');
    last().progress(0.25);
    expect(queue.items[0]?.state).toEqual({ kind: 'sending', share: 0.25 });
    last().progress(1);
    expect(queue.items[0]?.state).toEqual({ kind: 'reading' });
  });

  it('says why one failed and goes on with the next', async () => {
    const { queue, add, states, last } = setUp();
    add('a', 'b');
    await last().fail('at most 64 MB');
    expect(states()).toEqual(['failed', 'sending']);
    expect(queue.items[0]?.state).toEqual({ kind: 'failed', reason: 'no: at most 64 MB' });
  });

  it('tries again behind the others', async () => {
    const { queue, add, states, last, sendings } = setUp();
    add('a', 'b');
    await last().fail('x');
    queue.retry(1);
    expect(states()).toEqual(['waiting', 'sending']);
    await last().finish('B');
    expect(sendings.map((one) => one.name)).toEqual(['a', 'b', 'a']);
  });

  it('stops a file under way when it is dismissed, and hears nothing more of it', async () => {
    const { queue, add, states, last, sendings, done } = setUp();
    add('a', 'b');
    const first = last();
    queue.dismiss(1);
    expect(first.signal.aborted).toBe(true);
    expect(states()).toEqual(['sending']);
    first.progress(0.5);
    await first.finish('A');
    expect(done).toEqual([]);
    expect(sendings.length).toBe(2);
    expect(queue.isBusy).toBe(true);
    queue.stop();
    expect(queue.isBusy).toBe(false);
    expect(last().signal.aborted).toBe(true);
  });
});
