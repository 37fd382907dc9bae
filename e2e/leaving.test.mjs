// What stays in a browser: choices of how the page looks, and after signing out nothing of a table.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, openBrowser, person, until } from './people.mjs';
import { startServer } from './server.mjs';

/** Words of a table that could stay in a page. */
const SECRET = 'the-duke-is-a-lich';

let server;
let browser;
let master;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  master = await person(browser, desktop);
  await master.page.goto(server.master);
  const chat = master.page.getByPlaceholder('Say something, or /r 1d20');
  await chat.fill(SECRET);
  await chat.press('Enter');
  await master.page.getByText(SECRET).first().waitFor();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** All that scripts of the page can find in the browser. */
const kept = async ({ page }) =>
  page.evaluate(async () => ({
    local: Object.entries(localStorage),
    session: Object.entries(sessionStorage),
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    cookies: document.cookie,
  }));

test('the browser keeps choices of how the page looks, and nothing that is secret', async () => {
  await master.page.emulateMedia({ colorScheme: 'dark' });
  const { local, ...others } = await kept(master);
  assert.deepEqual(others, { session: [], databases: 0, caches: 0, cookies: '' });
  for (const [key, value] of local) {
    assert.match(key, /^wardlight\.(theme|name|character-keys)$/);
    assert.ok(value.length <= 60, `${key} is short`);
  }
  // The session is kept where scripts do not reach.
  const [cookie] = await master.profile.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
});

test('who signs out without a connection leaves nothing of the table in the page', async () => {
  const { page, profile } = master;
  const text = () => page.locator('html').evaluate((root) => root.outerHTML);
  assert.ok((await text()).includes(SECRET));
  await profile.setOffline(true);
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await until('the table has left the page', async () => !(await text()).includes(SECRET));
  await page.getByRole('alert').waitFor();
  await profile.setOffline(false);
});
