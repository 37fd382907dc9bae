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
    explain: (error) => (error instanceof Error ? `no: ${error.message}` : 'no'),
    onDone: (result, _file, isAlone) => done.push(isAlone ? `${result} alone` : result),
  });
  const send = (name: string) => (progress: (share: number) => void, signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      const settled = async (settle: () => void): Promise<void> => {
        settle();
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      };
      sendings.push({
        name,
        signal,
        progress,
        finish: (result) => settled(() => resolve(result)),
        fail: (error) => settled(() => reject(new Error(error))),
      });
    });
  const add = (...names: string[]): void => queue.add(names.map((name) => ({ file: new File(['x'], name), send: send(name) })));
  const refuse = (name: string): void => queue.add([{ file: new File(['x'], name), refused: 'no map' }]);
  const states = (): string[] => queue.items.map((item) => item.state.kind);
  const last = (): Sending => {
    const sending = sendings.at(-1);
    if (sending === undefined) throw new Error('nothing is being sent');
    return sending;
  };
  return { queue, add, refuse, states, last, sendings, done };
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
    expect(queue.items[0]?.state).toEqual({ kind: 'failed', reason: 'no: at most 64 MB', canRetry: true });
    expect(queue.refused).toEqual([{ name: 'a', reason: 'no: at most 64 MB' }]);
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

  it('counts what is through of all files together', async () => {
    const { queue, add, last } = setUp();
    expect(queue.share).toBe(0);
    add('a', 'b');
    last().progress(0.5);
    expect(queue.share).toBe(0.125);
    last().progress(1);
    expect(queue.share).toBe(0.25);
    await last().finish('A');
    expect(queue.share).toBe(0.5);
    await last().fail('x');
    expect(queue.share).toBe(1);
  });

  it('refuses at sight what is nothing to send, and does not try that again', () => {
    const { queue, refuse, states, sendings } = setUp();
    refuse('notes.txt');
    queue.retry(1);
    expect([states(), sendings.length, queue.isBusy]).toEqual([['failed'], 0, false]);
  });

  it('begins a new batch when all is over, and keeps what can be tried again', async () => {
    const { queue, add, refuse, last, done } = setUp();
    add('a', 'b');
    await last().finish('A');
    await last().fail('x');
    refuse('notes.txt');
    add('c');
    expect(queue.items.map((item) => item.file.name)).toEqual(['b', 'c']);
    await last().finish('C');
    expect(done).toEqual(['A', 'C alone']);
    add('d', 'e');
    add('f');
    for (const name of ['D', 'E', 'F']) await last().finish(name);
    expect(done.slice(2)).toEqual(['D', 'E', 'F']);
  });

  it('stops without starting another on the way', () => {
    const { queue, add, sendings } = setUp();
    add('a', 'b', 'c');
    queue.stop();
    expect([queue.items, sendings.length, sendings[0]?.signal.aborted]).toEqual([[], 1, true]);
  });
});
