/** A rectangle from the origin with a shader of its own: the brick of everything that is painted by masks. */

import { GlProgram, Mesh, MeshGeometry, Shader, type TextureSource, type UniformGroup } from 'pixi.js';
import { QUAD_INDICES, QUAD_UVS, quadPositions } from './geometry';

export interface QuadShader {
  readonly name: string;
  readonly vertex: string;
  readonly fragment: string;
}

export class Quad {
  readonly mesh: Mesh<MeshGeometry, Shader>;
  readonly #uniforms: UniformGroup | null;
  readonly #resources: Record<string, unknown>;

  constructor({ name, vertex, fragment }: QuadShader, uniforms: UniformGroup | null, textures: Readonly<Record<string, TextureSource>>) {
    const shader = new Shader({ glProgram: GlProgram.from({ name, vertex, fragment }), resources: { ...(uniforms && { [name]: uniforms }), ...textures } });
    const geometry = new MeshGeometry({
      positions: quadPositions(1, 1),
      uvs: new Float32Array(QUAD_UVS),
      indices: new Uint32Array(QUAD_INDICES),
    });
    this.mesh = new Mesh({ geometry, shader });
    this.#uniforms = uniforms;
    this.#resources = shader.resources as Record<string, unknown>;
  }

  resize(right: number, bottom: number, left = 0, top = 0): void {
    this.mesh.geometry.positions = quadPositions(right, bottom, left, top);
  }

  set(uniform: string, value: number | readonly [number, number]): void {
    if (this.#uniforms) this.#uniforms.uniforms[uniform] = typeof value === 'number' ? value : new Float32Array(value);
  }

  bind(textures: Readonly<Record<string, TextureSource>>): void {
    Object.assign(this.#resources, textures);
  }

  /** Writes what the shader gives, alpha and all, over what is there. */
  overwrite(): this {
    this.mesh.state.blend = false;
    return this;
  }
}
