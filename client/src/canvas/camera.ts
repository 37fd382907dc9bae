/** Which part of the map is on the screen. Places are in cells, the screen is in CSS pixels from its top left corner. */

import type { Vec } from '../table/grid';

/** CSS pixels that something else covers at the edges. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };

/** CSS pixels per cell. */
export const SCALE_MAX = 400;
const SCALE_MIN = 1;
const SCALE_FIT_MAX = 120;
const FIT_MARGIN = 0.94;
const EDGE_PX = 40;
const GLIDE_MS = 320;
const ZOOM_MS = 110;

interface Flight {
  readonly startMs: number;
  readonly ms: number;
  readonly fromCentre: Vec;
  readonly toCentre: Vec;
  readonly fromScale: number;
  readonly toScale: number;
  /** The screen point that stays where it is while zooming. */
  readonly anchor: { readonly screen: Vec; readonly world: Vec } | null;
}

export class Camera {
  #centre: Vec = { x: 0, y: 0 };
  #scale = 64;
  #size: Vec = { x: 1, y: 1 };
  #map: Vec = { x: 0, y: 0 };
  #insets: Insets = NO_INSETS;
  #flight: Flight | null = null;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The place in the middle of the screen. */
  get centre(): Vec {
    return this.#centre;
  }
  /** CSS pixels per cell. */
  get scale(): number {
    return this.#scale;
  }
  /** Width and height of the screen. */
  get size(): Vec {
    return this.#size;
  }
  /** What covers the edges of the screen. */
  get insets(): Insets {
    return this.#insets;
  }
  /** Whether `advance` has something to do. */
  get isFlying(): boolean {
    return this.#flight !== null;
  }

  toScreen(place: Vec): Vec {
    return {
      x: (place.x - this.#centre.x) * this.#scale + this.#size.x / 2,
      y: (place.y - this.#centre.y) * this.#scale + this.#size.y / 2,
    };
  }

  toWorld(screen: Vec): Vec {
    return {
      x: (screen.x - this.#size.x / 2) / this.#scale + this.#centre.x,
      y: (screen.y - this.#size.y / 2) / this.#scale + this.#centre.y,
    };
  }

  /** The screen was resized. What is in its middle stays there. */
  resize(width: number, height: number): void {
    this.#size = { x: Math.max(1, width), y: Math.max(1, height) };
    this.#moveTo(this.#centre, this.#scale);
  }

  /** The map has this size; the camera never loses sight of it. */
  setMap(size: Vec): void {
    this.#map = size;
    this.#moveTo(this.#centre, this.#scale);
  }

  /** Panels cover these edges; fitting and centring keep clear of them. */
  setInsets(insets: Insets): void {
    this.#insets = insets;
  }

  /** Moves with the fingers: the map follows by this many pixels. */
  panBy(dx: number, dy: number): void {
    this.#flight = null;
    this.#moveTo({ x: this.#centre.x - dx / this.#scale, y: this.#centre.y - dy / this.#scale }, this.#scale);
  }

  /** Zooms by a factor, at once; the place under the screen point stays there. */
  zoomAt(screen: Vec, factor: number): void {
    this.#flight = null;
    const anchor = { screen, world: this.toWorld(screen) };
    this.#zoomTo(this.#clampScale(this.#scale * factor), anchor);
  }

  /** Zooms by a factor in a moment; more steps on the way add up. */
  zoomSmoothlyAt(screen: Vec, factor: number): void {
    const wanted = this.#flight?.anchor ? this.#flight.toScale : this.#scale;
    const toScale = this.#clampScale(wanted * factor);
    this.#flight = {
      startMs: this.#now(),
      ms: ZOOM_MS,
      fromCentre: this.#centre,
      toCentre: this.#centre,
      fromScale: this.#scale,
      toScale,
      anchor: { screen, world: this.toWorld(screen) },
    };
    this.#tell();
  }

  /** Shows the whole map. */
  fit(): void {
    const { x: width, y: height } = this.#map;
    if (width <= 0 || height <= 0) return;
    const free = this.#free();
    const scale = Math.min((free.width / width) * FIT_MARGIN, (free.height / height) * FIT_MARGIN, SCALE_FIT_MAX);
    this.#flight = null;
    this.#moveTo(this.#centreFor({ x: width / 2, y: height / 2 }, scale), this.#clampScale(scale));
  }

  /** Brings a place to the middle of what panels leave free, at once. */
  lookAt(place: Vec, scale: number): void {
    this.#flight = null;
    const toScale = this.#clampScale(scale);
    this.#moveTo(this.#centreFor(place, toScale), toScale);
  }

  /** Brings a place to the middle of what panels leave free. */
  glideTo(place: Vec, scale: number = this.#scale): void {
    const toScale = this.#clampScale(scale);
    this.#flight = {
      startMs: this.#now(),
      ms: GLIDE_MS,
      fromCentre: this.#centre,
      toCentre: this.#centreFor(place, toScale),
      fromScale: this.#scale,
      toScale,
      anchor: null,
    };
    this.#tell();
  }

  /** Goes on with a flight; says whether there is more to come. */
  advance(): boolean {
    const flight = this.#flight;
    if (!flight) return false;
    const share = Math.min(1, (this.#now() - flight.startMs) / flight.ms);
    const eased = 1 - (1 - share) ** 3;
    const scale = flight.fromScale * (flight.toScale / flight.fromScale) ** eased;
    if (share >= 1) this.#flight = null;
    if (flight.anchor) {
      this.#zoomTo(share >= 1 ? flight.toScale : scale, flight.anchor);
    } else {
      this.#moveTo(
        {
          x: flight.fromCentre.x + (flight.toCentre.x - flight.fromCentre.x) * eased,
          y: flight.fromCentre.y + (flight.toCentre.y - flight.fromCentre.y) * eased,
        },
        share >= 1 ? flight.toScale : scale,
      );
    }
    return this.#flight !== null;
  }

  /** Goes to a place unless it is well on the screen. */
  glideIntoView(place: Vec): void {
    if (!this.shows(place, EDGE_PX)) this.glideTo(place);
  }

  /** Whether a place is on the free part of the screen, a margin inside its edges. */
  shows(place: Vec, marginPx: number): boolean {
    const { x, y } = this.toScreen(place);
    const { top, right, bottom, left } = this.#insets;
    return (
      x >= left + marginPx &&
      x <= this.#size.x - right - marginPx &&
      y >= top + marginPx &&
      y <= this.#size.y - bottom - marginPx
    );
  }

  /** Calls after every movement; returns how to stop. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #zoomTo(scale: number, anchor: { screen: Vec; world: Vec }): void {
    this.#moveTo(
      {
        x: anchor.world.x - (anchor.screen.x - this.#size.x / 2) / scale,
        y: anchor.world.y - (anchor.screen.y - this.#size.y / 2) / scale,
      },
      scale,
    );
  }

  #moveTo(centre: Vec, scale: number): void {
    this.#scale = scale;
    // The middle of what panels leave free is always on the map.
    const shift = this.#centreFor({ x: 0, y: 0 }, scale);
    this.#centre = {
      x: Math.min(Math.max(centre.x, shift.x), Math.max(this.#map.x, 0) + shift.x),
      y: Math.min(Math.max(centre.y, shift.y), Math.max(this.#map.y, 0) + shift.y),
    };
    this.#tell();
  }

  #clampScale(scale: number): number {
    const longest = Math.max(this.#map.x, this.#map.y, 1);
    const least = Math.max(SCALE_MIN, Math.min(this.#size.x, this.#size.y) / longest / 4);
    return Math.min(Math.max(scale, Math.min(least, SCALE_MAX)), SCALE_MAX);
  }

  #free(): { width: number; height: number } {
    const { top, right, bottom, left } = this.#insets;
    return { width: Math.max(40, this.#size.x - left - right), height: Math.max(40, this.#size.y - top - bottom) };
  }

  /** The centre of the screen that brings a place to the middle of its free part. */
  #centreFor(place: Vec, scale: number): Vec {
    const { top, right, bottom, left } = this.#insets;
    return { x: place.x + (right - left) / 2 / scale, y: place.y + (bottom - top) / 2 / scale };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
