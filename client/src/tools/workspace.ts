/** What every tool works with: the map on the screen, what is known of the table, and ways to ask it for things. */

import type { Camera } from '../canvas/camera';
import type { Ack, At, Command, Handle, Refused, TokenMove, TokenView } from '../net/frames';
import type { Commands } from '../table/commands';
import { CELL, fromWire, type Vec } from '../table/grid';
import type { Sketch } from '../table/sketch';
import type { TableState } from '../table/table.svelte';
import type { FogWork } from '../table/fog';
import { type Audience, audienceOf } from './habits';
import type { Pointer } from './input';

/** In the order in which they are offered. */
export type ToolName = 'select' | 'ruler' | 'ping' | 'wall' | 'portal' | 'light' | 'fog' | 'draw' | 'note';

/** What a menu or a click is about. */
export type Target =
  | { readonly kind: 'token'; readonly handle: Handle }
  | { readonly kind: 'portal'; readonly handle: Handle }
  | { readonly kind: 'wall'; readonly handle: Handle }
  | { readonly kind: 'light'; readonly handle: Handle }
  | { readonly kind: 'drawing'; readonly handle: Handle }
  | { readonly kind: 'ground' };

export type Cursor = 'default' | 'pointer' | 'grab' | 'grabbing' | 'copy' | 'crosshair';

/** What tools cannot do themselves. */
export interface HandsCallbacks {
  /** Answers when the server has; with null if it refused. */
  ask(command: Command): Promise<Ack | null>;
  /** The server refused something that was not asked through `ask`. */
  refused(refusal: Refused): void;
  /** Offers what can be done with something, at a point of the map's element. */
  menu(target: Target, place: Vec, at: Vec): void;
  open(tokens: readonly Handle[]): void;
  /** Without `by` the copies stand beside their originals. */
  copy(tokens: readonly Handle[], by: At | null): void;
  remove(tokens: readonly Handle[]): void;
  pick(tool: ToolName): void;
  /** The keyboard has come to a door or window, or has left it. */
  reach(portal: Handle | null): void;
  /** The light tool is about this light now. */
  chooseLight(light: Handle | null): void;
  cursor(cursor: Cursor): void;
  newToken(place: Vec | null): void;
  /** A note is to be written; without a place it goes to the middle of what is seen. */
  newNote(place: Vec | null): void;
  editNote(note: Handle): void;
  /** Shows or lifts the veil over what is dark. */
  veil(): void;
  help(): void;
  chat(): void;
  /** Another way of painting fog was chosen by a key. */
  fog(change: Partial<FogWork>): void;
  /** A part of the map is to be given a name. */
  nameArea(points: readonly At[]): void;
  /** The move under way would show these named areas to players; empty when it would not any more. */
  warn(areas: readonly Handle[]): void;
  /** Looks at the table as a player, or no longer. */
  lookAs(): void;
  /** Makes the players wait, or goes on. */
  pause(): void;
}

export interface Clock {
  now(): number;
  /** Calls once, later; answers how to prevent it. */
  after(ms: number, work: () => void): () => void;
  /** Calls once, at the next frame, when every move of a pointer up to then was heard; answers how to prevent it. */
  atFrame(work: () => void): () => void;
}

export interface Surface {
  readonly camera: Camera;
  readonly sketch: Sketch;
}

export class Workspace {
  readonly camera: Camera;
  readonly sketch: Sketch;
  readonly table: TableState;
  readonly commands: Commands;
  readonly calls: HandsCallbacks;
  readonly clock: Clock;
  /** Where the pointer was last, while it is over the map. */
  pointer: Pointer | null = null;

  constructor({ camera, sketch }: Surface, table: TableState, commands: Commands, calls: HandsCallbacks, clock: Clock) {
    this.camera = camera;
    this.sketch = sketch;
    this.table = table;
    this.commands = commands;
    this.calls = calls;
    this.clock = clock;
  }

  get audience(): Audience {
    return audienceOf(this.table.me?.role);
  }

  /** Whether this person may point and measure for others to see. */
  get canShow(): boolean {
    return this.audience !== 'all';
  }

  /** The colour of one's seat. */
  get ownColor(): number {
    const { me, seats } = this.table;
    return (me === null ? undefined : seats.get(me.seat)?.color) ?? 0xe8a33d;
  }

  place(pointer: Pointer): Vec {
    return this.camera.toWorld(pointer.at);
  }

  isMine(token: TokenView): boolean {
    return this.table.isGm || token.mine === true;
  }

  /** The selected tokens that this person may move, first the one that was selected first. */
  get held(): readonly TokenView[] {
    const selected = [...this.table.selection].flatMap((handle) => this.table.tokens.get(handle) ?? []);
    return selected.filter((token) => this.isMine(token));
  }

  async walk(moves: TokenMove[]): Promise<void> {
    const ack = await this.commands.move(moves);
    if (ack.refused) this.calls.refused(ack.refused);
  }
}

/** The diameter of a token, in cells. */
export const cellsOf = (token: TokenView): number => token.size / CELL;

export function middleOf(line: { readonly a: At; readonly b: At }): Vec {
  const [a, b] = [fromWire(line.a), fromWire(line.b)];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
