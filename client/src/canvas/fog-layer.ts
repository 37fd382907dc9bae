/**
 * What a player's characters do not see. Outside the polygons of sight everything is covered, exactly, by a stencil of
 * the polygons themselves; inside, a blurred picture of them darkens towards their edges, so that the border is soft and
 * nothing outside shows through. What was explored stays dimly in sight.
 */

import {
  BlurFilter,
  Container,
  GlProgram,
  Graphics,
  Mesh,
  MeshGeometry,
  RenderTexture,
  Shader,
  type TextureSource,
  UniformGroup,
  type WebGLRenderer,
} from 'pixi.js';
import type { SceneView, SightView } from '../net/frames';
import type { Explored } from '../table/explored';
import { MemoryTexture } from './memory-texture';
import { QUAD_INDICES, QUAD_UVS, UNIT, quadPositions } from './geometry';

const VERTEX = `#version 300 es
in vec2 aPosition;
in vec2 aUV;
out vec2 vUV;
out vec2 vCell;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;

void main() {
  mat3 view = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = vec4((view * vec3(aPosition, 1.0)).xy, 0.0, 1.0);
  vUV = aUV;
  vCell = aPosition / ${UNIT}.0;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec2 vUV;
in vec2 vCell;
out vec4 finalColor;
uniform sampler2D uSeen;
uniform sampler2D uSight;
uniform sampler2D uLastSight;
uniform vec2 uSeenShare;
uniform float uFade;
uniform float uInside;

float noise(vec2 p) {
  vec2 i = floor(p);
  vec2 f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  vec4 corners = fract(sin(vec4(0.0, 1.0, 57.0, 58.0) + dot(i, vec2(1.0, 57.0))) * 43758.5453);
  return mix(mix(corners.x, corners.y, f.x), mix(corners.z, corners.w, f.x), f.y);
}

void main() {
  float remembered = texture(uSeen, vUV * uSeenShare).r;
  float seen = smoothstep(0.5, 0.95, remembered);
  float cloud = noise(vCell * 0.55) * 0.6 + noise(vCell * 1.7 + 7.0) * 0.4;
  vec3 unseenColor = mix(vec3(0.028, 0.034, 0.055), vec3(0.062, 0.074, 0.112), cloud);
  vec3 seenColor = vec3(0.03, 0.04, 0.075);
  float alpha = mix(1.0, 0.64, seen);
  vec3 color = mix(unseenColor, seenColor, seen);
  if (uInside > 0.5) {
    float sight = mix(texture(uLastSight, vUV).r, texture(uSight, vUV).r, uFade);
    // Samples at the edge of sight are not explored, and the map has nothing there: they fade out as well.
    alpha *= 1.0 - smoothstep(0.5, 0.98, sight) * smoothstep(0.45, 1.0, remembered);
  }
  finalColor = vec4(color * alpha, alpha);
}`;

/** Pixels of the blurred pictures in a cell, if the map is not too large for it. */
const TEXELS_PER_CELL = 12;
const TEXELS_MAX = 1024;
const SOFT_CELLS = 0.2;
const FADE_MS = 220;

interface Quad {
  readonly mesh: Mesh<MeshGeometry, Shader>;
  readonly uniforms: UniformGroup;
}

export class FogLayer {
  readonly view = new Container();
  readonly #renderer: WebGLRenderer;
  /** The polygons; stencil of both quads. */
  readonly #stencilIn = new Graphics();
  readonly #stencilOut = new Graphics();
  readonly #outside: Quad;
  readonly #inside: Quad;
  /** Paints the polygons, softly, for the pictures. */
  readonly #brush = new Container();
  readonly #brushShape = new Graphics();
  readonly #memory = new MemoryTexture();
  #sight = RenderTexture.create({ width: 1, height: 1 });
  #lastSight = RenderTexture.create({ width: 1, height: 1 });
  #texelsPerUnit = 1;
  #scene: SceneView | null = null;
  #fadeStartMs: number | null = null;

  constructor(renderer: WebGLRenderer) {
    this.#renderer = renderer;
    this.#outside = makeQuad(0);
    this.#inside = makeQuad(1);
    this.#brush.addChild(this.#brushShape);
    this.view.addChild(this.#stencilIn, this.#stencilOut, this.#outside.mesh, this.#inside.mesh);
    this.#inside.mesh.setMask({ mask: this.#stencilIn });
    this.#outside.mesh.setMask({ mask: this.#stencilOut, inverse: true });
    this.view.visible = false;
  }

  /** Whether `advance` has something to do. */
  get isFading(): boolean {
    return this.#fadeStartMs !== null;
  }

  setScene(scene: SceneView | null): void {
    const isSame =
      this.#scene?.scene === scene?.scene &&
      this.#scene?.size[0] === scene?.size[0] &&
      this.#scene?.size[1] === scene?.size[1];
    this.#scene = scene;
    this.view.visible = scene !== null && !scene.sees_all;
    if (!scene || scene.sees_all || (isSame && this.#sight.width > 1)) return;
    const [width, height] = scene.size;
    const perCell = Math.min(TEXELS_PER_CELL, (TEXELS_MAX * UNIT) / Math.max(width, height));
    this.#texelsPerUnit = perCell / UNIT;
    const texture = { width: Math.ceil(width * this.#texelsPerUnit), height: Math.ceil(height * this.#texelsPerUnit) };
    this.#sight.destroy(true);
    this.#lastSight.destroy(true);
    this.#sight = RenderTexture.create(texture);
    this.#lastSight = RenderTexture.create(texture);
    this.#memory.setScene(scene);
    this.#clear(this.#sight);
    this.#clear(this.#lastSight);
    for (const quad of [this.#inside, this.#outside]) {
      quad.mesh.geometry.positions = quadPositions(width, height);
    }
    const blur = new BlurFilter({ strength: SOFT_CELLS * perCell, quality: 3 });
    this.#brush.filters = [blur];
    this.#bind();
  }

  setExplored(explored: Explored): void {
    if (this.#scene && !this.#scene.sees_all) this.#memory.set(explored);
  }

  /** The polygons changed: fades from what was seen to what is seen. */
  setSight(sight: Iterable<SightView>, nowMs: number): void {
    if (!this.#scene || this.#scene.sees_all) return;
    for (const shape of [this.#stencilIn, this.#stencilOut, this.#brushShape]) shape.clear();
    let isEmpty = true;
    for (const { polygon } of sight) {
      if (polygon.length < 6) continue;
      isEmpty = false;
      for (const shape of [this.#stencilIn, this.#stencilOut, this.#brushShape]) shape.poly(polygon).fill(0xffffff);
    }
    // An inverse stencil of nothing would cover nothing.
    this.#outside.mesh.mask = null;
    if (!isEmpty) this.#outside.mesh.setMask({ mask: this.#stencilOut, inverse: true });
    this.#stencilOut.visible = !isEmpty;
    this.#inside.mesh.visible = !isEmpty;

    [this.#sight, this.#lastSight] = [this.#lastSight, this.#sight];
    this.#brushShape.scale.set(this.#texelsPerUnit);
    this.#clear(this.#sight);
    if (!isEmpty) {
      this.#renderer.render({ container: this.#brush, target: this.#sight, clear: false });
    }
    this.#fadeStartMs = nowMs;
    this.#bind();
  }

  /** Goes on fading; says whether there is more to come. */
  advance(nowMs: number): boolean {
    if (this.#fadeStartMs === null) return false;
    const share = Math.min(1, (nowMs - this.#fadeStartMs) / FADE_MS);
    this.#inside.uniforms.uniforms['uFade'] = share;
    if (share >= 1) this.#fadeStartMs = null;
    return this.#fadeStartMs !== null;
  }

  destroy(): void {
    this.#memory.destroy();
    this.#sight.destroy(true);
    this.#lastSight.destroy(true);
    this.#brush.destroy(true);
    this.view.destroy({ children: true });
  }

  #clear(texture: RenderTexture): void {
    this.#renderer.render({ container: NOTHING, target: texture, clear: true, clearColor: [0, 0, 0, 1] });
  }

  #bind(): void {
    for (const quad of [this.#inside, this.#outside]) {
      quad.uniforms.uniforms['uSeenShare'] = new Float32Array(this.#memory.share);
      const resources = quad.mesh.shader?.resources as Record<string, TextureSource | undefined> | undefined;
      if (!resources) continue;
      resources['uSeen'] = this.#memory.source;
      resources['uSight'] = this.#sight.source;
      resources['uLastSight'] = this.#lastSight.source;
    }
  }
}

const NOTHING = new Container();

function makeQuad(inside: 0 | 1): Quad {
  const uniforms = new UniformGroup({
    uSeenShare: { value: new Float32Array([1, 1]), type: 'vec2<f32>' },
    uFade: { value: 1, type: 'f32' },
    uInside: { value: inside, type: 'f32' },
  });
  const empty = RenderTexture.create({ width: 1, height: 1 }).source;
  const shader = new Shader({
    glProgram: GlProgram.from({ vertex: VERTEX, fragment: FRAGMENT, name: 'fog' }),
    resources: { fog: uniforms, uSeen: empty, uSight: empty, uLastSight: empty },
  });
  const geometry = new MeshGeometry({
    positions: quadPositions(1, 1),
    uvs: new Float32Array(QUAD_UVS),
    indices: new Uint32Array(QUAD_INDICES),
  });
  return { mesh: new Mesh({ geometry, shader }), uniforms };
}
