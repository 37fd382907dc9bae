// What the log tells of security: who came in and went, what changed of an account, and who was refused what; and what it must
// not tell.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from './people.mjs';
import { PASSWORD, World } from './redteam/world.mjs';

let world;
before(async () => {
  process.env.WARDLIGHT_LOG_FORMAT = 'json';
  world = await World.open();
});
after(() => world?.close());

const lines = () => world.server.log().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
/** The lines of an event that hold what is looked for, in its fields or those of its span. */
const told = (name, wanted) =>
  lines().filter(({ fields, span }) => fields.message === name && Object.entries(wanted).every(([key, value]) => (fields[key] ?? span?.[key]) === value));
const isTold = (name, wanted) => until(`${name} ${JSON.stringify(wanted)} is told`, () => told(name, wanted)[0]);

test('who signs in is told with how, by which way and from where, and who is refused with whose account it was about', async () => {
  const person = await world.account();
  const made = await isTold('account.changed', { what: 'created' });
  const account = made.fields.account;
  await isTold('session.began', { methods: 'pwd', route: '/api/v1/account/register', account });
  const stranger = world.stranger();
  const json = { login: person.login, password: PASSWORD };
  assert.equal((await stranger.ask('POST', '/api/v1/session/sign-in', { json: { ...json, password: `${PASSWORD} not` } })).status, 401);
  const refused = await isTold('http.refused', { problem: 'wrong-password', account });
  assert.equal(refused.level, 'INFO');
  assert.match(refused.timestamp, /^20\d\d-.*Z$/);
  assert.equal(refused.span.route, '/api/v1/session/sign-in');
  assert.match(refused.span.from, /^[0-9a-f]{12}$/);
  assert.equal((await stranger.ask('POST', '/api/v1/session/sign-in', { json })).status, 200);
  const began = await isTold('session.began', { route: '/api/v1/session/sign-in', account });
  assert.equal(began.span.from, refused.span.from, 'both came from one place');
  assert.notEqual(began.span.from, made.span.from, 'and the first from another');
  assert.equal((await stranger.ask('POST', '/api/v1/session/sign-in', { json: { login: 'nobody here', password: PASSWORD } })).status, 401);
  await until('of nobody no account is told', () => told('http.refused', { problem: 'wrong-password' }).some(({ span }) => span.account === undefined));
  await person.ask('POST', '/api/v1/account/password', { json: { current: PASSWORD, new: `${PASSWORD} again` } });
  await isTold('account.changed', { what: 'password', account });
  assert.equal((await stranger.ask('POST', '/api/v1/session/sign-in', { json: { ...json, password: `${PASSWORD} again` } })).status, 200);
  assert.equal((await stranger.ask('POST', '/api/v1/session/end', {})).status, 204);
  await isTold('session.ended', { route: '/api/v1/session/end' });
});

test('a refresh secret that is used again is told as that', async () => {
  const person = await world.account();
  const thief = person.twin();
  for (let turn = 0; turn < 2; turn += 1) assert.equal((await person.ask('POST', '/api/v1/session/refresh', {})).status, 200);
  assert.equal((await thief.ask('POST', '/api/v1/session/refresh', {})).status, 401);
  const reused = await isTold('session.reused', {});
  assert.equal(reused.level, 'WARN');
  assert.ok(reused.span.account);
});

test('what a rule, an address or a limit refuses is told, with whom it was about', async () => {
  const { mallory } = world;
  const { refused } = await mallory.submit({ do: 'add_scene', name: 'Mine', size_cells: [5, 5] });
  assert.ok(refused);
  const command = await isTold('command.refused', { refusal: refused.code });
  assert.ok(command.fields.table);
  const foreign = await mallory.ask('POST', '/api/v1/session/refresh', { headers: { Origin: 'https://evil.example' } });
  assert.equal(foreign.status, 403);
  await isTold('http.refused', { problem: 'foreign-origin', status: 403 });
  const signedOut = world.stranger();
  assert.equal((await signedOut.ask('GET', '/api/v1/tables')).status, 401);
  await isTold('http.refused', { problem: 'signed-out', route: '/api/v1/tables' });
  const other = await mallory.ask('POST', `/api/v1/tables/${world.rival.table}/invite`, { json: {} });
  assert.ok(other.status >= 400);
  await until('an attempt at another table is told', () => told('http.refused', { route: '/api/v1/tables/{table}/invite' })[0]);
  const socket = await signedOut.connect(world.server.ports.plain, { access: 'no token', table: world.table });
  assert.equal(await socket.bye(), 'signed_out');
  const closed = await isTold('socket.refused', { reason: 'signed_out' });
  assert.match(closed.span.from, /^[0-9a-f]{12}$/);
});

test('whoever is refused again and again fills no log, and what is left out is counted', async () => {
  const person = world.stranger();
  for (let turn = 0; turn < 90; turn += 1) await person.ask('POST', '/api/v1/session/refresh', { from: world.address() });
  const refusals = told('http.refused', { route: '/api/v1/session/refresh', problem: 'signed-out' });
  assert.ok(refusals.length < 75, `${refusals.length} lines`);
});

test('no line holds an address, a login, a password or a link', () => {
  const log = world.server.log();
  assert.ok(log.length > 1000);
  for (const person of world.people) {
    assert.ok(!log.includes(`"${person.from}`), 'an address');
    if (person.login) assert.ok(!log.includes(`"${person.login}"`), 'a login');
    if (person.access) assert.ok(!log.includes(person.access), 'a token');
  }
  assert.ok(!log.includes(PASSWORD));
  assert.ok(!/127\.1\d\.\d+\.1\b/.test(log), 'an address of this network');
});

test('what the log tells of security stands in the audit trail, line for line, and no more of anybody', async () => {
  const kept = (line) => /^(session|http|command|socket|account)\./.test(line);
  const wanted = lines().map(({ fields }) => fields.message).filter(kept);
  const entries = async () => (await world.server.command('audit', 'export')).trim().split('\n').map((line) => JSON.parse(JSON.parse(line).line));
  const trail = await until('all of it is written', async () => {
    const all = await entries();
    return all.filter(({ event }) => kept(event)).length >= wanted.length && all;
  });
  assert.deepEqual(trail.map(({ event }) => event).filter(kept), wanted);
  const [made] = told('account.changed', { what: 'created' });
  const entry = trail.find(({ event, account }) => event === 'account.changed' && account === made.fields.account);
  assert.equal(entry.route, made.span.route);
  assert.equal(entry.from, made.span.from);
  assert.ok(trail.some(({ event, act }) => event === 'admin.acted' && act === 'admin.new_table'), 'what was done by a command');
  const text = JSON.stringify(trail);
  for (const person of world.people) {
    for (const secret of [person.from, person.login, person.access].filter(Boolean)) assert.ok(!text.includes(`"${secret}`), secret);
  }
  assert.ok(!text.includes(PASSWORD) && !/127\.1\d\.\d+\.1\b/.test(text));
  assert.match(await world.server.command('audit', 'verify'), /^The audit trail is whole: entries 1 to \d+\.$/m);
});

test('every name in the program stands in the page of names, and no other', () => {
  const files = readdirSync('../crates/server/src', { recursive: true }).filter((name) => name.endsWith('.rs'));
  const source = files.map((name) => readFileSync(path.join('../crates/server/src', name), 'utf8')).join('\n');
  const used = [...source.matchAll(/\b(?:error|warn|info|debug|trace)!\((?:[^;]*?[\s,(])?"([a-z_]+(?:\.[a-z_]+)+)"/g)].map(([, name]) => name);
  const page = readFileSync('../docs/logging.md', 'utf8').split('## Names in use')[1];
  const named = page.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => [...line.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  assert.deepEqual([...new Set(used)].sort(), [...new Set(named)].sort());
});
