/**
 * What this seat asks of its table. Every command is answered in the end: by the server, after a cut by the server again
 * (commands are sent anew with the same id, which it answers once), or here when the table has ended.
 */

import type { Ack, ClientFrame, Command, TokenMove } from '../net/frames';
import type { TableState } from './table.svelte';

/** Frames that leave nothing behind; lost ones are not missed. */
export type EphemeralFrame = Extract<ClientFrame, { type: 'drag' | 'ping' | 'ruler' }>;

/** What commands go out through; `Connection` is one. */
export interface CommandPort {
  /** Says whether the frame was sent. */
  send(frame: ClientFrame): boolean;
  /** Calls again, because an answer is overdue. */
  reconnect(): void;
}

export interface CommandWays {
  newId(): string;
  after(ms: number, work: () => void): () => void;
}

/** The code of the refusal that commands get when the table has ended for this seat. */
export const NOT_SENT = 'not_sent';

/** A server that is there answers much sooner. */
const ANSWER_MS_MAX = 8_000;

interface Pending {
  readonly command: Command;
  readonly answer: (ack: Ack) => void;
}

export class Commands {
  readonly #table: TableState;
  readonly #port: CommandPort;
  readonly #ways: CommandWays;
  /** In the order of asking. */
  readonly #pending = new Map<string, Pending>();
  #ended = false;
  #stopWaiting: () => void = () => {};

  constructor(table: TableState, port: CommandPort, ways: CommandWays = browserCommandWays) {
    this.#table = table;
    this.#port = port;
    this.#ways = ways;
  }

  /** How many commands have no answer yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Asks for something. Resolves with the server's answer, a refusal too; never rejects. */
  submit(command: Command): Promise<Ack> {
    const id = this.#ways.newId();
    if (this.#ended) return Promise.resolve(notSent(id));
    return new Promise((answer) => {
      this.#pending.set(id, { command, answer });
      this.#port.send({ type: 'command', id, command });
      if (this.#pending.size === 1) this.#awaitAnswer();
    });
  }

  /** Moves tokens and shows them there at once; the server's answer puts them where they really are. */
  async move(moves: TokenMove[]): Promise<Ack> {
    this.#table.expect(moves);
    const ack = await this.submit({ do: 'move_tokens', moves });
    this.#table.settle(moves);
    return ack;
  }

  /** Sends something fleeting, if somebody listens. */
  sendEphemeral(frame: EphemeralFrame): void {
    this.#port.send(frame);
  }

  /** Takes in an answer. */
  settle(ack: Ack): void {
    const pending = this.#pending.get(ack.id);
    if (!pending) return;
    this.#pending.delete(ack.id);
    this.#awaitAnswer();
    pending.answer(ack);
  }

  /** The connection is back: what has no answer is asked again. */
  resend(): void {
    for (const [id, { command }] of this.#pending) this.#port.send({ type: 'command', id, command });
    this.#awaitAnswer();
  }

  /** No answers will come any more. */
  end(): void {
    this.#ended = true;
    this.#stopWaiting();
    for (const [id, { answer }] of this.#pending) answer(notSent(id));
    this.#pending.clear();
  }

  /** A socket can be dead for minutes before the browser says so; a missing answer tells sooner. */
  #awaitAnswer(): void {
    this.#stopWaiting();
    if (this.#pending.size === 0) return;
    this.#stopWaiting = this.#ways.after(ANSWER_MS_MAX, () => this.#port.reconnect());
  }
}

const notSent = (id: string): Ack => ({ id, refused: { code: NOT_SENT, message: '' } });

export const browserCommandWays: CommandWays = {
  newId: () => crypto.randomUUID(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
