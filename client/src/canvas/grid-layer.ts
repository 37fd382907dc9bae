/**
 * The grid, drawn by a shader that knows where the pixels are: straight lines fill whole pixels, so that they are crisp at
 * every zoom, and hexagons are smoothed. A dark line with a light one beside it is seen on any map.
 */

import { GlProgram, Mesh, MeshGeometry, Shader, UniformGroup } from 'pixi.js';
import type { SceneView } from '../net/frames';
import { fromWire } from '../table/grid';
import type { Camera } from './camera';
import { QUAD_INDICES, QUAD_UVS, quadPositions } from './geometry';
import type { Palette } from './palette';

const VERTEX = `#version 300 es
in vec2 aPosition;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;

void main() {
  mat3 view = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = vec4((view * vec3(aPosition, 1.0)).xy, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
out vec4 finalColor;
// Device pixels: of the grid's origin, of a cell, of a line.
uniform vec2 uOrigin;
uniform float uCell;
uniform float uWidth;
// What a row of pixels is from above: where row 0 is, and which way rows go.
uniform vec2 uRows;
// 0 square, 1 pointy hexagons, 2 flat hexagons.
uniform float uShape;
uniform vec4 uDark;
uniform vec4 uLight;

const float ROW = 0.8660254037844386;
const float RADIUS = 0.5773502691896258;

// How far inside a line that begins at the nearest cell border, in whole pixels.
vec2 squareLine(vec2 pixel) {
  vec2 border = floor((pixel - uOrigin) / uCell + 0.5) * uCell + uOrigin;
  return floor(pixel) - floor(border + 0.5) + floor(uWidth * 0.5);
}

float hexEdge(vec2 p) {
  vec2 pair = vec2(1.0, 2.0 * ROW);
  vec2 q = p + vec2(0.0, ROW - RADIUS);
  vec2 a = mod(q, pair) - pair * 0.5;
  vec2 b = mod(q - pair * 0.5, pair) - pair * 0.5;
  vec2 g = abs(dot(a, a) < dot(b, b) ? a : b);
  return 0.5 - max(g.x, g.x * 0.5 + g.y * ROW);
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, uRows.x + uRows.y * gl_FragCoord.y);
  float dark = 0.0;
  float light = 0.0;
  if (uShape < 0.5) {
    vec2 inside = squareLine(pixel);
    bvec2 on = bvec2(inside.x >= 0.0 && inside.x < uWidth, inside.y >= 0.0 && inside.y < uWidth);
    bvec2 beside = bvec2(inside.x >= uWidth && inside.x < uWidth * 2.0, inside.y >= uWidth && inside.y < uWidth * 2.0);
    dark = on.x || on.y ? 1.0 : 0.0;
    light = beside.x || beside.y ? 1.0 : 0.0;
  } else {
    vec2 p = (pixel - uOrigin) / uCell;
    float edge = hexEdge(uShape < 1.5 ? p : p.yx) * uCell;
    dark = clamp(uWidth * 0.5 + 0.5 - edge, 0.0, 1.0);
    light = clamp(uWidth * 1.5 + 0.5 - edge, 0.0, 1.0);
  }
  light *= 1.0 - dark;
  float alpha = uDark.a * dark + uLight.a * light;
  finalColor = vec4(uDark.rgb * uDark.a * dark + uLight.rgb * uLight.a * light, alpha);
}`;

const SHAPES = { none: 0, square: 0, hex_pointy: 1, hex_flat: 2 } as const;
/** Cells smaller than this, in CSS pixels, would be a grey veil. */
const CELL_PX_FADE = 10;
const CELL_PX_MIN = 4;

export class GridLayer {
  readonly mesh: Mesh<MeshGeometry, Shader>;
  readonly #uniforms: UniformGroup;
  #scene: SceneView | null = null;

  constructor() {
    this.#uniforms = new UniformGroup({
      uOrigin: { value: new Float32Array(2), type: 'vec2<f32>' },
      uCell: { value: 1, type: 'f32' },
      uRows: { value: new Float32Array(2), type: 'vec2<f32>' },
      uWidth: { value: 1, type: 'f32' },
      uShape: { value: 0, type: 'f32' },
      uDark: { value: new Float32Array(4), type: 'vec4<f32>' },
      uLight: { value: new Float32Array(4), type: 'vec4<f32>' },
    });
    const shader = new Shader({
      glProgram: GlProgram.from({ vertex: VERTEX, fragment: FRAGMENT, name: 'grid' }),
      resources: { grid: this.#uniforms },
    });
    this.mesh = new Mesh({ geometry: quad(0, 0), shader });
    this.mesh.visible = false;
  }

  setScene(scene: SceneView | null): void {
    this.#scene = scene;
    const old = this.mesh.geometry;
    this.mesh.geometry = quad(scene?.size[0] ?? 0, scene?.size[1] ?? 0);
    old.destroy(true);
  }

  /** Puts the lines on the pixels of this view, which is drawn on the screen or into a picture. */
  draw(camera: Camera, resolution: number, palette: Palette, onto: 'screen' | 'picture'): void {
    const scene = this.#scene;
    const strength = Math.min(1, (camera.scale - CELL_PX_MIN) / (CELL_PX_FADE - CELL_PX_MIN));
    this.mesh.visible = scene !== null && scene.grid.shape !== 'none' && strength > 0;
    if (!scene || !this.mesh.visible) return;
    const origin = camera.toScreen(fromWire(scene.grid.offset));
    const uniforms = this.#uniforms.uniforms as {
      uOrigin: Float32Array;
      uCell: number;
      uRows: Float32Array;
      uWidth: number;
      uShape: number;
      uDark: Float32Array;
      uLight: Float32Array;
    };
    uniforms.uOrigin[0] = origin.x * resolution;
    uniforms.uOrigin[1] = origin.y * resolution;
    uniforms.uCell = camera.scale * resolution;
    // Pictures begin with their top row, screens with their bottom row.
    uniforms.uRows.set(onto === 'picture' ? [0, 1] : [Math.round(camera.size.y * resolution), -1]);
    uniforms.uWidth = Math.max(1, Math.round(resolution * (camera.scale > 90 ? 1.5 : 1)));
    uniforms.uShape = SHAPES[scene.grid.shape];
    uniforms.uDark.set(palette.gridDark);
    uniforms.uLight.set(palette.gridLight);
    for (const color of [uniforms.uDark, uniforms.uLight]) color[3] = (color[3] ?? 0) * strength;
    this.#uniforms.update();
  }
}

const quad = (width: number, height: number): MeshGeometry =>
  new MeshGeometry({
    positions: quadPositions(width, height),
    uvs: new Float32Array(QUAD_UVS),
    indices: new Uint32Array(QUAD_INDICES),
  });
