import { expect, it } from 'vitest';
import { nameOfFile, sortFiles } from './dropped-files';

const files = ['crypt.dd2vtt', 'MILL.UVTT', 'orc.PNG', 'notes.txt', 'photo'].map(
  (name) => new File([], name, { type: name === 'photo' ? 'image/jpeg' : '' }),
);
const names = (list: readonly File[]): string[] => list.map((file) => file.name);

it('takes pictures for what they are meant to be, and maps always for scenes', () => {
  const asScenes = sortFiles(files, 'scene');
  expect(names(asScenes.scenes)).toEqual(['crypt.dd2vtt', 'MILL.UVTT', 'orc.PNG', 'photo']);
  expect(names(asScenes.others)).toEqual(['notes.txt']);
  const asPictures = sortFiles(files, 'picture');
  expect(names(asPictures.scenes)).toEqual(['crypt.dd2vtt', 'MILL.UVTT']);
  expect(names(asPictures.pictures)).toEqual(['orc.PNG', 'photo']);
});

it('makes a name of a file', () => {
  expect(nameOfFile('old_mill__at dusk.final.png', 60)).toBe('old mill at dusk.final');
  expect(nameOfFile('abcdef.png', 3)).toBe('abc');
});
