/** The glow of known lights over the scene, in their colours; fire flickers. A small picture, painted when something changes. */

import { Container, Geometry, GlProgram, Mesh, RenderTexture, Shader, type TextureSource, UniformGroup, type WebGLRenderer } from 'pixi.js';
import type { At } from '../net/frames';
import { isFire } from './fire';
import type { Lamp } from './lamps';
import { BRIGHTNESS_FRAGMENT, LAMP_FRAGMENT, LAMP_VERTEX, PLAIN_VERTEX } from './light-shaders';
import { Quad } from './quad';
import { pixelsFor } from './soft-mask';

const PER_CELL = 5;
const PIXELS_MAX = 512;
const FLICKER = 0.075;

export class GlowMap {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Container();
  readonly #lights = new Container();
  readonly #base: Quad;
  readonly #lamps: Mesh<Geometry, Shader>;
  readonly #time = new UniformGroup({ uSeconds: { value: 0, type: 'f32' } });
  #picture = RenderTexture.create({ width: 1, height: 1 });
  #hasFire = false;

  constructor(renderer: WebGLRenderer, wide: TextureSource) {
    this.#renderer = renderer;
    this.#base = new Quad({ name: 'brightness', vertex: PLAIN_VERTEX, fragment: BRIGHTNESS_FRAGMENT }, null, { uWide: wide }).overwrite();
    const shader = new Shader({
      glProgram: GlProgram.from({ vertex: LAMP_VERTEX, fragment: LAMP_FRAGMENT, name: 'lamps' }),
      resources: { time: this.#time },
    });
    this.#lamps = new Mesh({ geometry: geometryOf([]), shader });
    this.#lamps.blendMode = 'add';
    this.#lights.addChild(this.#lamps);
    this.#scene.addChild(this.#base.mesh, this.#lights);
  }

  get source(): TextureSource {
    return this.#picture.source;
  }

  /** Whether `flicker` changes anything. */
  get hasFire(): boolean {
    return this.#hasFire;
  }

  setSize(size: At): void {
    const [width, height] = pixelsFor(size, PER_CELL, PIXELS_MAX);
    this.#picture.destroy(true);
    this.#picture = RenderTexture.create({ width, height });
    this.#base.resize(width, height);
    this.#lights.scale.set(width / size[0], height / size[1]);
  }

  setLamps(lamps: readonly Lamp[]): void {
    const old = this.#lamps.geometry;
    this.#lamps.geometry = geometryOf(lamps);
    old.destroy(true);
    this.#lamps.visible = lamps.length > 0;
    this.#hasFire = lamps.some(({ glow }) => isFire(glow.color));
  }

  paint(wide: TextureSource, seconds: number): void {
    this.#base.bind({ uWide: wide });
    this.#time.uniforms['uSeconds'] = seconds;
    this.#renderer.render({ container: this.#scene, target: this.#picture, clear: false });
  }

  destroy(): void {
    this.#picture.destroy(true);
    this.#scene.destroy({ children: true });
  }
}

/** Place, corner, colour, cone, shape. */
const FLOATS = 2 + 2 + 3 + 3 + 3;
const STRIDE = FLOATS * 4;
const CORNERS = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const;

function geometryOf(lamps: readonly Lamp[]): Geometry {
  // A geometry without vertices cannot be drawn, so an empty one has a lamp of no size.
  const count = Math.max(1, lamps.length);
  const data = new Float32Array(count * 4 * FLOATS);
  const indices = new Uint32Array(count * 6);
  lamps.forEach(({ handle, at, glow }, index) => {
    const radius = Math.max(glow.bright, glow.dim);
    const turn = ((glow.cone?.direction ?? 0) * Math.PI) / 180;
    // A cosine that no direction falls short of stands for the whole circle.
    const opening = glow.cone && glow.cone.half_angle < 180 ? Math.cos((glow.cone.half_angle * Math.PI) / 180) : -2;
    const color = [(glow.color >> 16) & 255, (glow.color >> 8) & 255, glow.color & 255].map((part) => part / 255);
    const shape = [radius, handle * 2.399, isFire(glow.color) ? FLICKER : 0];
    CORNERS.forEach((corner, at_corner) => {
      data.set([...at, ...corner, ...color, Math.sin(turn), -Math.cos(turn), opening, ...shape], (index * 4 + at_corner) * FLOATS);
    });
    indices.set([0, 1, 2, 0, 2, 3].map((corner) => corner + index * 4), index * 6);
  });
  return new Geometry({
    attributes: {
      aPosition: { buffer: data, format: 'float32x2', stride: STRIDE, offset: 0 },
      aCorner: { buffer: data, format: 'float32x2', stride: STRIDE, offset: 8 },
      aColor: { buffer: data, format: 'float32x3', stride: STRIDE, offset: 16 },
      aCone: { buffer: data, format: 'float32x3', stride: STRIDE, offset: 28 },
      aShape: { buffer: data, format: 'float32x3', stride: STRIDE, offset: 40 },
    },
    indexBuffer: indices,
  });
}
