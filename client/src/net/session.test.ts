import { describe, expect, test, vi } from 'vitest';
import { Problem, SignedOut, Unreachable, problemOf } from './problem';
import { Session, browserSessionWays, openPost } from './session';

class Server {
  now = 0;
  readonly asked: string[] = [];
  readonly #answers: (Response | Error)[];

  constructor(...answers: (Response | Error)[]) {
    this.#answers = answers;
  }

  session(): Session {
    return new Session({
      fetch: async (path, init) => {
        const bearer = new Headers(init.headers).get('authorization');
        this.asked.push(bearer === null ? path : `${path} ${bearer}`);
        const answer = this.#answers.shift();
        if (!answer) throw new Error('one request too many');
        if (answer instanceof Error) throw answer;
        return answer;
      },
      now: () => this.now,
      exclusively: (work) => work(),
    });
  }
}

const access = (jwt: string): Response => Response.json({ access: jwt, expires_in_s: 600 });
const no = (status: number): Response =>
  Response.json({ type: 'https://wardlight.example/problems/not_yours', title: 'No', status, detail: 'Not yours.' }, { status });

const REFRESH = '/api/v1/session/refresh';

describe('a session', () => {
  test('refreshes once for many callers at the same time', async () => {
    const server = new Server(access('a'));
    const session = server.session();
    const [one, two] = await Promise.all([session.access(), session.access()]);
    expect([one.jwt, two.jwt]).toEqual(['a', 'a']);
    expect(server.asked).toEqual([REFRESH]);
  });

  test('uses a JWT until shortly before its end', async () => {
    const server = new Server(access('a'), access('b'));
    const session = server.session();
    await session.access();
    server.now = 579_999;
    expect((await session.access()).jwt).toBe('a');
    server.now = 580_000;
    expect((await session.access()).jwt).toBe('b');
  });

  test('takes over what joining answered', async () => {
    const session = new Server().session();
    session.accept({ access: 'joined', expires_in_s: 600 });
    expect((await session.access()).jwt).toBe('joined');
  });

  test('replaces a JWT that is refused, once', async () => {
    const server = new Server(access('a'), no(401), access('b'), Response.json({}), no(401), access('c'), no(401));
    const session = server.session();
    await session.fetch('/x');
    expect(server.asked).toEqual([REFRESH, '/x Bearer a', REFRESH, '/x Bearer b']);
    await expect(session.fetch('/y')).rejects.toBeInstanceOf(Problem);
  });

  test('tells being signed out from being offline and from a refusal', async () => {
    const server = new Server(no(401), new TypeError('network'), no(503), access('a'), no(403));
    const session = server.session();
    await expect(session.access()).rejects.toBeInstanceOf(SignedOut);
    await expect(session.access()).rejects.toBeInstanceOf(Unreachable);
    await expect(session.access()).rejects.toMatchObject({ status: 503, code: 'not_yours' });
    await expect(session.fetch('/x')).rejects.toMatchObject({ status: 403, detail: 'Not yours.' });
  });

  test('does not take a page of a proxy for an answer', async () => {
    const session = new Server(Response.json({ hello: 'world' })).session();
    await expect(session.access()).rejects.toBeInstanceOf(Problem);
  });
});

test('a problem is read out of anything', () => {
  expect(problemOf(502, '<html>')).toMatchObject({ status: 502, code: 'unknown', title: '', detail: '' });
  expect(problemOf(400, 'null')).toMatchObject({ code: 'unknown' });
  expect(problemOf(400, '{"type":"about:blank","title":3}')).toMatchObject({ code: 'blank', title: '' });
});

test('no request waits without end', async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  vi.stubGlobal('fetch', async (_path: string, init: RequestInit) => {
    signals.push(init.signal);
    return Response.json({});
  });
  const limit = vi.spyOn(AbortSignal, 'timeout');
  const own = new AbortController().signal;
  await openPost('/x');
  await browserSessionWays.fetch('/y', {});
  await browserSessionWays.fetch('/z', { signal: own });
  expect(limit.mock.calls).toEqual([[40_000], [40_000]]);
  expect(signals).toEqual([limit.mock.results[0]?.value, limit.mock.results[1]?.value, own]);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
