import { describe, expect, it } from 'vitest';
import type { Span } from '../net/frames';
import { markedWords, signOf, withSign } from './marks';

describe('a span', () => {
  it('becomes the elements of its looks, in one order', () => {
    expect(markedWords({ text: 'x' })).toEqual({ text: 'x', looks: [], href: null });
    expect(markedWords({ text: 'x', code: true, struck: true, emphasis: true, strong: true }).looks).toEqual(['strong', 'em', 's', 'code']);
    expect(markedWords({ text: 'x', href: 'https://a.example/b' }).href).toBe('https://a.example/b');
    expect(markedWords({ text: 'x', href: 'http://a.example' }).href).toBe('http://a.example/');
  });

  it.each([
    'javascript:alert(1)',
    ' JavaScript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    '//evil.example',
    '/account',
    'https://bank.example@evil.example',
    'https://a:b@evil.example',
    'https:',
    '',
  ])('never links to %j', (href) => {
    expect(markedWords({ text: 'x', href }).href).toBeNull();
  });

  it('that is hostile becomes no other element', () => {
    const hostile = { text: '<img src=x onerror=alert(1)>', script: true, strong: 'script', tag: 'iframe', href: { toString: () => 'https://a.example' } };
    const words = markedWords(hostile as unknown as Span);
    expect(words).toEqual({ text: '<img src=x onerror=alert(1)>', looks: [], href: null });
  });
});

describe('keys for marks', () => {
  const press = (key: string, held: Partial<KeyboardEvent> = { ctrlKey: true }): string | null =>
    signOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

  it('are B and I with Ctrl or Command alone', () => {
    expect([press('b'), press('I'), press('b', { metaKey: true })]).toEqual(['**', '_', '**']);
    expect([press('b', {}), press('b', { ctrlKey: true, altKey: true }), press('i', { ctrlKey: true, shiftKey: true }), press('u')]).toEqual([null, null, null, null]);
  });

  it('set signs around what is selected, without its blanks', () => {
    expect(withSign({ text: 'a word here', start: 1, end: 7 }, '**')).toEqual({ text: 'a **word** here', start: 4, end: 8 });
    expect(withSign({ text: 'a', start: 1, end: 1 }, '_')).toEqual({ text: 'a__', start: 2, end: 2 });
    expect(withSign({ text: 'a  b', start: 1, end: 3 }, '_')).toEqual({ text: 'a__  b', start: 2, end: 2 });
  });

  it('take the signs away again', () => {
    expect(withSign({ text: 'a **word** here', start: 4, end: 8 }, '**')).toEqual({ text: 'a word here', start: 2, end: 6 });
    expect(withSign({ text: '____', start: 2, end: 2 }, '_')).toEqual({ text: '__', start: 1, end: 1 });
  });
});
