/** How a token gets from where it was shown to where it stands: along its way, in a time that does not bore. */

import { type Vec, separation } from '../table/grid';

const LEG_MS = 200;
const WALK_MS_MAX = 600;

export class Walk {
  readonly #points: readonly Vec[];
  /** The length of the way up to each point. */
  readonly #lengths: readonly number[];
  readonly #startMs: number;
  readonly #ms: number;

  constructor(from: Vec, path: readonly Vec[], startMs: number) {
    this.#points = [from, ...path];
    const lengths = [0];
    let length = 0;
    let before = from;
    for (const point of path) {
      length += separation(before, point);
      lengths.push(length);
      before = point;
    }
    this.#lengths = lengths;
    this.#startMs = startMs;
    this.#ms = length === 0 ? 0 : Math.min(WALK_MS_MAX, LEG_MS * path.length);
  }

  /** Where the walk ends. */
  get end(): Vec {
    return this.#points.at(-1) ?? { x: 0, y: 0 };
  }

  isDone(nowMs: number): boolean {
    return nowMs - this.#startMs >= this.#ms;
  }

  at(nowMs: number): Vec {
    if (this.isDone(nowMs)) return this.end;
    const share = Math.max(0, (nowMs - this.#startMs) / this.#ms);
    const eased = share < 0.5 ? 2 * share * share : 1 - 2 * (1 - share) * (1 - share);
    const walked = eased * (this.#lengths.at(-1) ?? 0);
    const next = this.#lengths.findIndex((length) => length > walked);
    const [a, b] = [this.#points[next - 1], this.#points[next]];
    const [from, to] = [this.#lengths[next - 1], this.#lengths[next]];
    if (!a || !b || from === undefined || to === undefined) return this.end;
    const part = (walked - from) / (to - from);
    return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
  }
}
