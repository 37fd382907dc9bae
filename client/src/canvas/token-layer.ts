/** All tokens, in their three layers, walking; and the ghosts of drags. */

import { Container, RenderLayer } from 'pixi.js';
import type { Handle, Layer, TokenMoved, TokenView } from '../net/frames';
import { type Vec, fromWire, samePlace, toWire } from '../table/grid';
import type { Sketch } from '../table/sketch';
import type { TableState } from '../table/table.svelte';
import { UNIT } from './geometry';
import type { Walker } from './lamps';
import type { Pictures } from './pictures';
import type { Stamps } from './stamps';
import { type TokenLook, TokenSprite } from './token-sprite';
import { Walk } from './walk';

interface Figure {
  readonly sprite: TokenSprite;
  token: TokenView;
  /** Where it is drawn. */
  at: Vec;
  walk: Walk | null;
  /** What the sprite shows, to draw it only when that changes. */
  drawn: string;
}

interface GhostFigure {
  readonly sprite: TokenSprite;
  at: Vec;
  aim: Vec;
}

const GHOST_CATCH_UP_MS = 45;

export class TokenLayer {
  /** Scenery: a part of the ground that light falls on. */
  readonly scenery = new Container();
  readonly tokens = new Container();
  /** What only the game master sees. */
  readonly secrets = new Container();
  /** Their names, which no neighbour covers. */
  readonly plates = new RenderLayer();
  readonly ghosts = new Container();
  readonly #table: TableState;
  readonly #sketch: Sketch;
  readonly #stamps: Stamps;
  readonly #pictures: Pictures;
  readonly #figures = new Map<Handle, Figure>();
  readonly #ghosts = new Map<string, GhostFigure>();
  #pxPerUnit = 1;
  #lastMs = 0;
  #isStill = false;

  constructor(table: TableState, sketch: Sketch, stamps: Stamps, pictures: Pictures) {
    this.#table = table;
    this.#sketch = sketch;
    this.#stamps = stamps;
    this.#pictures = pictures;
    for (const layer of [this.scenery, this.tokens, this.secrets]) layer.sortableChildren = true;
  }

  /** Walks take no time, for those who want no movement. */
  setStill(isStill: boolean): void {
    this.#isStill = isStill;
  }

  /** Where a token is drawn now; while it walks that is not where it stands. */
  shownAt(token: Handle): Vec | null {
    return this.#figures.get(token)?.at ?? null;
  }

  /** The tokens that are drawn elsewhere than they stand. */
  get walkers(): Walker[] {
    const walking = [...this.#figures.values()].filter(({ walk }) => walk !== null);
    return walking.map(({ token, at }) => ({ stands: token.at, shown: toWire(at) }));
  }

  /** Takes in what the table says now, and the ways that tokens just went. */
  update(moves: readonly TokenMoved[], nowMs: number): void {
    const { tokens } = this.#table;
    for (const [handle, figure] of this.#figures) {
      if (tokens.has(handle)) continue;
      figure.sprite.destroy();
      this.#figures.delete(handle);
    }
    const ways = new Map(moves.map((move) => [move.token, move.path]));
    for (const token of tokens.values()) this.#updateFigure(token, ways.get(token.token), nowMs);
    this.refresh();
  }

  /** Draws the tokens whose look changed: selected, hovered, recoloured, with a picture that arrived. */
  refresh(): void {
    const { parts } = this.#sketch;
    const left = new Set(parts.areCopies ? [] : parts.ghosts.map((ghost) => ghost.token));
    const hovered = parts.hovered?.kind === 'token' ? parts.hovered.handle : null;
    const usedPictures = new Set<Handle>();
    const usedPlates = new Set<TokenSpriteTexture>();
    for (const [handle, figure] of this.#figures) {
      const { token } = figure;
      if (token.picture !== undefined) usedPictures.add(token.picture);
      const look: TokenLook = {
        token,
        ring: this.#ringOf(token),
        aims: this.#aimsAt(token),
        rotation: parts.rotations.get(handle) ?? token.rotation,
        isSelected: this.#table.selection.has(handle),
        isHovered: hovered === handle,
        isLeft: left.has(handle),
        isGhost: false,
      };
      const drawn = this.#fingerprint(look);
      if (drawn !== figure.drawn) {
        figure.drawn = drawn;
        figure.sprite.draw(look);
        figure.sprite.setScale(this.#pxPerUnit);
      }
      const plate = figure.sprite.plate;
      if (plate) usedPlates.add(plate.texture);
    }
    this.#pictures.keepFaces(usedPictures);
    this.#stamps.keepPlates(usedPlates);
    this.#updateGhosts();
  }

  /** The zoom changed. */
  setScale(cssPxPerUnit: number): void {
    if (cssPxPerUnit === this.#pxPerUnit) return;
    this.#pxPerUnit = cssPxPerUnit;
    for (const figure of this.#figures.values()) figure.sprite.setScale(cssPxPerUnit);
    for (const ghost of this.#ghosts.values()) ghost.sprite.setScale(cssPxPerUnit);
  }

  /** Goes on walking; says whether anybody still walks. */
  advance(nowMs: number): boolean {
    const passed = Math.min(100, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    let isMoving = false;
    for (const figure of this.#figures.values()) {
      if (!figure.walk) continue;
      figure.at = figure.walk.at(nowMs);
      if (figure.walk.isDone(nowMs)) figure.walk = null;
      else isMoving = true;
      place(figure);
    }
    const catchUp = this.#isStill ? 1 : 1 - Math.exp(-passed / GHOST_CATCH_UP_MS);
    for (const ghost of this.#ghosts.values()) {
      if (samePlace(ghost.at, ghost.aim)) continue;
      const rest = { x: ghost.aim.x - ghost.at.x, y: ghost.aim.y - ghost.at.y };
      const isThere = Math.hypot(rest.x, rest.y) < 0.005;
      ghost.at = isThere ? ghost.aim : { x: ghost.at.x + rest.x * catchUp, y: ghost.at.y + rest.y * catchUp };
      if (!isThere) isMoving = true;
      place(ghost);
    }
    return isMoving;
  }

  #updateFigure(token: TokenView, path: readonly (readonly [number, number])[] | undefined, nowMs: number): void {
    const stands = this.#table.placeOf(token);
    let figure = this.#figures.get(token.token);
    if (!figure) {
      figure = { sprite: new TokenSprite(this.#stamps, this.#pictures), token, at: stands, walk: null, drawn: '' };
      this.#figures.set(token.token, figure);
      place(figure);
    } else if (!samePlace(figure.walk?.end ?? figure.at, stands)) {
      const way = path?.map(([x, y]) => fromWire([x, y])) ?? [stands];
      const last = way.at(-1);
      figure.walk = new Walk(figure.at, last && samePlace(last, stands) ? way : [stands], this.#isStill ? -Infinity : nowMs);
    }
    figure.token = token;
    const home = this.#homeOf(token.layer);
    if (figure.sprite.view.parent !== home) home.addChild(figure.sprite.view);
    // What lies on the ground is painted with it.
    figure.sprite.setOverlay(home === this.scenery ? null : this.plates);
    // Small ones stand on large ones, so that they can be reached.
    figure.sprite.view.zIndex = -token.size;
  }

  #homeOf(layer: Layer): Container {
    switch (layer) {
      case 'map':
        return this.scenery;
      case 'token':
        return this.tokens;
      case 'gm':
        return this.secrets;
    }
  }

  #ringOf(token: TokenView): number {
    const owner = token.owners?.[0];
    return (owner === undefined ? undefined : this.#table.seats.get(owner)?.color) ?? token.color;
  }

  #aimsAt(token: TokenView): readonly number[] {
    return (token.targeted_by ?? []).flatMap((seat) => this.#table.seats.get(seat)?.color ?? []);
  }

  #fingerprint(look: TokenLook): string {
    const { token } = look;
    const face = token.picture === undefined ? '' : this.#pictures.face(token.picture) ? 'p' : 'w';
    return `${token.size} ${token.color} ${token.picture ?? ''}${face} ${token.hidden ?? ''} ${token.name_shown ?? ''} ${look.ring} ${look.aims.join()} ${look.rotation} ${look.isSelected} ${look.isHovered} ${look.isLeft} ${token.name ?? ''}`;
  }

  /** The drag of this person, and those of others. */
  #updateGhosts(): void {
    const wanted = new Map<string, { token: Handle; at: Vec; ring: number | null }>();
    for (const ghost of this.#sketch.parts.ghosts) {
      wanted.set(`own ${ghost.token}`, { token: ghost.token, at: ghost.at, ring: null });
    }
    for (const [seat, ghosts] of this.#table.ghosts) {
      const ring = this.#table.seats.get(seat)?.color ?? null;
      for (const ghost of ghosts) wanted.set(`${seat} ${ghost.token}`, { token: ghost.token, at: fromWire(ghost.at), ring });
    }
    for (const [key, ghost] of this.#ghosts) {
      if (wanted.has(key)) continue;
      ghost.sprite.destroy();
      this.#ghosts.delete(key);
    }
    for (const [key, { token: handle, at, ring }] of wanted) {
      const token = this.#table.tokens.get(handle);
      if (!token) continue;
      let ghost = this.#ghosts.get(key);
      if (!ghost) {
        const isOwn = key.startsWith('own');
        const start = isOwn ? at : (this.shownAt(handle) ?? at);
        ghost = { sprite: new TokenSprite(this.#stamps, this.#pictures), at: start, aim: at };
        this.#ghosts.set(key, ghost);
        this.ghosts.addChild(ghost.sprite.view);
        ghost.sprite.draw({
          token,
          ring: ring ?? this.#ringOf(token),
          aims: [],
          rotation: token.rotation,
          isSelected: isOwn,
          isHovered: false,
          isLeft: false,
          isGhost: true,
        });
        ghost.sprite.setScale(this.#pxPerUnit);
      }
      ghost.aim = at;
      // One's own ghost is under the pointer; only those of others are smoothed.
      if (key.startsWith('own')) ghost.at = at;
      place(ghost);
    }
  }
}

type TokenSpriteTexture = NonNullable<TokenSprite['plate']>['texture'];

function place(figure: { readonly sprite: TokenSprite; readonly at: Vec }): void {
  figure.sprite.view.position.set(figure.at.x * UNIT, figure.at.y * UNIT);
}
