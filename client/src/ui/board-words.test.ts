import { expect, it } from 'vitest';
import type { TokenView } from '../net/frames';
import { aimInWords, notesInWords, portalInWords, selectionInWords, tokensInWords } from './board-words';

const ORC: TokenView = { token: 1, at: [128, 384], size: 256, rotation: 0, layer: 'token', color: 0, name: 'Orc' };

it('reads the map from top to bottom', () => {
  const words = tokensInWords([ORC, { ...ORC, token: 2, at: [0, 0], name: 'Elf' }, { ...ORC, token: 3, at: [900, 384], name: 'Rat', hidden: true }]);
  expect(words).toMatch(/Elf; Orc; Rat, hidden/);
  expect(tokensInWords([])).toMatch(/No token/);
});

it('says where the selected token stands', () => {
  expect(selectionInWords([ORC])).toBe('Orc, column 1, row 2');
  expect(selectionInWords([ORC, ORC])).toMatch(/^2 /);
  expect(selectionInWords([])).toBe('');
});

it('reads the notes', () => {
  const look = { color: 0, width: 96 };
  const note = { ...look, drawing: 1, shape: { kind: 'note' as const, at: [0, 0] as [number, number], text: 'A well.\nDeep.' } };
  expect(notesInWords([note, { ...look, drawing: 2, shape: { kind: 'circle', middle: [0, 0], radius: 9 } }])).toBe('Notes: A well. Deep.');
  expect(notesInWords([{ ...note, shape: { ...note.shape, text: 'A **well**.' }, spans: [{ text: 'A ' }, { text: 'well', strong: true }, { text: '.' }] }])).toBe('Notes: A well.');
  expect(notesInWords([])).toBe('');
});

it('says whom one aims at', () => {
  expect(aimInWords([ORC, { ...ORC, name: 'Elf' }])).toBe('Target: Orc; Elf');
  expect(aimInWords([])).toBe('');
});

it('says what kind of door the keyboard has come to, how it stands, and where', () => {
  expect(portalInWords({ portal: 1, a: [256, 512], b: [512, 512], kind: 'window', state: 'open' })).toBe('Window, open, column 2, row 3');
});
