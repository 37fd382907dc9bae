// A game master and two players in three browsers, on the sample table.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { desktop, knock, openBrowser, person, phone } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
let server;
let browser;
let master;
let ada;
let bo;

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desktop);
  ada = await person(browser, desktop);
  bo = await person(browser, phone);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });
const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');

async function say(page, line) {
  await chat(page).fill(line);
  await chat(page).press('Enter');
}

test('the game master opens the table with the one-time link', async () => {
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  assert.match(master.page.url(), /\/table\/[0-9a-f]{32}$/, 'the code is gone from the address bar');
});

test('a player knocks and is admitted as one of the heroes', async () => {
  await knock(ada.page, server.invite, 'Ada');
  await master.page.getByText('Ada knocks').first().waitFor();
  await picture(master, 'knock');
  await picture(ada, 'waiting');
  const size = master.page.viewportSize();
  await master.page.setViewportSize({ width: 390, height: 844 });
  await picture(master, 'knock-phone');
  await master.page.setViewportSize(size);
  await master.page.getByRole('button', { name: 'Admit as' }).first().click();
  await master.page.getByRole('dialog').getByRole('button', { name: 'Maren' }).click();
  await chat(ada.page).waitFor();
});

test('a second player joins on a phone over the network address', async () => {
  await knock(bo.page, server.networkInvite, 'Bo');
  await master.page.getByText('Bo knocks').first().waitFor();
  await picture(bo, 'waiting-phone');
  await master.page.getByRole('button', { name: 'Admit', exact: true }).first().click();
  await bo.page.getByText('The Lantern at the Ford').first().waitFor();
  await picture(bo, 'phone');
});

test('chat and dice reach those they are for', async () => {
  await say(ada.page, 'Is anybody in there?');
  await master.page.getByText('Is anybody in there?').waitFor();
  await say(ada.page, '/r 2d20kh+5 # listening at the door');
  await master.page.getByText('listening at the door').first().waitFor();
  await say(master.page, '/w Maren You hear claws on stone.');
  await ada.page.getByText('You hear claws on stone.').waitFor();
  await say(ada.page, '/blindroll 1d20');
  await say(ada.page, 'done');
  await master.page.getByText('done', { exact: true }).waitFor();
  assert.equal(await bo.page.getByText('You hear claws on stone.').count(), 0, 'a whisper is for its hearer');
  await picture(ada, 'player');
  // The picture in README.md is this one: UPDATE_PICTURE=1 make e2e.
  if (process.env.UPDATE_PICTURE) {
    await ada.page.getByText('done', { exact: true }).waitFor();
    await ada.page.screenshot({ path: new URL('../docs/table.jpg', import.meta.url).pathname, type: 'jpeg', quality: 82 });
  }
  await picture(master, 'table');
});

/** Where a place of the map is on a page of 1440 × 900, the whole map being in view. */
const onPage = (x, y) => ({ x: 104.5 + x * 35.05, y: 134.5 + y * 35.05 });

test('a player drags a token and the game master finds it there', async () => {
  const from = onPage(5.5, 14.5);
  const to = onPage(10.5, 13.5);
  await ada.page.mouse.move(from.x, from.y);
  await ada.page.mouse.down();
  await ada.page.mouse.move(from.x + 60, from.y, { steps: 3 });
  await ada.page.mouse.move(to.x, to.y, { steps: 5 });
  await picture(ada, 'drag');
  await ada.page.mouse.up();
  const standing = (who) => who.page.getByRole('status').getByText('Maren, column 11, row 14');
  await standing(ada).waitFor({ state: 'attached' });
  // Where it stands on the game master's map: a click there selects it.
  await master.page.mouse.click(to.x, to.y);
  await standing(master).waitFor({ state: 'attached' });
});

test('a reload brings a player back to the same seat', async () => {
  await ada.page.reload();
  await chat(ada.page).waitFor();
  await ada.page.getByText('Is anybody in there?').waitFor();
  await say(ada.page, 'back again');
  await master.page.getByText('back again').waitFor();
});

test('marks become elements, and nothing else does', async () => {
  const words = (text) => master.page.getByRole('log').locator('.words', { hasText: text }).last();
  await say(ada.page, 'a **bold** <b>claim</b>, [well](https://a.example/x)\n![p](https://b.example/p.png) 2 * 3 * 4');
  const claim = words('claim');
  await claim.waitFor();
  assert.equal(await claim.locator('strong').textContent(), 'bold');
  assert.equal(await claim.locator('b, img').count(), 0);
  assert.match(await claim.textContent(), /a bold <b>claim<\/b>, well.*!\[p\]\(https:\/\/b\.example\/p\.png\) 2 \* 3 \* 4/s);
  const link = claim.getByRole('link', { name: 'well' });
  const attributes = await Promise.all(['href', 'title', 'target', 'rel'].map((name) => link.getAttribute(name)));
  assert.deepEqual(attributes, ['https://a.example/x', 'https://a.example/x', '_blank', 'noopener noreferrer nofollow']);
  await say(ada.page, '[press](javascript:alert(1)) here');
  await words('press').waitFor();
  assert.equal(await words('press').textContent(), '[press](javascript:alert(1)) here');
  assert.equal(await words('press').getByRole('link').count(), 0);
  await say(ada.page, '**You deal [[1d6]] damage** now');
  await words('You deal').waitFor();
  assert.deepEqual(await words('You deal').locator('strong').allTextContents(), ['You deal ', ' damage']);
  await chat(ada.page).fill('loud');
  await chat(ada.page).selectText();
  await chat(ada.page).press('Control+b');
  assert.equal(await chat(ada.page).inputValue(), '**loud**');
  await chat(ada.page).press('Control+b');
  assert.equal(await chat(ada.page).inputValue(), 'loud');
  await chat(ada.page).fill('');
});

test('nobody’s page complained', () => {
  // Chromium logs its own driver's notices as warnings; errors are ours.
  for (const [name, who] of Object.entries({ master, ada, bo })) assert.deepEqual(who.complaints, [], name);
});
