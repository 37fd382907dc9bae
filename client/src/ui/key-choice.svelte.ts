/**
 * Whether single characters are shortcuts: a person's choice, kept on this device. Who dictates, or whose hands hit keys
 * by accident, turns them off.
 */

const KEY = 'wardlight.character-keys';

export class KeyChoice {
  #hasCharacters = $state(true);
  readonly #memory: Storage | null;

  constructor(memory: Storage | null) {
    this.#memory = memory;
    this.#hasCharacters = memory?.getItem(KEY) !== 'off';
  }

  get hasCharacters(): boolean {
    return this.#hasCharacters;
  }

  set hasCharacters(hasCharacters: boolean) {
    this.#hasCharacters = hasCharacters;
    if (hasCharacters) this.#memory?.removeItem(KEY);
    else this.#memory?.setItem(KEY, 'off');
  }
}
