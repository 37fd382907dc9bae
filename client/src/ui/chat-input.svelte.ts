/**
 * The line being typed: recall of earlier lines, completion of commands, dice from buttons, and who sees the rolls.
 * Knows nothing of keys or of sending.
 */

import { isRoll, suggest, withDie, withRollMode, type RollMode, type Suggestion } from './slash-commands';

const HISTORY_LINES_MAX = 100;
/** More is no help; the next letter narrows them down. */
const SUGGESTIONS_SHOWN_MAX = 7;

export class ChatInput {
  #text = $state('');
  #rollMode = $state<RollMode>('public');
  #highlighted = $state(0);
  #closedFor = $state<string | null>(null);
  readonly #people: () => readonly string[];
  /** Oldest first. */
  #history: readonly string[] = [];
  /** Which line of the history is shown; its length stands for the line being typed. */
  #position = 0;
  #draft = '';

  constructor(people: () => readonly string[]) {
    this.#people = people;
  }

  readonly suggestions: readonly Suggestion[] = $derived.by(() =>
    this.#closedFor === this.#text ? [] : suggest(this.#text, this.#people()).slice(0, SUGGESTIONS_SHOWN_MAX),
  );

  readonly isRoll: boolean = $derived(isRoll(this.#text));

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#highlighted = 0;
    this.#closedFor = null;
    this.#position = this.#history.length;
  }

  get rollMode(): RollMode {
    return this.#rollMode;
  }

  set rollMode(mode: RollMode) {
    this.#rollMode = mode;
  }

  get highlighted(): number {
    return Math.min(this.#highlighted, Math.max(0, this.suggestions.length - 1));
  }

  highlightNext(step: 1 | -1): void {
    const count = this.suggestions.length;
    if (count > 0) this.#highlighted = (this.highlighted + step + count) % count;
  }

  /** Takes over the given or the highlighted suggestion; false if there is none or it changes nothing. */
  accept(index: number = this.highlighted): boolean {
    const suggestion = this.suggestions[index];
    if (suggestion === undefined || suggestion.insert === this.#text) return false;
    this.text = suggestion.insert;
    return true;
  }

  /** Puts the list away until the text changes; false if there was none. */
  closeSuggestions(): boolean {
    if (this.suggestions.length === 0) return false;
    this.#closedFor = this.#text;
    return true;
  }

  /** Shows the line sent before; false at the oldest. */
  recallOlder(): boolean {
    if (this.#position === 0) return false;
    if (this.#position === this.#history.length) this.#draft = this.#text;
    this.#show(this.#position - 1);
    return true;
  }

  /** Back towards the line being typed; false when already there. */
  recallNewer(): boolean {
    if (this.#position >= this.#history.length) return false;
    this.#show(this.#position + 1);
    return true;
  }

  addDie(sides: number): void {
    this.text = withDie(this.#text, sides);
  }

  /** The line to send, remembered and cleared; null if there is nothing to say. */
  take(): string | null {
    const line = this.#text.trim();
    if (line === '') return null;
    if (this.#history.at(-1) !== line) this.#history = [...this.#history, line].slice(-HISTORY_LINES_MAX);
    this.text = '';
    this.#draft = '';
    return withRollMode(line, this.#rollMode);
  }

  #show(position: number): void {
    const line = position === this.#history.length ? this.#draft : this.#history[position];
    if (line === undefined) return;
    this.text = line;
    this.#closedFor = line;
    this.#position = position;
  }
}
