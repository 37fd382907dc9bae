/** Cuts large pictures into pieces that any GPU can hold. */

/** Every GPU takes textures of this size. */
const TILE_PX_MAX = 2048;
/** Maps beyond this are drawn smaller, because a phone has no memory for more. */
const MAP_PX_MAX = 64_000_000;

/** How a picture is cut: where from, and how large the piece becomes. */
export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly toWidth: number;
  readonly toHeight: number;
}

/** Cuts a picture into pieces that any GPU can hold. */
export function tileCuts(width: number, height: number): Cut[] {
  const shrink = Math.min(1, Math.sqrt(MAP_PX_MAX / (width * height)));
  const columns = Math.ceil((width * shrink) / TILE_PX_MAX);
  const rows = Math.ceil((height * shrink) / TILE_PX_MAX);
  const cuts: Cut[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const x = Math.round((width * column) / columns);
      const y = Math.round((height * row) / rows);
      const right = Math.round((width * (column + 1)) / columns);
      const bottom = Math.round((height * (row + 1)) / rows);
      cuts.push({
        x,
        y,
        width: right - x,
        height: bottom - y,
        toWidth: Math.max(1, Math.min(TILE_PX_MAX, Math.round((right - x) * shrink))),
        toHeight: Math.max(1, Math.min(TILE_PX_MAX, Math.round((bottom - y) * shrink))),
      });
    }
  }
  return cuts;
}
