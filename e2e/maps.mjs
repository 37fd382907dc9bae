// Map files for the story: real layouts, their pictures painted here.
import { readFile } from 'node:fs/promises';

const maps = new URL('../crates/tabletop/tests/maps/', import.meta.url);

/** A map file of the importer's tests. */
export async function layout(name) {
  const text = await readFile(new URL(name, maps), 'utf8');
  return JSON.parse(text.replace(/^\uFEFF/, ''));
}

/** Where a point of a map file lies on its scene, in cells. */
export const inScene = (map, { x, y }) => [x - map.resolution.map_origin.x, y - map.resolution.map_origin.y];

/** Paints a floor with its walls, in the page of somebody. Gives PNG in base64. */
export function paint(page, map, pixelsPerCell = 48) {
  return page.evaluate(
    ({ map, pixelsPerCell }) => {
      const { map_origin: origin, map_size: size } = map.resolution;
      const canvas = document.createElement('canvas');
      canvas.width = size.x * pixelsPerCell;
      canvas.height = size.y * pixelsPerCell;
      const pen = canvas.getContext('2d');
      let seed = 7;
      const random = () => ((seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647);
      const cell = (x, y, fill) => {
        pen.fillStyle = fill;
        pen.fillRect(x * pixelsPerCell + 1, y * pixelsPerCell + 1, pixelsPerCell - 2, pixelsPerCell - 2);
      };
      pen.fillStyle = '#2b2622';
      pen.fillRect(0, 0, canvas.width, canvas.height);
      for (let y = 0; y < size.y; y += 1) {
        for (let x = 0; x < size.x; x += 1) cell(x, y, `hsl(${30 + random() * 14} ${16 + random() * 10}% ${30 + random() * 9}%)`);
      }
      for (let speck = 0; speck < size.x * size.y * 6; speck += 1) {
        pen.fillStyle = `hsl(32 20% ${random() * 60}% / 18%)`;
        pen.fillRect(random() * canvas.width, random() * canvas.height, 1 + random() * 4, 1 + random() * 4);
      }
      const line = (points, width, color) => {
        pen.strokeStyle = color;
        pen.lineWidth = width * pixelsPerCell;
        pen.lineCap = 'round';
        pen.lineJoin = 'round';
        pen.beginPath();
        points.forEach(({ x, y }, index) => {
          const to = [(x - origin.x) * pixelsPerCell, (y - origin.y) * pixelsPerCell];
          if (index === 0) pen.moveTo(...to);
          else pen.lineTo(...to);
        });
        pen.stroke();
      };
      const walls = [...map.line_of_sight, ...(map.objects_line_of_sight ?? [])];
      for (const wall of walls) line(wall, 0.34, '#14110f');
      for (const wall of walls) line(wall, 0.2, '#6d6257');
      for (const { bounds } of map.portals) line(bounds, 0.18, '#7a4a22');
      return canvas.toDataURL('image/png').split(',')[1];
    },
    { map, pixelsPerCell },
  );
}

/** A map file with its picture. */
export async function painted(page, name, pixelsPerCell = 48) {
  const map = await layout(name);
  map.image = await paint(page, map, pixelsPerCell);
  map.resolution.pixels_per_grid = pixelsPerCell;
  return { map, file: { name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(map)) } };
}

/** Drops a file onto the page, as a hand would. */
export async function drop(page, file) {
  const transfer = await page.evaluateHandle(
    ({ name, type, bytes }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type }));
      return transfer;
    },
    { name: file.name, type: file.mimeType, bytes: file.buffer.toString('base64') },
  );
  for (const type of ['dragenter', 'dragover']) await page.dispatchEvent('main', type, { dataTransfer: transfer });
  return () => page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
}
