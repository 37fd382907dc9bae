/**
 * The sign-in of this device: holds the access JWT in memory and renews it with the refresh cookie, which no script
 * can read. Tabs take turns at refreshing, because each use replaces the cookie's secret.
 */

import { Problem, SignedOut, Unreachable, problemOf } from './problem';
import { send } from './request';

/** What a session needs from the browser; tests bring their own. */
export interface SessionWays {
  fetch(path: string, init: RequestInit): Promise<Response>;
  /** Milliseconds that only grow. */
  now(): number;
  /** Runs one at a time over all tabs. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

/** An access JWT with its times on the clock of `SessionWays.now`. */
export interface Access {
  readonly jwt: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** A JWT with less left than this is replaced before it is used. */
const SPARE_MS = 20_000;

const LOCK = 'wardlight-refresh';

export const browserSessionWays: SessionWays = {
  fetch: send,
  now: () => performance.now(),
  exclusively: (work) => ('locks' in navigator ? navigator.locks.request(LOCK, work) : work()),
};

export class Session {
  readonly #ways: SessionWays;
  #access: Access | null = null;
  #refreshing: Promise<Access> | null = null;

  constructor(ways: SessionWays = browserSessionWays) {
    this.#ways = ways;
  }

  /** Takes what joining a table answered. */
  accept(told: { access: string; expires_in_s: number }): Access {
    const issuedMs = this.#ways.now();
    this.#access = { jwt: told.access, issuedMs, expiresMs: issuedMs + told.expires_in_s * 1000 };
    return this.#access;
  }

  /** A JWT that is good for a while yet. Throws `SignedOut`, `Unreachable` or a `Problem`. */
  async access(): Promise<Access> {
    const held = this.#access;
    if (held) {
      const life = held.expiresMs - held.issuedMs;
      if (held.expiresMs - this.#ways.now() > Math.min(SPARE_MS, life / 2)) return held;
    }
    return this.refresh();
  }

  /** A new JWT, whatever the old one is still good for. Calls at the same time share one request. */
  refresh(): Promise<Access> {
    this.#refreshing ??= this.#ways
      .exclusively(() => this.#askForAccess())
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  /** Signs this device out. */
  async end(): Promise<void> {
    this.#access = null;
    await this.#post('/api/v1/session/end');
  }

  /**
   * Sends a request in this session's name. A JWT that the server takes no longer is replaced once.
   * Resolves with good answers only.
   */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    let access = await this.access();
    for (let attempt = 0; ; attempt += 1) {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${access.jwt}`);
      const answer = await reach(this.#ways.fetch(path, { ...init, headers, cache: 'no-store' }), init.signal);
      if (answer.ok) return answer;
      if (answer.status !== 401 || attempt > 0) throw problemOf(answer.status, await answer.text());
      access = await this.refresh();
    }
  }

  async #askForAccess(): Promise<Access> {
    const answer = await this.#post('/api/v1/session/refresh');
    if (answer.status === 401) {
      this.#access = null;
      throw new SignedOut();
    }
    const body = await answer.text();
    if (!answer.ok) throw problemOf(answer.status, body);
    const told: unknown = JSON.parse(body);
    if (!isAccess(told)) throw new Problem(answer.status, 'unreadable', 'The answer cannot be read.', '');
    return this.accept(told);
  }

  #post(path: string): Promise<Response> {
    return reach(this.#ways.fetch(path, { method: 'POST', credentials: 'same-origin', cache: 'no-store' }));
  }
}

/**
 * Turns the browser's many words for "no network" into one; a request that was called off stays called off, and one that
 * was not made keeps its reason.
 */
export async function reach<T>(request: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    if (signal?.aborted || cause instanceof Problem) throw cause;
    throw new Unreachable('the server was not reached', { cause });
  }
}

/** Posts without a sign-in; an answer without a body is null. */
export async function openPost<T>(path: string, body?: object): Promise<T> {
  const init: RequestInit = { method: 'POST', cache: 'no-store', credentials: 'same-origin' };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'content-type': 'application/json' };
  }
  const answer = await reach(send(path, init));
  const text = await reach(answer.text());
  if (!answer.ok) throw problemOf(answer.status, text);
  return parsed<T>(text);
}

/** The body of a good answer; null where there is none. */
export const parsed = <T>(text: string): T => (text === '' ? null : JSON.parse(text)) as T;

function isAccess(told: unknown): told is { access: string; expires_in_s: number } {
  if (typeof told !== 'object' || told === null) return false;
  const fields = told as Record<string, unknown>;
  return typeof fields['access'] === 'string' && typeof fields['expires_in_s'] === 'number';
}
