// Fog by hand, and the game master who sees as a player.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { desktop, knock, map, onPage, openBrowser, person, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
/** The sample map, in cells. */
const at = (x, y) => onPage([26, 18], x, y);
let server;
let browser;
let master;
let ada;

const panel = () => master.page.getByRole('region', { name: 'Fog by hand' });
/** What Ada was told that she remembers, from a frame on. */
const explored = (from) => told(ada, 'explored', from);

async function draw(from, to) {
  await master.page.mouse.move(from.x, from.y);
  await master.page.mouse.down();
  await master.page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 3 });
  await master.page.mouse.move(to.x, to.y, { steps: 3 });
  await master.page.mouse.up();
}

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desktop);
  ada = await person(browser, desktop);
  await master.page.goto(server.master);
  await map(master).waitFor();
  await knock(ada.page, server.invite, 'Ada');
  await master.page.getByText('Ada knocks').first().waitFor();
  await master.page.getByRole('button', { name: 'Admit as' }).first().click();
  await master.page.getByRole('dialog').getByRole('button', { name: 'Maren' }).click();
  await until('Ada has a view', () => told(ada, 'explored').length > 0);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a game master hides a part of the map, names it, and takes it back', async () => {
  await map(master).focus();
  await master.page.keyboard.press('f');
  await panel().waitFor();
  await master.page.keyboard.press('t');
  assert.equal(await panel().getByRole('button', { name: 'Hide', exact: true }).getAttribute('aria-pressed'), 'true');
  const before = ada.heard.frames.length;
  // Beside the panel, where Maren stands.
  await draw(at(9, 13.5), at(13, 17));
  await until('Ada forgets what is hidden', () => explored(before).length > 0);
  await master.page.screenshot({ path: `${out}fog-by-hand.png` });
  await ada.page.screenshot({ path: `${out}fog-by-hand-player.png` });
  const hidden = ada.heard.frames.length;
  await master.page.keyboard.press('Control+z');
  await until('and remembers it again', () => explored(hidden).length > 0);

  await panel().getByRole('button', { name: 'Name a new area' }).click();
  await draw(at(12, 3), at(18, 8));
  await master.page.getByRole('dialog').getByLabel('Name').fill('The crypt');
  await master.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  const shown = ada.heard.frames.length;
  await panel().getByLabel('The crypt is').selectOption('revealed');
  await until('Ada remembers the crypt', () => explored(shown).length > 0);
  assert.ok(!ada.heard.frames.some((frame) => frame.includes('crypt')), 'its name is not told');
});

test('fog that is prepared stays private until it is pushed', async () => {
  await panel().getByRole('button', { name: 'Prepare in private' }).click();
  await panel().getByText('You paint in private.').waitFor();
  const before = ada.heard.frames.length;
  await panel().getByRole('button', { name: 'Show', exact: true }).click();
  await draw(at(19, 10), at(24, 16));
  await until('the draft has it', () => told(master, 'fog').some((fog) => fog.draft_revealed !== undefined));
  assert.equal(ada.heard.frames.length, before, 'Ada is told nothing');
  await master.page.keyboard.press('Control+s');
  await until('Ada is shown it all at once', () => explored(before).length > 0);
});

test('a game master sees as a player, and the player hears nothing of it', async () => {
  const before = ada.heard.frames.length;
  await map(master).focus();
  await master.page.keyboard.press('y');
  const mirror = master.page.getByRole('region', { name: 'What a player sees' });
  await mirror.waitFor();
  await until('the view is told', () => master.heard.frames.some((frame) => JSON.parse(frame).type === 'mirrored'));
  await mirror.locator('canvas').waitFor();
  const seen = master.heard.frames.map((frame) => JSON.parse(frame)).find((frame) => frame.type === 'mirrored').update;
  assert.equal(seen.scene.sees_all, false);
  assert.equal(seen.walls, undefined, 'what a player may not know is not there');
  await until('the tiles of it come', () => master.heard.answers.some((answer) => /^200 .*\/maps\//.test(answer)));
  await master.page.screenshot({ path: `${out}see-as-player.png` });
  assert.equal(ada.heard.frames.length, before);
  await mirror.getByRole('button', { name: 'Stop seeing as a player' }).click();
  await mirror.waitFor({ state: 'detached' });
  assert.deepEqual([...master.complaints, ...ada.complaints], []);
});
