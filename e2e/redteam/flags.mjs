// What stands in every secret of the world: words that no text may hold, and a colour that no picture may show, unless
// whoever is told knows the secret.
import { randomBytes, randomInt } from 'node:crypto';
import { png } from './picture.mjs';

const WORDS = ['note', 'hiddenToken', 'farToken', 'otherScene', 'area', 'whisper', 'masterRoll', 'otherTable'];
/** The secret that is a colour: what lies on the map where no player was. */
export const UNEXPLORED = 'unexplored';
/** What is explored has a colour without red; in the other one red is most. */
const EXPLORED = [0, 140, 70];
/** So far a colour may be from the flag in red, green and blue and still be it: pictures are packed with loss. */
const LOSS = 48;

export class Flags {
  #browser = null;

  constructor() {
    this.words = Object.fromEntries(WORDS.map((name) => [name, `flag-${randomBytes(9).toString('hex')}`]));
    this.colour = [randomInt(200, 256), randomInt(0, 30), randomInt(140, 220)];
    this.names = [...WORDS, UNEXPLORED];
  }

  /** The flags in a text. */
  in(text) {
    return Object.entries(this.words).flatMap(([name, word]) => (text.includes(word) ? [name] : []));
  }

  /** The flags in a picture. */
  async inPicture(bytes, type) {
    const { near } = await this.count(bytes, type);
    return near > 0 ? [UNEXPLORED] : [];
  }

  /**
   * How many pixels of a picture have the colour of the flag, how many something of it, and how many are as what is
   * explored. Whatever a browser shows is a picture.
   */
  async count(bytes, type) {
    const page = await this.#page();
    return page.evaluate(
      async ({ base64, type, colour, explored, loss }) => {
        const blob = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type });
        const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' });
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        const isNear = (at, wanted) => wanted.every((value, channel) => Math.abs(data[at + channel] - value) <= loss);
        const count = { near: 0, tinged: 0, explored: 0, all: data.length / 4 };
        for (let at = 0; at < data.length; at += 4) {
          if (isNear(at, colour)) count.near += 1;
          if (data[at] > data[at + 1] + loss) count.tinged += 1;
          if (isNear(at, explored)) count.explored += 1;
        }
        return count;
      },
      { base64: bytes.toString('base64'), type, colour: this.colour, explored: EXPLORED, loss: LOSS },
    );
  }

  /** A map whose columns from `from` on have the colour of the flag. */
  map(width, height, from) {
    return png(width, height, (x) => (x < from ? EXPLORED : this.colour));
  }

  async close() {
    await (await this.#browser)?.close();
  }

  /** Only who has a picture to look at starts a browser. */
  async #page() {
    this.#browser ??= import('../people.mjs').then(({ openBrowser }) => openBrowser());
    const browser = await this.#browser;
    return browser.contexts()[0]?.pages()[0] ?? browser.newPage();
  }
}
