// Nothing hidden flashes up: pictures of the map are taken one after the other while a page loads, a door opens, a
// character is put elsewhere, night falls and the map is zoomed.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { film } from './film.mjs';
import { drop, inScene, painted } from './maps.mjs';
import { desktop, knock, map, onPage, openBrowser, person, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
let server;
let browser;
let master;
let ada;
let tavern;
let size;
/** How many frames Ada had before she was brought to the tavern. */
let arrival = 0;
let address;

const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');
/** How the map is drawn on a desktop page: whole, between the bars and the panel. */
function whole() {
  const [corner, cell] = [onPage(size, 0, 0), onPage(size, 1, 0)];
  return { scale: cell.x - corner.x, ...corner };
}

/** Whole, before the page knows its panels. */
function wholeAlone() {
  const { width, height } = desktop.viewport;
  const scale = Math.min((width / size[0]) * 0.94, (height / size[1]) * 0.94, 120);
  return { scale, x: (width - size[0] * scale) / 2, y: (height - size[1] * scale) / 2 };
}

/** Films until something was seen of the map, and some pictures more; says what was shown that was not told. */
async function filmed(page, what, pictures = 20) {
  await until(`${what} is on film`, () => page.evaluate((count) => film.frames >= count && film.litPixels > 500, pictures));
  const { worst, worstPicture } = await page.evaluate(async () => ({ worst: film.worst, worstPicture: await film.worstPicture }));
  if (worstPicture) await writeFile(`${out}flash-${what.replaceAll(' ', '-')}.png`, Buffer.from(worstPicture, 'base64'));
  return worst;
}

async function night(ambience) {
  await master.page.getByRole('tab', { name: 'Scenes' }).click();
  await master.page.getByRole('button', { name: ambience, exact: true }).click();
}

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desktop);
  ada = await person(browser, desktop);
  await ada.page.addInitScript(film, { late: 0 });
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  await knock(ada.page, server.invite, 'Ada');
  await master.page.getByRole('button', { name: 'Admit', exact: true }).first().click();
  await chat(ada.page).waitFor();
  tavern = await painted(master.page, 'orb-tavern-4.dd2vtt');
  size = [tavern.map.resolution.map_size.x, tavern.map.resolution.map_size.y];
  await (await drop(master.page, tavern.file))();
  await master.page.getByRole('dialog', { name: /is ready/ }).getByRole('button', { name: 'Look at it' }).click();
  await until('the tavern is in view', () => told(master, 'scene').at(-1)?.name === 'orb-tavern-4');
  const at = onPage(size, 15.5, 20.5);
  await map(master).focus();
  await master.page.mouse.move(at.x, at.y);
  await master.page.keyboard.press('Shift+N');
  const dialog = master.page.getByRole('dialog', { name: 'New token' });
  await dialog.getByLabel('Name', { exact: true }).fill('Ash');
  await dialog.getByLabel('Ada').check();
  await dialog.getByRole('button', { name: 'Torch' }).click();
  await dialog.getByRole('button', { name: 'Place it' }).click();
  await until('Ash stands', () => told(master, 'tokens').some((token) => token.name === 'Ash'));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('nothing flashes up when the players come to a scene', async () => {
  await ada.page.evaluate((transform) => (film.allow(transform), film.cut()), whole());
  arrival = ada.heard.frames.length;
  await master.page.getByRole('tab', { name: 'Scenes' }).click();
  await master.page.getByRole('button', { name: 'Bring players here' }).first().click();
  assert.equal(await filmed(ada.page, 'coming'), 0);
});

test('nothing flashes up when a door opens', async () => {
  const door = await until('a door is in sight', () => told(ada, 'portals', arrival).find((portal) => portal.kind === 'door'));
  assert.ok(tavern.map.portals.some(({ position }) => Math.abs(inScene(tavern.map, position)[0] - (door.a[0] + door.b[0]) / 512) < 0.3));
  const at = onPage(size, (door.a[0] + door.b[0]) / 512, (door.a[1] + door.b[1]) / 512);
  await ada.page.evaluate(() => film.cut());
  await ada.page.mouse.click(at.x, at.y);
  await until('it opens', () => told(ada, 'portals').at(-1).state === 'open');
  assert.equal(await filmed(ada.page, 'a door'), 0);
});

test('nothing flashes up when night falls', async () => {
  await ada.page.evaluate(() => film.cut());
  await night('Night');
  await until('it is dark', () => told(ada, 'scene').at(-1).ambience === 'dark');
  await until('the torch shines', () => told(ada, 'lit').length > 0);
  assert.equal(await filmed(ada.page, 'nightfall'), 0);
});

test('nothing flashes up when a character is put elsewhere', async () => {
  await ada.page.evaluate(() => film.cut());
  const [from, to] = [onPage(size, 15.5, 20.5), onPage(size, 11.5, 4.5)];
  await master.page.mouse.move(from.x, from.y);
  await master.page.mouse.down();
  await master.page.mouse.move(from.x, from.y - 60, { steps: 3 });
  await master.page.mouse.move(to.x, to.y, { steps: 4 });
  const mark = ada.heard.frames.length;
  await master.page.mouse.up();
  await until('Ada sees another room', () => told(ada, 'explored', mark).length > 0);
  assert.equal(await filmed(ada.page, 'another room'), 0);
});

test('nothing flashes up while the map is zoomed', async () => {
  const from = whole();
  const factor = Math.exp(240 * 0.0016);
  const at = onPage(size, 11.5, 4.5);
  const near = { scale: from.scale * factor, x: at.x - (at.x - from.x) * factor, y: at.y - (at.y - from.y) * factor };
  await ada.page.evaluate((transforms) => (film.allow(...transforms), film.cut()), [from, near]);
  await ada.page.mouse.move(at.x, at.y);
  await ada.page.mouse.wheel(0, -240);
  assert.equal(await filmed(ada.page, 'zooming'), 0);
  await ada.page.evaluate((transform) => (film.allow(transform), film.cut()), near);
  assert.equal(await filmed(ada.page, 'zoomed'), 0);
});

for (const [words, late] of [['in time', 0], ['late', 20]]) {
  test(`a page that loads with its light ${words} ${late > 0 ? 'is caught by this film' : 'shows nothing hidden'}`, async () => {
    // One film at a time: they share a processor.
    if (!address) [address] = [ada.page.url(), await ada.page.goto('about:blank')];
    const page = await ada.profile.newPage();
    await page.addInitScript(film, { late });
    await page.addInitScript((transforms) => film.allow(...transforms), [whole(), wholeAlone()]);
    await page.goto(address);
    const worst = await filmed(page, `loading ${words}`, 30);
    if (late > 0) assert.ok(worst > 1_000, `only ${worst} pixels too many were seen`);
    else assert.equal(worst, 0);
    await page.close();
  });
}

test('nobody’s page complained', () => {
  for (const [name, who] of Object.entries({ master, ada })) assert.deepEqual(who.complaints, [], name);
});
