/**
 * What a page of ours relies on in a browser, beside what the server checks itself, and what of it is missing. Looked at before
 * anything else begins. docs/security/context.md says which of it stops and which warns, and why.
 *
 * Each look asks for exactly the type that is expected: an element of the page with that name as its id is not taken for it.
 */

export type Feature = 'tls' | 'policy' | 'integrity' | 'trustedTypes' | 'isolation';

/** Without these nobody goes on. */
const STOPS: readonly Feature[] = ['tls', 'policy', 'integrity'];

const KEY = 'wardlight.browser';

/** As much of `globalThis` as is looked at. */
export interface Surroundings {
  readonly isSecureContext?: unknown;
  readonly SecurityPolicyViolationEvent?: unknown;
  readonly HTMLScriptElement?: unknown;
  readonly trustedTypes?: unknown;
  readonly crossOriginIsolated?: unknown;
}

export interface Verdict {
  readonly missing: readonly Feature[];
  /** Whether it ends here, whatever the person says. */
  readonly isStopped: boolean;
}

/** What is missing and was not passed on this device before; null if nothing keeps from starting. */
export function verdictOn(page: Surroundings, memory: Storage | null): Verdict | null {
  const missing = missingIn(page);
  const isStopped = missing.some((feature) => STOPS.includes(feature));
  const passed = memory?.getItem(KEY)?.split(' ') ?? [];
  if (!isStopped && missing.every((feature) => passed.includes(feature))) return null;
  return { missing, isStopped };
}

/** Keeps on this device that somebody was told what is missing, and went on. */
export function pass({ missing }: Verdict, memory: Storage | null): void {
  memory?.setItem(KEY, missing.join(' '));
}

function missingIn(page: Surroundings): Feature[] {
  const missing: Feature[] = [];
  if (page.isSecureContext !== true) missing.push('tls');
  // Whether a policy is in force cannot be tried without breaking it, which would be reported.
  if (typeof page.SecurityPolicyViolationEvent !== 'function') missing.push('policy');
  if (typeof page.HTMLScriptElement !== 'function' || !hasMember(page.HTMLScriptElement.prototype, 'integrity')) missing.push('integrity');
  if (!hasMember(page.trustedTypes, 'createPolicy') || typeof page.trustedTypes.createPolicy !== 'function') missing.push('trustedTypes');
  if (page.crossOriginIsolated !== true) missing.push('isolation');
  return missing;
}

function hasMember<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === 'object' && value !== null && name in value;
}
