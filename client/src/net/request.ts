/**
 * The only place where requests are made. None has an address or a header that whoever receives it would refuse for its
 * length, and none waits without end.
 */

import { Problem } from './problem';

/** In bytes, as sent: path and query. A proxy takes lines of 8 KiB, and the server no more than 64 KiB of them. */
export const ADDRESS_BYTES_MAX = 4 * 1024;

/** In bytes, of one header's value: the longest token that the server reads, with room for the word before it. */
export const HEADER_BYTES_MAX = 4 * 1024 + 64;

/** A request whose answer takes longer has none: the server answers within half a minute. */
const ANSWER_MS_MAX = 40_000;

/** As `fetch`. Without a signal of the caller's it is called off when it takes too long. */
export async function send(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  return fetch(bounded(path, headers), { ...init, headers, signal: init.signal ?? AbortSignal.timeout(ANSWER_MS_MAX) });
}

/** A request that tells of its progress, as `fetch` cannot; opened and not yet sent. */
export function openUpload(path: string, headers: Headers): XMLHttpRequest {
  const request = new XMLHttpRequest();
  request.open('POST', bounded(path, headers));
  headers.forEach((value, name) => request.setRequestHeader(name, value));
  return request;
}

/** A socket to the server of this page. */
export function openSocket(path: string): WebSocket {
  const address = new URL(bounded(path, new Headers()), location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address);
}

/** The path, if neither it nor a header is too long. The browser adds headers of its own and cookies of fixed length. */
function bounded(path: string, headers: Headers): string {
  // As it is sent: what may not stand in an address is escaped.
  const { pathname, search } = new URL(path, 'https://here.invalid');
  if (pathname.length + search.length > ADDRESS_BYTES_MAX) throw new Problem(414, 'too_long', 'This address is too long.', '');
  for (const value of headers.values()) {
    if (value.length > HEADER_BYTES_MAX) throw new Problem(431, 'too_long', 'The sign-in is too long to be sent.', '');
  }
  return path;
}
