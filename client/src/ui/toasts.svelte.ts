/**
 * Short notices that come and go. Knows nothing of where they are drawn; time is given to it, so that tests need not wait.
 */

export type ToastTone = 'info' | 'good' | 'bad';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Toast {
  readonly id: number;
  readonly tone: ToastTone;
  readonly text: string;
  readonly detail: string | null;
  readonly actions: readonly ToastAction[];
  /** A second notice with the same key takes the place of the first. */
  readonly key: string | null;
}

export interface ToastOptions {
  readonly detail?: string;
  readonly actions?: readonly ToastAction[];
  readonly key?: string;
  /** Stays until it is dismissed. */
  readonly stays?: boolean;
}

type Later = (run: () => void, after_ms: number) => () => void;

const TOASTS_SHOWN_MAX = 4;
const TOAST_LIFE_MS = 5_000;
const TOAST_WITH_ACTION_LIFE_MS = 10_000;

const byTimer: Later = (run, after_ms) => {
  const timer = setTimeout(run, after_ms);
  return () => clearTimeout(timer);
};

export class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #next = 1;
  readonly #stops = new Map<number, () => void>();
  readonly #stays = new Set<number>();
  readonly #later: Later;

  constructor(later: Later = byTimer) {
    this.#later = later;
  }

  /** Oldest first. */
  get list(): readonly Toast[] {
    return this.#list;
  }

  info(text: string, options: ToastOptions = {}): number {
    return this.#add('info', text, options);
  }

  good(text: string, options: ToastOptions = {}): number {
    return this.#add('good', text, options);
  }

  bad(text: string, options: ToastOptions = {}): number {
    return this.#add('bad', text, options);
  }

  dismiss(id: number): void {
    this.#stops.get(id)?.();
    this.#stops.delete(id);
    this.#stays.delete(id);
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }

  dismissKey(key: string): void {
    for (const toast of this.#list.filter((one) => one.key === key)) this.dismiss(toast.id);
  }

  clear(): void {
    for (const toast of this.#list) this.dismiss(toast.id);
  }

  /** Somebody reads: nothing goes away until `resume`. */
  hold(): void {
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  resume(): void {
    for (const toast of this.#list) {
      if (!this.#stays.has(toast.id)) this.#schedule(toast);
    }
  }

  #add(tone: ToastTone, text: string, options: ToastOptions): number {
    const key = options.key ?? `${tone}:${text}`;
    this.dismissKey(key);
    const id = this.#next++;
    const toast: Toast = { id, tone, text, detail: options.detail ?? null, actions: options.actions ?? [], key };
    this.#list = [...this.#list, toast];
    if (options.stays === true) this.#stays.add(id);
    else this.#schedule(toast);
    const passing = this.#list.filter((one) => !this.#stays.has(one.id));
    for (const extra of passing.slice(0, Math.max(0, passing.length - TOASTS_SHOWN_MAX))) this.dismiss(extra.id);
    return id;
  }

  #schedule(toast: Toast): void {
    if (this.#stops.has(toast.id)) return;
    const life_ms = toast.actions.length > 0 ? TOAST_WITH_ACTION_LIFE_MS : TOAST_LIFE_MS;
    this.#stops.set(
      toast.id,
      this.#later(() => this.dismiss(toast.id), life_ms),
    );
  }
}
