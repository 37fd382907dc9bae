/**
 * The map on the screen: a table's scene, what this person sketches on it, and a camera. It draws when something changed
 * and rests otherwise. It takes no input; tools do, and write what they are about into the sketch.
 */

import 'pixi.js/filters';
import { Container, WebGLRenderer } from 'pixi.js';
import type { PictureSource } from '../net/api';
import type { Handle } from '../net/frames';
import { type Vec, fromWire } from '../table/grid';
import { Sketch } from '../table/sketch';
import type { TableChange, TableState } from '../table/table.svelte';
import { Camera } from './camera';
import { FogLayer } from './fog-layer';
import { UNIT } from './geometry';
import { GridLayer } from './grid-layer';
import { MapLayer } from './map-layer';
import { MapTiles } from './map-tiles';
import { OverlayLayer } from './overlay-layer';
import { type Palette, paletteFor } from './palette';
import { Pictures } from './pictures';
import { Stamps } from './stamps';
import { TokenLayer } from './token-layer';
import { WallLayer } from './wall-layer';

export interface Stage {
  readonly camera: Camera;
  readonly sketch: Sketch;
  /** The element that the map fills and that takes the keyboard. */
  readonly host: HTMLElement;
  /** Shows the whole map. */
  fit(): void;
  /** How a scene is first seen: all of it, or one's own tokens where all of it would be too small to tell them apart. */
  lookFirst(): void;
  /** Brings a place, in cells, to the middle. */
  centreOn(place: Vec): void;
  /** Where a token is drawn now. */
  shownAt(token: Handle): Vec | null;
  destroy(): void;
}

/** Tokens can be told apart, and hit by a finger, on cells of this size. */
const TELLING_PX_PER_CELL = 24;
const FIRST_PX_PER_CELL = 44;

/** This browser cannot draw the map. */
export class NoWebGl extends Error {
  override readonly name = 'NoWebGl';
}

/** More device pixels than this per CSS pixel cost much and show little. */
const RESOLUTION_MAX = 2;

/** Fills `host` with the map of a table. Throws `NoWebGl` where there is no WebGL 2. */
export async function mountStage(host: HTMLElement, table: TableState, pictures: PictureSource): Promise<Stage> {
  const canvas = document.createElement('canvas');
  const renderer = new WebGLRenderer();
  const resolution = Math.min(RESOLUTION_MAX, window.devicePixelRatio || 1);
  try {
    await renderer.init({
      canvas,
      width: Math.max(1, host.clientWidth),
      height: Math.max(1, host.clientHeight),
      resolution,
      autoDensity: true,
      antialias: true,
      backgroundAlpha: 0,
      preferWebGLVersion: 2,
      powerPreference: 'high-performance',
      // The page has its own ways for events and accessibility.
      skipExtensionImports: true,
    });
  } catch (cause) {
    throw new NoWebGl('the browser gave no WebGL context', { cause });
  }
  return new LiveStage(host, canvas, renderer, table, pictures, resolution);
}

class LiveStage implements Stage {
  readonly camera = new Camera();
  readonly sketch = new Sketch();
  readonly host: HTMLElement;
  readonly #renderer: WebGLRenderer;
  readonly #table: TableState;
  readonly #root = new Container();
  readonly #world = new Container({ isRenderGroup: true });
  readonly #stamps: Stamps;
  readonly #pictures: Pictures;
  readonly #map: MapLayer;
  readonly #mapTiles: MapTiles;
  readonly #grid = new GridLayer();
  readonly #fog: FogLayer;
  readonly #tokens: TokenLayer;
  readonly #walls: WallLayer;
  readonly #overlay: OverlayLayer;
  readonly #resolution: number;
  readonly #cleanUps: (() => void)[] = [];
  #palette: Palette;
  #shownScene: Handle | null = null;
  #frame: number | null = null;

  constructor(
    host: HTMLElement,
    canvas: HTMLCanvasElement,
    renderer: WebGLRenderer,
    table: TableState,
    source: PictureSource,
    resolution: number,
  ) {
    this.host = host;
    this.#renderer = renderer;
    this.#table = table;
    this.#resolution = resolution;
    this.#palette = paletteFor(getComputedStyle(host).color);
    this.#stamps = new Stamps(resolution);
    this.#pictures = new Pictures(source, () => this.#takePictures());
    this.#mapTiles = new MapTiles(source, () => this.#draw());
    this.#map = new MapLayer(this.#pictures, this.#mapTiles);
    this.#fog = new FogLayer(renderer);
    this.#tokens = new TokenLayer(table, this.sketch, this.#stamps, this.#pictures);
    this.#walls = new WallLayer(table, this.sketch, this.#stamps);
    this.#overlay = new OverlayLayer(table, this.sketch, this.#stamps, this.camera);
    this.#world.addChild(
      this.#map.view,
      this.#grid.mesh,
      this.#tokens.scenery,
      this.#fog.view,
      this.#tokens.tokens,
      this.#tokens.secrets,
      this.#walls.view,
      this.#tokens.ghosts,
    );
    this.#root.addChild(this.#world, this.#overlay.view);
    Object.assign(canvas.style, { display: 'block', position: 'absolute', inset: '0' });
    canvas.setAttribute('aria-hidden', 'true');
    host.prepend(canvas);
    this.#watchPage();
    this.#cleanUps.push(
      table.watch((change) => this.#take(change)),
      this.sketch.watch(() => this.#takeSketch()),
      this.camera.watch(() => this.#draw()),
    );
    this.#resize();
    this.#takeScene();
  }

  fit(): void {
    this.camera.fit();
  }

  lookFirst(): void {
    this.camera.fit();
    const own = [...this.#table.tokens.values()].filter((token) => token.mine === true);
    if (own.length === 0 || this.#table.isGm || this.camera.scale >= TELLING_PX_PER_CELL) return;
    const places = own.map((token) => this.#table.placeOf(token));
    const sum = places.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }));
    this.camera.lookAt({ x: sum.x / own.length, y: sum.y / own.length }, FIRST_PX_PER_CELL);
  }

  centreOn(place: Vec): void {
    this.camera.glideTo(place);
  }

  shownAt(token: Handle): Vec | null {
    return this.#tokens.shownAt(token);
  }

  destroy(): void {
    for (const cleanUp of this.#cleanUps) cleanUp();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#root.destroy({ children: true });
    this.#fog.destroy();
    this.#mapTiles.destroy();
    this.#pictures.destroy();
    this.#stamps.destroy();
    this.#renderer.destroy({ removeView: true });
  }

  #watchPage(): void {
    const resized = new ResizeObserver(() => this.#resize());
    resized.observe(this.host);
    const themed = new MutationObserver(() => this.#repaint());
    themed.observe(document.documentElement, { attributes: true });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const repaint = (): void => this.#repaint();
    dark.addEventListener('change', repaint);
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    const calm = (): void => {
      this.#tokens.setStill(still.matches);
      this.#overlay.setStill(still.matches);
    };
    still.addEventListener('change', calm);
    calm();
    this.#cleanUps.push(
      () => resized.disconnect(),
      () => themed.disconnect(),
      () => dark.removeEventListener('change', repaint),
      () => still.removeEventListener('change', calm),
    );
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.host;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.#renderer.resize(clientWidth, clientHeight, this.#resolution);
    this.camera.resize(clientWidth, clientHeight);
    // An emptied canvas flashes if it is not painted before the browser shows it.
    this.#paint();
  }

  #repaint(): void {
    this.#palette = paletteFor(getComputedStyle(this.host).color);
    this.#map.draw(this.#table.scene, this.#palette);
    this.#draw();
  }

  #take(change: TableChange): void {
    const { topics } = change;
    const now = performance.now();
    if (topics.has('scene')) this.#takeScene();
    if (topics.has('explored')) {
      this.#mapTiles.setExplored(this.#table.explored);
      this.#fog.setExplored(this.#table.explored);
    }
    if (topics.has('sight')) this.#fog.setSight(this.#table.sight.values(), now);
    if (topics.has('walls')) this.#walls.drawWalls();
    if (topics.has('portals')) this.#walls.drawPortals();
    if (topics.has('lights')) this.#walls.drawLights();
    if (topics.has('tokens')) this.#tokens.update(change.moves, now);
    else if (topics.has('selection') || topics.has('seats') || topics.has('ghosts')) this.#tokens.refresh();
    if (topics.has('pings')) {
      const pulling = this.#overlay.takePings(now);
      if (pulling) this.camera.glideTo(fromWire(pulling.at));
    }
    this.#draw();
  }

  #takeScene(): void {
    const { scene } = this.#table;
    this.#map.draw(scene, this.#palette);
    this.#grid.setScene(scene);
    this.#fog.setScene(scene);
    this.#mapTiles.setScene(scene);
    this.#mapTiles.setExplored(this.#table.explored);
    this.#fog.setExplored(this.#table.explored);
    if (scene) {
      this.camera.setMap(fromWire(scene.size));
      // The same scene told anew (another grid, a reconnection) does not move the view.
      if (scene.scene !== this.#shownScene) {
        this.#shownScene = scene.scene;
        this.lookFirst();
      }
    } else {
      this.#shownScene = null;
    }
    const now = performance.now();
    this.#fog.setSight(this.#table.sight.values(), now);
    this.#walls.drawWalls();
    this.#walls.drawPortals();
    this.#walls.drawLights();
    this.#tokens.update([], now);
  }

  #lastParts = new Sketch().parts;

  #takeSketch(): void {
    const before = this.#lastParts;
    const { parts } = this.sketch;
    this.#lastParts = parts;
    const isNewHover = before.hovered !== parts.hovered;
    if (isNewHover || before.ghosts !== parts.ghosts || before.rotations !== parts.rotations) this.#tokens.refresh();
    const touched = [before.hovered?.kind, parts.hovered?.kind];
    if (isNewHover && touched.includes('portal')) this.#walls.drawPortals();
    if ((isNewHover && touched.includes('wall')) || before.edits !== parts.edits) {
      this.#walls.drawWalls();
    }
    this.#draw();
  }

  #takePictures(): void {
    this.#map.drawTiles(this.#table.scene);
    this.#tokens.refresh();
    this.#draw();
  }

  /** Draws before the browser shows the next frame. */
  #draw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#paint();
    });
  }

  #paint(): void {
    const now = performance.now();
    const isFlying = this.camera.advance();
    const { camera } = this;
    const pxPerUnit = camera.scale / UNIT;
    const origin = camera.toScreen({ x: 0, y: 0 });
    this.#world.scale.set(pxPerUnit);
    this.#world.position.set(origin.x, origin.y);
    this.#mapTiles.draw(camera, this.#resolution);
    this.#grid.draw(camera, this.#resolution, this.#palette);
    this.#tokens.setScale(pxPerUnit);
    this.#walls.setScale(pxPerUnit);
    const isWalking = this.#tokens.advance(now);
    const isFading = this.#fog.advance(now);
    const isPinging = this.#overlay.draw(now);
    this.#renderer.render({ container: this.#root });
    if (isFlying || isWalking || isFading || isPinging) this.#draw();
  }
}
