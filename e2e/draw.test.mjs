// Pens and notes: what players draw everybody sees, what the game master draws is theirs to say; taken back, wiped away.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { desktop, knock, map, onPage, openBrowser, person, phone, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
/** The sample map, in cells. */
const size = [26, 18];
let server;
let browser;
let master;
let ada;
let bo;

const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });
const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');
const at = (x, y) => onPage(size, x, y);

async function key(who, name) {
  await map(who).focus();
  await who.page.keyboard.press(name);
}

async function drag(who, ...way) {
  const [first, ...rest] = way.map(([x, y]) => at(x, y));
  await who.page.mouse.move(first.x, first.y);
  await who.page.mouse.down();
  for (const place of rest) await who.page.mouse.move(place.x, place.y, { steps: 6 });
  await who.page.mouse.up();
}

/** The drawings that somebody has in view now, by what they were told. */
function drawings(who) {
  const held = new Map();
  for (const text of who.heard.frames) {
    const frame = JSON.parse(text);
    if (frame.type !== 'update') continue;
    if (frame.fresh || frame.scene) held.clear();
    for (const handle of frame.gone ?? []) held.delete(handle);
    for (const one of frame.drawings ?? []) held.set(one.drawing, one);
  }
  return [...held.values()];
}
const kinds = (who) => drawings(who).map((drawing) => drawing.shape.kind);

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  [master, ada, bo] = await Promise.all([desktop, desktop, phone].map((device) => person(browser, device)));
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  for (const [who, name, hero] of [[ada, 'Ada', 'Maren'], [bo, 'Bo', 'Tobin Reed']]) {
    await knock(who.page, who === bo ? server.networkInvite : server.invite, name);
    await master.page.getByText(`${name} knocks`).first().waitFor();
    await master.page.getByRole('button', { name: 'Admit as' }).first().click();
    await master.page.getByRole('dialog').getByRole('button', { name: hero }).click();
    await until(`${name} has a view`, () => told(who, 'scene').length > 0);
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a player draws with a free hand and in shapes, and everybody sees it', async () => {
  await key(ada, 'd');
  await drag(ada, [3, 15.2], [5, 14.4], [7, 15.4], [9, 14.6]);
  await ada.page.getByRole('button', { name: 'Circle', exact: true }).click();
  await drag(ada, [15, 14.5], [17, 14.5]);
  await ada.page.getByRole('button', { name: 'Rectangle', exact: true }).click();
  await drag(ada, [19.5, 14], [23, 16.5]);
  await until('all are told', () => [ada, bo, master].every((who) => drawings(who).length === 3));
  assert.deepEqual(kinds(bo), ['line', 'circle', 'rectangle']);
  assert.ok(drawings(ada).every((drawing) => drawing.mine) && drawings(bo).every((drawing) => !drawing.mine));
  const [line] = drawings(ada);
  assert.ok(line.shape.points.length < 40, `a free hand needs few points, not ${line.shape.points.length}`);
  await picture(ada, 'draw-player');
});

test('a note is written, moved and edited', async () => {
  await key(ada, 'n');
  await ada.page.mouse.click(at(11, 16).x, at(11, 16).y);
  const dialog = ada.page.getByRole('dialog', { name: 'New note' });
  await dialog.getByLabel('Words').fill('Tracks of claws,\nthree days old');
  await dialog.getByLabel('Words').press('Control+Enter');
  await until('all read it', () => [bo, master].every((who) => kinds(who).includes('note')));
  await drag(ada, [11, 16], [12, 15.5]);
  const place = () => drawings(bo).find((drawing) => drawing.shape.kind === 'note').shape.at;
  await until('it moves', () => place()[0] === 12 * 256);
  await key(ada, 'v');
  await ada.page.mouse.dblclick(at(12, 15.5).x, at(12, 15.5).y);
  const again = ada.page.getByRole('dialog', { name: 'Note', exact: true });
  await again.getByLabel('Words').fill('Tracks of **claws**');
  await again.getByRole('button', { name: 'Save' }).click();
  await until('the words are others', () => drawings(bo).some((drawing) => drawing.shape.text === 'Tracks of **claws**'));
  assert.match(await bo.page.locator('[id$="-seen"]').textContent(), /Notes: Tracks of claws/, 'the signs of marks are not read');
  await picture(bo, 'note-marked');
});

test('what the game master draws reaches players as the game master says', async () => {
  await key(master, 'd');
  await master.page.getByRole('button', { name: 'Circle', exact: true }).click();
  await master.page.getByRole('button', { name: 'GM only', exact: true }).click();
  const before = drawings(ada).length;
  await drag(master, [6, 15], [7, 15]);
  await until('it is drawn', () => drawings(master).length === before + 1);
  await master.page.getByRole('button', { name: 'Explorers', exact: true }).click();
  // In the dark north, where nobody has been.
  await drag(master, [20, 3], [22, 3]);
  await until('it is drawn', () => drawings(master).length === before + 2);
  assert.equal(drawings(ada).length, before, 'players were told of neither');
  await picture(master, 'draw-master');
  await master.page.mouse.click(at(6.9, 15).x, at(6.9, 15).y, { button: 'right' });
  await master.page.getByRole('menuitem', { name: 'Everyone' }).click();
  await until('players see it', () => drawings(ada).length === before + 1 && drawings(bo).length === before + 1);
  const told = [ada, bo].flatMap((who) => who.heard.frames).filter((text) => text.includes('"middle":[5120,768]'));
  assert.deepEqual(told, [], 'nothing was said of what lies in the dark');
});

test('a drawing is taken back, done again and wiped away', async () => {
  const count = drawings(bo).length;
  await key(ada, 'd');
  await ada.page.getByRole('button', { name: 'Line', exact: true }).click();
  await drag(ada, [3, 16.5], [8, 16.5]);
  await until('it is there', () => drawings(bo).length === count + 1);
  await key(ada, 'Control+z');
  await until('it is gone', () => drawings(bo).length === count);
  await key(ada, 'Control+y');
  await until('it is back', () => drawings(bo).length === count + 1);
  await ada.page.getByRole('button', { name: 'Wipe', exact: true }).click();
  await drag(ada, [5, 16.9], [5, 16.2]);
  await until('it is wiped away', () => drawings(bo).length === count);
  // What others drew is not under one's own hand.
  await drag(ada, [7.2, 15], [6.8, 15]);
  assert.equal(drawings(bo).length, count);
});

test('a finger draws on a phone', async () => {
  const count = drawings(ada).length;
  await bo.page.getByRole('button', { name: 'Draw', exact: true }).tap();
  await picture(bo, 'phone-draw');
  const finger = await bo.profile.newCDPSession(bo.page);
  const touch = (type, points) => finger.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
  await touch('touchStart', [[120, 330]]);
  for (let step = 1; step <= 8; step += 1) await touch('touchMove', [[120 + step * 14, 330 + (step % 3) * 9]]);
  await touch('touchEnd', []);
  await until('Ada sees it', () => drawings(ada).length === count + 1);
  await picture(bo, 'phone-drawn');
});

test('pens that are put away are gone from every hand', async () => {
  await master.page.getByRole('tab', { name: 'Settings' }).click();
  await master.page.getByRole('switch', { name: 'Players may draw and put notes' }).click();
  await ada.page.getByRole('button', { name: 'Draw', exact: true }).waitFor({ state: 'detached' });
  assert.equal(await ada.page.getByRole('region', { name: 'Draw' }).count(), 0);
  const count = drawings(bo).length;
  await key(ada, 'd');
  await drag(ada, [3, 16.5], [8, 16.5]);
  assert.equal(drawings(bo).length, count);
});

test('nobody’s page complained', () => {
  for (const [name, who] of Object.entries({ master, ada, bo })) assert.deepEqual(who.complaints, [], name);
});
