// What a page of ours does not let happen in a real browser: foreign code, changed files, other sites' pages.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { desktop, openBrowser, person, until } from './people.mjs';
import { startServer } from './server.mjs';

let browser, server, elsewhere, other;

before(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer()]);
  // Another site: the same machine under another name.
  elsewhere = http.createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end('<!doctype html><title>elsewhere</title>'));
  await new Promise((listening) => elsewhere.listen(0, '127.0.0.3', listening));
  other = `http://127.0.0.3:${elsewhere.address().port}/`;
});

after(async () => {
  elsewhere?.close();
  await browser?.close();
  await server?.stop();
});

const violations = async () => Number(/policy_violations_total (\d+)/.exec(await server.metrics())[1]);

test('code that came into the page from elsewhere does not run, and is reported', async () => {
  const { page } = await person(browser, desktop);
  await page.goto(server.invite);
  await page.getByRole('textbox').first().waitFor();
  const before = await violations();
  const ran = await page.evaluate(async () => {
    // What a debugger runs may evaluate; what comes later is the page's own.
    await new Promise((later) => setTimeout(later, 0));
    const tried = [];
    const attempt = (name, attack) => {
      try {
        attack();
      } catch (error) {
        tried.push(`${name}: ${error.name}`);
      }
    };
    attempt('markup', () => (document.body.innerHTML = '<img src=x onerror="window.ran = 1">'));
    attempt('eval', () => (0, eval)('window.ran = 2'));
    attempt('handler', () => document.body.setAttribute('onclick', 'window.ran = 3'));
    attempt('inline', () => {
      const script = document.createElement('script');
      script.append('window.ran = 4');
      document.head.append(script);
    });
    attempt('address', () => {
      const link = document.createElement('a');
      link.href = 'javascript:window.ran = 5';
      document.body.append(link);
      link.click();
    });
    document.body.click();
    await fetch('https://elsewhere.invalid/').catch(() => tried.push('fetch'));
    await new Promise((later) => setTimeout(later, 300));
    return { ran: window.ran, tried };
  });
  assert.equal(ran.ran, undefined, JSON.stringify(ran));
  for (const refused of ['markup: TypeError', 'eval: EvalError']) assert.ok(ran.tried.includes(refused), JSON.stringify(ran));
  await until('the browser reports', async () => (await violations()) > before);
  await page.context().close();
});

test('a file that was changed on its way is refused', async () => {
  const { page, complaints } = await person(browser, desktop);
  let changed = 0;
  await page.route('**/assets/index-*.js', async (route) => {
    const answer = await route.fetch();
    changed += 1;
    await route.fulfill({ response: answer, body: `${await answer.text()}\nwindow.changed = true;` });
  });
  await page.goto(server.invite);
  await until('the browser complains', async () => complaints.some((text) => text.includes('integrity')));
  assert.equal(await page.evaluate(() => window.changed), undefined);
  assert.equal(changed, 1);
  await page.context().close();
  // As it is, it starts.
  const unharmed = await person(browser, desktop);
  await unharmed.page.goto(server.invite);
  await unharmed.page.getByRole('textbox').first().waitFor();
  await unharmed.profile.close();
});

test('a page of another site neither frames, reads, writes nor listens', async () => {
  const { page, profile } = await person(browser, desktop);
  await page.goto(server.invite);
  await page.getByRole('textbox').first().fill('Ada');
  await page.keyboard.press('Enter');
  await until('the browser has a session', async () => (await profile.cookies()).length > 0);
  const foreign = await profile.newPage();
  await foreign.goto(other);
  const origin = new URL(server.invite).origin;
  const told = await foreign.evaluate(async (origin) => {
    const outcome = (promise) => promise.then((value) => value ?? 'done', () => 'refused');
    const json = { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{}' };
    const form = { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'text/plain' }, body: '{}', mode: 'no-cors' };
    const socket = new Promise((done) => {
      const opened = new WebSocket(`${origin.replace('http', 'ws')}/api/v1/socket`);
      opened.onopen = () => done('open');
      opened.onerror = () => done('refused');
    });
    const frame = document.createElement('iframe');
    frame.src = origin;
    document.body.append(frame);
    await new Promise((loaded) => (frame.onload = loaded));
    return {
      reads: await outcome(fetch(`${origin}/api/v1/tables`, { credentials: 'include' }).then((answer) => answer.text())),
      writes: await outcome(fetch(`${origin}/api/v1/session/refresh`, json).then((answer) => answer.status)),
      posts: await outcome(fetch(`${origin}/api/v1/session/end`, form).then((answer) => answer.type)),
      listens: await socket,
      frames: await outcome(Promise.resolve(frame.contentDocument?.title ?? 'closed')),
    };
  }, origin);
  assert.deepEqual({ ...told, posts: '' }, { reads: 'refused', writes: 'refused', posts: '', listens: 'refused', frames: 'closed' });
  // What it could send without reading the answer changed nothing: the session stands.
  await page.reload();
  await until('Ada is still who she was', async () => (await page.getByText('Ada').count()) > 0);
  await profile.close();
});
