// One's tables in a real browser: made, shared, deleted and brought back.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { inspect } from './looks.mjs';
import { desktop, knock, openBrowser, person, phone, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
const password = 'violin tugboat anchovy';
let browser, server, home, ada;

before(async () => {
  await mkdir(out, { recursive: true });
  [browser, server] = await Promise.all([openBrowser(), startServer({ args: ['--registration', 'open'] })]);
  home = new URL('/', server.master).href;
  ada = await person(browser, desktop);
  await ada.page.goto(new URL('/register', home).href);
  await ada.page.getByLabel('Name to sign in with').fill('ada');
  await ada.page.getByLabel('Password', { exact: true }).fill(password);
  await ada.page.getByRole('button', { name: 'Create account' }).click();
  await ada.page.getByText('You sign in as ada').waitFor();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const tableOf = (name) => ada.page.getByRole('link', { name: `Open ${name}` });
const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });

test('a table is made, and players come to it by its invite', async () => {
  const { page } = ada;
  await page.goto(home);
  await page.getByText('There is none here.').waitFor();
  await inspect(page, 'no table of one\'s own');
  await picture(ada, 'home-none');
  await page.getByRole('button', { name: 'New table' }).click();
  await page.getByLabel('What is it called?').fill('The Salt Road');
  await inspect(page, 'a new table');
  await picture(ada, 'home-new');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  await page.getByRole('tab', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Show link and code' }).click();
  const invite = await page.getByRole('textbox', { name: 'Invite link' }).inputValue();
  const bo = await person(browser, phone);
  await knock(bo.page, invite, 'Bo');
  await page.getByRole('button', { name: 'Admit' }).first().click();
  await until('Bo sits', () => told(bo, 'me').length > 0);
  await bo.page.goto(home);
  await bo.page.getByRole('link', { name: 'Open The Salt Road' }).waitFor();
  assert.equal(await bo.page.getByRole('button', { name: 'New table' }).count(), 0, 'a guest makes none');
  assert.equal(await bo.page.getByRole('button', { name: 'More for The Salt Road' }).count(), 0, 'nor deletes one');
  const before = told(bo, 'me').length;
  await bo.page.getByRole('link', { name: 'Open The Salt Road' }).tap();
  await until('Bo sits again', () => told(bo, 'me').length > before);
  ada.bo = bo;
});

test('a table is deleted for everybody, and comes back', async () => {
  const { page } = ada;
  await page.goto(home);
  await tableOf('The Salt Road').waitFor();
  await inspect(page, 'one\'s tables');
  // Whoever signed in a while ago says who they are once more.
  let isAsked = false;
  await page.route('**/delete', async (route) => {
    if (isAsked) return route.continue();
    isAsked = true;
    const problem = { type: '/problems/confirm-first', title: 'Confirm that it is you', status: 403, detail: 'Sign in again.' };
    return route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) });
  });
  await page.getByRole('button', { name: 'More for The Salt Road' }).click();
  await picture(ada, 'home-tables');
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Everybody at the table leaves at once.').waitFor();
  await inspect(page, 'whether to delete a table');
  await picture(ada, 'home-delete');
  await dialog.getByRole('button', { name: 'Delete the table' }).click();
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The Salt Road was deleted.').waitFor();
  assert.equal(await tableOf('The Salt Road').count(), 0);
  await page.getByText('Gone for good in').waitFor();
  await inspect(page, 'a deleted table');
  await picture(ada, 'home-deleted');
  // Whoever sat there is told, and not left waiting.
  await ada.bo.page.getByText('There is no such table, or you have no seat at it.').waitFor();
  await picture(ada.bo, 'home-deleted-player');

  await page.getByRole('button', { name: 'Bring back The Salt Road' }).click();
  await page.getByText('The Salt Road is back.').waitFor();
  await tableOf('The Salt Road').click();
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
});

test('on a phone it is the same', async () => {
  const phoned = await person(browser, phone);
  await phoned.page.goto(new URL('/sign-in', home).href);
  await phoned.page.getByLabel('Name', { exact: true }).or(phoned.page.getByLabel('Name to sign in with')).fill('ada');
  await phoned.page.getByLabel('Password', { exact: true }).fill(password);
  await phoned.page.getByRole('button', { name: 'Sign in', exact: true }).tap();
  await phoned.page.getByRole('button', { name: 'New table' }).waitFor();
  await inspect(phoned.page, 'tables on a phone', { isTouch: true });
  await phoned.page.getByRole('button', { name: 'More for The Salt Road' }).tap();
  await phoned.page.getByRole('menuitem', { name: 'Delete' }).waitFor();
  await picture(phoned, 'home-phone');
});
