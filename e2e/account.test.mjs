// An account in a real browser: made by a guest, signed in to with a passkey, a password and codes, and its end.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { desktop, openBrowser, person, phone, until } from './people.mjs';
import { startServer } from './server.mjs';

let browser, server, home, codes;
const password = 'violin tugboat anchovy';

before(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer()]);
  // Browsers keep passkeys for names only.
  home = new URL(server.master).origin.replace('127.0.0.1', 'localhost');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The code of an authenticator app (RFC 6238). */
function codeOf(secret, at = Date.now()) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = digest.at(-1) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A device that makes and keeps passkeys, as a phone with a fingerprint reader does. */
async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true };
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { cdp, authenticatorId };
}

test('a game master gets an account and comes back with a passkey, a code and a recovery code', async () => {
  const gm = await person(browser, desktop);
  const { page } = gm;
  const { cdp, authenticatorId } = await authenticator(page);
  await page.goto(server.master.replace('127.0.0.1', 'localhost'));
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  await page.goto(home);
  await page.getByRole('link', { name: 'Account and devices' }).click();
  await page.getByText('You are a guest').waitFor();
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Name to sign in with').fill('x');
  await page.getByLabel('Password', { exact: true }).fill('password1');
  await page.screenshot({ path: 'out/account-register.png' });
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('It has 3 to 32 letters').waitFor();
  await page.getByLabel('Name to sign in with').fill('maren');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('among the first that others try').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('You sign in as maren').waitFor();

  await page.getByRole('button', { name: 'Add a passkey of this device' }).click();
  await page.getByText('The passkey is added').waitFor();
  assert.equal((await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length, 1);
  await page.getByRole('button', { name: 'Switch on' }).click();
  const dialog = page.getByRole('dialog');
  const secret = await dialog.getByLabel('Or type this secret').inputValue();
  await page.screenshot({ path: 'out/account-factor.png' });
  await dialog.getByLabel('Code of the app').fill('000000');
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  await dialog.getByText('That code is not right').waitFor();
  await dialog.getByLabel('Code of the app').fill(codeOf(secret, Date.now() - 30_000));
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  const shown = page.getByRole('dialog', { name: 'Recovery codes' }).locator('li');
  await shown.first().waitFor();
  codes = await shown.allTextContents();
  assert.equal(codes.length, 10);
  await page.screenshot({ path: 'out/account-codes.png' });
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes left').waitFor();

  // Out, and in again with the passkey alone.
  await page.goto(home);
  await page.getByRole('button', { name: 'Sign out on this device' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
  await page.screenshot({ path: 'out/account-sign-in.png' });
  let answer;
  await page.route('**/session/passkey/finish', async (route) => {
    answer = route.request().postData();
    await route.continue();
  });
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('link', { name: /^Open / }).waitFor();
  await page.unroute('**/session/passkey/finish');

  // The same answer again, and one with another signature: neither signs anybody in.
  const finish = (body) =>
    page.evaluate(async (body) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch('/api/v1/session/passkey/finish', { method: 'POST', headers, body })).status;
    }, body);
  assert.equal(await finish(answer), 400, 'each challenge works once');
  const started = await page.evaluate(async () => (await fetch('/api/v1/session/passkey/start', { method: 'POST' })).json());
  const old = JSON.parse(answer);
  assert.equal(await finish(JSON.stringify({ ...old, challenge: started.challenge })), 401, 'an answer to another challenge');

  // On a phone, with the password and a code.
  const mobile = await person(browser, phone);
  await mobile.page.goto(`${home}/sign-in`);
  await mobile.page.getByLabel('Name to sign in with').fill('Maren');
  await mobile.page.getByLabel('Password', { exact: true }).fill('not her password');
  await mobile.page.getByRole('button', { name: 'Sign in' }).click();
  await mobile.page.getByText('The name or the password is not right.').waitFor();
  await mobile.page.screenshot({ path: 'out/account-sign-in-phone.png' });
  await mobile.page.getByLabel('Password', { exact: true }).fill(password);
  await mobile.page.getByRole('button', { name: 'Sign in' }).click();
  await mobile.page.getByLabel('Code of your authenticator app').fill(codes[0]);
  await mobile.page.getByRole('button', { name: 'Sign in' }).click();
  await mobile.page.getByRole('link', { name: /^Open / }).waitFor();
  await mobile.page.getByRole('link', { name: 'Account and devices' }).click();
  await mobile.page.getByText('9 recovery codes left').waitFor();
  // Here, and where she had signed out. That a password came before its code is no news.
  assert.deepEqual(await mobile.page.getByRole('region', { name: 'Was this you?' }).getByRole('listitem').allInnerTexts().then((items) => items.map((item) => item.split('\n')[0].trim())), Array(2).fill('Signed in with a browser that was not known'));
  await mobile.page.screenshot({ path: 'out/account-phone.png', fullPage: true });

  // The other device is signed out from here, and notices.
  await page.getByRole('link', { name: /^Open / }).click();
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  await mobile.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await mobile.page.getByText('Signed out everywhere else.').waitFor();
  await page.getByText('You are signed out.').waitFor();
  assert.deepEqual(gm.complaints.filter((line) => !/status of 40[013]/.test(line)), []);
  assert.deepEqual(mobile.complaints.filter((line) => !/status of 401/.test(line)), []);
  await gm.profile.close();
  await mobile.profile.close();
});

test('what cannot be undone asks who it is and then goes on, and a deleted account is gone', async () => {
  const her = await person(browser, desktop);
  const { page } = her;
  const signIn = async (place, code) => {
    await place.getByLabel('Password', { exact: true }).fill(password);
    await place.getByRole('button', { name: 'Sign in' }).click();
    await place.getByLabel('Code of your authenticator app').fill(code);
    await place.getByRole('button', { name: 'Sign in' }).click();
  };
  await page.goto(`${home}/sign-in`);
  await page.getByLabel('Name to sign in with').fill('maren');
  await signIn(page, codes[1]);
  await page.getByRole('link', { name: 'Account and devices' }).click();
  // What the server says once five minutes have passed.
  const told = { type: '/problems/confirm-first', title: 'Confirm that it is you', status: 403, detail: 'Sign in again.' };
  const late = { status: 403, contentType: 'application/problem+json', body: JSON.stringify(told) };
  await page.route('**/account/export', (route) => route.fulfill(late), { times: 1 });
  await page.getByRole('button', { name: 'Take your data along' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.waitFor();
  await page.screenshot({ path: 'out/account-confirm.png' });
  const download = page.waitForEvent('download');
  await signIn(dialog, codes[2]);
  const chunks = await (await download).createReadStream().then((stream) => stream.toArray());
  const data = JSON.parse(Buffer.concat(chunks).toString());
  assert.deepEqual([data.account.login, data.tables[0].role], ['maren', 'gm']);

  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByLabel('Your password now').fill('not her password');
  await page.getByLabel('New password', { exact: true }).fill('lantern quarry mosaic');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('That is not your password.').waitFor();
  await page.getByLabel('Your password now').fill(password);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your password is changed.').waitFor();
  await page.screenshot({ path: 'out/account.png', fullPage: true });

  await page.getByRole('button', { name: 'Delete the account' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the account' }).click();
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Name to sign in with').fill('maren');
  await page.getByLabel('Password', { exact: true }).fill('lantern quarry mosaic');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await until('the account is gone', () => page.getByText('The name or the password is not right.').isVisible());
  assert.deepEqual(her.complaints.filter((line) => !/status of 40[013]/.test(line)), []);
  await her.profile.close();
});

test('where a password alone is not enough, a new account is completed before anything else', async () => {
  const strict = await startServer({ args: ['--registration', 'open', '--second-factor', 'required'] });
  try {
    const at = new URL(strict.master).origin.replace('127.0.0.1', 'localhost');
    const her = await person(browser, phone);
    const { page } = her;
    await page.goto(`${at}/register`);
    await page.getByLabel('Name to sign in with').fill('ines');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    const asked = page.getByText('A password alone is not enough here. Add one of these');
    await asked.waitFor();
    await page.screenshot({ path: 'out/account-factor-needed.png', fullPage: true });
    assert.equal(await page.getByRole('heading', { name: 'Devices' }).count(), 0, 'nothing is offered that is refused');
    await page.goto(at);
    await asked.waitFor();
    await page.getByRole('button', { name: 'Switch on' }).click();
    const dialog = page.getByRole('dialog');
    const secret = await dialog.getByLabel('Or type this secret').inputValue();
    await dialog.getByLabel('Code of the app').fill(codeOf(secret, Date.now() - 30_000));
    await dialog.getByRole('button', { name: 'Switch on' }).click();
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('Your account is complete.').waitFor();
    await page.getByRole('heading', { name: 'Devices' }).waitFor();
    await page.goto(at);
    await page.getByRole('button', { name: 'New table' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/', 'nobody is sent back to the account');

    // Whoever knows the password alone gets to the code, and no further.
    const other = await person(browser, phone);
    await other.page.goto(`${at}/sign-in`);
    await other.page.getByLabel('Name to sign in with').fill('ines');
    await other.page.getByLabel('Password', { exact: true }).fill(password);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByLabel('Code of your authenticator app').waitFor();
    assert.deepEqual(her.complaints.filter((line) => !/status of 40[13]/.test(line)), []);
    await Promise.all([her.profile.close(), other.profile.close()]);
  } finally {
    await strict.stop();
  }
});
