/** Places doors and windows. */

import type { PortalKind } from '../net/frames';
import { toWire } from '../table/grid';
import { LineTool } from './line-tool';
import { portalAt } from './targets';
import type { Workspace } from './workspace';

export function portalTool(space: Workspace, kind: () => PortalKind): LineTool {
  return new LineTool(space, {
    kind,
    goesOn: false,
    put: (a, b) => void space.calls.ask({ do: 'add_portal', a: toWire(a), b: toWire(b), kind: kind() }),
    markAt: (pointer) => {
      const portal = portalAt(space, pointer.at, pointer.kind);
      return portal === null ? null : { kind: 'portal', handle: portal.portal };
    },
    remove: ({ handle }) => void space.calls.ask({ do: 'remove_portal', portal: handle }),
  });
}
