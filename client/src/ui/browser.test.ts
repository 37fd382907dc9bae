import { expect, it } from 'vitest';
import { type Feature, type Surroundings, pass, verdictOn } from './browser';

/** A constructor of a browser's, with these members in its prototype. */
const constructor = (prototype: object) => Object.assign(() => null, { prototype });

const whole: Surroundings = {
  isSecureContext: true,
  SecurityPolicyViolationEvent: constructor({}),
  HTMLScriptElement: constructor({ integrity: '' }),
  trustedTypes: { createPolicy: () => null },
  crossOriginIsolated: true,
};

function memoryOf(values: Map<string, string>): Storage {
  return { getItem: (key: string) => values.get(key) ?? null, setItem: (key: string, value: string) => values.set(key, value) } as unknown as Storage;
}

const without = (name: keyof Surroundings, value?: unknown) => verdictOn({ ...whole, [name]: value }, null);

it('starts at once where nothing is missing', () => {
  expect(verdictOn(whole, null)).toBeNull();
});

it.each<[keyof Surroundings, Feature]>([
  ['isSecureContext', 'tls'],
  ['SecurityPolicyViolationEvent', 'policy'],
  ['HTMLScriptElement', 'integrity'],
])('stops without %s', (name, feature) => {
  expect(without(name)).toEqual({ missing: [feature], isStopped: true });
});

it.each<[keyof Surroundings, Feature]>([
  ['trustedTypes', 'trustedTypes'],
  ['crossOriginIsolated', 'isolation'],
])('warns without %s', (name, feature) => {
  expect(without(name)).toEqual({ missing: [feature], isStopped: false });
});

it('stops where scripts know no digests', () => {
  expect(without('HTMLScriptElement', constructor({}))).toEqual({ missing: ['integrity'], isStopped: true });
});

it('takes no element for a feature', () => {
  // What `<form id="trustedTypes"><input name="createPolicy"></form>` makes of the name.
  expect(without('trustedTypes', { createPolicy: { nodeName: 'INPUT' } })?.missing).toEqual(['trustedTypes']);
  expect(without('crossOriginIsolated', { nodeName: 'A' })?.missing).toEqual(['isolation']);
  expect(without('isSecureContext', { nodeName: 'A' })?.isStopped).toBe(true);
});

it('warns once of the same on a device, and again of more', () => {
  const memory = memoryOf(new Map());
  const old = { ...whole, trustedTypes: undefined };
  const verdict = verdictOn(old, memory);
  expect(verdict).not.toBeNull();
  if (verdict !== null) pass(verdict, memory);
  expect(verdictOn(old, memory)).toBeNull();
  expect(verdictOn({ ...old, crossOriginIsolated: false }, memory)?.missing).toEqual(['trustedTypes', 'isolation']);
});

it('stops whatever was passed before', () => {
  const memory = memoryOf(new Map([['wardlight.browser', 'tls policy integrity']]));
  expect(verdictOn({ ...whole, isSecureContext: false }, memory)?.isStopped).toBe(true);
});
