// What a browser is told that lacks what the page relies on, names of elements that change nothing, and leaving for another site.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { inspect } from './looks.mjs';
import { desktop, openBrowser, person, phone, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;
let browser, server, elsewhere, other, master;

before(async () => {
  await mkdir(out, { recursive: true });
  [browser, server] = await Promise.all([openBrowser(), startServer()]);
  elsewhere = http.createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end('<!doctype html><title>elsewhere</title>'));
  await new Promise((listening) => elsewhere.listen(0, '127.0.0.3', listening));
  other = `http://127.0.0.3:${elsewhere.address().port}/x`;
});

after(async () => {
  elsewhere?.close();
  await browser?.close();
  await server?.stop();
});

/** Somebody whose browser has this in place of a feature. A policy that asks for it would not be understood there. */
async function without(device, ...names) {
  const who = await person(browser, { ...device, bypassCSP: true });
  await who.page.addInitScript((names) => {
    for (const name of names) Object.defineProperty(window, name, { value: undefined, configurable: true });
  }, names);
  return who;
}

/** A picture, once nothing moves or changes its colour. */
async function picture(page, name) {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    await Promise.all(ending.map((one) => one.finished.catch(() => {})));
  });
  await page.screenshot({ path: `${out}${name}.png` });
}

const nameField = ({ page }) => page.getByLabel('What shall we call you?');
const goOn = ({ page }) => page.getByRole('button', { name: 'Go on anyway' });

test('a browser that has everything is asked nothing', async () => {
  const who = await person(browser, desktop);
  await who.page.goto(server.invite);
  await nameField(who).waitFor();
  assert.equal(await goOn(who).count(), 0);
  await who.profile.close();
});

test('a browser without Trusted Types is told so, and may go on', async () => {
  for (const [device, name] of [[desktop, 'browser'], [phone, 'browser-phone']]) {
    const who = await without(device, 'trustedTypes', 'crossOriginIsolated');
    await who.page.goto(server.invite);
    await who.page.getByRole('heading', { name: 'Less protection than usual' }).waitFor();
    await who.page.getByText('This browser has no Trusted Types.').waitFor();
    await who.page.getByText('The page is not isolated from other sites.').waitFor();
    assert.equal(who.heard.answers.filter((answer) => answer.includes('/api/')).length, 0, 'nothing was begun');
    for (const colorScheme of ['light', 'dark']) {
      await who.page.emulateMedia({ colorScheme });
      await picture(who.page, `${name}-${colorScheme}`);
    }
    await inspect(who.page, 'what is said of a browser', { isTouch: device === phone });
    // By the keyboard alone, past "Load again".
    await who.page.keyboard.press('Tab');
    await who.page.keyboard.press('Tab');
    assert.equal(await goOn(who).evaluate((button) => button === document.activeElement), true);
    await who.page.keyboard.press('Enter');
    await nameField(who).waitFor();
    // Once is enough.
    await who.page.reload();
    await nameField(who).waitFor();
    assert.deepEqual(who.complaints, []);
    await who.profile.close();
  }
});

test('a page that came without TLS, and a browser without policies, are stopped', async () => {
  const lacking = { isSecureContext: 'The connection is not encrypted.', SecurityPolicyViolationEvent: 'This browser has no Content Security Policy.' };
  for (const [name, told] of Object.entries(lacking)) {
    const who = await without(phone, name);
    await who.page.goto(server.invite);
    await who.page.getByRole('heading', { name: 'Stop: it is not safe here' }).waitFor();
    await who.page.getByText(told).waitFor();
    await picture(who.page, `browser-stopped-${name}`);
    await inspect(who.page, 'a stop', { isTouch: true });
    assert.equal(await goOn(who).count() + (await nameField(who).count()), 0);
    assert.equal(who.heard.answers.filter((answer) => answer.includes('/api/')).length, 0, 'nothing was begun');
    if (name === 'isSecureContext') {
      const link = await who.page.getByRole('link', { name: 'Open securely' }).getAttribute('href');
      assert.equal(link, server.invite.replace('http:', 'https:'));
    }
    await who.profile.close();
  }
});

test('where no script runs the page says so', async () => {
  const { page, profile } = await person(browser, phone);
  await page.route('**/assets/index-*.js', (route) => route.abort());
  await page.goto(server.invite);
  const words = page.getByRole('heading', { name: 'Wardlight has not started', includeHidden: true });
  assert.equal(await words.isVisible(), false, 'not before there was time to start');
  await words.waitFor({ state: 'visible' });
  await picture(page, 'browser-unstarted');
  await inspect(page, 'a page that did not start');
  await profile.close();
});

test('an element that has the name of something else changes nothing', async () => {
  const who = await person(browser, desktop);
  // Elements that stand in the page before the client starts, under names that it or its libraries might look up.
  const names = [
    ...['config', 'session', 'api', 'account', 'route', 'theme', 'table', 'memory', 'target', 'wardlight', 'PIXI', '__svelte', '__PIXI_APP__'],
    ...['trustedTypes', 'crossOriginIsolated', 'isSecureContext', 'navigator', 'crypto', 'location', 'localStorage', 'fetch', 'WebSocket'],
  ];
  await who.page.addInitScript((names) => {
    const element = (tag, members, ...children) => {
      const made = Object.assign(document.createElement(tag), members);
      made.append(...children);
      return made;
    };
    const add = () => {
      const fields = () => ['createPolicy', 'href'].map((name) => element('input', { name }));
      for (const id of names) document.body.prepend(element('a', { id, href: 'https://evil.invalid/', hidden: true }), element('form', { id, hidden: true }, ...fields()));
    };
    // The page is read, and its scripts have not run.
    document.addEventListener('readystatechange', add, { once: true });
  }, names);
  await who.page.goto(server.master);
  await who.page.getByPlaceholder('Say something, or /r 1d20').waitFor();
  assert.equal(await who.page.evaluate(() => document.querySelectorAll('#session').length), 2, 'they were there');
  assert.equal(await who.page.evaluate(() => window.session instanceof HTMLCollection), true, 'and lend their names');
  master = who;
});

test('what somebody writes lends no name to the page', async () => {
  const { page } = master;
  await page.getByPlaceholder('Say something, or /r 1d20').fill('<img name="hidden"> <a id="app" name="body">x</a> <form name="createElement"> written');
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByText('written').waitFor();
  const names = await page.evaluate(() => ({
    hidden: document.hidden,
    body: document.body.tagName,
    element: document.createElement('p').tagName,
    apps: document.querySelectorAll('#app').length,
    named: document.querySelectorAll('#app :is(form, img, embed, object, iframe)[name]').length,
  }));
  assert.deepEqual(names, { hidden: false, body: 'BODY', element: 'P', apps: 1, named: 0 });
});

test('a link to another site is asked about first', async () => {
  const { page, profile, complaints } = master;
  await page.getByPlaceholder('Say something, or /r 1d20').fill(`[the rules](${other})`);
  await page.keyboard.press('Enter');
  const link = page.getByRole('link', { name: 'the rules' });
  const dialog = page.getByRole('dialog', { name: 'Leave Wardlight?' });
  const opened = [];
  profile.on('page', (page) => opened.push(page));
  const ways = [{}, { modifiers: ['ControlOrMeta'] }, { button: 'middle' }].map((how) => () => link.click(how));
  for (const follow of [...ways, () => link.press('Enter')]) {
    await follow();
    await dialog.getByText(new URL(other).host, { exact: true }).waitFor();
    // The calm button has the focus: a stray Enter stays.
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
  }
  await link.click();
  await picture(page, 'leaving');
  await inspect(page, 'leaving');
  await page.setViewportSize(phone.viewport);
  await picture(page, 'leaving-phone');
  await page.setViewportSize(desktop.viewport);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(opened, []);
  await link.click();
  const [there] = await Promise.all([profile.waitForEvent('page'), dialog.getByRole('button', { name: 'Open it' }).click()]);
  await until('the other site is there', async () => there.url() === other);
  assert.equal(await there.evaluate(() => window.opener === null && document.referrer === ''), true);
  assert.match(page.url(), /\/table\//, 'the table stays');
  assert.deepEqual(complaints, []);
});
