// Comfort: what every page must be for everybody, in the light and in the dark, on a desk and in a hand.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { inspect } from './looks.mjs';
import { knock, map, openBrowser, person, phone, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
const desk = { viewport: { width: 1280, height: 800 } };
const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewi';
let server;
let browser;
let master;
let bo;

const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });
const status = (who, text) => who.page.getByRole('status').getByText(text);

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desk);
  bo = await person(browser, phone);
  await master.page.goto(server.master);
  await until('the game master has a scene', () => told(master, 'scene').length > 0);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('the pages before the table', async () => {
  await bo.page.goto(new URL('/', server.invite).href);
  await bo.page.getByRole('heading', { name: 'No table yet on this device' }).waitFor();
  await inspect(bo.page, 'no table yet', { isTouch: true });
  await bo.page.goto(server.invite);
  await bo.page.getByLabel('What shall we call you?').waitFor();
  await bo.page.getByRole('button', { name: 'Sit down' }).tap();
  await inspect(bo.page, 'joining', { isTouch: true });
  await knock(bo.page, server.invite, LONG_NAME);
  await bo.page.getByText('The game master has been told.').waitFor();
  await inspect(bo.page, 'waiting', { isTouch: true });
});

test('the table of a game master, tab by tab, with a long name at the door', async () => {
  for (const name of ['Chat', 'People', 'Scenes', 'Settings']) {
    const tab = master.page.getByRole('tab', { name });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await inspect(master.page, name);
  }
  await master.page.getByRole('tab', { name: 'People' }).click();
  await master.page.getByRole('button', { name: 'Admit as' }).first().click();
  await inspect(master.page, 'who is that?');
  await master.page.getByRole('dialog').getByRole('button', { name: 'Tobin Reed' }).click();
  await until('Bo has a view', () => told(bo, 'scene').length > 0);
});

test('dialogs, menus and tools', async () => {
  await map(master).focus();
  await master.page.keyboard.press('?');
  await inspect(master.page, 'the list of keys');
  await picture(master, 'comfort-keys');
  await master.page.keyboard.press('Escape');
  await master.page.keyboard.press('Shift+N');
  await inspect(master.page, 'a new token');
  await master.page.keyboard.press('Escape');
  await master.page.keyboard.press('o');
  await master.page.keyboard.press('o');
  assert.equal(await master.page.getByRole('button', { name: 'Secret door', exact: true }).getAttribute('aria-pressed'), 'true', 'again is the next kind');
  await inspect(master.page, 'drawing doors');
  await master.page.keyboard.press('v');
});

test('the keyboard reaches tokens and doors, opens them, and leaves the map again', async () => {
  await map(master).focus();
  await master.page.keyboard.press('Tab');
  await master.page.keyboard.press('ContextMenu');
  await master.page.getByRole('menuitem').first().waitFor();
  await inspect(master.page, 'the ring');
  await master.page.keyboard.press('Escape');
  await master.page.getByRole('menu').waitFor({ state: 'detached' });
  for (let stop = 0; stop < 40 && (await status(master, /^Door, shut/).count()) === 0; stop += 1) await master.page.keyboard.press('Tab');
  await picture(master, 'comfort-door');
  await master.page.keyboard.press('Enter');
  await status(master, /^Door, open/).waitFor({ state: 'attached' });
  await master.page.keyboard.press('Enter');
  await status(master, /^Door, shut/).waitFor({ state: 'attached' });
  const isOnMap = () => map(master).evaluate((element) => element === document.activeElement);
  for (let stop = 0; stop < 40 && (await isOnMap()); stop += 1) await master.page.keyboard.press('Tab');
  assert.equal(await isOnMap(), false, 'the focus is not caught');
});

test('a phone begins at one’s own token, and everything on it is made for fingers', async () => {
  await bo.page.getByRole('button', { name: 'Show the whole map' }).waitFor();
  await picture(bo, 'comfort-phone');
  await inspect(bo.page, 'the map', { isTouch: true });
  for (const name of ['Chat', 'People', 'Settings']) {
    await bo.page.getByRole('tab', { name }).tap();
    await inspect(bo.page, name, { isTouch: true });
  }
  await bo.page.getByRole('button', { name: 'Keyboard shortcuts' }).tap();
  await bo.page.getByRole('dialog', { name: 'Fingers on the map' }).waitFor();
  await inspect(bo.page, 'the list of gestures', { isTouch: true });
});

test('whoever cannot reach the table from the start is told so', async () => {
  const address = bo.page.url();
  await bo.page.route('**/api/**', (route) => route.abort());
  await bo.page.goto(address);
  await bo.page.getByRole('heading', { name: 'The table cannot be reached.' }).waitFor();
  await inspect(bo.page, 'unreachable', { isTouch: true });
  await bo.page.unrouteAll();
  await bo.page.getByRole('tab', { name: 'Chat' }).waitFor();
});
