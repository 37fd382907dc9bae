/** The floor of the scene: its picture, whole or as far as it was explored, or a plain ground. */

import { Container, Graphics, Sprite } from 'pixi.js';
import type { SceneView } from '../net/frames';
import type { MapTiles } from './map-tiles';
import type { Palette } from './palette';
import type { Pictures, Tile } from './pictures';

export class MapLayer {
  readonly view = new Container();
  readonly #floor = new Graphics();
  readonly #tiles = new Container();
  readonly #pictures: Pictures;
  readonly #shown = new Map<Tile, Sprite>();

  constructor(pictures: Pictures, explored: MapTiles) {
    this.#pictures = pictures;
    this.view.addChild(this.#floor, this.#tiles, explored.view);
  }

  draw(scene: SceneView | null, palette: Palette): void {
    this.#floor.clear();
    if (scene) {
      const [width, height] = scene.size;
      this.#floor.rect(0, 0, width, height).fill(palette.floor);
      this.#floor.rect(0, 0, width, height).stroke({ color: palette.floorEdge, width: 12, alignment: 0 });
    }
    this.drawTiles(scene);
  }

  /** Takes in the pieces of the picture that have arrived. */
  drawTiles(scene: SceneView | null): void {
    const tiles = new Set(this.#pictures.map(scene?.picture ?? null));
    for (const [tile, sprite] of this.#shown) {
      if (tiles.has(tile)) continue;
      sprite.destroy();
      this.#shown.delete(tile);
    }
    if (!scene) return;
    const [width, height] = scene.size;
    for (const tile of tiles) {
      let sprite = this.#shown.get(tile);
      if (!sprite) {
        sprite = new Sprite(tile.texture);
        this.#tiles.addChild(sprite);
        this.#shown.set(tile, sprite);
      }
      sprite.position.set(tile.x * width, tile.y * height);
      sprite.setSize(tile.width * width, tile.height * height);
    }
  }
}
