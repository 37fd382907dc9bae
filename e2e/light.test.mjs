// The game master's hands for light: the time of day, lights on the map, torches and senses; at a desk and on a phone.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { inspect } from './looks.mjs';
import { desktop, knock, map, onPage, openBrowser, person, phone, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
/** The sample map, in cells. */
const size = [26, 18];
let server;
let browser;
let master;
let ada;

const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });
const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');
const at = (x, y) => onPage(size, x, y);
const panel = (who) => who.page.getByRole('region', { name: 'Light' });
const newest = (who) => told(who, 'lights').at(-1);

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desktop);
  ada = await person(browser, desktop);
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  await knock(ada.page, server.invite, 'Ada');
  await master.page.getByRole('button', { name: 'Admit as' }).first().click();
  await master.page.getByRole('dialog').getByRole('button', { name: 'Maren' }).click();
  await until('Ada has a view', () => told(ada, 'scene').length > 0);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('night falls for the players, and only what is lit is seen', async () => {
  await master.page.getByRole('tab', { name: 'Scenes' }).click();
  await master.page.getByLabel('Time of day').fill('0');
  await until('it is night for Ada', () => told(ada, 'scene').at(-1).ambience === 'dark');
  assert.equal(told(ada, 'sight').at(-1).polygon.length, 0, 'no line of sight is told in the dark');
  await until('the game master is told where light falls', () => told(master, 'lit').at(-1)?.dim.length > 0);
  await picture(master, 'light-night');
  await map(master).focus();
  await master.page.keyboard.press('Shift+L');
  assert.equal(await master.page.getByRole('switch', { name: 'Show me the darkness' }).isChecked(), false);
  await master.page.keyboard.press('Shift+L');
});

test('a light is placed, chosen, resized, moved, put out and deleted', async () => {
  await map(master).focus();
  await master.page.keyboard.press('l');
  const count = told(master, 'lights').length;
  await panel(master).getByRole('button', { name: 'Candle' }).click();
  await master.page.mouse.click(at(8, 15).x, at(8, 15).y);
  await until('a candle stands there', () => told(master, 'lights').length > count && newest(master).at[0] === 8 * 256 && newest(master).glow.dim === 512);
  await until('Ada sees its glow', () => told(ada, 'lights').some((light) => light.at[0] === 8 * 256));
  await panel(master).getByRole('heading', { name: 'This light' }).waitFor();
  await inspect(master.page, 'the panel of a light');
  const drag = async (from, to) => {
    await master.page.mouse.move(from.x, from.y);
    await master.page.mouse.down();
    await master.page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 3 });
    await master.page.mouse.move(to.x, to.y, { steps: 3 });
    await master.page.mouse.up();
  };
  await drag(at(10, 15), at(13, 15));
  await until('it shines farther', () => newest(master).glow.dim === 5 * 256);
  await picture(master, 'light-tool');
  await drag(at(8, 15), at(9, 14));
  await until('it stands elsewhere', () => newest(master).at[0] === 9 * 256 && newest(master).at[1] === 14 * 256);
  const { light } = newest(master);
  await panel(master).getByLabel(/^Dim/).fill('20');
  await panel(master).getByLabel(/^Dim/).press('Enter');
  await until('twenty feet are four cells', () => newest(master).glow.dim === 4 * 256);
  const mark = ada.heard.frames.length;
  await panel(master).getByRole('button', { name: 'Put it out' }).click();
  await until('it is out', () => newest(master).on === false);
  await until('Ada no longer knows of it', () => told(ada, 'gone', mark).length > 0);
  await map(master).focus();
  await master.page.keyboard.press('Delete');
  await until('it is gone', () => told(master, 'gone').includes(light));
  await master.page.keyboard.press('v');
});

test('a hero is given a torch and darkvision', async () => {
  const maren = told(master, 'tokens').findLast((token) => token.name === 'Maren').token;
  await map(master).focus();
  await master.page.mouse.dblclick(at(5.5, 14.5).x, at(5.5, 14.5).y);
  const dialog = master.page.getByRole('dialog', { name: 'Maren' });
  await dialog.getByRole('button', { name: 'Torch' }).click();
  await dialog.getByLabel(/^Darkvision/).fill('60');
  await inspect(master.page, 'a token with a torch');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await until('she has both', () => {
    const token = told(master, 'tokens').findLast((one) => one.token === maren);
    return token.emission?.dim === 8 * 256 && token.senses?.darkvision === 12 * 256;
  });
  await until('Ada sees by them', () => told(ada, 'lit').length > 0 && (told(ada, 'sight').at(-1).dark_sight ?? []).length > 0);
  await ada.page.waitForTimeout(600);
  await picture(ada, 'light-torch');
});

test('nobody’s page complained', () => {
  for (const [name, who] of Object.entries({ master, ada })) assert.deepEqual(who.complaints, [], name);
});

test('on a phone the hands for light are made for fingers', async () => {
  const other = await startServer();
  try {
    const pocket = await person(browser, phone);
    await pocket.page.goto(other.master);
    await until('a scene is in view', () => told(pocket, 'scene').length > 0);
    await pocket.page.getByRole('button', { name: 'Lights', exact: true }).tap();
    await panel(pocket).waitFor();
    await inspect(pocket.page, 'the light tool', { isTouch: true });
    await picture(pocket, 'light-phone');
    await pocket.page.getByRole('tab', { name: 'Scenes' }).tap();
    await pocket.page.getByLabel('Time of day').waitFor();
    await pocket.page.getByRole('button', { name: 'Dusk' }).tap();
    await until('it is dusk', () => told(pocket, 'scene').at(-1).ambience === 'dim');
    await inspect(pocket.page, 'the time of day', { isTouch: true });
    await picture(pocket, 'light-phone-dusk');
    assert.deepEqual(pocket.complaints, []);
  } finally {
    await other.stop();
  }
});
