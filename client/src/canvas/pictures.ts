/**
 * The pictures of the scene: fetched once each, decoded away from the page's thread, cut to what a GPU can hold, and
 * forgotten when nothing in view uses them.
 */

import { ImageSource, Texture } from 'pixi.js';
import type { Handle } from '../net/frames';
import type { PictureSource } from '../net/api';
import { tileCuts } from './tiles';

/** A piece of a map picture and the part of the map that it covers, from 0 to 1. */
export interface Tile {
  readonly texture: Texture;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const FACE_PX = 256;

interface Face {
  readonly controller: AbortController;
  texture: Texture | null;
}

interface Waiting {
  readonly controller: AbortController;
  readonly tiles: Tile[];
}

export class Pictures {
  readonly #source: PictureSource;
  readonly #onArrival: () => void;
  readonly #faces = new Map<Handle, Face>();
  #map: { handle: Handle; waiting: Waiting } | null = null;

  constructor(source: PictureSource, onArrival: () => void) {
    this.#source = source;
    this.#onArrival = onArrival;
  }

  /** The round face of a token, or null while it is on its way. */
  face(handle: Handle): Texture | null {
    const held = this.#faces.get(handle);
    if (held) return held.texture;
    const face: Face = { controller: new AbortController(), texture: null };
    this.#faces.set(handle, face);
    void this.#loadFace(handle, face);
    return null;
  }

  /** Forgets the faces that are not among these. */
  keepFaces(used: ReadonlySet<Handle>): void {
    for (const [handle, face] of this.#faces) {
      if (used.has(handle)) continue;
      face.controller.abort();
      face.texture?.destroy(true);
      this.#faces.delete(handle);
    }
  }

  /** The pieces of the map picture that have arrived. Asking for another map forgets the last one. */
  map(handle: Handle | null): readonly Tile[] {
    if (this.#map && this.#map.handle !== handle) this.#dropMap();
    if (handle === null) return [];
    if (!this.#map) {
      const waiting: Waiting = { controller: new AbortController(), tiles: [] };
      this.#map = { handle, waiting };
      void this.#loadMap(handle, waiting);
    }
    return this.#map.waiting.tiles;
  }

  destroy(): void {
    this.keepFaces(new Set());
    this.#dropMap();
  }

  #dropMap(): void {
    if (!this.#map) return;
    this.#map.waiting.controller.abort();
    for (const tile of this.#map.waiting.tiles) tile.texture.destroy(true);
    this.#map = null;
  }

  async #loadFace(handle: Handle, face: Face): Promise<void> {
    const { signal } = face.controller;
    try {
      const picture = await decode(await this.#source.picture(handle, signal));
      if (signal.aborted) return;
      face.texture = new Texture({ source: roundSource(picture) });
      picture.close();
      this.#onArrival();
    } catch {
      // A token without its picture shows its initials; the next view asks again.
      if (!signal.aborted) retryLater(signal, () => this.#faces.delete(handle), this.#onArrival);
    }
  }

  async #loadMap(handle: Handle, waiting: Waiting): Promise<void> {
    const { signal } = waiting.controller;
    try {
      const blob = await this.#source.picture(handle, signal);
      const whole = await decode(blob);
      for (const cut of tileCuts(whole.width, whole.height)) {
        if (signal.aborted) break;
        const piece = await createImageBitmap(whole, cut.x, cut.y, cut.width, cut.height, {
          resizeWidth: cut.toWidth,
          resizeHeight: cut.toHeight,
          resizeQuality: 'high',
        });
        if (signal.aborted) {
          piece.close();
          break;
        }
        const source = new ImageSource({ resource: piece, autoGenerateMipmaps: true, scaleMode: 'linear' });
        // A trilinear look needs no more: maps are looked at straight from above.
        source.style.mipmapFilter = 'linear';
        waiting.tiles.push({
          texture: new Texture({ source }),
          x: cut.x / whole.width,
          y: cut.y / whole.height,
          width: cut.width / whole.width,
          height: cut.height / whole.height,
        });
        this.#onArrival();
      }
      whole.close();
    } catch {
      if (!signal.aborted) retryLater(signal, () => this.#dropMap(), this.#onArrival);
    }
  }
}

const RETRY_MS = 4_000;

function retryLater(signal: AbortSignal, forget: () => void, ask: () => void): void {
  const timer = setTimeout(() => {
    if (signal.aborted) return;
    forget();
    ask();
  }, RETRY_MS);
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

const decode = (blob: Blob): Promise<ImageBitmap> => createImageBitmap(blob, { premultiplyAlpha: 'premultiply' });

/** The middle of a picture as a disc, so that no token needs a mask. */
function roundSource(picture: ImageBitmap): ImageSource {
  const canvas = document.createElement('canvas');
  canvas.width = FACE_PX;
  canvas.height = FACE_PX;
  const pen = canvas.getContext('2d');
  if (pen) {
    const side = Math.min(picture.width, picture.height);
    pen.imageSmoothingQuality = 'high';
    pen.beginPath();
    pen.arc(FACE_PX / 2, FACE_PX / 2, FACE_PX / 2 - 1, 0, Math.PI * 2);
    pen.clip();
    // Portraits have their heads above the middle.
    const top = (picture.height - side) * 0.2;
    pen.drawImage(picture, (picture.width - side) / 2, top, side, side, 0, 0, FACE_PX, FACE_PX);
  }
  const source = new ImageSource({ resource: canvas, autoGenerateMipmaps: true, scaleMode: 'linear' });
  source.style.mipmapFilter = 'linear';
  return source;
}
