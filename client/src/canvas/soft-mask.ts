/**
 * Pictures of what is seen and remembered, blurred so that borders are soft. They are painted when that changes, once, and
 * read in every frame. See `light-shaders` for what is where.
 */

import { Container, Graphics, RenderTexture, type TextureSource, UniformGroup, type WebGLRenderer } from 'pixi.js';
import type { At } from '../net/frames';
import { UNIT } from './geometry';
import { BLUR_FRAGMENT, LEVELS_FRAGMENT, PLAIN_VERTEX, SAMPLES_FRAGMENT } from './light-shaders';
import { Quad } from './quad';
import type { SampleTexture } from './sample-texture';

/** A polygon as the wire has it: x, y, x, y, … */
export type Polygon = readonly number[];

export interface Seen {
  /** In colour. */
  readonly inColor: readonly Polygon[];
  /** By darkvision alone. */
  readonly inDark: readonly Polygon[];
}

/** Pixels in a cell, if the scene is not too large for it. */
const PER_CELL = 12;
const PIXELS_MAX = 1024;
const WIDE_PER_CELL = 5;
const WIDE_PIXELS_MAX = 512;
/** How far a blur reaches. */
const SOFT_CELLS = 0.34;
const WIDE_SOFT_CELLS = 1.1;
/** Steps of a blur to each side. */
const BLUR_STEPS = 3;

export class SoftMask {
  readonly #renderer: WebGLRenderer;
  readonly #samples: SampleTexture;
  readonly #brush = new Container();
  readonly #shapes = new Container();
  readonly #inColor = new Graphics({ blendMode: 'add' });
  readonly #inDark = new Graphics({ blendMode: 'add' });
  readonly #sampled: Quad;
  readonly #levels: Quad;
  readonly #blur: Quad;
  #sharp = blank();
  #half = blank();
  #now = blank();
  #last = blank();
  #wideHalf = blank();
  #wide = blank();
  #blurStep: readonly [number, number] = [0, 0];
  #wideStep: readonly [number, number] = [0, 0];

  constructor(renderer: WebGLRenderer, samples: SampleTexture) {
    this.#renderer = renderer;
    this.#samples = samples;
    const share = { value: new Float32Array([1, 1]), type: 'vec2<f32>' } as const;
    const none = this.#sharp.source;
    this.#sampled = new Quad(
      { name: 'samples', vertex: PLAIN_VERTEX, fragment: SAMPLES_FRAGMENT },
      new UniformGroup({ uSamplesShare: share }),
      { uSamples: samples.source },
    );
    this.#sampled.mesh.blendMode = 'add';
    this.#levels = new Quad(
      { name: 'levels', vertex: PLAIN_VERTEX, fragment: LEVELS_FRAGMENT },
      new UniformGroup({ uSamplesShare: { ...share } }),
      { uSamples: samples.source, uMask: none },
    ).overwrite();
    this.#blur = new Quad(
      { name: 'blur', vertex: PLAIN_VERTEX, fragment: BLUR_FRAGMENT },
      new UniformGroup({ uStep: { value: new Float32Array(2), type: 'vec2<f32>' } }),
      { uMask: none },
    ).overwrite();
    this.#shapes.addChild(this.#inColor, this.#inDark);
    this.#brush.addChild(this.#shapes, this.#sampled.mesh);
  }

  get source(): TextureSource {
    return this.#now.source;
  }
  /** As it was before it was painted last. */
  get lastSource(): TextureSource {
    return this.#last.source;
  }
  get wideSource(): TextureSource {
    return this.#wide.source;
  }

  /** Another scene: nothing of it is seen yet. */
  setSize(size: At): void {
    for (const picture of this.#pictures()) picture.destroy(true);
    const [width, height, perCell] = pixelsFor(size, PER_CELL, PIXELS_MAX);
    const [wideWidth, wideHeight, widePerCell] = pixelsFor(size, WIDE_PER_CELL, WIDE_PIXELS_MAX);
    this.#sharp = RenderTexture.create({ width, height, antialias: true });
    [this.#half, this.#now, this.#last] = [blank(width, height), blank(width, height), blank(width, height)];
    [this.#wideHalf, this.#wide] = [blank(wideWidth, wideHeight), blank(wideWidth, wideHeight)];
    const step = (SOFT_CELLS * perCell) / BLUR_STEPS;
    this.#blurStep = [step / width, step / height];
    const wideStep = (WIDE_SOFT_CELLS * widePerCell) / BLUR_STEPS;
    this.#wideStep = [wideStep / wideWidth, wideStep / wideHeight];
    this.#shapes.scale.set(width / size[0], height / size[1]);
    this.#sampled.resize(width, height);
    this.#sampled.set('uSamplesShare', this.#samples.share);
    this.#sampled.bind({ uSamples: this.#samples.source });
    this.#levels.resize(wideWidth, wideHeight);
    this.#levels.set('uSamplesShare', this.#samples.share);
    this.#levels.bind({ uSamples: this.#samples.source });
    for (const picture of this.#pictures()) this.#renderer.render({ container: NOTHING, target: picture, clear: true, clearColor: BLACK });
  }

  /** Paints what is seen now; what was painted before becomes the last. */
  paint(seen: Seen, hasLevels: boolean): void {
    drawPolygons(this.#inColor, seen.inColor, 0xff0000);
    drawPolygons(this.#inDark, seen.inDark, 0x00ff00);
    [this.#now, this.#last] = [this.#last, this.#now];
    this.#renderer.render({ container: this.#brush, target: this.#sharp, clear: true, clearColor: BLACK });
    this.#smooth(this.#sharp, this.#half, this.#now, this.#blurStep);
    if (!hasLevels) return;
    this.#levels.bind({ uMask: this.#sharp.source });
    this.#run(this.#levels, this.#wide);
    this.#smooth(this.#wide, this.#wideHalf, this.#wide, this.#wideStep);
  }

  destroy(): void {
    for (const picture of this.#pictures()) picture.destroy(true);
    this.#brush.destroy({ children: true });
    for (const quad of [this.#levels, this.#blur]) quad.mesh.destroy();
  }

  #smooth(from: RenderTexture, half: RenderTexture, to: RenderTexture, [across, down]: readonly [number, number]): void {
    this.#blur.resize(half.width, half.height);
    this.#blur.bind({ uMask: from.source });
    this.#blur.set('uStep', [across, 0]);
    this.#run(this.#blur, half);
    this.#blur.bind({ uMask: half.source });
    this.#blur.set('uStep', [0, down]);
    this.#run(this.#blur, to);
  }

  #run(quad: Quad, target: RenderTexture): void {
    this.#renderer.render({ container: quad.mesh, target, clear: false });
  }

  #pictures(): RenderTexture[] {
    return [this.#sharp, this.#half, this.#now, this.#last, this.#wideHalf, this.#wide];
  }
}

const BLACK: [number, number, number, number] = [0, 0, 0, 0];
const NOTHING = new Container();

const blank = (width = 1, height = 1): RenderTexture => RenderTexture.create({ width, height });

function drawPolygons(shape: Graphics, polygons: readonly Polygon[], color: number): void {
  shape.clear();
  for (const polygon of polygons) if (polygon.length >= 6) shape.poly([...polygon]).fill(color);
}

/** Width and height in pixels, and how many there are in a cell. */
export function pixelsFor([width, height]: At, perCell: number, max: number): [number, number, number] {
  const scale = Math.min(perCell / UNIT, max / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), scale * UNIT];
}
