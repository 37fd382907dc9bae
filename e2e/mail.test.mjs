// A forgotten password is replaced by mail, through a real mail server with TLS and a password, or nothing is sent.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { desktop, openBrowser, person, phone, until } from './people.mjs';
import { startServer } from './server.mjs';

const password = 'violin tugboat anchovy';
const RELAY_PASSWORD = 'relay-secret-4711';
let browser, home;
const servers = [];
const relays = [];
const at = (name) => path.join(home, name);

before(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-mail-'));
  for (const name of ['root', 'other']) certificate(name);
  writeFileSync(at('password'), `${RELAY_PASSWORD}\n`, { mode: 0o600 });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  for (const server of servers) await server.stop();
  for (const relay of relays) await new Promise((closed) => relay.close(closed));
  if (home) rmSync(home, { recursive: true, force: true });
});

function certificate(name) {
  const subject = ['-subj', '/CN=relay', '-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...subject, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)], { stdio: 'ignore' });
}

/** A mail server that takes letters from one user, and keeps them. */
async function startRelay(options = {}) {
  const letters = [];
  let isSecure = true;
  const relay = new SMTPServer({
    key: readFileSync(at('root.key')),
    cert: readFileSync(at('root.pem')),
    logger: false,
    onAuth(auth, session, done) {
      isSecure &&= session.secure;
      done(auth.password === RELAY_PASSWORD ? null : new Error('wrong'), { user: auth.username });
    },
    onData(stream, session, done) {
      isSecure &&= session.secure;
      let text = '';
      stream.on('data', (part) => (text += part));
      stream.on('end', () => {
        const [head, ...rest] = text.split('\r\n\r\n');
        // Quoted-printable, as far as these letters use it.
        const body = rest.join('\n\n').replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
        letters.push({ to: session.envelope.rcptTo.map(({ address }) => address), head, body, link: /https?:\S+#\S+/.exec(body)?.[0] });
        done();
      });
    },
    ...options,
  });
  relay.on('error', () => {});
  relays.push(relay);
  await new Promise((listening) => relay.listen(0, '127.0.0.1', listening));
  return { port: relay.server.address().port, letters, isSecure: () => isSecure };
}

async function serve(relay, root = 'root') {
  const mail = relay !== null && ['--smtp', `smtp://table@127.0.0.1:${relay.port}`, '--smtp-password-file', at('password'), '--smtp-root', at(`${root}.pem`), '--mail-from', 'Wardlight <table@table.example>'];
  const server = await startServer({ args: mail || [] });
  servers.push(server);
  return server;
}

/** What the interface says to a page of its own. */
async function post(server, where, body, headers = {}) {
  const origin = new URL(server.master).origin;
  const answer = await fetch(`${origin}/api/v1${where}`, { method: 'POST', body: JSON.stringify(body), headers: { origin, 'content-type': 'application/json', ...headers } });
  const text = await answer.text();
  return { status: answer.status, text, json: text.startsWith('{') ? JSON.parse(text) : null };
}

const arrived = (relay, count) => until(`${count} letters`, async () => relay.letters.length >= count && relay.letters[count - 1]);

test('a mail address is proven, and a forgotten password is replaced by it', async () => {
  const relay = await startRelay();
  const server = await serve(relay);
  const gm = await person(browser, desktop);
  const { page } = gm;
  const origin = new URL(server.master).origin;
  await page.goto(server.master);
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  await page.goto(`${origin}/register`);
  await page.getByLabel('Name to sign in with').fill('maren');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('You sign in as maren').waitFor();

  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('textbox', { name: 'Mail address' }).fill('maren@localhost');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('Give a mail address such as').waitFor();
  await page.screenshot({ path: 'out/mail-add.png' });
  await page.getByRole('textbox', { name: 'Mail address' }).fill('Maren@Table.example');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('A letter is on its way').waitFor();
  const prove = await arrived(relay, 1);
  assert.deepEqual(prove.to, ['maren@table.example']);
  assert.match(prove.head, /Auto-Submitted: auto-generated/);
  assert.ok(prove.link.startsWith(`${origin}/mail#`), prove.body);

  // Not proven yet: nothing is sent to it.
  assert.equal((await post(server, '/account/password/forgotten', { who: 'maren' })).status, 204);
  await page.goto(prove.link);
  await page.screenshot({ path: 'out/mail-prove.png' });
  assert.equal(new URL(page.url()).hash, '', 'the code stays in the address bar');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('can be replaced by mail now').waitFor();
  await page.getByRole('link', { name: 'Account and devices' }).click();
  await page.getByText('maren@table.example').waitFor();
  await page.screenshot({ path: 'out/mail-account.png', fullPage: true });
  assert.equal(relay.letters.length, 1);

  const there = await person(browser, phone);
  await there.page.goto(`${origin}/sign-in`);
  await there.page.getByRole('link', { name: 'Password forgotten?' }).click();
  await there.page.screenshot({ path: 'out/mail-forgotten-phone.png' });
  await there.page.getByLabel('Name to sign in with, or your mail address').fill('maren@table.example');
  await there.page.getByRole('button', { name: 'Send the link' }).click();
  await there.page.getByText('a letter is on its way').waitFor();
  const reset = await arrived(relay, 2);
  assert.ok(reset.link.startsWith(`${origin}/reset#`), reset.body);
  await there.page.goto(reset.link);
  await there.page.getByLabel('Password', { exact: true }).fill('lantern quarry mosaic');
  await there.page.getByRole('button', { name: 'Save the password' }).click();
  await there.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const told = await arrived(relay, 3);
  assert.match(told.head, /Your password was changed/);
  assert.equal((await post(server, '/session/sign-in', { login: 'maren', password })).status, 401);
  assert.equal((await post(server, '/session/sign-in', { login: 'maren', password: 'lantern quarry mosaic' })).status, 200);
  // Each link works once, and each for its own end.
  const [code, proof] = [reset.link.split('#')[1], prove.link.split('#')[1]];
  assert.equal((await post(server, '/account/password/reset', { code, password: 'another lantern quarry' })).status, 404);
  assert.equal((await post(server, '/account/mail/prove', { code: proof })).status, 404);
  assert.equal(relay.isSecure(), true, 'something was said in the clear');
});

test('who asks learns nothing, and nobody is flooded', async () => {
  const relay = await startRelay();
  const server = await serve(relay);
  const invite = await server.command('accounts', 'invite');
  const login = { login: 'ada', password };
  const made = await post(server, '/account/register', { ...login, code: /register#(\S+)/.exec(invite)[1] });
  assert.equal(made.status, 200, made.text);
  const headers = { authorization: `Bearer ${made.json.access}` };
  assert.equal((await post(server, '/account/mail', { mail: 'ada@table.example' }, headers)).status, 204);
  const { link } = await arrived(relay, 1);
  const code = link.split('#')[1];
  // A link for one thing is not used up by another.
  assert.equal((await post(server, '/account/password/reset', { code, password: 'lantern quarry mosaic' })).status, 404);
  assert.equal((await post(server, '/account/mail/prove', { code })).status, 204);

  const answers = [];
  for (const who of ['ada', 'nobody', 'ada@table.example', 'nobody@table.example']) {
    answers.push(await post(server, '/account/password/forgotten', { who }, { host: 'evil.example' }));
  }
  assert.deepEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))], ['204 ']);
  for (const who of ['', '\0', 'ada@table.example, eve@evil.example', 'ada@table.example\r\nBcc: eve@evil.example']) {
    assert.equal((await post(server, '/account/password/forgotten', { who })).status, 400, who);
  }
  await arrived(relay, 3);
  for (let turn = 0; turn < 5; turn += 1) await post(server, '/account/password/forgotten', { who: 'ada' });
  // One more letter of another kind comes after all that were sent for these.
  const change = { current: password, new: 'lantern quarry mosaic' };
  assert.equal((await post(server, '/account/password', change, headers)).status, 200);
  await until('the last letter', async () => relay.letters.some(({ head }) => head.includes('Your password was changed')));
  const resets = relay.letters.filter(({ link: to }) => to?.includes('/reset#'));
  assert.equal(resets.length, 2, 'three letters an hour, one of which proved the address');
  assert.deepEqual([...new Set(relay.letters.flatMap(({ to }) => to))], ['ada@table.example']);
  for (const { body } of relay.letters) assert.ok(!body.includes('evil.example'), body);
  const log = server.log();
  for (const secret of [RELAY_PASSWORD, 'ada@table.example', code, ...resets.map(({ link: to }) => to.split('#')[1])]) assert.ok(!log.includes(secret), `the log has ${secret}`);
});

test('nothing is sent to a mail server that is not the one that was meant, or that has no TLS', async () => {
  for (const [relay, root] of [[await startRelay(), 'other'], [await startRelay({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }), 'root']]) {
    const server = await serve(relay, root);
    const invite = await server.command('accounts', 'invite');
    const made = await post(server, '/account/register', { login: 'ada', password, code: /register#(\S+)/.exec(invite)[1] });
    const headers = { authorization: `Bearer ${made.json.access}` };
    assert.equal((await post(server, '/account/mail', { mail: 'ada@table.example' }, headers)).status, 204);
    await until('the log says so', async () => /mail\.(again|failed)/.test(server.log()));
    assert.equal(relay.letters.length, 0);
  }
});

test('what a mail server answers is not repeated in the log', async () => {
  const relay = await startRelay({
    onRcptTo({ address }, session, done) {
      done(Object.assign(new Error(`no such mailbox <${address}>`), { responseCode: 550 }));
    },
  });
  const server = await serve(relay);
  const invite = await server.command('accounts', 'invite');
  const made = await post(server, '/account/register', { login: 'ada', password, code: /register#(\S+)/.exec(invite)[1] });
  assert.equal((await post(server, '/account/mail', { mail: 'ada@table.example' }, { authorization: `Bearer ${made.json.access}` })).status, 204);
  await until('the log says so', async () => /mail\.failed/.test(server.log()));
  assert.match(server.log(), /answered 550/);
  assert.ok(!server.log().includes('ada@table.example'), server.log());
});

test('what is typed as a password is hidden, can be shown and can be pasted', async () => {
  const server = await serve(null);
  const { page } = await person(browser, desktop);
  const origin = new URL(server.master).origin;
  for (const [where, label] of [['/sign-in', 'Password'], ['/register', 'Password'], ['/reset#x', 'Password']]) {
    await page.goto(`${origin}${where}`);
    const field = page.getByLabel(label, { exact: true });
    await field.focus();
    assert.equal(await field.getAttribute('type'), 'password', where);
    assert.match(await field.getAttribute('autocomplete'), /^(current|new)-password$/, where);
    const taken = await field.evaluate((input) => input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true })));
    assert.ok(taken, `${where} forbids pasting`);
    const show = page.getByRole('button', { name: 'Show' });
    if ((await show.count()) === 0) continue;
    await show.click();
    assert.equal(await field.getAttribute('type'), 'text', where);
  }
});

test('a server without a mail server says so', async () => {
  const server = await serve(null);
  const { page } = await person(browser, phone);
  await page.goto(`${new URL(server.master).origin}/forgotten`);
  await page.getByText('This server sends no mail').waitFor();
});
