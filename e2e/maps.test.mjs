// Maps: dropped and chosen, three real layouts and a plain picture; prepared in private, then shown.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { drop, inScene, painted, paint, layout } from './maps.mjs';
import { desktop, knock, map, onPage, openBrowser, person, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
let server;
let browser;
let master;
let ada;

const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });
const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');
async function tab(page, name) {
  const one = page.getByRole('tab', { name });
  if ((await one.getAttribute('aria-selected')) !== 'true') await one.click();
}

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desktop);
  ada = await person(browser, desktop);
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  await knock(ada.page, server.invite, 'Ada');
  await master.page.getByRole('button', { name: 'Admit', exact: true }).first().click();
  await chat(ada.page).waitFor();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

let tavern;
/** How many frames Ada had before she was brought to the tavern. */
let arrival = 0;

test('a map file dropped on the table becomes a scene, with a report of what was done to it', async () => {
  tavern = await painted(master.page, 'orb-tavern-4.dd2vtt');
  const letGo = await drop(master.page, tavern.file);
  await master.page.getByText('Make it a scene').waitFor();
  await picture(master, 'map-drop');
  await letGo();
  const report = master.page.getByRole('dialog', { name: /is ready/ });
  await report.waitFor();
  await report.getByText('8 doors and windows').waitFor();
  await report.getByText('Picture, 1440 × 1440 pixels').waitFor();
  await picture(master, 'map-report');
  await report.getByRole('button', { name: 'Look at it' }).click();
  await master.page.getByRole('heading', { name: 'The Lantern at the Ford' }).waitFor();
  assert.equal(told(ada, 'scene').length, 1, 'players stay where they are while the game master prepares');
});

test('two more maps are chosen at once and lie in the list of scenes', async () => {
  const tomb = await painted(master.page, 'vttmaps-litch-tomb.dd2vtt', 40);
  const small = await painted(master.page, 'uvtt2fgu-sampleMap.small.dd2vtt', 96);
  await tab(master.page, 'Scenes');
  await master.page.locator('input[type=file]').first().setInputFiles([tomb.file, small.file]);
  for (const name of ['vttmaps-litch-tomb', 'uvtt2fgu-sampleMap.small', 'orb-tavern-4']) {
    await master.page.getByRole('button', { name: `Look at ${name}` }).waitFor();
  }
  await master.page.getByText('2 maps imported').first().waitFor();
  assert.equal(await master.page.getByRole('dialog').count(), 0, 'nothing is thrust upon who imports many');
  await master.page.getByRole('button', { name: 'Show every file' }).click();
  await picture(master, 'map-imports');
  await master.page.getByRole('listitem').filter({ hasText: 'litch-tomb' }).getByRole('button', { name: 'Report' }).click();
  await master.page.getByRole('dialog', { name: /is ready/ }).getByRole('button', { name: 'Close' }).first().click();
  await master.page.getByRole('button', { name: 'Hide the files' }).click();
  await master.page.getByRole('button', { name: 'Look at vttmaps-litch-tomb' }).click();
  await until('the tomb is in view', () => told(master, 'scene').at(-1)?.name === 'vttmaps-litch-tomb');
  await picture(master, 'map-tomb');
});

test('a file that is no map is refused with the reason, and a broken one as well', async () => {
  const chooser = master.page.locator('input[type=file]').first();
  const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') };
  await chooser.setInputFiles(notes);
  await master.page.getByText('1 refused: notes.txt. It is neither a picture nor a Universal VTT map.').first().waitFor();
  const broken = { name: 'broken.dd2vtt', mimeType: 'application/json', buffer: tavern.file.buffer.subarray(0, 5000) };
  await chooser.setInputFiles([notes, broken]);
  await master.page.getByText('2 refused').first().waitFor();
  await master.page.getByRole('button', { name: 'Show every file' }).click();
  await picture(master, 'map-refused');
  const row = (name) => master.page.getByRole('listitem').filter({ hasText: name });
  assert.equal(await row('notes.txt').getByRole('button', { name: 'Try again' }).count(), 0, 'a text stays a text');
  await row('broken.dd2vtt').getByRole('button', { name: 'Try again' }).click();
  await row('broken.dd2vtt').getByRole('button', { name: 'Try again' }).waitFor();
  await row('broken.dd2vtt').getByRole('button', { name: 'Dismiss broken.dd2vtt' }).click();
  await master.page.getByRole('button', { name: 'Dismiss', exact: true }).click();
  await master.page.getByRole('region', { name: 'Imports' }).waitFor({ state: 'detached' });
});

test('a plain picture gets its grid from a wizard', async () => {
  const map = await layout('gen-dungeon-100.dd2vtt');
  const bytes = Buffer.from(await paint(master.page, map, 30), 'base64');
  await master.page.locator('input[type=file]').first().setInputFiles({ name: 'cellar.png', mimeType: 'image/png', buffer: bytes });
  const wizard = master.page.getByRole('dialog', { name: 'Align the grid' });
  await wizard.waitFor();
  await wizard.getByRole('button', { name: 'Count the cells' }).click();
  await wizard.getByLabel('Cells across the whole map').fill('33');
  await wizard.getByText('The map is 33 × 33 cells.').waitFor();
  await picture(master, 'map-grid');
  await wizard.getByRole('button', { name: 'Use this grid' }).click();
  await wizard.waitFor({ state: 'detached' });
  await until('the grid fits', () => {
    const scene = told(master, 'scene').at(-1);
    return scene?.name === 'cellar' && scene.size[0] === 33 * 256 && scene.size[1] === 33 * 256;
  });
});

test('the players come along when they are brought, and see what their characters see', async () => {
  await tab(master.page, 'Scenes');
  await master.page.getByRole('button', { name: 'Look at orb-tavern-4' }).click();
  await until('the tavern is in view', () => told(master, 'scene').at(-1)?.name === 'orb-tavern-4');
  arrival = ada.heard.frames.length;
  await master.page.getByRole('button', { name: 'Bring players here' }).first().click();
  await until('Ada is there', () => told(ada, 'scene').length === 2);
  await ada.page.getByText('You have no character on this scene yet').waitFor();
  assert.equal(told(ada, 'portals', arrival).length, 0, 'who has no character sees no doors');
  assert.equal(told(ada, 'explored', arrival).flatMap((explored) => explored.blocks).length, 0);
  await picture(ada, 'map-no-character');
  await master.page.keyboard.press('Escape');
  await map(master).focus();
  await master.page.keyboard.press('Shift+N');
  const dialog = master.page.getByRole('dialog', { name: 'New token' });
  await dialog.getByLabel('Name', { exact: true }).fill('Ash');
  await dialog.getByLabel('Ada').check();
  await dialog.getByRole('button', { name: 'Place it' }).click();
  await until('Ada has a character', () => told(ada, 'tokens').some((token) => token.name === 'Ash' && token.mine));
  // Into the lower room: a game master's hand passes through walls.
  const size = [tavern.map.resolution.map_size.x, tavern.map.resolution.map_size.y];
  const [from, to] = [onPage(size, 15.5, 15.5), onPage(size, 15.5, 21.5)];
  await master.page.mouse.move(from.x, from.y);
  await master.page.mouse.down();
  await master.page.mouse.move(from.x, from.y + 40, { steps: 4 });
  await master.page.mouse.move(to.x, to.y, { steps: 6 });
  await master.page.mouse.up();
  await until('Ash stands in the room', () => told(ada, 'portals', arrival).length > 0);
  await until('tiles arrived', () => ada.heard.answers.some((answer) => /^200 .*\/maps\//.test(answer)));
  await ada.page.waitForTimeout(600);
  await picture(ada, 'map-player');
  await picture(master, 'map-master');
});

test('a door in sight opens with a click, and what lies behind it comes into view', async () => {
  const doors = told(ada, 'portals', arrival).filter((portal) => portal.kind === 'door');
  assert.ok(doors.length > 0, 'the character sees a door');
  const { map } = tavern;
  const size = [map.resolution.map_size.x, map.resolution.map_size.y];
  const inMap = map.portals.map(({ position }) => inScene(map, position));
  const door = doors[0];
  const [x, y] = [(door.a[0] + door.b[0]) / 512, (door.a[1] + door.b[1]) / 512];
  assert.ok(inMap.some(([px, py]) => Math.hypot(px - x, py - y) < 0.3), 'it lies where the file says');
  const before = JSON.stringify(told(ada, 'sight'));
  const at = onPage(size, x, y);
  await ada.page.mouse.click(at.x, at.y);
  await until('it opens', () => told(ada, 'portals').some((portal) => portal.portal === door.portal && portal.state === 'open'));
  await until('the view changes', () => JSON.stringify(told(ada, 'sight')) !== before);
  await ada.page.waitForTimeout(500);
  await picture(ada, 'map-door');
  await ada.page.mouse.click(at.x, at.y);
  await until('it shuts', () => told(ada, 'portals').at(-1).state === 'shut');
  // The game master locks it: the player is told so, and nothing else changes.
  await master.page.mouse.click(at.x, at.y, { button: 'right' });
  await master.page.getByRole('menuitem', { name: 'Lock' }).click();
  await until('it is locked', () => told(master, 'portals').at(-1).state === 'locked');
  await ada.page.mouse.click(at.x, at.y);
  await ada.page.getByText('it is locked', { exact: false }).first().waitFor();
  assert.ok(!told(ada, 'portals').some((portal) => portal.state === 'locked'), 'a lock is never told');
});

test('no byte that reached the player holds what is the game master’s', () => {
  for (const field of ['walls', 'scenes']) assert.deepEqual(told(ada, field), [], field);
  assert.deepEqual(lightsOutOfSight(ada), [], 'a lamp is told of only while it is in sight itself');
  assert.ok(told(master, 'lights').length > told(ada, 'lights').length, 'and some never were');
  assert.ok(told(ada, 'scene').every((scene) => scene.picture === undefined && scene.name === undefined));
  assert.ok(!ada.heard.frames.some((text) => text.includes('orb-tavern') || text.includes('litch-tomb')));
  assert.ok(!ada.heard.answers.some((answer) => answer.startsWith('200') && answer.includes('/pictures/')));
  // The recorder does record: the game master was told all of it.
  for (const field of ['walls', 'scenes']) assert.ok(told(master, field).length > 0, field);
});

/** Lights that somebody was told of while none of their characters saw the place where they are. */
function lightsOutOfSight(who) {
  const sight = new Map();
  const found = [];
  for (const text of who.heard.frames) {
    const frame = JSON.parse(text);
    if (frame.type !== 'update') continue;
    if (frame.fresh || frame.scene) sight.clear();
    for (const handle of frame.gone ?? []) sight.delete(handle);
    for (const one of frame.sight ?? []) sight.set(one.eye, one.polygon);
    for (const light of frame.lights ?? []) {
      if (![...sight.values()].some((polygon) => holds(polygon, light.at))) found.push(light);
    }
  }
  return found;
}

/** Whether a polygon (x, y, x, y, …) holds a point. */
function holds(polygon, [x, y]) {
  let isInside = false;
  for (let end = 0, start = polygon.length - 2; end < polygon.length; start = end, end += 2) {
    const [ax, ay, bx, by] = [polygon[start], polygon[start + 1], polygon[end], polygon[end + 1]];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) isInside = !isInside;
  }
  return isInside;
}

test('nobody’s page complained', () => {
  // The refused file is the server's 422, which Chromium logs as a failed load.
  const expected = (line) => line.includes('422');
  for (const [name, who] of Object.entries({ master, ada })) assert.deepEqual(who.complaints.filter((line) => !expected(line)), [], name);
});
