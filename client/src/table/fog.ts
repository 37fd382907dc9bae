/** Fog by hand, as a game master is told of it: bitmaps of samples, in blocks like those of the memory. */

import type { BlockView, Cover, FogShape, FogView } from '../net/frames';
import { type Explored, explore, NOTHING_EXPLORED } from './explored';

/** One fog: what every player remembers, and what none sees. */
export interface FogLayers {
  readonly revealed: Explored;
  readonly veiled: Explored;
}

export interface HandFog {
  readonly live: FogLayers;
  readonly draft: FogLayers;
  /** Whether a draft is being prepared; what is painted goes there then. */
  readonly preparing: boolean;
}

const NO_LAYERS: FogLayers = { revealed: NOTHING_EXPLORED, veiled: NOTHING_EXPLORED };

export const NO_FOG: HandFog = { live: NO_LAYERS, draft: NO_LAYERS, preparing: false };

export function takeFog(before: HandFog, view: FogView): HandFog {
  const { live, draft } = view.whole ? NO_FOG : before;
  return {
    live: { revealed: put(live.revealed, view.revealed), veiled: put(live.veiled, view.veiled) },
    draft: { revealed: put(draft.revealed, view.draft_revealed), veiled: put(draft.veiled, view.draft_veiled) },
    preparing: view.preparing,
  };
}

/** The fog that the game master works on. */
export const shownFog = (fog: HandFog): FogLayers => (fog.preparing ? fog.draft : fog.live);

function put(before: Explored, blocks: readonly BlockView[] | undefined): Explored {
  return blocks === undefined ? before : explore(before, { revision: before.revision + 1, blocks: [...blocks] });
}

export type FogShapeName = FogShape['kind'];

/** How fog is painted. */
export interface FogWork {
  readonly shape: FogShapeName;
  readonly cover: Cover;
  /** Of the brush, in cells. */
  readonly radius: number;
  /** The next closed shape is not painted but given a name. */
  readonly isNaming: boolean;
}

export const NEW_FOG_WORK: FogWork = { shape: 'rectangle', cover: 'revealed', radius: 1, isNaming: false };

const COVERS: readonly Cover[] = ['revealed', 'veiled', 'open'];

export const nextCover = (cover: Cover): Cover => COVERS[(COVERS.indexOf(cover) + 1) % COVERS.length] ?? cover;
