/** Links that let people in: `/join#CODE`. The code is kept out of the address bar, and so out of screenshots. */

export interface Address {
  readonly hash: string;
  /** `history.state`, which survives a reload. */
  readonly state: unknown;
}

/** The code that the page was opened with, or that it put away before a reload. */
export function joinCode(address: Address): string | null {
  const fromHash = decoded(address.hash.replace(/^#/, '')).trim();
  if (fromHash !== '') return fromHash;
  const state = address.state;
  if (typeof state !== 'object' || state === null || !('code' in state)) return null;
  return typeof state.code === 'string' && state.code !== '' ? state.code : null;
}

/** Chat programs like to encode what they do not know. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
