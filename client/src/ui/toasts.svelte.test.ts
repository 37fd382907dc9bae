import { describe, expect, it } from 'vitest';
import { Toasts } from './toasts.svelte';

/** Toasts on a clock that the test turns. */
function setUp() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const toasts = new Toasts((run, after_ms) => {
    const timer = { at: now + after_ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  });
  const pass = (ms: number): void => {
    now += ms;
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now);
    for (const timer of due) timer.run();
  };
  const texts = (): string[] => toasts.list.map((toast) => toast.text);
  return { toasts, pass, texts };
}

describe('toasts', () => {
  it('go away by themselves, those with an action later', () => {
    const { toasts, pass, texts } = setUp();
    toasts.info('plain');
    toasts.info('with action', { actions: [{ label: 'Undo', run: () => {} }] });
    pass(4_999);
    expect(texts()).toEqual(['plain', 'with action']);
    pass(1);
    expect(texts()).toEqual(['with action']);
    pass(5_000);
    expect(texts()).toEqual([]);
  });

  it('stay when they are told to', () => {
    const { toasts, pass, texts } = setUp();
    const id = toasts.info('somebody knocks', { stays: true });
    pass(1_000_000);
    expect(texts()).toEqual(['somebody knocks']);
    toasts.dismiss(id);
    expect(texts()).toEqual([]);
  });

  it('do not pile up when the same thing is said again', () => {
    const { toasts, texts } = setUp();
    toasts.bad('it is locked');
    toasts.bad('it is locked');
    toasts.info('it is locked');
    expect(texts()).toEqual(['it is locked', 'it is locked']);
  });

  it('take the place of those with their key', () => {
    const { toasts, texts } = setUp();
    toasts.info('one waits', { key: 'door' });
    toasts.info('two wait', { key: 'door' });
    expect(texts()).toEqual(['two wait']);
    toasts.dismissKey('door');
    expect(texts()).toEqual([]);
  });

  it('push out the oldest passing one past four, never one that stays', () => {
    const { toasts, texts } = setUp();
    toasts.info('stays', { stays: true });
    for (const text of ['a', 'b', 'c', 'd', 'e']) toasts.info(text);
    expect(texts()).toEqual(['stays', 'b', 'c', 'd', 'e']);
  });

  it('wait while they are read', () => {
    const { toasts, pass, texts } = setUp();
    toasts.info('read me');
    toasts.hold();
    pass(60_000);
    expect(texts()).toEqual(['read me']);
    toasts.resume();
    pass(5_000);
    expect(texts()).toEqual([]);
  });
});
