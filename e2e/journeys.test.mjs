// The whole story on three maps that others drew: import, come along, walk, meet a wall, open a door, talk, roll, reload.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { drop, painted } from './maps.mjs';
import { desktop, drag, knock, map, onPage, openBrowser, person, phone, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const out = new URL('out/', import.meta.url).pathname;

/** Places are in cells; `door` is a shut one, `wall` where somebody tries to go through one, `stops` where that ends. */
const JOURNEYS = [
  {
    file: 'orb-tavern-4.dd2vtt',
    hero: [15.5, 21.5],
    friend: [12.5, 20.5],
    step: [14.5, 23.5],
    wall: [14.5, 28.5],
    stops: ([, y]) => y < 24.8,
    door: [15.6, 24.8],
  },
  {
    file: 'vttmaps-litch-tomb.dd2vtt',
    hero: [23.5, 12.5],
    friend: [21.5, 13.5],
    step: [24.5, 13.5],
    wall: [24.5, 24.5],
    stops: ([, y]) => y < 17,
    door: [26, 11],
  },
  {
    file: 'evermist-sample-map.dd2vtt',
    hero: [4.5, 4.5],
    friend: [3.5, 2.5],
    step: [5.5, 4.5],
    wall: [0.5, 4.5],
    stops: ([x]) => x > 1.6,
    door: [6.3, 7],
  },
];

let server;
let browser;
let master;
let ada;
let bo;
/** Where each player's seat stands in the list of who is here. */
const seatOf = (who) => told(who, 'me').at(-1).seat;

const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });
const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');

async function key(who, name) {
  await map(who).focus();
  await who.page.keyboard.press(name);
}

async function say(who, line) {
  await chat(who.page).fill(line);
  await chat(who.page).press('Enter');
}

/** Waits until somebody's page itself has a token in view: hands come before frames that a busy page has not read yet. */
const hasInView = (who, name) => until(`${name} is in view`, async () => (await who.page.locator('[id$="-seen"]').textContent()).includes(name));

/** Waits until somebody's page itself has the selected token at a place, in cells. */
const hasAt = (who, name, [x, y]) =>
  who.page.getByRole('status').getByText(`${name}, column ${Math.floor(x) + 1}, row ${Math.floor(y) + 1}`).waitFor({ state: 'attached' });

/** Where the last token of a name stands, in cells, by what somebody was told. */
function standing(who, name) {
  let token = null;
  let place = null;
  for (const text of who.heard.frames) {
    const frame = JSON.parse(text);
    if (frame.type !== 'update') continue;
    for (const one of frame.tokens ?? []) if (one.name === name) [token, place] = [one.token, one.at];
    for (const one of frame.moves ?? []) if (one.token === token) place = one.path.at(-1);
  }
  return place && [place[0] / 256, place[1] / 256];
}

before(async () => {
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await openBrowser();
  [master, ada, bo] = await Promise.all([desktop, desktop, phone].map((device) => person(browser, device)));
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  for (const [who, name] of [[ada, 'Ada'], [bo, 'Bo']]) {
    await knock(who.page, who === bo ? server.networkInvite : server.invite, name);
    await master.page.getByRole('button', { name: 'Admit', exact: true }).first().click();
    await until(`${name} sits`, () => told(who, 'scene').length > 0);
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const { file, hero, friend, step, wall, stops, door } of JOURNEYS) {
  const name = file.replace(/\.[^.]*$/, '');
  const [heroName, friendName] = [`Ash of ${name}`, `Bryn of ${name}`];
  let size;
  /** How many frames each had before they came here. */
  const arrival = new Map();
  const at = ([x, y]) => onPage(size, x, y);

  test(`${name}: a map is dropped on the table, and the players come along`, async () => {
    const { map: drawn, file: dropped } = await painted(master.page, file);
    size = [drawn.resolution.map_size.x, drawn.resolution.map_size.y];
    const letGo = await drop(master.page, dropped);
    await letGo();
    const report = master.page.getByRole('dialog', { name: /is ready/ });
    await report.waitFor();
    for (const who of [ada, bo]) arrival.set(who, who.heard.frames.length);
    await report.getByRole('button', { name: 'Bring players here' }).click();
    await master.page.getByText(name, { exact: true }).first().waitFor();
    for (const who of [ada, bo]) await until('the players are there', () => told(who, 'scene', arrival.get(who)).length > 0);
    for (const [who, label, token, place] of [[ada, 'Ada', heroName, hero], [bo, 'Bo', friendName, friend]]) {
      await key(master, '0');
      await master.page.mouse.move(at(place).x, at(place).y);
      await key(master, 'Shift+N');
      const dialog = master.page.getByRole('dialog', { name: 'New token' });
      await dialog.getByLabel('Name', { exact: true }).fill(token);
      await dialog.getByLabel(label).check();
      await dialog.getByRole('button', { name: 'Place it' }).click();
      await until(`${label} has a character`, () => standing(who, token) !== null);
      assert.deepEqual(standing(who, token), place);
    }
    await until('what they see is drawn', () => ada.heard.answers.some((answer) => /^200 .*\/maps\//.test(answer)));
  });

  test(`${name}: a player walks where the way is free, and no further than the wall`, async () => {
    await hasInView(ada, heroName);
    await key(ada, '0');
    await drag(ada, at(hero), at(step));
    await hasAt(ada, heroName, step);
    await until('the game master sees it', () => `${standing(master, heroName)}` === `${step}`);
    await drag(ada, at(step), at(wall));
    await until('they come to stand', () => `${standing(ada, heroName)}` !== `${step}`);
    const stopped = standing(ada, heroName);
    assert.ok(stops(stopped), `before the wall, not at ${stopped}`);
    await hasAt(ada, heroName, stopped);
    await until('the game master sees the same', () => `${standing(master, heroName)}` === `${stopped}`);
    await key(ada, 'Control+z');
    await hasAt(ada, heroName, step);
    await drag(ada, at(step), at(hero));
    await hasAt(ada, heroName, hero);
    await until('they are where they began', () => `${standing(master, heroName)}` === `${hero}`);
  });

  test(`${name}: a door opens with a click, for both players, and shows what lies behind`, async () => {
    const isDoor = ({ a, b }) => Math.hypot((a[0] + b[0]) / 512 - door[0], (a[1] + b[1]) / 512 - door[1]) < 0.3;
    const known = (who) => told(who, 'portals', arrival.get(who)).filter(isDoor).at(-1);
    await until('both see it', () => known(ada)?.state === 'shut' && known(bo)?.state === 'shut');
    const explored = () => told(ada, 'explored').length;
    const before = explored();
    await ada.page.mouse.click(at(door).x, at(door).y);
    await until('it opens for both', () => known(ada).state === 'open' && known(bo).state === 'open');
    await until('there is more to see', () => explored() > before);
    await picture(ada, `journey-${name}-player`);
    await picture(bo, `journey-${name}-phone`);
    await picture(master, `journey-${name}-master`);
  });

  test(`${name}: they talk, roll and whisper`, async () => {
    // The list of scenes may lie over the game master's chat.
    await master.page.getByRole('tab', { name: /^Chat/ }).click();
    await say(ada, `What is this place, ${name}?`);
    await say(ada, '/r 2d20kh+5 # a look around');
    await say(master, `/w Ada A voice in ${name} calls you.`);
    await ada.page.getByText(`A voice in ${name} calls you.`).waitFor();
    await master.page.getByText(`What is this place, ${name}?`).waitFor();
    const heard = () => told(bo, 'messages', arrival.get(bo));
    await until('Bo hears the roll', () => heard().some((one) => one.parts.some((part) => part.roll?.flavour === 'a look around')));
    assert.ok(!bo.heard.frames.some((text) => text.includes('calls you')), 'a whisper is for its hearer');
    const [roll] = heard().flatMap((one) => one.parts.flatMap((part) => part.roll ?? []));
    const kept = roll.pools[0].dice.filter((die) => !die.marks.includes('dropped'));
    assert.equal(kept.length, 1);
    assert.equal(Number(roll.total), kept[0].value + 5);
  });

  test(`${name}: a reload brings a player back to the same seat and place`, async () => {
    const seats = new Set(told(master, 'seats').map((seat) => seat.seat)).size;
    const seat = seatOf(ada);
    const mark = ada.heard.frames.length;
    await ada.page.reload();
    await until('a fresh view', () => ada.heard.frames.slice(mark).some((text) => text.includes('"fresh":true')));
    await ada.page.getByText(`What is this place, ${name}?`).waitFor();
    assert.equal(seatOf(ada), seat);
    const [token] = told(ada, 'tokens', mark).filter((one) => one.name === heroName);
    assert.deepEqual(token.at.map((units) => units / 256), hero);
    assert.equal(told(ada, 'portals', mark).filter(({ state }) => state === 'open').length > 0, true, 'the door is still open');
    assert.equal(new Set(told(master, 'seats').map((one) => one.seat)).size, seats, 'and nobody is there twice');
  });
}

test('no player was told what is the game master’s', () => {
  for (const who of [ada, bo]) {
    for (const field of ['walls', 'scenes']) assert.deepEqual(told(who, field), [], field);
    assert.ok(told(who, 'scene').every((scene) => scene.picture === undefined && scene.name === undefined));
  }
  // The recorder does record.
  for (const field of ['walls', 'scenes']) assert.ok(told(master, field).length > 0, field);
});

test('nobody’s page complained', () => {
  for (const [name, who] of Object.entries({ master, ada, bo })) assert.deepEqual(who.complaints, [], name);
});
