/**
 * Light, darkness and memory. The ground does not reach the screen by itself: it is painted aside, and this layer shows of
 * it what is seen, lit or remembered. So a layer that comes late shows nothing, never too much.
 *
 * Outside the polygons of sight everything is covered exactly, by a stencil of the polygons themselves; inside, soft masks
 * fade towards their edges.
 */

import { Container, Graphics, RenderTexture, type TextureSource, UniformGroup, type WebGLRenderer } from 'pixi.js';
import type { Ambience, SceneView, SightView } from '../net/frames';
import type { Explored } from '../table/explored';
import type { Lit } from '../table/lit';
import { cloudTexture } from './clouds';
import { GlowMap } from './glow-map';
import type { Lamp } from './lamps';
import { MASTER_FRAGMENT, PLAYER_FRAGMENT, SCENE_VERTEX } from './light-shaders';
import { Quad } from './quad';
import { SampleTexture } from './sample-texture';
import { type Polygon, type Seen, SoftMask } from './soft-mask';

/** What is seen and remembered. */
export interface Vista {
  readonly sight: Iterable<SightView>;
  readonly lit: Lit;
  readonly explored: Explored;
}

const FADE_MS = 220;
const AMBIENCE = { dark: 0, dim: 1, bright: 2 } as const satisfies Record<Ambience, number>;

export class LightLayer {
  readonly view = new Container();
  readonly #samples = new SampleTexture();
  readonly #mask: SoftMask;
  readonly #glow: GlowMap;
  readonly #clouds = cloudTexture();
  /** The polygons; stencil of both quads. */
  readonly #stencilIn = new Graphics();
  readonly #stencilOut = new Graphics();
  readonly #inside: Quad;
  readonly #outside: Quad;
  readonly #master: Quad;
  #scene: SceneView | null = null;
  #isVeiled = true;
  #fadeStartMs: number | null = null;
  #seconds = 0;
  #isGlowStale = true;

  constructor(renderer: WebGLRenderer) {
    this.#mask = new SoftMask(renderer, this.#samples);
    this.#glow = new GlowMap(renderer, this.#mask.wideSource);
    const none = RenderTexture.create({ width: 1, height: 1 }).source;
    const textures = { uGround: none, uMask: none, uLastMask: none, uGlow: none };
    const player = (name: string, inside: 0 | 1): Quad =>
      new Quad({ name, vertex: SCENE_VERTEX, fragment: PLAYER_FRAGMENT }, uniformsOf(inside), {
        ...textures,
        uSamples: this.#samples.source,
        uClouds: this.#clouds,
      });
    this.#inside = player('seen', 1);
    this.#outside = player('unseen', 0);
    this.#master = new Quad({ name: 'veil', vertex: SCENE_VERTEX, fragment: MASTER_FRAGMENT }, uniformsOf(1), textures);
    this.view.addChild(this.#stencilIn, this.#stencilOut, this.#outside.mesh, this.#inside.mesh, this.#master.mesh);
    this.#inside.mesh.setMask({ mask: this.#stencilIn });
    this.#outside.mesh.setMask({ mask: this.#stencilOut, inverse: true });
    this.#show();
  }

  /** Whether the ground is shown by this layer; else it is to be drawn as it is. */
  get takesGround(): boolean {
    const scene = this.#scene;
    return scene !== null && (!scene.sees_all || (this.#isVeiled && scene.ambience !== 'bright'));
  }

  /** Whether it changes with time: a fire is in view. */
  get flickers(): boolean {
    return this.takesGround && this.#glow.hasFire;
  }

  setScene(scene: SceneView | null): void {
    const isSame =
      this.#scene?.scene === scene?.scene &&
      this.#scene?.size[0] === scene?.size[0] &&
      this.#scene?.size[1] === scene?.size[1] &&
      this.#scene?.sees_all === scene?.sees_all;
    this.#scene = scene;
    this.#show();
    if (!scene) return;
    for (const quad of this.#quads()) quad.set('uAmbience', AMBIENCE[scene.ambience]);
    if (isSame) return;
    this.#samples.setScene(scene);
    this.#mask.setSize(scene.size);
    this.#glow.setSize(scene.size);
    for (const quad of this.#quads()) {
      quad.resize(...scene.size);
      quad.set('uSize', scene.size);
      quad.set('uSamplesShare', this.#samples.share);
      quad.bind({ uSamples: this.#samples.source });
    }
    this.#isGlowStale = true;
  }

  /** For a game master: whether what is dark lies under a veil. */
  setVeiled(isVeiled: boolean): void {
    this.#isVeiled = isVeiled;
    this.#show();
  }

  /** The ground as it is, without light, of the size of the screen. */
  setGround(ground: TextureSource): void {
    for (const quad of this.#quads()) {
      quad.bind({ uGround: ground });
      quad.set('uScreen', [ground.pixelWidth, ground.pixelHeight]);
    }
  }

  setLamps(lamps: readonly Lamp[]): void {
    this.#glow.setLamps(lamps);
    this.#isGlowStale = true;
  }

  /** What is seen or remembered changed: fades from what was to what is. */
  setVista({ sight, lit, explored }: Vista, nowMs: number): void {
    const scene = this.#scene;
    if (!scene) return;
    this.#samples.set(explored.blocks, lit);
    this.#mask.paint(scene.sees_all ? everythingOf(scene) : this.#look(sight), scene.ambience !== 'bright');
    this.#fadeStartMs = nowMs;
    this.#isGlowStale = true;
    for (const quad of this.#quads()) quad.bind({ uMask: this.#mask.source, uLastMask: this.#mask.lastSource });
  }

  /** Lets fires flicker; the time is in seconds. */
  flicker(seconds: number): void {
    this.#seconds = seconds;
    this.#isGlowStale = true;
  }

  /** Gets ready for a frame; says whether there is more to come. */
  advance(nowMs: number): boolean {
    if (!this.takesGround) return false;
    if (this.#isGlowStale) {
      this.#isGlowStale = false;
      this.#glow.paint(this.#mask.wideSource, this.#seconds);
      for (const quad of this.#quads()) quad.bind({ uGlow: this.#glow.source });
    }
    if (this.#fadeStartMs === null) return false;
    const share = Math.min(1, (nowMs - this.#fadeStartMs) / FADE_MS);
    for (const quad of this.#quads()) quad.set('uFade', share);
    if (share >= 1) this.#fadeStartMs = null;
    return this.#fadeStartMs !== null;
  }

  destroy(): void {
    this.view.destroy({ children: true });
    this.#samples.destroy();
    this.#mask.destroy();
    this.#glow.destroy();
    this.#clouds.destroy();
  }

  /** Draws the stencils of the polygons of sight, and gives them by what shows there. */
  #look(sight: Iterable<SightView>): Seen {
    const inColor: Polygon[] = [];
    const inDark: Polygon[] = [];
    for (const { polygon, dark_sight } of sight) {
      if (polygon.length >= 6) inColor.push(polygon);
      if (dark_sight && dark_sight.length >= 6) inDark.push(dark_sight);
    }
    for (const shape of [this.#stencilIn, this.#stencilOut]) {
      shape.clear();
      for (const polygon of [...inColor, ...inDark]) shape.poly([...polygon]).fill(0xffffff);
    }
    const isEmpty = inColor.length + inDark.length === 0;
    if (!isEmpty) this.#inside.resize(...boxOf([...inColor, ...inDark]));
    // An inverse stencil of nothing would cover nothing.
    this.#outside.mesh.mask = null;
    if (!isEmpty) this.#outside.mesh.setMask({ mask: this.#stencilOut, inverse: true });
    this.#stencilOut.visible = !isEmpty;
    this.#inside.mesh.visible = !isEmpty && this.#scene?.sees_all === false;
    return { inColor, inDark };
  }

  #show(): void {
    const isPlayer = this.#scene !== null && !this.#scene.sees_all;
    this.view.visible = this.takesGround;
    this.#outside.mesh.visible = isPlayer;
    if (!isPlayer) this.#inside.mesh.visible = false;
    this.#master.mesh.visible = !isPlayer;
  }

  #quads(): readonly Quad[] {
    return [this.#inside, this.#outside, this.#master];
  }
}

/** The box around polygons: right, bottom, left, top. */
function boxOf(polygons: readonly Polygon[]): [number, number, number, number] {
  const box: [number, number, number, number] = [0, 0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const polygon of polygons) {
    polygon.forEach((value, index) => {
      const axis = index & 1;
      box[axis] = Math.max(box[axis] ?? value, value);
      box[axis + 2] = Math.min(box[axis + 2] ?? value, value);
    });
  }
  return box;
}

const everythingOf = ({ size: [width, height], ambience }: SceneView): Seen => ({
  inColor: ambience === 'dark' ? [] : [[0, 0, width, 0, width, height, 0, height]],
  inDark: [],
});

const uniformsOf = (inside: 0 | 1): UniformGroup =>
  new UniformGroup({
    uSize: { value: new Float32Array([1, 1]), type: 'vec2<f32>' },
    uScreen: { value: new Float32Array([1, 1]), type: 'vec2<f32>' },
    uSamplesShare: { value: new Float32Array([1, 1]), type: 'vec2<f32>' },
    uFade: { value: 1, type: 'f32' },
    uInside: { value: inside, type: 'f32' },
    uAmbience: { value: 0, type: 'f32' },
  });
