/**
 * The map on the screen: a table's scene, what this person sketches on it, and a camera. It draws when something changed
 * and rests otherwise. It takes no input; tools do, and write what they are about into the sketch.
 */

import 'pixi.js/filters';
import { Container, RenderTexture, Ticker, WebGLRenderer } from 'pixi.js';
import type { PictureSource } from '../net/api';
import type { Handle } from '../net/frames';
import { type Vec, fromWire, samePlace } from '../table/grid';
import { Sketch } from '../table/sketch';
import type { TableChange, TableState } from '../table/table.svelte';
import { Camera } from './camera';
import { DrawingLayer } from './drawing-layer';
import { FeltLayer } from './felt-layer';
import { UNIT } from './geometry';
import { GridLayer } from './grid-layer';
import { HandFogLayer } from './hand-fog-layer';
import { LampMarks } from './lamp-marks';
import { type Lamp, carried, lampsOf } from './lamps';
import { LightLayer } from './light-layer';
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
  /** For a game master: whether what is dark lies under a veil. */
  setVeiled(isVeiled: boolean): void;
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
/** Fire is seen to flicker in few pictures a second. */
const FLICKER_MS = 80;

/** Fills `host` with the map of a table. Throws `NoWebGl` where there is no WebGL 2. */
export async function mountStage(host: HTMLElement, table: TableState, pictures: PictureSource): Promise<Stage> {
  const canvas = document.createElement('canvas');
  // Its clock would keep the page awake at every frame, to tidy up. That is done after pictures are drawn: what stands still
  // costs nothing.
  Ticker.system.autoStart = false;
  Ticker.system.stop();
  const renderer = new WebGLRenderer();
  const resolution = Math.min(RESOLUTION_MAX, window.devicePixelRatio || 1);
  const effort = isDrawnBySoftware() ? 'spare' : 'full';
  try {
    await renderer.init({
      canvas,
      width: Math.max(1, host.clientWidth),
      height: Math.max(1, host.clientHeight),
      resolution,
      autoDensity: true,
      // Where a processor draws, smooth edges would cost half of all pictures.
      antialias: effort === 'full',
      backgroundAlpha: 0,
      preferWebGLVersion: 2,
      powerPreference: 'high-performance',
      // The page has its own ways for events and accessibility.
      skipExtensionImports: true,
    });
  } catch (cause) {
    throw new NoWebGl('the browser gave no WebGL context', { cause });
  }
  return new LiveStage(host, canvas, renderer, table, pictures, resolution, effort);
}

/** Where a processor draws, nothing is drawn that need not be. */
type Effort = 'full' | 'spare';

function isDrawnBySoftware(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2');
  const names = gl?.getExtension('WEBGL_debug_renderer_info');
  const name = gl && names ? String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)) : '';
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
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
  /** Map, grid and scenery: what light falls on. */
  readonly #ground = new Container();
  readonly #groundPicture = RenderTexture.create({ width: 1, height: 1, scaleMode: 'nearest' });
  readonly #groundRoot = new Container();
  readonly #groundView = new Container({ children: [this.#groundRoot] });
  readonly #light: LightLayer;
  readonly #handFog = new HandFogLayer();
  readonly #drawings: DrawingLayer;
  readonly #tokens: TokenLayer;
  readonly #walls: WallLayer;
  readonly #lampMarks: LampMarks;
  readonly #felt: FeltLayer;
  readonly #overlay: OverlayLayer;
  readonly #resolution: number;
  readonly #effort: Effort;
  readonly #cleanUps: (() => void)[] = [];
  #palette: Palette;
  #shownScene: Handle | null = null;
  #frame: number | null = null;
  #fire: ReturnType<typeof setTimeout> | null = null;
  #isStill = false;
  #lamps: readonly Lamp[] = [];
  #wasWalking = false;
  #isGroundStale = true;
  /** Where the camera was left when there was no character to look at. */
  #looksForOwn: { readonly centre: Vec; readonly scale: number } | null = null;

  constructor(
    host: HTMLElement,
    canvas: HTMLCanvasElement,
    renderer: WebGLRenderer,
    table: TableState,
    source: PictureSource,
    resolution: number,
    effort: Effort,
  ) {
    this.host = host;
    this.#renderer = renderer;
    this.#table = table;
    this.#resolution = resolution;
    this.#effort = effort;
    this.#palette = paletteFor(getComputedStyle(host).color);
    this.#stamps = new Stamps(resolution);
    this.#pictures = new Pictures(source, () => this.#takePictures());
    this.#mapTiles = new MapTiles(source, () => this.#draw());
    this.#map = new MapLayer(this.#pictures, this.#mapTiles);
    this.#light = new LightLayer(renderer);
    this.#drawings = new DrawingLayer(table, this.sketch);
    this.#tokens = new TokenLayer(table, this.sketch, this.#stamps, this.#pictures);
    this.#walls = new WallLayer(table, this.sketch, this.#stamps);
    this.#lampMarks = new LampMarks(table, this.sketch, this.#stamps);
    this.#felt = new FeltLayer(table, this.#stamps);
    this.#overlay = new OverlayLayer(table, this.sketch, this.#stamps, this.camera);
    this.#ground.addChild(this.#map.view, this.#grid.mesh, this.#tokens.scenery);
    this.#world.addChild(
      this.#light.view,
      this.#handFog.view,
      this.#drawings.view,
      this.#felt.view,
      this.#tokens.tokens,
      this.#tokens.secrets,
      this.#tokens.plates,
      this.#walls.view,
      this.#lampMarks.view,
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
    const own = this.#ownMiddle();
    this.#looksForOwn = own === null && !this.#table.isGm ? { centre: this.camera.centre, scale: this.camera.scale } : null;
    if (own !== null && this.camera.scale < TELLING_PX_PER_CELL) this.camera.lookAt(own, FIRST_PX_PER_CELL);
  }

  /** The middle of one's own tokens; a game master has none. */
  #ownMiddle(): Vec | null {
    const own = [...this.#table.tokens.values()].filter((token) => token.mine === true);
    if (own.length === 0 || this.#table.isGm) return null;
    const sum = own.map((token) => this.#table.placeOf(token)).reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }));
    return { x: sum.x / own.length, y: sum.y / own.length };
  }

  /** Goes to a character that comes later than its player, unless they have looked elsewhere meanwhile. */
  #lookForOwn(): void {
    const waiting = this.#looksForOwn;
    const own = waiting === null ? null : this.#ownMiddle();
    if (waiting === null || own === null) return;
    this.#looksForOwn = null;
    const { centre, scale } = this.camera;
    const isUntouched = samePlace(centre, waiting.centre) && scale === waiting.scale;
    if (isUntouched && scale < TELLING_PX_PER_CELL) this.camera.glideTo(own, FIRST_PX_PER_CELL);
  }

  centreOn(place: Vec): void {
    this.camera.glideTo(place);
  }

  setVeiled(isVeiled: boolean): void {
    this.#light.setVeiled(isVeiled);
    this.#placeGround();
    this.#draw();
  }

  shownAt(token: Handle): Vec | null {
    return this.#tokens.shownAt(token);
  }

  destroy(): void {
    for (const cleanUp of this.#cleanUps) cleanUp();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    if (this.#fire !== null) clearTimeout(this.#fire);
    // Parts that own textures go first: with their parents, their sprites would be gone before them.
    this.#mapTiles.destroy();
    this.#light.destroy();
    this.#handFog.destroy();
    this.#root.destroy({ children: true });
    this.#groundView.destroy({ children: true });
    this.#groundPicture.destroy(true);
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
      this.#isStill = still.matches;
      this.#draw();
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
    this.#groundPicture.resize(clientWidth, clientHeight, this.#resolution);
    this.#light.setGround(this.#groundPicture.source);
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
    else {
      if (topics.has('explored')) this.#mapTiles.setExplored(this.#table.explored);
      if (topics.has('sight') || topics.has('lit') || topics.has('explored')) this.#takeVista(now);
      if (topics.has('lights') || (topics.has('tokens') && this.#table.isGm)) this.#takeLamps();
    }
    if (topics.has('fog')) this.#handFog.setFog(this.#table.fog);
    if (topics.has('drawings')) this.#drawings.draw();
    if (topics.has('walls')) this.#walls.drawWalls();
    if (topics.has('portals')) this.#walls.drawPortals();
    if (topics.has('lights')) this.#lampMarks.draw();
    if (topics.has('felt')) this.#felt.draw();
    if (topics.has('tokens')) {
      this.#tokens.update(change.moves, now);
      this.#lookForOwn();
    } else if (topics.has('selection') || topics.has('seats') || topics.has('ghosts')) this.#tokens.refresh();
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
    this.#light.setScene(scene);
    this.#placeGround();
    this.#handFog.setScene(scene);
    this.#handFog.setFog(this.#table.fog);
    this.#mapTiles.setScene(scene);
    this.#mapTiles.setExplored(this.#table.explored);
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
    this.#takeVista(now);
    this.#takeLamps();
    this.#walls.drawWalls();
    this.#walls.drawPortals();
    this.#lampMarks.draw();
    this.#drawings.draw();
    this.#felt.draw();
    this.#tokens.update([], now);
  }

  #takeLamps(): void {
    this.#lamps = lampsOf(this.#table);
    this.#light.setLamps(carried(this.#lamps, this.#tokens.walkers));
  }

  #takeVista(nowMs: number): void {
    const { sight, lit, explored } = this.#table;
    this.#light.setVista({ sight: sight.values(), lit, explored }, nowMs);
  }

  /** The ground is drawn where it is, unless light decides how much of it is shown. */
  #placeGround(): void {
    if (this.#light.takesGround) this.#groundRoot.addChild(this.#ground);
    else this.#world.addChildAt(this.#ground, 0);
    this.#isGroundStale = true;
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
    const isNewDrawing = before.drawing !== parts.drawing;
    if (isNewDrawing) this.#drawings.drawSketch();
    if (isNewDrawing || (isNewHover && touched.includes('drawing'))) this.#drawings.draw();
    const isNewLamp = before.lamp !== parts.lamp || before.light !== parts.light || before.edits !== parts.edits;
    if (isNewLamp || (isNewHover && touched.includes('light'))) this.#lampMarks.draw();
    if (this.#tokens.scenery.children.length > 0) this.#draw();
    else this.#drawAbove();
  }

  #takePictures(): void {
    this.#map.drawTiles(this.#table.scene);
    this.#tokens.refresh();
    this.#draw();
  }

  /** Draws before the browser shows the next frame. */
  #draw(): void {
    this.#isGroundStale = true;
    this.#drawAbove();
  }

  /** Draws what lies above the ground, which did not change. */
  #drawAbove(): void {
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
    for (const container of [this.#world, this.#groundRoot]) {
      container.scale.set(pxPerUnit);
      container.position.set(origin.x, origin.y);
    }
    this.#tokens.setScale(pxPerUnit);
    this.#walls.setScale(pxPerUnit);
    this.#lampMarks.setScale(pxPerUnit);
    this.#handFog.drawAreas(this.sketch.parts.edits === 'fog' ? this.#table.areas.values() : [], pxPerUnit);
    const isWalking = this.#tokens.advance(now);
    if (this.#lamps.length > 0 && (isWalking || this.#wasWalking)) this.#light.setLamps(carried(this.#lamps, this.#tokens.walkers));
    this.#wasWalking = isWalking;
    if (this.#isGroundStale || (isWalking && this.#tokens.scenery.children.length > 0)) this.#paintGround();
    const isFading = this.#light.advance(now);
    const isPinging = this.#overlay.draw(now);
    this.#renderer.render({ container: this.#root });
    Ticker.system.update(now);
    if (isFlying) this.#draw();
    else if (isWalking || isFading || isPinging) this.#drawAbove();
    this.#burn();
  }

  #paintGround(): void {
    const isAside = this.#light.takesGround;
    this.#mapTiles.draw(this.camera, this.#resolution);
    this.#grid.draw(this.camera, this.#resolution, this.#palette, isAside ? 'picture' : 'screen');
    this.#isGroundStale = false;
    // A container that is rendered itself is not placed; the one that holds it is.
    if (isAside) this.#renderer.render({ container: this.#groundView, target: this.#groundPicture, clear: true, clearColor: [0, 0, 0, 0] });
  }

  /** Fires flicker, for those who want movement and whose machine draws it without effort. */
  #burn(): void {
    if (this.#isStill || this.#effort === 'spare' || this.#fire !== null || !this.#light.flickers) return;
    this.#fire = setTimeout(() => {
      this.#fire = null;
      this.#light.flicker(performance.now() / 1000);
      this.#drawAbove();
    }, FLICKER_MS);
  }
}
