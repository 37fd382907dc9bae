/** What a dropped or chosen file is meant to become. The server looks into the file; this goes by its name and type. */

export type FilePurpose = 'scene' | 'picture';

export interface SortedFiles {
  readonly scenes: readonly File[];
  readonly pictures: readonly File[];
  readonly others: readonly File[];
}

const MAP_ENDINGS = /\.(dd2vtt|uvtt|df2vtt|json)$/i;
const PICTURE_ENDINGS = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;

/** For the file dialog of a browser. */
export const ACCEPT_SCENES = '.dd2vtt,.uvtt,.df2vtt,.json,image/png,image/jpeg,image/webp';
export const ACCEPT_PICTURES = 'image/png,image/jpeg,image/webp';

/** Pictures become what is wanted of them; map files are always scenes. */
export function sortFiles(files: readonly File[], pictureIsFor: FilePurpose): SortedFiles {
  const scenes: File[] = [];
  const pictures: File[] = [];
  const others: File[] = [];
  for (const file of files) {
    if (MAP_ENDINGS.test(file.name)) scenes.push(file);
    else if (file.type.startsWith('image/') || PICTURE_ENDINGS.test(file.name)) {
      (pictureIsFor === 'scene' ? scenes : pictures).push(file);
    } else others.push(file);
  }
  return { scenes, pictures, others };
}

/** `old_mill.png` is the old mill. */
export function nameOfFile(fileName: string, chars_max: number): string {
  const stem = fileName.replace(/\.[^.]*$/, '');
  return stem.replace(/[_\s]+/g, ' ').trim().slice(0, chars_max);
}
