/** What shines on the scene, as far as this seat knows. */

import type { At, Glow, SceneView, TokenView } from '../net/frames';
import type { TableState } from '../table/table.svelte';
import { UNIT } from './geometry';

/** Something that shines. */
export interface Lamp {
  /** Tells lamps apart, so that they do not flicker together. */
  readonly handle: number;
  readonly at: At;
  /** Its cone's direction counts from north. */
  readonly glow: Glow;
}

/** By day a light does not reach further than this. */
const DAY_UNITS = 1.25 * UNIT;

type Known = Pick<TableState, 'scene' | 'lights' | 'tokens'>;

export function lampsOf({ scene, lights, tokens }: Known): Lamp[] {
  if (!scene) return [];
  const placed = [...lights.values()].filter(({ on }) => on).map(({ light, at, glow }) => ({ handle: light, at, glow }));
  // Others are told of carried lights as of all others; a game master reads them off the tokens.
  const carried = scene.sees_all ? [...tokens.values()].flatMap(torchOf) : [];
  return [...placed, ...carried].map((lamp) => ({ ...lamp, glow: underSky(lamp.glow, scene) }));
}

/** A token that is drawn elsewhere than it stands, since it walks. */
export interface Walker {
  readonly stands: At;
  readonly shown: At;
}

/** Lamps as they are carried along: what shines where a walker stands shines where they are drawn. */
export function carried(lamps: readonly Lamp[], walkers: readonly Walker[]): readonly Lamp[] {
  if (walkers.length === 0) return lamps;
  const shown = new Map(walkers.map((walker) => [walker.stands.join(), walker.shown]));
  return lamps.map((lamp) => ({ ...lamp, at: shown.get(lamp.at.join()) ?? lamp.at }));
}

function torchOf({ token, at, emission, rotation, hidden, layer }: TokenView): Lamp[] {
  if (!emission || hidden || layer === 'gm') return [];
  const { cone } = emission;
  return [{ handle: token, at, glow: cone ? { ...emission, cone: { ...cone, direction: (cone.direction + rotation) % 360 } } : emission }];
}

function underSky(glow: Glow, { ambience }: SceneView): Glow {
  if (ambience !== 'bright') return glow;
  return { ...glow, bright: Math.min(glow.bright, DAY_UNITS), dim: Math.min(glow.dim, DAY_UNITS) };
}
