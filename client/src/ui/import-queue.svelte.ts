/**
 * Map files on their way to the server, one after the other, so that a slow line shows progress that means something.
 * How a file is sent and how a failure is worded is given to it.
 */

export type ImportState<Result> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending'; readonly share: number }
  /** All bytes are there; the server reads the map. */
  | { readonly kind: 'reading' }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ImportItem<Result> {
  readonly id: number;
  readonly file: File;
  readonly state: ImportState<Result>;
}

export interface ImportWays<Result> {
  readonly send: (file: File, onProgress: (share: number) => void, signal: AbortSignal) => Promise<Result>;
  readonly explain: (error: unknown) => string;
  readonly onDone: (result: Result, file: File) => void;
}

export class ImportQueue<Result> {
  #items = $state.raw<readonly ImportItem<Result>[]>([]);
  #next = 1;
  #running: { readonly id: number; readonly abort: AbortController } | null = null;
  readonly #ways: ImportWays<Result>;

  constructor(ways: ImportWays<Result>) {
    this.#ways = ways;
  }

  readonly isBusy: boolean = $derived(this.#items.some(({ state }) => state.kind !== 'done' && state.kind !== 'failed'));

  /** In the order in which they were added. */
  get items(): readonly ImportItem<Result>[] {
    return this.#items;
  }

  add(files: readonly File[]): void {
    const added = files.map((file): ImportItem<Result> => ({ id: this.#next++, file, state: { kind: 'waiting' } }));
    this.#items = [...this.#items, ...added];
    this.#start();
  }

  retry(id: number): void {
    const item = this.#items.find((one) => one.id === id);
    if (item?.state.kind !== 'failed') return;
    this.#set(id, { kind: 'waiting' });
    this.#start();
  }

  /** Stops it if it is under way, and takes it off the list in any case. */
  dismiss(id: number): void {
    const running = this.#running;
    this.#items = this.#items.filter((item) => item.id !== id);
    if (running?.id === id) {
      this.#running = null;
      running.abort.abort();
      this.#start();
    }
  }

  stop(): void {
    for (const item of this.#items) this.dismiss(item.id);
  }

  #start(): void {
    if (this.#running !== null) return;
    const item = this.#items.find((one) => one.state.kind === 'waiting');
    if (item === undefined) return;
    const run = { id: item.id, abort: new AbortController() };
    this.#running = run;
    this.#set(item.id, { kind: 'sending', share: 0 });
    const onProgress = (share: number): void => {
      if (this.#running !== run) return;
      this.#set(item.id, share >= 1 ? { kind: 'reading' } : { kind: 'sending', share: Math.max(0, share) });
    };
    this.#ways
      .send(item.file, onProgress, run.abort.signal)
      .then(
        (result) => {
          if (this.#running !== run) return;
          this.#set(item.id, { kind: 'done', result });
          this.#ways.onDone(result, item.file);
        },
        (error: unknown) => {
          if (this.#running !== run) return;
          this.#set(item.id, { kind: 'failed', reason: this.#ways.explain(error) });
        },
      )
      .finally(() => {
        if (this.#running !== run) return;
        this.#running = null;
        this.#start();
      });
  }

  #set(id: number, state: ImportState<Result>): void {
    this.#items = this.#items.map((item) => (item.id === id ? { ...item, state } : item));
  }
}
