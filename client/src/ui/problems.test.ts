import { expect, it } from 'vitest';
import { Problem, SignedOut, Unreachable } from '../net/problem';
import { asSentence, isCalledOff, sentenceFor } from './problems';

it('lets the server speak, in sentences', () => {
  expect(sentenceFor(new Problem(413, 'too-large', 'The file is too large', 'At most 64 MB are taken.'))).toBe(
    'The file is too large. At most 64 MB are taken.',
  );
  expect(sentenceFor(new Problem(502, 'unknown', '', ''))).toMatch(/try again/);
});

it('says what to do when there was no answer', () => {
  expect(sentenceFor(new Unreachable('x'))).toMatch(/connection/);
  expect(sentenceFor(new SignedOut())).toMatch(/link/);
  expect(sentenceFor('odd')).toMatch(/try again/);
});

it('turns a refusal into a sentence', () => {
  expect(asSentence('it is locked')).toBe('It is locked.');
  expect(asSentence('Really?')).toBe('Really?');
});

it('tells what was called off from what failed', () => {
  expect(isCalledOff(new DOMException('', 'AbortError'))).toBe(true);
  expect(isCalledOff(new Error('AbortError'))).toBe(false);
});
