// Hands on the table: tokens, undo, walls, measuring, hiding, a lost network, a phone, the dark.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { desktop, drag, knock, map, onPage, openBrowser, person, phone, told, until } from './people.mjs';
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
const named = (who, name) => told(who, 'tokens').findLast((token) => token.name === name);
const status = (who, text) => who.page.getByRole('status').getByText(text);

async function admit(who, name, hero) {
  await knock(who.page, who === bo ? server.networkInvite : server.invite, name);
  await master.page.getByText(`${name} knocks`).first().waitFor();
  await master.page.getByRole('button', { name: 'Admit as' }).first().click();
  await master.page.getByRole('dialog').getByRole('button', { name: hero }).click();
  await until(`${name} has a view`, () => told(who, 'scene').length > 0);
}

/** Where a token stands, in cells, by what somebody was told. */
function standing(who, token) {
  let place = null;
  for (const text of who.heard.frames) {
    const frame = JSON.parse(text);
    if (frame.type !== 'update') continue;
    for (const one of frame.tokens ?? []) if (one.token === token) place = one.at;
    for (const one of frame.moves ?? []) if (one.token === token) place = one.path.at(-1);
    if (frame.gone?.includes(token)) place = null;
  }
  return place && [place[0] / 256, place[1] / 256];
}

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desktop);
  ada = await person(browser, desktop);
  bo = await person(browser, phone);
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  await admit(ada, 'Ada', 'Maren');
  await admit(bo, 'Bo', 'Tobin Reed');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('walls stop a player’s token, and the player takes the move back', async () => {
  const maren = named(ada, 'Maren').token;
  assert.deepEqual(standing(ada, maren), [5.5, 14.5]);
  // Straight north through the tavern's wall.
  await drag(ada, at(5.5, 14.5), at(5.5, 8.5));
  await until('Maren moved', () => standing(ada, maren)?.[1] !== 14.5);
  assert.ok(standing(ada, maren)[1] > 12, `she came to stand at ${standing(ada, maren)}, before the wall`);
  await ada.page.keyboard.press('Control+z');
  await until('she is back', () => standing(ada, maren)?.[1] === 14.5);
  await ada.page.keyboard.press('Control+y');
  await until('and there again', () => standing(ada, maren)?.[1] !== 14.5);
  await ada.page.keyboard.press('Control+z');
  await until('and back again', () => standing(ada, maren)?.[1] === 14.5);
});

test('the game master selects with a box, moves, copies, deletes and undoes', async () => {
  await map(master).focus();
  await drag(master, at(4.6, 12.6), at(8.4, 15.4));
  await status(master, '2 tokens selected').waitFor({ state: 'attached' });
  const [maren, tobin] = [named(master, 'Maren').token, named(master, 'Tobin Reed').token];
  const before = [standing(master, maren), standing(master, tobin)];
  await master.page.keyboard.press('ArrowRight');
  await until('both moved', () => standing(master, maren)[0] === before[0][0] + 1 && standing(master, tobin)[0] === before[1][0] + 1);
  await until('Ada saw it', () => standing(ada, named(ada, 'Maren').token)[0] === before[0][0] + 1);
  await master.page.keyboard.press('Control+z');
  await until('both are back', () => standing(master, maren)[0] === before[0][0] && standing(master, tobin)[0] === before[1][0]);
  const count = told(master, 'tokens').length;
  await master.page.keyboard.press('Control+d');
  await until('two copies', () => told(master, 'tokens').length >= count + 2);
  const copies = told(master, 'tokens').slice(-2).map((token) => token.token);
  await status(master, '2 tokens selected').waitFor({ state: 'attached' });
  await master.page.keyboard.press('Delete');
  await until('the copies are gone', () => copies.every((copy) => told(master, 'gone').includes(copy)));
  await master.page.getByText('2 tokens deleted.').waitFor();
  await master.page.keyboard.press('Escape');
});

test('a hidden token is gone from the player’s stream, name and all', async () => {
  await map(master).focus();
  await master.page.mouse.move(at(15.5, 15.5).x, at(15.5, 15.5).y);
  await master.page.keyboard.press('Shift+N');
  const dialog = master.page.getByRole('dialog', { name: 'New token' });
  await dialog.getByLabel('Name', { exact: true }).fill('Gnasher');
  await dialog.getByRole('button', { name: 'Place it' }).click();
  const goblin = await until('the goblin is there', () => named(master, 'Gnasher'));
  const [x, y] = standing(master, goblin.token);
  await drag(master, at(x, y), at(9.5, 15.5));
  const seen = await until('Ada sees it', () => named(ada, 'Gnasher'));
  await until('where it was put', () => standing(ada, seen.token)?.[0] === 9.5);
  await master.page.mouse.click(at(9.5, 15.5).x, at(9.5, 15.5).y, { button: 'right' });
  await picture(master, 'ring');
  await master.page.getByRole('menuitem', { name: 'Hide' }).click();
  await until('Ada no longer sees it', () => told(ada, 'gone').includes(seen.token));
  const mark = ada.heard.frames.length;
  await drag(master, at(9.5, 15.5), at(10.5, 15.5));
  await until('it moved', () => standing(master, goblin.token)[0] === 10.5);
  await chat(master.page).fill('ready?');
  await chat(master.page).press('Enter');
  await ada.page.getByText('ready?').waitFor();
  const since = ada.heard.frames.slice(mark).join('\n');
  assert.ok(!since.includes('Gnasher') && !since.includes('"moves"') && !since.includes('"drag"'), 'not a word of it');
});

test('the game master draws a wall and a door, and takes them back by hand', async () => {
  await map(master).focus();
  const walls = told(master, 'walls').length;
  await master.page.keyboard.press('b');
  for (const [x, y] of [[18, 14], [20, 14], [20, 16]]) await master.page.mouse.click(at(x, y).x, at(x, y).y);
  await master.page.keyboard.press('Escape');
  await until('two walls', () => told(master, 'walls').length === walls + 2);
  await master.page.keyboard.press('o');
  for (const [x, y] of [[18, 14], [18, 16]]) await master.page.mouse.click(at(x, y).x, at(x, y).y);
  await until('a door', () => told(master, 'portals').at(-1).kind === 'door' && told(master, 'portals').at(-1).a[0] === 18 * 256);
  await picture(master, 'walls');
  await master.page.keyboard.press('Escape');
  await master.page.keyboard.press('v');
  assert.deepEqual(told(ada, 'walls'), [], 'walls are not for players');
});

test('in a pause players stay where they are until the game master goes on', async () => {
  // The first of that name: copies came and went.
  const maren = told(master, 'tokens').find((token) => token.name === 'Maren').token;
  const before = standing(master, maren);
  await map(master).focus();
  await master.page.keyboard.press('Shift+P');
  for (const who of [ada, bo]) await who.page.getByText('The game is paused').waitFor();
  await ada.page.mouse.click(at(...before).x, at(...before).y);
  await ada.page.keyboard.press('ArrowRight');
  await until('she is told why', () => ada.heard.frames.some((text) => text.includes('"code":"paused"')));
  await picture(ada, 'pause-player');
  await picture(master, 'pause');
  await picture(bo, 'phone-pause');
  assert.deepEqual(standing(master, maren), before);
  await master.page.getByRole('button', { name: 'Go on' }).click();
  await until('the game goes on', () => told(ada, 'table').at(-1).paused === false);
});

test('a ruler and a ping are seen by the others', async () => {
  await map(ada).focus();
  await ada.page.keyboard.press('m');
  await drag(ada, at(6.5, 15.5), at(12.5, 15.5), { release: false });
  await picture(ada, 'ruler');
  await until('the master sees the ruler', () => master.heard.frames.some((text) => text.includes('"type":"ruler"')));
  await ada.page.mouse.up();
  await ada.page.keyboard.press('p');
  await ada.page.mouse.click(at(8.5, 15.5).x, at(8.5, 15.5).y);
  await until('and the ping', () => master.heard.frames.some((text) => text.includes('"type":"ping"')));
  await ada.page.keyboard.press('v');
});

test('a target is marked for all who see it', async () => {
  const aims = (who, name) => named(who, name)?.targeted_by?.length ?? 0;
  const tobin = standing(master, told(master, 'tokens').find((token) => token.name === 'Tobin Reed').token);
  await ada.page.mouse.move(at(...tobin).x, at(...tobin).y);
  await ada.page.keyboard.press('t');
  await until('both are told', () => aims(ada, 'Tobin Reed') === 1 && aims(bo, 'Tobin Reed') === 1);
  await ada.page.getByRole('status').getByText('Target: Tobin Reed').waitFor({ state: 'attached' });
  await map(master).focus();
  await master.page.mouse.move(at(...tobin).x, at(...tobin).y);
  await master.page.keyboard.press('t');
  await until('two aim at him', () => aims(bo, 'Tobin Reed') === 2);
  await picture(ada, 'target');
  await picture(bo, 'phone-target');
  await ada.page.keyboard.press('t');
  await master.page.keyboard.press('t');
  await until('nobody does', () => aims(bo, 'Tobin Reed') === 0);
});

test('whoever loses the network is back in the same seat two seconds after it returns', async () => {
  const seats = told(master, 'seats').filter((seat) => seat.name === 'Maren').length;
  await ada.profile.setOffline(true);
  await ada.page.evaluate(() => dispatchEvent(new Event('offline')));
  await server.cut();
  await ada.page.getByText(/offline|Reconnecting/).first().waitFor();
  await picture(ada, 'offline');
  const mark = ada.heard.frames.length;
  await ada.profile.setOffline(false);
  const began = Date.now();
  await until('a fresh view', () => ada.heard.frames.slice(mark).some((text) => text.includes('"fresh":true')));
  const took = Date.now() - began;
  assert.ok(took < 2_000, `it took ${took} ms`);
  await ada.page.getByText(/offline|Reconnecting/).first().waitFor({ state: 'detached' });
  const maren = new Set(told(master, 'seats').filter((seat) => seat.name === 'Maren').map((seat) => seat.seat));
  assert.equal(maren.size, 1, 'no second seat');
  assert.ok(told(master, 'seats').length >= seats);
});

test('a second tab is the same seat', async () => {
  const second = await ada.profile.newPage();
  await second.goto(ada.page.url());
  await chat(second).waitFor();
  await chat(second).fill('from the other tab');
  await chat(second).press('Enter');
  await ada.page.getByText('from the other tab').waitFor();
  await second.close();
});

test('on a phone a finger moves the token, two zoom, and a long press opens the menu', async () => {
  const touch = await bo.profile.newCDPSession(bo.page);
  const fingers = (type, points) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  // A phone begins at one's own token: the whole map would show it too small to be hit.
  await picture(bo, 'phone-table');
  await bo.page.getByRole('button', { name: 'Show the whole map' }).tap();
  // The map is as wide as the page: 94 % of 390 pixels for 26 cells.
  const scale = (390 / 26) * 0.94;
  const onPhone = (x, y) => [195 + (x - 13) * scale, (64 + 844 - 140) / 2 + (y - 9) * scale];
  const tobin = told(bo, 'tokens').find((token) => token.name === 'Tobin Reed').token;
  const [x, y] = standing(bo, tobin);
  const from = onPhone(x, y);
  await fingers('touchStart', [from]);
  await bo.page.getByRole('menuitem', { name: 'Turn right' }).waitFor();
  await fingers('touchEnd', []);
  await picture(bo, 'phone-ring');
  await bo.page.getByRole('menuitem', { name: 'Turn right' }).waitFor();
  await bo.page.keyboard.press('Escape');
  await bo.page.getByRole('menu').waitFor({ state: 'detached' });
  const to = onPhone(x + 2, y);
  await fingers('touchStart', [from]);
  for (const share of [0.3, 0.6, 1]) await fingers('touchMove', [[from[0] + (to[0] - from[0]) * share, from[1]]]);
  await picture(bo, 'phone-drag');
  await fingers('touchEnd', []);
  await until('Tobin walked', () => standing(bo, tobin)[0] === x + 2);
  const middle = [195, 384];
  await fingers('touchStart', [[middle[0] - 40, middle[1]], [middle[0] + 40, middle[1]]]);
  for (const spread of [60, 90, 130]) await fingers('touchMove', [[middle[0] - spread, middle[1]], [middle[0] + spread, middle[1]]]);
  await fingers('touchEnd', []);
  await bo.page.waitForTimeout(700);
  await picture(bo, 'phone-zoomed');
  assert.equal(await bo.page.evaluate(() => visualViewport.scale), 1, 'the page itself does not zoom');
});

test('the keyboard has a list of its keys, and the dark has its colours', async () => {
  await map(master).focus();
  await master.page.keyboard.press('?');
  await master.page.getByRole('dialog', { name: 'Keyboard and mouse' }).waitFor();
  await picture(master, 'help');
  await master.page.keyboard.press('Escape');
  await master.page.getByRole('dialog').waitFor({ state: 'detached' });
  await master.page.emulateMedia({ colorScheme: 'dark' });
  await picture(master, 'dark');
  await bo.page.emulateMedia({ colorScheme: 'dark' });
  await picture(bo, 'phone-dark');
});

/** How often a page asks for a picture while the browser could show thirty; `doing` may happen meanwhile. */
const pictures = (who, doing = () => {}) =>
  Promise.all([
    who.page.evaluate(async () => {
      const real = window.requestAnimationFrame;
      let asked = 0;
      window.requestAnimationFrame = (draw) => {
        asked += 1;
        return real(draw);
      };
      for (let shown = 0; shown < 30; shown += 1) await new Promise((next) => real(next));
      window.requestAnimationFrame = real;
      return asked;
    }),
    doing(),
  ]).then(([asked]) => asked);

test('a table on which nothing happens draws nothing', async () => {
  for (const who of [master, ada, bo]) await until('the page rests', async () => (await pictures(who)) === 0);
  await map(ada).focus();
  assert.ok((await pictures(ada, () => ada.page.keyboard.press('+'))) > 0, 'what is drawn is noticed');
});

test('nobody’s page complained', () => {
  // A cut connection is logged by the browser.
  const expected = (line) => /WebSocket|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION/.test(line);
  for (const [name, who] of Object.entries({ master, ada, bo })) assert.deepEqual(who.complaints.filter((line) => !expected(line)), [], name);
});
