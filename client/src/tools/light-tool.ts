/**
 * Places lights and changes them. A click on the ground places one, a drag from there says at once how far it shines; a
 * click on one chooses it, a drag moves it. The chosen one has grips at its radii.
 */

import type { At, Glow, Handle, LightChange, LightView } from '../net/frames';
import { CELL, fromWire, separation, snapWall, toWire, type Vec } from '../table/grid';
import { MoveLamp } from './move-lamp';
import type { Gesture } from './gesture';
import { asksFree } from './habits';
import type { Pointer, Press } from './input';
import { Pan } from './pan';
import { Pressed } from './pressed';
import { SizeLamp } from './size-lamp';
import { lightAt, targetAt } from './targets';
import type { Tool } from './tool';
import type { Target, Workspace } from './workspace';

/** Which radius a grip is about. */
export type Grip = 'bright' | 'dim';

const GRIP_REACH_PX = { mouse: 10, touch: 22 } as const;

export class LightTool implements Tool {
  readonly #space: Workspace;
  readonly #glow: () => Glow;

  constructor(space: Workspace, glow: () => Glow) {
    this.#space = space;
    this.#glow = glow;
  }

  get cursor(): 'pointer' | 'crosshair' {
    return this.#space.sketch.parts.hovered === null ? 'crosshair' : 'pointer';
  }

  /** The light that is chosen, while it is there. */
  get chosen(): LightView | null {
    const { light } = this.#space.sketch.parts;
    return light === null ? null : (this.#space.table.lights.get(light) ?? null);
  }

  press(press: Press): Gesture {
    const { chosen } = this;
    const grip = this.#gripAt(press);
    if (chosen !== null && grip !== null) {
      return new Pressed(this.#space, press, { tap: () => {}, drag: () => this.#resize(chosen, grip) });
    }
    const light = lightAt(this.#space, press.at, press.kind);
    if (light === null) {
      const place = this.placeFor(press);
      const drag = (): Gesture => (press.kind === 'mouse' ? this.#draw(place) : new Pan(this.#space, press));
      return new Pressed(this.#space, press, { tap: () => void this.#add(place, this.#glow()), drag });
    }
    return new Pressed(this.#space, press, {
      tap: () => this.choose(light.light),
      drag: () => {
        this.choose(light.light);
        return new MoveLamp(this, this.#space, light, press);
      },
      hold: (pointer) => {
        if (pointer.kind === 'touch') this.#space.calls.menu({ kind: 'light', handle: light.light }, this.#space.place(pointer), pointer.at);
      },
    });
  }

  hover(pointer: Pointer): void {
    const light = lightAt(this.#space, pointer.at, pointer.kind);
    const grip = this.#gripAt(pointer);
    const handle = light?.light ?? (grip === null ? null : this.#space.sketch.parts.light);
    const was = this.#space.sketch.parts.hovered;
    if ((was?.handle ?? null) === handle) return;
    this.#space.sketch.set({ hovered: handle === null ? null : { kind: 'light', handle } });
  }

  leave(): void {
    this.#space.sketch.set({ hovered: null });
  }

  targetAt(pointer: Pointer): Target {
    const light = lightAt(this.#space, pointer.at, pointer.kind);
    return light === null ? targetAt(this.#space, pointer.at, pointer.kind) : { kind: 'light', handle: light.light };
  }

  /** Lets go of the chosen light. */
  cancel(): boolean {
    const wasChosen = this.#space.sketch.parts.light !== null;
    if (wasChosen) this.choose(null);
    return wasChosen;
  }

  remove(): boolean {
    const { hovered } = this.#space.sketch.parts;
    const light = hovered?.kind === 'light' ? hovered.handle : this.chosen?.light;
    if (light === undefined) return false;
    void this.#space.calls.ask({ do: 'remove_lights', lights: [light] });
    return true;
  }

  choose(light: Handle | null): void {
    this.#space.sketch.set({ light });
    this.#space.calls.chooseLight(light);
  }

  /** Where a light goes that is put down here: on the grid, unless a free place is asked for. */
  placeFor(pointer: Pointer): Vec {
    const place = this.#space.place(pointer);
    const { scene } = this.#space.table;
    if (scene === null) return place;
    const { x, y } = asksFree(pointer) ? place : snapWall(scene.grid, place);
    const size = fromWire(scene.size);
    return { x: Math.min(Math.max(x, 0), size.x), y: Math.min(Math.max(y, 0), size.y) };
  }

  /** Changes a light; until the server has answered it is shown as it will be. */
  async change(light: Handle, change: LightChange): Promise<void> {
    const { sketch, calls } = this.#space;
    const { lamp } = sketch.parts;
    await calls.ask({ do: 'edit_lights', lights: [light], change });
    if (sketch.parts.lamp === lamp) sketch.set({ lamp: null });
  }

  async #add(place: Vec, glow: Glow): Promise<void> {
    const { sketch, calls } = this.#space;
    const { lamp } = sketch.parts;
    const ack = await calls.ask({ do: 'add_lights', lights: [{ at: toWire(place), glow, on: true }] });
    if (sketch.parts.lamp === lamp) sketch.set({ lamp: null });
    if (ack?.made !== undefined && sketch.parts.edits === 'lights') this.choose(ack.made);
  }

  #draw(place: Vec): Gesture {
    const glow = this.#glow();
    return new SizeLamp(this.#space, { light: null, at: place, bright: 0, dim: 0, color: glow.color }, 'both', ({ bright, dim }) => {
      void this.#add(place, { ...glow, bright: inUnits(bright), dim: inUnits(dim) });
    });
  }

  #resize({ light, at, glow }: LightView, grip: Grip): Gesture {
    const lamp = { light, at: fromWire(at), bright: glow.bright / CELL, dim: glow.dim / CELL, color: glow.color };
    return new SizeLamp(this.#space, lamp, grip, ({ bright, dim }) => void this.change(light, { bright: inUnits(bright), dim: inUnits(dim) }));
  }

  #gripAt({ at, kind }: Pointer): Grip | null {
    const { chosen } = this;
    if (chosen === null) return null;
    const reaches = (grip: Grip): boolean => separation(this.#space.camera.toScreen(fromWire(gripPlace(chosen, grip))), at) <= GRIP_REACH_PX[kind];
    return reaches('dim') ? 'dim' : reaches('bright') ? 'bright' : null;
  }
}

/** Where the grip of a radius lies: of the dim one to the right, of the bright one to the left. */
export function gripPlace({ at: [x, y], glow }: Pick<LightView, 'at' | 'glow'>, grip: Grip): At {
  return grip === 'dim' ? [x + glow.dim, y] : [x - glow.bright, y];
}

const inUnits = (cells: number): number => Math.round(cells * CELL);
