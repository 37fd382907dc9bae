/** Pictures as bitmaps, because the page's policy lets no picture in by an address of its own making. */

import type { PictureSource } from '../../net/api';
import type { Handle } from '../../net/frames';

/** Null when it is not there or cannot be read; a picture is never worth an error. */
export async function bitmapOf(source: PictureSource, handle: Handle, signal: AbortSignal): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(await source.picture(handle, signal));
  } catch {
    return null;
  }
}

export async function bitmapOfFile(file: File): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(file);
  } catch {
    return null;
  }
}
