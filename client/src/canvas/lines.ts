/**
 * Many lines of a constant width on the screen, in one draw: the GPU widens them, so zooming costs nothing. Edges are
 * smoothed by the shader.
 */

import { Geometry, GlProgram, Mesh, Shader, UniformGroup } from 'pixi.js';

export interface Line {
  readonly ax: number;
  readonly ay: number;
  readonly bx: number;
  readonly by: number;
  /** 0xRRGGBB. */
  readonly color: number;
  readonly alpha: number;
  /** CSS pixels. */
  readonly width: number;
}

const VERTEX = `#version 300 es
in vec2 aPosition;
in vec2 aDirection;
in vec2 aCorner;
in vec4 aColor;
in float aWidth;
out vec4 vColor;
out float vSide;
out float vHalf;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;
uniform float uPixel;

void main() {
  float reach = (aWidth * 0.5 + 0.75) * uPixel;
  vec2 normal = vec2(-aDirection.y, aDirection.x);
  vec2 place = aPosition + normal * aCorner.y * reach + aDirection * aCorner.x * aWidth * 0.5 * uPixel;
  mat3 view = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = vec4((view * vec3(place, 1.0)).xy, 0.0, 1.0);
  vColor = aColor;
  vHalf = aWidth * 0.5;
  vSide = aCorner.y * (vHalf + 0.75);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 vColor;
in float vSide;
in float vHalf;
out vec4 finalColor;
uniform float uOpacity;

void main() {
  float cover = clamp(vHalf + 0.5 - abs(vSide), 0.0, 1.0) * uOpacity;
  finalColor = vec4(vColor.rgb * vColor.a, vColor.a) * cover;
}`;

/** x, y, direction, corner, colour, width. */
const FLOATS = 11;
const STRIDE = FLOATS * 4;

export class Lines {
  readonly mesh: Mesh<Geometry, Shader>;
  readonly #uniforms: UniformGroup;

  constructor() {
    this.#uniforms = new UniformGroup({
      uPixel: { value: 1, type: 'f32' },
      uOpacity: { value: 1, type: 'f32' },
    });
    const shader = new Shader({
      glProgram: GlProgram.from({ vertex: VERTEX, fragment: FRAGMENT, name: 'lines' }),
      resources: { lines: this.#uniforms },
    });
    this.mesh = new Mesh({ geometry: geometryOf([]), shader });
    this.mesh.visible = false;
  }

  /** Replaces all lines. */
  set(lines: readonly Line[]): void {
    const old = this.mesh.geometry;
    this.mesh.geometry = geometryOf(lines);
    old.destroy(true);
    this.mesh.visible = lines.length > 0;
  }

  /** How many world units a CSS pixel is now. */
  setPixel(units: number): void {
    this.#uniforms.uniforms['uPixel'] = units;
  }

  setOpacity(opacity: number): void {
    this.#uniforms.uniforms['uOpacity'] = opacity;
  }
}

const CORNERS: readonly (readonly [end: 'a' | 'b', along: number, side: number])[] = [
  ['a', -1, -1],
  ['b', 1, -1],
  ['b', 1, 1],
  ['a', -1, 1],
];

function geometryOf(lines: readonly Line[]): Geometry {
  // A geometry without vertices cannot be drawn, so an empty one has a line of no length.
  const count = Math.max(1, lines.length);
  const data = new Float32Array(count * 4 * FLOATS);
  const indices = new Uint32Array(count * 6);
  let at = 0;
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i];
    if (!line) continue;
    const length = Math.hypot(line.bx - line.ax, line.by - line.ay);
    const dx = length === 0 ? 1 : (line.bx - line.ax) / length;
    const dy = length === 0 ? 0 : (line.by - line.ay) / length;
    for (const [end, along, side] of CORNERS) {
      data[at] = end === 'a' ? line.ax : line.bx;
      data[at + 1] = end === 'a' ? line.ay : line.by;
      data[at + 2] = dx;
      data[at + 3] = dy;
      data[at + 4] = along;
      data[at + 5] = side;
      data[at + 6] = ((line.color >> 16) & 255) / 255;
      data[at + 7] = ((line.color >> 8) & 255) / 255;
      data[at + 8] = (line.color & 255) / 255;
      data[at + 9] = line.alpha;
      data[at + 10] = line.width;
      at += FLOATS;
    }
    indices.set([0, 1, 2, 0, 2, 3].map((corner) => corner + i * 4), i * 6);
  }
  return new Geometry({
    attributes: {
      aPosition: { buffer: data, format: 'float32x2', stride: STRIDE, offset: 0 },
      aDirection: { buffer: data, format: 'float32x2', stride: STRIDE, offset: 8 },
      aCorner: { buffer: data, format: 'float32x2', stride: STRIDE, offset: 16 },
      aColor: { buffer: data, format: 'float32x4', stride: STRIDE, offset: 24 },
      aWidth: { buffer: data, format: 'float32', stride: STRIDE, offset: 40 },
    },
    indexBuffer: indices,
  });
}
