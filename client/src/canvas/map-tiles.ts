/**
 * The map as far as this seat explored it: tiles of the level that the camera needs, fetched when they come into view and
 * again when more of them was explored. An old tile stays on the screen until its successor has arrived, and the
 * coarsest level lies below all others, so that nothing flickers.
 */

import { Container, ImageSource, Sprite, Texture } from 'pixi.js';
import type { PictureSource } from '../net/api';
import type { SceneView } from '../net/frames';
import { type Explored, NOTHING_EXPLORED, changedBoxes, isAnySeen } from '../table/explored';
import type { Camera } from './camera';
import { type Pyramid, type TilePlace, levelFor, meets, pyramidOf, samplesOf, tilesIn, unitsOf } from './pyramid';

const FETCHES_AT_ONCE = 6;
const RETRY_MS = 3_000;
/** Tiles that stay at hand after they left the screen. */
const TILES_KEPT = 160;

interface Tile {
  readonly place: TilePlace;
  sprite: Sprite | null;
  /** The revision that the sprite shows; -1 for none. */
  shown: number;
  /** The revision at which it changed last. */
  wanted: number;
  fetching: AbortController | null;
  retryAtMs: number;
  usedAt: number;
}

export class MapTiles {
  readonly view = new Container({ sortableChildren: true });
  readonly #source: PictureSource;
  readonly #onArrival: () => void;
  readonly #tiles = new Map<string, Tile>();
  #scene: SceneView | null = null;
  #pyramid: Pyramid | null = null;
  #explored: Explored = NOTHING_EXPLORED;
  #fetches = 0;
  #draws = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(source: PictureSource, onArrival: () => void) {
    this.#source = source;
    this.#onArrival = onArrival;
  }

  setScene(scene: SceneView | null): void {
    const pyramid = scene && !scene.sees_all ? pyramidOf(scene) : null;
    const isSame = scene?.scene === this.#scene?.scene && JSON.stringify(pyramid) === JSON.stringify(this.#pyramid);
    this.#scene = scene;
    if (isSame) return;
    this.#forget();
    this.#pyramid = pyramid;
  }

  setExplored(explored: Explored): void {
    const boxes = changedBoxes(this.#explored, explored);
    this.#explored = explored;
    const pyramid = this.#pyramid;
    if (!pyramid || boxes.length === 0) return;
    for (const tile of this.#tiles.values()) {
      const samples = samplesOf(pyramid, tile.place);
      if (boxes.some((box) => meets(box, samples))) tile.wanted = explored.revision;
    }
  }

  /** Shows what the camera needs, and asks for what is missing. */
  draw(camera: Camera, resolution: number): void {
    const pyramid = this.#pyramid;
    if (!pyramid || !this.#scene) return;
    this.#draws += 1;
    const level = levelFor(pyramid, camera.scale * resolution);
    const from = camera.toWorld({ x: 0, y: 0 });
    const to = camera.toWorld(camera.size);
    const needed = tilesIn(pyramid, level, from, to);
    const coarsest = pyramid.levels - 1;
    if (level !== coarsest) needed.unshift(...tilesIn(pyramid, coarsest, from, to));
    let isComplete = true;
    for (const place of needed) {
      const tile = this.#tile(place);
      tile.usedAt = this.#draws;
      if (tile.shown < tile.wanted) {
        isComplete &&= tile.sprite !== null || place.level === coarsest;
        this.#fetch(tile);
      }
      if (tile.sprite) tile.sprite.visible = true;
    }
    // Tiles of other levels fill the gaps until everything needed is there.
    for (const tile of this.#tiles.values()) {
      if (tile.usedAt !== this.#draws && tile.sprite && isComplete) tile.sprite.visible = false;
    }
    this.#tidy();
  }

  destroy(): void {
    this.#forget();
    this.view.destroy({ children: true });
  }

  #tile(place: TilePlace): Tile {
    const key = `${place.level}/${place.x}/${place.y}`;
    let tile = this.#tiles.get(key);
    if (!tile) {
      tile = { place, sprite: null, shown: -1, wanted: 0, fetching: null, retryAtMs: 0, usedAt: 0 };
      this.#tiles.set(key, tile);
    }
    return tile;
  }

  #fetch(tile: Tile): void {
    const scene = this.#scene;
    const pyramid = this.#pyramid;
    if (!scene || !pyramid || tile.fetching) return;
    const { revision } = this.#explored;
    if (!isAnySeen(this.#explored, samplesOf(pyramid, tile.place))) {
      this.#show(tile, pyramid, null, revision);
      return;
    }
    if (this.#fetches >= FETCHES_AT_ONCE || performance.now() < tile.retryAtMs) return;
    const controller = new AbortController();
    tile.fetching = controller;
    this.#fetches += 1;
    void this.#load(tile, pyramid, { scene: scene.scene, revision, ...tile.place }, controller.signal).finally(() => {
      this.#fetches -= 1;
      if (tile.fetching === controller) tile.fetching = null;
      if (!controller.signal.aborted) this.#onArrival();
    });
  }

  async #load(
    tile: Tile,
    pyramid: Pyramid,
    name: TilePlace & { scene: number; revision: number },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const blob = await this.#source.tile(name, signal);
      const picture = blob && (await createImageBitmap(blob, { premultiplyAlpha: 'premultiply' }));
      if (signal.aborted) picture?.close();
      else this.#show(tile, pyramid, picture, name.revision);
    } catch {
      if (signal.aborted) return;
      tile.retryAtMs = performance.now() + RETRY_MS;
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#onArrival();
      }, RETRY_MS + 50);
    }
  }

  #show(tile: Tile, pyramid: Pyramid, picture: ImageBitmap | null, revision: number): void {
    tile.shown = revision;
    tile.sprite?.destroy({ texture: true, textureSource: true });
    tile.sprite = null;
    if (!picture) return;
    const source = new ImageSource({ resource: picture, scaleMode: 'linear' });
    const sprite = new Sprite(new Texture({ source }));
    const { x, y, width, height } = unitsOf(pyramid, tile.place);
    sprite.position.set(x, y);
    sprite.setSize(width, height);
    sprite.zIndex = -tile.place.level;
    this.view.addChild(sprite);
    tile.sprite = sprite;
  }

  /** Lets go of what was not used for longest. */
  #tidy(): void {
    if (this.#tiles.size <= TILES_KEPT) return;
    const unused = [...this.#tiles.entries()].filter(([, tile]) => tile.usedAt !== this.#draws);
    unused.sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key, tile] of unused.slice(0, this.#tiles.size - TILES_KEPT)) {
      tile.fetching?.abort();
      tile.sprite?.destroy({ texture: true, textureSource: true });
      this.#tiles.delete(key);
    }
  }

  #forget(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const tile of this.#tiles.values()) {
      tile.fetching?.abort();
      tile.sprite?.destroy({ texture: true, textureSource: true });
    }
    this.#tiles.clear();
    this.#pyramid = null;
    this.#explored = NOTHING_EXPLORED;
  }
}
