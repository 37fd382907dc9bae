// Pictures that are made here, as PNG files.
import { crc32, deflateSync } from 'node:zlib';

export const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** A chunk of a PNG file, with any length that it may claim and any sum. */
export function chunk(type, data, { length = data.length, sum } = {}) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)];
  head.writeUInt32BE(length >>> 0);
  tail.writeUInt32BE(sum ?? crc32(body));
  return Buffer.concat([head, body, tail]);
}

/** The head of a picture in red, green and blue. */
export function header(width, height) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return head;
}

/** The pixels of a picture whose columns are each of one colour, packed. */
export function pixels(width, height, colour) {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x += 1) row.set(colour(x), 1 + x * 3);
  return deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
}

/** A picture of one colour, or of columns each of one. */
export function png(width, height, colour) {
  const of = typeof colour === 'function' ? colour : () => colour;
  return Buffer.concat([SIGNATURE, chunk('IHDR', header(width, height)), chunk('IDAT', pixels(width, height, of)), chunk('IEND', Buffer.alloc(0))]);
}
