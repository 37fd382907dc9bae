/**
 * The connection to one table: says hello, renews the sign-in, notices gaps, and comes back by itself after every cut.
 * It knows nothing of what the frames mean beyond that.
 */

import { type ByeReason, type ClientFrame, PROTOCOL_VERSION, type ServerFrame } from './frames';
import { SignedOut } from './problem';
import { openSocket } from './request';
import type { Access } from './session';

/** The part of a WebSocket that is used here. */
export interface Wire {
  send(text: string): void;
  close(): void;
}

export interface WireListener {
  onOpen(): void;
  onText(text: string): void;
  onClose(): void;
}

/** What a connection needs from the browser; tests bring their own. */
export interface SocketWays {
  dial(listener: WireListener): Wire;
  /** Calls later and returns how to call it off. */
  after(ms: number, work: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
  now(): number;
  /** The page is hidden, so there is no hurry. */
  hidden(): boolean;
  /** Calls `onBack` when the network returns or the page is looked at again, `onLost` when the network goes. */
  watch(onBack: (cause: 'network' | 'page') => void, onLost: () => void): () => void;
}

/** Who is signed in; `Session` is one. */
export interface AccessSource {
  access(): Promise<Access>;
  refresh(): Promise<Access>;
}

export interface ConnectionListener {
  onFrame(frame: ServerFrame): void;
  /** Not connected now; trying again. */
  onOffline(): void;
  /** Over for good. */
  onEnded(reason: ByeReason): void;
}

const BACKOFF_FIRST_MS = 250;
/** Short, so that a table is back within two seconds of its server's return. */
const BACKOFF_LAST_MS = 1_500;
const BACKOFF_HIDDEN_MS = 30_000;
const HELLO_MS_MAX = 4_000;

/** Reasons after which calling again would get the same answer. */
const FINAL: ReadonlySet<ByeReason> = new Set<ByeReason>(['malformed', 'removed', 'no_table', 'too_large', 'outdated']);

export class Connection {
  readonly #table: string;
  readonly #source: AccessSource;
  readonly #listener: ConnectionListener;
  readonly #ways: SocketWays;
  readonly #unwatch: () => void;

  #wire: Wire | null = null;
  /** Counts the attempts, so that what an older one still has to say is ignored. */
  #attempt = 0;
  #failures = 0;
  /** The server answered the hello of this attempt. */
  #greeted = false;
  #seated = false;
  #seq = 0;
  #ended = false;
  /** The JWT was refused once already; a second time it is over. */
  #refused = false;
  #stopTimer: () => void = () => {};
  #stopRenewal: () => void = () => {};

  constructor(table: string, source: AccessSource, listener: ConnectionListener, ways: SocketWays = browserSocketWays) {
    this.#table = table;
    this.#source = source;
    this.#listener = listener;
    this.#ways = ways;
    this.#unwatch = ways.watch(
      (cause) => this.#hurry(cause),
      () => this.#retry(),
    );
    void this.#dial();
  }

  /** Whether frames reach the server now. */
  get isOpen(): boolean {
    return this.#seated;
  }

  /** Sends a frame if the table is open; says whether it was. */
  send(frame: ClientFrame): boolean {
    if (!this.#seated || !this.#wire) return false;
    this.#wire.send(JSON.stringify(frame));
    return true;
  }

  /** Hangs up and calls again at once, for who has reason to think that nobody listens any more. */
  reconnect(): void {
    if (this.#ended) return;
    this.#hangUp();
    this.#listener.onOffline();
    void this.#dial();
  }

  /** Leaves the table. */
  close(): void {
    this.#ended = true;
    this.#unwatch();
    this.#hangUp();
  }

  async #dial(): Promise<void> {
    this.#stopTimer();
    const attempt = (this.#attempt += 1);
    let access: Access;
    try {
      access = await (this.#refused ? this.#source.refresh() : this.#source.access());
    } catch (error) {
      if (attempt !== this.#attempt || this.#ended) return;
      if (error instanceof SignedOut) this.#end('signed_out');
      else this.#retry();
      return;
    }
    if (attempt !== this.#attempt || this.#ended) return;
    this.#seq = 0;
    const isCurrent = (): boolean => attempt === this.#attempt;
    this.#stopTimer = this.#ways.after(HELLO_MS_MAX, () => this.#retry());
    const wire = this.#ways.dial({
      onOpen: () => {
        if (!isCurrent()) return;
        wire.send(
          JSON.stringify({
            type: 'hello',
            protocol: PROTOCOL_VERSION,
            access: access.jwt,
            table: this.#table,
          } satisfies ClientFrame),
        );
      },
      onText: (text) => {
        if (isCurrent()) this.#hear(text, access);
      },
      onClose: () => {
        if (isCurrent()) this.#retry();
      },
    });
    this.#wire = wire;
  }

  #hear(text: string, access: Access): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(text) as ServerFrame;
    } catch {
      this.#retry();
      return;
    }
    if (frame.type === 'bye') {
      this.#hearBye(frame.reason);
      return;
    }
    if (frame.type === 'update') {
      if (frame.seq !== this.#seq + 1) {
        this.#retry();
        return;
      }
      this.#seq = frame.seq;
    }
    if (frame.type === 'waiting' || frame.type === 'update') {
      this.#seated = frame.type === 'update';
      if (!this.#greeted) this.#settleIn(access);
    }
    this.#listener.onFrame(frame);
  }

  /** The server took the hello. */
  #settleIn(access: Access): void {
    this.#greeted = true;
    this.#failures = 0;
    this.#refused = false;
    this.#stopTimer();
    this.#renewLater(access);
  }

  #hearBye(reason: ByeReason): void {
    if (FINAL.has(reason) || (reason === 'signed_out' && this.#refused)) {
      this.#end(reason);
      return;
    }
    if (reason === 'aged') {
      // Nothing is wrong, and nobody need be told.
      this.#hangUp();
      void this.#dial();
      return;
    }
    if (reason === 'signed_out') this.#refused = true;
    this.#retry();
  }

  /** Renews at 60 to 80 % of the JWT's life, so that many clients do not all come at once. */
  #renewLater(access: Access): void {
    const due = access.issuedMs + (access.expiresMs - access.issuedMs) * (0.6 + 0.2 * this.#ways.random());
    const attempt = this.#attempt;
    this.#stopRenewal = this.#ways.after(Math.max(0, due - this.#ways.now()), () => void this.#renew(attempt));
  }

  async #renew(attempt: number): Promise<void> {
    let access: Access;
    try {
      access = await this.#source.refresh();
    } catch (error) {
      if (attempt !== this.#attempt || this.#ended) return;
      if (error instanceof SignedOut) {
        this.#end('signed_out');
        return;
      }
      this.#stopRenewal = this.#ways.after(BACKOFF_LAST_MS * 2, () => void this.#renew(attempt));
      return;
    }
    if (attempt !== this.#attempt || this.#ended || !this.#wire) return;
    this.#wire.send(JSON.stringify({ type: 'renew', access: access.jwt } satisfies ClientFrame));
    this.#renewLater(access);
  }

  /** Calls again after a while that grows, with jitter. */
  #retry(): void {
    if (this.#ended) return;
    this.#hangUp();
    this.#listener.onOffline();
    const last = this.#ways.hidden() ? BACKOFF_HIDDEN_MS : BACKOFF_LAST_MS;
    const wait = Math.min(last, BACKOFF_FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#stopTimer = this.#ways.after(wait * (0.5 + 0.5 * this.#ways.random()), () => void this.#dial());
  }

  /** The network is back, or somebody looks at the page again. */
  #hurry(cause: 'network' | 'page'): void {
    if (this.#ended) return;
    // A socket may outlive its network without noticing; a page that was only hidden keeps a good one.
    if (this.#greeted && cause === 'page') return;
    this.#failures = 0;
    this.reconnect();
  }

  #end(reason: ByeReason): void {
    this.close();
    this.#listener.onEnded(reason);
  }

  #hangUp(): void {
    this.#stopTimer();
    this.#stopRenewal();
    this.#attempt += 1;
    this.#seated = false;
    this.#greeted = false;
    this.#wire?.close();
    this.#wire = null;
  }
}

export const browserSocketWays: SocketWays = {
  dial: (listener) => {
    const socket = openSocket('/api/v1/socket');
    socket.addEventListener('open', () => listener.onOpen());
    socket.addEventListener('message', (event) => listener.onText(String(event.data)));
    socket.addEventListener('close', () => listener.onClose());
    return socket;
  },
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  now: () => performance.now(),
  hidden: () => document.hidden,
  watch: (onBack, onLost) => {
    const online = (): void => onBack('network');
    const seen = (): void => {
      if (!document.hidden) onBack('page');
    };
    window.addEventListener('online', online);
    window.addEventListener('offline', onLost);
    document.addEventListener('visibilitychange', seen);
    return () => {
      window.removeEventListener('online', online);
      window.removeEventListener('offline', onLost);
      document.removeEventListener('visibilitychange', seen);
    };
  },
};
