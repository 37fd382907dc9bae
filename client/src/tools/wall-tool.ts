/** Draws walls. */

import type { WallKind } from '../net/frames';
import { toWire } from '../table/grid';
import { LineTool } from './line-tool';
import { wallAt } from './targets';
import type { Workspace } from './workspace';

export function wallTool(space: Workspace, kind: () => WallKind): LineTool {
  return new LineTool(space, {
    kind,
    goesOn: true,
    put: (a, b) => void space.calls.ask({ do: 'add_walls', walls: [{ a: toWire(a), b: toWire(b), kind: kind() }] }),
    markAt: ({ at }) => {
      const wall = wallAt(space, at);
      return wall === null ? null : { kind: 'wall', handle: wall.wall };
    },
    remove: ({ handle }) => void space.calls.ask({ do: 'remove_walls', walls: [handle] }),
  });
}
