/** What to tell a person when a request fails. The server's own sentence is the best one when there is one. */

import { Problem, SignedOut, Unreachable } from '../net/problem';
import { t } from './strings';

export function sentenceFor(error: unknown): string {
  if (error instanceof Problem) {
    const said = [error.title, error.detail].filter((part) => part !== '').map(asSentence);
    return said.length > 0 ? said.join(' ') : t.common.unknownError;
  }
  if (error instanceof Unreachable) return `${t.join.unreachable} ${t.join.unreachableHelp}`;
  if (error instanceof SignedOut) return `${t.connection.ended.signed_out} ${t.connection.endedHelp.signed_out}`;
  return t.common.unknownError;
}

/** Refusals are written without a capital and a full stop, as parts of a log line. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}

/** Somebody called it off; there is nothing to report. */
export function isCalledOff(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
