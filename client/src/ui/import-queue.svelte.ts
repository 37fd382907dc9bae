/**
 * Files on their way to the server, one after the other, so that a slow line shows progress that means something. How a
 * file is sent and how a failure is worded is given to it. What is added while nothing is under way begins a new batch.
 */

export type ImportState<Result> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending'; readonly share: number }
  /** All bytes are there; the server reads the file. */
  | { readonly kind: 'reading' }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly reason: string; readonly canRetry: boolean };

/** A file that is to be sent, or one that was refused at sight. */
export type ImportEntry<Result> =
  | {
      readonly file: File;
      readonly send: (onProgress: (share: number) => void, signal: AbortSignal) => Promise<Result>;
    }
  | { readonly file: File; readonly refused: string };

export interface ImportItem<Result> {
  readonly id: number;
  readonly file: File;
  readonly state: ImportState<Result>;
}

export interface ImportWays<Result> {
  readonly explain: (error: unknown) => string;
  /** `isAlone`: it came by itself, and nothing else is under way. */
  readonly onDone: (result: Result, file: File, isAlone: boolean) => void;
}

type Send<Result> = Extract<ImportEntry<Result>, { send: unknown }>['send'];

export class ImportQueue<Result> {
  #items = $state.raw<readonly ImportItem<Result>[]>([]);
  #next = 1;
  #batchStart = 1;
  #running: { readonly id: number; readonly abort: AbortController } | null = null;
  readonly #sends = new Map<number, Send<Result>>();
  readonly #ways: ImportWays<Result>;

  constructor(ways: ImportWays<Result>) {
    this.#ways = ways;
  }

  readonly isBusy: boolean = $derived(this.#items.some(({ state }) => !isOver(state)));

  readonly done: readonly Result[] = $derived(this.#items.flatMap(({ state }) => (state.kind === 'done' ? [state.result] : [])));

  /** Name and reason of those that were refused. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[] = $derived(
    this.#items.flatMap(({ file, state }) => (state.kind === 'failed' ? [{ name: file.name, reason: state.reason }] : [])),
  );

  /** How much of all files is through, from 0 to 1. */
  readonly share: number = $derived(
    this.#items.length === 0 ? 0 : this.#items.reduce((sum, { state }) => sum + shareOf(state), 0) / this.#items.length,
  );

  /** In the order in which they were added. */
  get items(): readonly ImportItem<Result>[] {
    return this.#items;
  }

  add(entries: readonly ImportEntry<Result>[]): void {
    if (!this.isBusy) {
      this.#batchStart = this.#next;
      this.#items = this.#items.filter(({ state }) => state.kind === 'failed' && state.canRetry);
    }
    const added = entries.map((entry): ImportItem<Result> => {
      const id = this.#next++;
      if ('send' in entry) this.#sends.set(id, entry.send);
      const state: ImportState<Result> = 'send' in entry ? { kind: 'waiting' } : { kind: 'failed', reason: entry.refused, canRetry: false };
      return { id, file: entry.file, state };
    });
    this.#items = [...this.#items, ...added];
    this.#start();
  }

  retry(id: number): void {
    const item = this.#items.find((one) => one.id === id);
    if (item?.state.kind !== 'failed' || !item.state.canRetry) return;
    this.#set(id, { kind: 'waiting' });
    this.#start();
  }

  /** Stops it if it is under way, and takes it off the list in any case. */
  dismiss(id: number): void {
    const running = this.#running;
    this.#items = this.#items.filter((item) => item.id !== id);
    this.#sends.delete(id);
    if (running?.id === id) {
      this.#running = null;
      running.abort.abort();
      this.#start();
    }
  }

  stop(): void {
    for (const item of this.#items.toReversed()) this.dismiss(item.id);
  }

  #start(): void {
    if (this.#running !== null) return;
    const item = this.#items.find((one) => one.state.kind === 'waiting');
    const send = item === undefined ? undefined : this.#sends.get(item.id);
    if (item === undefined || send === undefined) return;
    const run = { id: item.id, abort: new AbortController() };
    this.#running = run;
    this.#set(item.id, { kind: 'sending', share: 0 });
    const onProgress = (share: number): void => {
      if (this.#running !== run) return;
      this.#set(item.id, share >= 1 ? { kind: 'reading' } : { kind: 'sending', share: Math.max(0, share) });
    };
    send(onProgress, run.abort.signal)
      .then(
        (result) => {
          if (this.#running !== run) return;
          this.#set(item.id, { kind: 'done', result });
          this.#ways.onDone(result, item.file, this.#isAlone(item.id));
        },
        (error: unknown) => {
          if (this.#running !== run) return;
          this.#set(item.id, { kind: 'failed', reason: this.#ways.explain(error), canRetry: true });
        },
      )
      .finally(() => {
        if (this.#running !== run) return;
        this.#running = null;
        this.#start();
      });
  }

  #isAlone(id: number): boolean {
    return this.#items.every((item) => item.id === id || item.id < this.#batchStart);
  }

  #set(id: number, state: ImportState<Result>): void {
    this.#items = this.#items.map((item) => (item.id === id ? { ...item, state } : item));
  }
}

function isOver(state: ImportState<unknown>): boolean {
  return state.kind === 'done' || state.kind === 'failed';
}

/** The server reads about as long as a file is on its way. */
function shareOf(state: ImportState<unknown>): number {
  switch (state.kind) {
    case 'waiting':
      return 0;
    case 'sending':
      return state.share / 2;
    case 'reading':
      return 0.5;
    case 'done':
    case 'failed':
      return 1;
  }
}
