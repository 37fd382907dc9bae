/** What was explored as a texture: one texel for each sample, or for a square of samples where there are too many. */

import { BufferImageSource } from 'pixi.js';
import type { SceneView } from '../net/frames';
import { BLOCK, type Explored, NOTHING_EXPLORED, SAMPLE } from '../table/explored';

const TEXELS_MAX = 2048;

export class MemoryTexture {
  source = texture(1, 1);
  /** The part of the texture that the scene covers. */
  share: [number, number] = [1, 1];
  #step = 1;
  #shown: Explored = NOTHING_EXPLORED;

  setScene(scene: SceneView): void {
    const [across, down] = scene.size.map((units) => units / SAMPLE) as [number, number];
    this.#step = Math.max(1, Math.ceil(Math.max(across, down) / TEXELS_MAX));
    const width = Math.max(1, Math.ceil(across / this.#step));
    const height = Math.max(1, Math.ceil(down / this.#step));
    this.source.destroy();
    this.source = texture(width, height);
    this.share = [across / this.#step / width, down / this.#step / height];
    this.#shown = NOTHING_EXPLORED;
  }

  set(explored: Explored): void {
    const before = this.#shown;
    this.#shown = explored;
    let isNew = false;
    for (const key of new Set([...before.blocks.keys(), ...explored.blocks.keys()])) {
      const block = explored.blocks.get(key);
      const was = before.blocks.get(key);
      if (block === was) continue;
      isNew = true;
      const place = block ?? was;
      if (place) this.#paint(place.x, place.y, block?.words);
    }
    if (isNew) this.source.update();
  }

  destroy(): void {
    this.source.destroy();
  }

  #paint(blockX: number, blockY: number, words: Uint32Array | undefined): void {
    const { width, height } = this.source;
    const texels = this.source.resource as Uint8Array;
    const step = this.#step;
    for (let row = 0; row < BLOCK; row += step) {
      const y = Math.floor((blockY * BLOCK + row) / step);
      if (y >= height) break;
      for (let column = 0; column < BLOCK; column += step) {
        const x = Math.floor((blockX * BLOCK + column) / step);
        if (x >= width) break;
        const word = words?.[row * 2 + (column >> 5)] ?? 0;
        texels[(y * width + x) * 4] = (word >>> (column & 31)) & 1 ? 255 : 0;
      }
    }
  }
}

function texture(width: number, height: number): BufferImageSource {
  const resource = new Uint8Array(width * height * 4);
  return new BufferImageSource({ resource, width, height, format: 'rgba8unorm', scaleMode: 'linear', alphaMode: 'no-premultiply-alpha' });
}
