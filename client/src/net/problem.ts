/** What can go wrong between the browser and the server, as values that a screen can tell apart. */

/** The server answered, and the answer is no (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    /** The last part of the problem's type: a stable word for programs. */
    readonly code: string,
    readonly title: string,
    /** A sentence for people; empty when the server gave none. */
    readonly detail: string,
  ) {
    super(detail === '' ? title : detail);
  }
}

/** Nobody is signed in on this device any more. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

/** The server was not reached. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Reads a problem out of an answer's body, whatever a proxy on the way made of it. */
export function problemOf(status: number, body: string): Problem {
  let told: unknown;
  try {
    told = JSON.parse(body);
  } catch {
    told = null;
  }
  const word = (key: string): string => {
    const value = typeof told === 'object' && told !== null ? (told as Record<string, unknown>)[key] : undefined;
    return typeof value === 'string' ? value : '';
  };
  const code = word('type').split(/[/#:]/).at(-1) ?? '';
  return new Problem(status, code === '' ? 'unknown' : code, word('title'), word('detail'));
}
