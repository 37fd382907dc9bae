import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Account } from './account';
import { Api, type PictureSource } from './api';
import { Problem } from './problem';
import { ADDRESS_BYTES_MAX, HEADER_BYTES_MAX, openSocket, openUpload, send } from './request';
import { Session } from './session';
import { browserSocketWays } from './socket';

/** What a proxy takes of a line, in bytes: nginx by default, and ours. */
const LINE_BYTES_MAX = 8192;

interface Asked {
  /** As it is sent. */
  address: string;
  headers: Headers;
}

/** Every request that the browser was asked for. */
let asked: Asked[] = [];

function note(address: string | URL, headers: Headers): void {
  const { pathname, search } = new URL(address, 'https://here.invalid');
  asked.push({ address: pathname + search, headers });
}

/** What nobody would take: the whole request line, or a header's. */
const overlong = (): string[] =>
  asked.flatMap(({ address, headers }) => [
    ...(`POST ${address} HTTP/1.1`.length > LINE_BYTES_MAX ? [address.slice(0, 40)] : []),
    ...[...headers].filter(([name, value]) => name.length + value.length + 4 > LINE_BYTES_MAX).map(([name]) => name),
  ]);

/** An answer with whatever any request waits for. */
let answered = { access: 'jwt', expires_in_s: 600, challenge: 'c', options: { publicKey: {} }, tables: [], sessions: [], recovery_codes: [] };

class Upload {
  readonly upload = { addEventListener: () => {} };
  readonly status = 200;
  readonly responseText = '{}';
  readonly #headers = new Headers();
  #address = '';
  #onLoad = (): void => {};

  open(_method: string, address: string): void {
    this.#address = address;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  addEventListener(what: string, heard: () => void): void {
    if (what === 'load') this.#onLoad = heard;
  }

  send(): void {
    note(this.#address, this.#headers);
    this.#onLoad();
  }
}

class Socket {
  constructor(address: URL) {
    note(address, new Headers());
  }

  addEventListener(): void {}
}

class Passkey {
  static readonly parseRequestOptionsFromJSON = (options: unknown): unknown => options;
  static readonly parseCreationOptionsFromJSON = (options: unknown): unknown => options;
  readonly toJSON = (): unknown => ({});
}

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
    note(address, new Headers(init.headers));
    return Response.json(answered);
  });
  vi.stubGlobal('XMLHttpRequest', Upload);
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('location', { href: 'https://here.invalid/' });
  vi.stubGlobal('PublicKeyCredential', Passkey);
  vi.stubGlobal('navigator', { credentials: { get: async () => new Passkey(), create: async () => new Passkey() } });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

type Call = (word: string) => unknown;
/** One call of every method: a new one does not compile until it stands here. */
type Calls<Type> = Record<keyof Type, Call>;

const file = new Blob(['x']);
const number = Number.MAX_SAFE_INTEGER;
const { signal } = new AbortController();

function calls(): Record<string, Call> {
  const session = new Session();
  const api = new Api(session);
  const account = new Account(session);
  const sessions: Calls<Session> = {
    accept: () => session.accept({ access: 'jwt', expires_in_s: 600 }),
    access: () => session.access(),
    refresh: () => session.refresh(),
    end: () => session.end(),
    fetch: (word) => session.fetch(`/api/v1/${word}`, { headers: { 'x-word': encodeURIComponent(word) } }),
  };
  const pictures: Calls<PictureSource> = {
    picture: (word) => api.pictures(word, number).picture(number, signal),
    tile: (word) => api.pictures(word, number).tile({ scene: number, revision: number, level: number, x: number, y: number }, signal),
  };
  const apis: Calls<Api> = {
    previewJoin: (word) => api.previewJoin(word),
    join: (word) => api.join(word, word),
    tables: () => api.tables(),
    createTable: (word) => api.createTable(word),
    deleteTable: (word) => api.deleteTable(word),
    restoreTable: (word) => api.restoreTable(word),
    invite: (word) => api.invite(word),
    seatLink: (word) => api.seatLink(word, number),
    uploadScene: (word) => api.uploadScene('table', word, file),
    uploadPicture: (word) => api.uploadPicture(word, file),
    pictures: (word) => api.pictures(word).picture(number, signal),
  };
  const accounts: Calls<Account> = {
    ways: () => account.ways(),
    signIn: (word) => account.signIn(word, word, word),
    signInWithPasskey: () => account.signInWithPasskey(),
    register: (word) => account.register(word, word, word),
    signOut: () => account.signOut(),
    resetPassword: (word) => account.resetPassword(word, word),
    forgotten: (word) => account.forgotten(word),
    startMail: (word) => account.startMail(word),
    proveMail: (word) => account.proveMail(word),
    removeMail: () => account.removeMail(),
    about: () => account.about(),
    sessions: () => account.sessions(),
    endSession: (word) => account.endSession(word),
    endOtherSessions: () => account.endOtherSessions(),
    changePassword: (word) => account.changePassword(word, word),
    startSecondFactor: () => account.startSecondFactor(),
    finishSecondFactor: (word) => account.finishSecondFactor(word),
    removeSecondFactor: () => account.removeSecondFactor(),
    newRecoveryCodes: () => account.newRecoveryCodes(),
    addPasskey: (word) => account.addPasskey(word),
    removePasskey: (word) => account.removePasskey(word),
    export: () => account.export(),
    delete: () => account.delete(),
  };
  const listener = { onOpen: () => {}, onText: () => {}, onClose: () => {} };
  return { ...sessions, ...apis, ...pictures, ...accounts, dial: () => browserSocketWays.dial(listener) };
}

/** Calls everything with a word; those that were refused here, and those that asked for nothing. */
async function callAll(word: string): Promise<{ refused: string[]; silent: string[] }> {
  const refused: string[] = [];
  const silent: string[] = [];
  for (const name of Object.keys(calls())) {
    const before = asked.length;
    try {
      await calls()[name]?.(word);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'too_long') throw error;
      refused.push(name);
      continue;
    }
    if (asked.length === before) silent.push(name);
  }
  return { refused, silent };
}

/** Those that put a word of somebody else's into the address as it is; the name of a file is cut instead. */
const REFUSING = ['fetch', 'invite', 'deleteTable', 'restoreTable', 'seatLink', 'uploadPicture', 'pictures', 'picture', 'tile', 'endSession', 'removePasskey'];

describe('requests of every method', () => {
  test('are made with ordinary words', async () => {
    expect(await callAll('Camp.png')).toEqual({ refused: [], silent: ['accept'] });
    expect(overlong()).toEqual([]);
  });

  test.each([
    ['letters', 'a'],
    ['what is escaped', '%'],
    ['characters of four bytes', '🐉'],
    ['slashes', '/'],
  ])('have bounded addresses and headers, whatever they are given: %s', async (_what, character) => {
    const { refused } = await callAll(character.repeat(100_000));
    expect(refused.toSorted()).toEqual(REFUSING.toSorted());
    expect(overlong()).toEqual([]);
    expect(asked.some(({ address }) => address.includes('/scenes?name='))).toBe(true);
  });

  test('carry no token that nobody would take', async () => {
    answered = { ...answered, access: 'j'.repeat(100_000) };
    const { refused } = await callAll('Camp.png');
    answered = { ...answered, access: 'jwt' };
    expect(refused).toContain('tables');
    expect(refused).toContain('uploadScene');
    expect(refused).not.toContain('signIn');
    expect(overlong()).toEqual([]);
  });

  test('that are too long are noticed', async () => {
    await fetch(`/${'a'.repeat(LINE_BYTES_MAX)}`, { headers: { cookie: 'c'.repeat(LINE_BYTES_MAX) } });
    expect(overlong()).toEqual([`/${'a'.repeat(39)}`, 'cookie']);
  });
});

describe('a request', () => {
  const path = (length: number): string => `/${'a'.repeat(length - 1)}`;
  const headers = (length: number): Headers => new Headers({ authorization: 'a'.repeat(length) });

  test('of exactly the limit is made, and one byte more is not', async () => {
    await send(path(ADDRESS_BYTES_MAX), { headers: headers(HEADER_BYTES_MAX) });
    openSocket(path(ADDRESS_BYTES_MAX));
    openUpload(path(ADDRESS_BYTES_MAX), headers(HEADER_BYTES_MAX)).send();
    expect(asked).toHaveLength(3);
    await expect(send(path(ADDRESS_BYTES_MAX + 1), {})).rejects.toMatchObject({ status: 414 });
    await expect(send('/', { headers: headers(HEADER_BYTES_MAX + 1) })).rejects.toMatchObject({ status: 431 });
    expect(() => openSocket(path(ADDRESS_BYTES_MAX + 1))).toThrow(Problem);
    expect(() => openUpload(path(ADDRESS_BYTES_MAX + 1), headers(1))).toThrow(Problem);
    expect(() => openUpload('/', headers(HEADER_BYTES_MAX + 1))).toThrow(Problem);
    expect(asked).toHaveLength(3);
  });

  test('is measured as it is sent', async () => {
    await expect(send(`/${'雪'.repeat(ADDRESS_BYTES_MAX / 9 + 1)}`, {})).rejects.toMatchObject({ status: 414 });
    await expect(send(`/?q=${' '.repeat(ADDRESS_BYTES_MAX / 3)}x`, {})).rejects.toMatchObject({ status: 414 });
  });
});

describe('the browser is asked for requests', () => {
  const sources: Record<string, string> = import.meta.glob(['../**/*.{ts,svelte}', '!../**/*.test.ts'], { query: '?raw', import: 'default', eager: true });
  /** Calls of the browser's own `fetch`, not a member of that name or its declaration, and everything else that asks a server. */
  const ASKS = /(?<![.#\w])fetch\((?!\w+: )|[:=(,] ?fetch[;,)\n]|\b(?:window|self|globalThis)\.fetch\b|\bnew (?:XMLHttpRequest|WebSocket|EventSource|WebTransport|Request)\b|\bsendBeacon\b/;
  const asking = (files: Record<string, string>): string[] => Object.keys(files).filter((name) => ASKS.test(files[name] ?? ''));

  test('in one place', () => {
    expect(asking(sources)).toEqual(['./request.ts']);
  });

  test('and another is noticed', () => {
    const wrong = {
      'a.ts': 'await fetch("/x")',
      'b.ts': 'new WebSocket(x)',
      'c.ts': 'navigator.sendBeacon("/x")',
      'd.ts': 'window.fetch',
      'e.ts': 'await this.#session.fetch("/x"); this.#fetch(tile)',
      'f.ts': 'const ask = fetch;',
      'g.ts': 'async fetch(path: string): Promise<void> {}',
      'h.svelte': '<script>const x = new XMLHttpRequest();</script>',
    };
    expect(asking(wrong)).toEqual(['a.ts', 'b.ts', 'c.ts', 'd.ts', 'f.ts', 'h.svelte']);
  });
});
