/** Selects and moves tokens, opens doors. What it does elsewhere is what the hand does without a tool. */

import type { TokenView } from '../net/frames';
import type { SketchTarget } from '../table/sketch';
import { BoxSelect } from './box-select';
import { DragTokens } from './drag-tokens';
import type { Gesture } from './gesture';
import { isDoneBy } from './habits';
import type { Pointer, Press } from './input';
import { Measure } from './measure';
import { Pan } from './pan';
import { point } from './ping-tool';
import { Pressed } from './pressed';
import { targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

export class SelectTool implements Tool {
  readonly #space: Workspace;

  constructor(space: Workspace) {
    this.#space = space;
  }

  get cursor(): 'pointer' | 'default' {
    return this.#space.sketch.parts.hovered === null ? 'default' : 'pointer';
  }

  press(press: Press): Gesture {
    if (press.ctrl && isDoneBy('measure', 'Ctrl+Drag')) {
      return new Pressed(this.#space, press, { tap: () => {}, drag: () => new Measure(this.#space, press) });
    }
    const target = this.targetAt(press);
    return new Pressed(this.#space, press, {
      tap: (pointer) => this.#tap(target, pointer),
      drag: () => this.#drag(target, press),
      hold: (pointer) => this.#hold(target, pointer),
    });
  }

  hover(pointer: Pointer): void {
    const target = this.targetAt(pointer);
    this.#mark(target.kind === 'ground' ? null : target);
  }

  leave(): void {
    this.#mark(null);
  }

  targetAt({ at, kind }: Pointer): Target {
    return targetAt(this.#space, at, kind);
  }

  cancel(): boolean {
    return false;
  }

  #mark(hovered: SketchTarget | null): void {
    const was = this.#space.sketch.parts.hovered;
    if (was?.kind !== hovered?.kind || was?.handle !== hovered?.handle) this.#space.sketch.set({ hovered });
  }

  #tap(target: Target, pointer: Pointer): void {
    const { table } = this.#space;
    switch (target.kind) {
      case 'token':
        if (pointer.shift) table.toggleSelected(target.handle);
        else table.select([target.handle]);
        return;
      case 'portal':
        usePortal(this.#space, target.handle);
        return;
      case 'wall':
      case 'light':
      case 'drawing':
      case 'ground':
        if (!pointer.shift) table.clearSelection();
    }
  }

  #drag(target: Target, press: Press): Gesture {
    const { table } = this.#space;
    const token = target.kind === 'token' ? table.tokens.get(target.handle) : undefined;
    if (token !== undefined && this.#space.isMine(token)) return this.#take(token, press);
    return press.kind === 'mouse' ? new BoxSelect(this.#space, press) : new Pan(this.#space, press);
  }

  #take(token: TokenView, press: Press): Gesture {
    const { table } = this.#space;
    if (!table.selection.has(token.token)) {
      if (press.shift) table.addToSelection([token.token]);
      else table.select([token.token]);
    }
    const makesCopies = press.alt && table.isGm && isDoneBy('duplicate', 'Alt+Drag');
    return new DragTokens(this.#space, token, this.#space.held, press, makesCopies);
  }

  #hold(target: Target, pointer: Pointer): void {
    // A long touch is the right button of a finger; on bare ground it points there, as a mouse does everywhere.
    if (pointer.kind === 'touch' && target.kind !== 'ground') {
      this.#space.calls.menu(target, this.#space.place(pointer), pointer.at);
    } else point(this.#space, pointer);
  }
}

/** Opens what is shut and shuts what is open. */
export function usePortal(space: Workspace, handle: number): void {
  const portal = space.table.portals.get(handle);
  if (portal === undefined || !space.canShow) return;
  void space.calls.ask({ do: 'set_portal', portal: portal.portal, state: portal.state === 'open' ? 'shut' : 'open' });
}
