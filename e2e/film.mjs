// Films the map of a page, picture by picture, and counts pixels that show what this person was not told of.
//
// In the page a memory is kept from the frames of the socket, as they arrive. A pixel of the map may differ from the fog
// only where a sample of the memory lies, half a sample around it, or where a token on its way or a door that was told is drawn.

/** To be run before the page's own scripts. The light of a new scene comes `late` drawings late. */
export function film({ late }) {
  const SHARE = 0.5;
  const FOG_MAX = [24, 27, 38];
  const FINGER_PX = 24;
  const state = {
    frames: 0,
    litPixels: 0,
    worst: 0,
    worstPicture: null,
    transforms: [],
    size: null,
    scene: null,
    samples: new Map(),
    things: new Map(),
    places: new Map(),
    lateLeft: 0,
    allowed: null,
    isStale: false,
  };
  window.film = state;
  /** Forgets what was counted. */
  state.cut = () => Object.assign(state, { frames: 0, litPixels: 0, worst: 0, worstPicture: null });
  /** The map may be drawn like this from now on: CSS pixels in a cell, and where its corner is. */
  state.allow = (...transforms) => Object.assign(state, { transforms, allowed: null });

  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (type, attributes) {
    return getContext.call(this, type, type === 'webgl2' ? { ...attributes, preserveDrawingBuffer: true } : attributes);
  };
  const Original = WebSocket;
  window.WebSocket = class extends Original {
    constructor(...parts) {
      super(...parts);
      this.addEventListener('message', ({ data }) => take(JSON.parse(data)));
    }
  };

  function take(frame) {
    if (frame.type === 'drag') {
      for (const { token, at } of frame.ghosts) glide(token, at, 256);
      state.allowed = null;
    }
    if (frame.type !== 'update') return;
    if (frame.fresh || frame.scene) {
      // Handles of another scene are new; what was drawn of the old one has no place any more.
      if (frame.scene?.scene !== state.scene) {
        state.samples.clear();
        state.things.clear();
        state.places.clear();
        state.scene = frame.scene?.scene ?? null;
        state.lateLeft = late;
        // What is on the screen until the next picture is the scene of before.
        state.isStale = true;
      }
      state.size = frame.scene?.size.map((units) => units / 256) ?? null;
    }
    for (const block of frame.explored?.blocks ?? []) remember(block);
    for (const { token, at, size } of frame.tokens ?? []) glide(token, at, size);
    for (const { token, path } of frame.moves ?? []) for (const at of path) glide(token, at, 512);
    for (const { portal, a, b } of frame.portals ?? []) put(`portal ${portal}`, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], Math.hypot(a[0] - b[0], a[1] - b[1]) * 2.2);
    state.allowed = null;
  }

  /** A token is drawn on its way from where it was told before, cell by cell. */
  function glide(token, at, size) {
    const from = state.places.get(token) ?? at;
    const steps = Math.ceil(Math.hypot(at[0] - from[0], at[1] - from[1]) / 256);
    for (let step = 0; step <= steps; step += 1) {
      const part = steps === 0 ? 1 : step / steps;
      const place = [from[0] + (at[0] - from[0]) * part, from[1] + (at[1] - from[1]) * part];
      put(`token ${token} ${place}`, place, size);
    }
    state.places.set(token, at);
  }

  function put(name, at, size) {
    const radius = size / 256 / 2;
    state.things.set(name, { x: at[0] / 256, y: at[1] / 256, radius });
  }

  function remember({ x, y, runs }) {
    const bytes = atob(runs.replaceAll('-', '+').replaceAll('_', '/'));
    let [at, seen] = [0, false];
    for (let index = 0; index < bytes.length; index += 1) {
      let length = bytes.charCodeAt(index) & 127;
      for (let shift = 7; bytes.charCodeAt(index) & 128; shift += 7) length |= (bytes.charCodeAt((index += 1)) & 127) << shift;
      for (let sample = at; seen && sample < at + length; sample += 1) {
        const [column, row] = [x * 64 + (sample & 63), y * 64 + (sample >> 6)];
        state.samples.set(row * 65_536 + column, [column / 8, row / 8]);
      }
      at += length;
      seen = !seen;
    }
  }

  /** For each pixel of the film: 0 no part of the map, 1 must be fog, 2 may be anything. */
  function drawAllowed(width, height) {
    const allowed = new Uint8Array(width * height);
    const fill = (left, top, right, bottom, value) => {
      for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, Math.ceil(bottom)); y += 1) {
        allowed.fill(value, y * width + Math.max(0, Math.floor(left)), y * width + Math.max(0, Math.min(width, Math.ceil(right))));
      }
    };
    const each = (draw) => {
      for (const { scale, x, y } of state.transforms) draw(scale * SHARE, x * SHARE, y * SHARE);
    };
    if (state.size === null) return allowed;
    each((scale, x, y) => fill(x + 2, y + 2, x + state.size[0] * scale - 2, y + state.size[1] * scale - 2, 1));
    each((scale, x, y) => {
      // Half a sample, and a pixel of the film for what is rounded.
      const around = scale / 16 + 1;
      for (const [cx, cy] of state.samples.values()) {
        fill(x + cx * scale - around, y + cy * scale - around, x + (cx + 1 / 8) * scale + around, y + (cy + 1 / 8) * scale + around, 2);
      }
      for (const thing of state.things.values()) {
        const reach = thing.radius * 1.35 * scale + FINGER_PX * SHARE;
        const name = 30 * SHARE;
        fill(x + thing.x * scale - reach - name, y + thing.y * scale - reach, x + thing.x * scale + reach + name, y + thing.y * scale + reach + name, 2);
      }
    });
    return allowed;
  }

  const reel = new OffscreenCanvas(1, 1);
  const pen = reel.getContext('2d', { willReadFrequently: true });
  function shoot() {
    requestAnimationFrame(shoot);
    const canvas = document.querySelector('.board canvas');
    if (!canvas || canvas.clientWidth === 0 || state.transforms.length === 0) return;
    const [width, height] = [Math.round(canvas.clientWidth * SHARE), Math.round(canvas.clientHeight * SHARE)];
    if (reel.width !== width || reel.height !== height) Object.assign(reel, { width, height });
    pen.clearRect(0, 0, width, height);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, 0, 0, width, height);
    if (state.isStale) {
      state.isStale = false;
      return;
    }
    const { data } = pen.getImageData(0, 0, width, height);
    state.allowed ??= drawAllowed(width, height);
    let [shown, lit] = [0, 0];
    for (let pixel = 0; pixel < width * height; pixel += 1) {
      const at = pixel * 4;
      if (state.allowed[pixel] === 0 || data[at + 3] === 0) continue;
      const isFog = data[at] <= FOG_MAX[0] && data[at + 1] <= FOG_MAX[1] && data[at + 2] <= FOG_MAX[2];
      if (isFog) continue;
      if (state.allowed[pixel] === 1) shown += 1;
      else lit += 1;
    }
    state.frames += 1;
    state.litPixels = lit;
    if (shown > state.worst) {
      state.worst = shown;
      for (let pixel = 0; pixel < width * height; pixel += 1) {
        if (state.allowed[pixel] === 1) data[pixel * 4] = Math.max(90, data[pixel * 4]);
      }
      pen.putImageData(new ImageData(data, width, height), 0, 0);
      state.worstPicture = reel.convertToBlob().then(base64);
    }
  }
  requestAnimationFrame(shoot);

  async function base64(blob) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }

  if (late === 0) return;
  const gl = WebGL2RenderingContext.prototype;
  const { shaderSource, drawElements } = gl;
  gl.shaderSource = function (shader, text) {
    const isLight = text.includes('uLastMask') && text.includes('uSamples');
    const after = 'void main() { inTime(); if (uLate > 0.5) finalColor = texture(uGround, vec2(gl_FragCoord.x, uScreen.y - gl_FragCoord.y) / uScreen); }';
    return shaderSource.call(this, shader, isLight ? `${text.replace('void main()', 'uniform float uLate;\nvoid inTime()')}\n${after}` : text);
  };
  const places = new Map();
  gl.drawElements = function (...parts) {
    const program = this.getParameter(this.CURRENT_PROGRAM);
    if (!places.has(program)) places.set(program, this.getUniformLocation(program, 'uLate'));
    const place = places.get(program);
    if (place !== null) {
      this.uniform1f(place, state.lateLeft > 0 ? 1 : 0);
      state.lateLeft -= 1;
    }
    drawElements.apply(this, parts);
  };
}
