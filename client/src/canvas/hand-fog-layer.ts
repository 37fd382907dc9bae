/**
 * Fog by hand, for a game master: what is veiled is dimmed and what is revealed tinted, so that the map stays readable
 * through both. While fog is in hand, named areas have outlines.
 */

import { BufferImageSource, Container, Graphics, Sprite, Texture } from 'pixi.js';
import type { AreaView, SceneView } from '../net/frames';
import { BLOCK, type Explored, SAMPLE } from '../table/explored';
import { type FogLayers, type HandFog, NO_FOG, shownFog } from '../table/fog';
import { ACCENT, INK } from './palette';

const TEXELS_MAX = 2048;
/** Red, green, blue and alpha, multiplied by it already. */
const VEILED = [6, 7, 13, 172] as const;
const REVEALED = [19, 62, 48, 72] as const;
const NOTHING = [0, 0, 0, 0] as const;

export class HandFogLayer {
  readonly view = new Container();
  readonly #outlines = new Graphics();
  #source = texture(1, 1);
  #texture = new Texture({ source: this.#source });
  #step = 1;
  readonly #sprite = new Sprite(this.#texture);
  #shown: FogLayers = NO_FOG.live;

  constructor() {
    this.view.addChild(this.#sprite, this.#outlines);
    this.view.visible = false;
  }

  setScene(scene: SceneView | null): void {
    this.view.visible = scene?.sees_all === true;
    const [across, down] = (scene?.size ?? [0, 0]).map((units) => units / SAMPLE) as [number, number];
    this.#step = Math.max(1, Math.ceil(Math.max(across, down) / TEXELS_MAX));
    const [width, height] = [across, down].map((samples) => Math.max(1, Math.ceil(samples / this.#step))) as [number, number];
    const old = this.#texture;
    this.#source = texture(width, height);
    this.#texture = new Texture({ source: this.#source });
    this.#sprite.texture = this.#texture;
    old.destroy(true);
    this.#sprite.setSize(width * this.#step * SAMPLE, height * this.#step * SAMPLE);
    this.#shown = NO_FOG.live;
  }

  setFog(fog: HandFog): void {
    const before = this.#shown;
    const after = shownFog(fog);
    this.#shown = after;
    const changed = new Set([...changedKeys(before.revealed, after.revealed), ...changedKeys(before.veiled, after.veiled)]);
    for (const key of changed) this.#paint(key);
    if (changed.size > 0) this.#source.update();
  }

  /** Outlines, as wide as a few pixels of the screen. */
  drawAreas(areas: Iterable<AreaView>, pxPerUnit: number): void {
    this.#outlines.clear();
    for (const { points } of areas) {
      const corners = points.flat();
      this.#outlines.poly(corners).stroke({ color: INK, alpha: 0.7, width: 5 / pxPerUnit });
      this.#outlines.poly(corners).stroke({ color: ACCENT, alpha: 0.9, width: 2 / pxPerUnit });
    }
  }

  destroy(): void {
    this.view.destroy({ children: true });
    this.#texture.destroy(true);
  }

  #paint(key: number): void {
    const [revealed, veiled] = [this.#shown.revealed.blocks.get(key), this.#shown.veiled.blocks.get(key)];
    const [blockX, blockY] = [key % 65_536, Math.floor(key / 65_536)];
    const { width, height } = this.#source;
    const texels = this.#source.resource as Uint8Array;
    for (let row = 0; row < BLOCK; row += this.#step) {
      const y = Math.floor((blockY * BLOCK + row) / this.#step);
      for (let column = 0; column < BLOCK; column += this.#step) {
        const x = Math.floor((blockX * BLOCK + column) / this.#step);
        if (x >= width || y >= height) continue;
        const isSet = (words?: Uint32Array): boolean => (((words?.[row * 2 + (column >> 5)] ?? 0) >>> (column & 31)) & 1) === 1;
        texels.set(isSet(veiled?.words) ? VEILED : isSet(revealed?.words) ? REVEALED : NOTHING, (y * width + x) * 4);
      }
    }
  }
}

function changedKeys({ blocks: before }: Explored, { blocks: after }: Explored): number[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

function texture(width: number, height: number): BufferImageSource {
  const resource = new Uint8Array(width * height * 4);
  return new BufferImageSource({ resource, width, height, format: 'rgba8unorm', scaleMode: 'nearest', alphaMode: 'premultiplied-alpha' });
}
