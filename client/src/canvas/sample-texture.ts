/** The samples of a scene on the GPU. Only the rows of blocks that changed are sent there. */

import { BufferImageSource } from 'pixi.js';
import type { SceneView } from '../net/frames';
import type { Blocks } from '../table/explored';
import type { Lit } from '../table/lit';
import { SamplePixels } from './sample-pixels';

export class SampleTexture {
  #pixels = new SamplePixels([1, 1]);
  #source = sourceOf(this.#pixels);

  get source(): BufferImageSource {
    return this.#source;
  }

  /** The part of the texture, across and down, that the scene covers. */
  get share(): readonly [number, number] {
    return this.#pixels.share;
  }

  setScene(scene: SceneView): void {
    this.#pixels = new SamplePixels(scene.size);
    this.#source.destroy();
    this.#source = sourceOf(this.#pixels);
  }

  set(remembered: Blocks, lit: Lit): void {
    const rows = this.#pixels.set(remembered, lit);
    if (rows) this.#source.update(rows.from * this.#pixels.width, rows.to * this.#pixels.width);
  }

  destroy(): void {
    this.#source.destroy();
  }
}

const sourceOf = ({ bytes, width, height }: SamplePixels): BufferImageSource =>
  new BufferImageSource({ resource: bytes, width, height, format: 'rgba8unorm', scaleMode: 'linear', alphaMode: 'no-premultiply-alpha' });
