/** Light, dark or as the device: a person's choice, kept on this device. */

export type Theme = 'auto' | 'dark' | 'light';

export const THEMES: readonly Theme[] = ['auto', 'dark', 'light'];

const KEY = 'wardlight.theme';

export class ThemeChoice {
  #theme = $state<Theme>('auto');
  readonly #root: HTMLElement;
  readonly #memory: Storage | null;

  constructor(root: HTMLElement, memory: Storage | null) {
    this.#root = root;
    this.#memory = memory;
    const kept = memory?.getItem(KEY);
    this.#theme = THEMES.find((theme) => theme === kept) ?? 'auto';
    this.#show();
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    if (theme === 'auto') this.#memory?.removeItem(KEY);
    else this.#memory?.setItem(KEY, theme);
    this.#show();
  }

  #show(): void {
    if (this.#theme === 'auto') delete this.#root.dataset['theme'];
    else this.#root.dataset['theme'] = this.#theme;
  }
}

/** The device's memory, unless the browser forbids it. */
export function deviceMemory(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
