// How many pictures a second the map gives while it is panned: 500 tokens, 2,000 walls and 30 lights by night, at
// 1280 × 800 in Chromium's software renderer. Prints a table; nothing here can fail for being slow. `node frames.mjs`
import { knock, openBrowser, person, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const device = { viewport: { width: 1280, height: 800 } };
const CELL = 256;
const SCENE = [80, 50];
const PAN_MS = 4_000;

/** Keeps the page's sockets, so that a whole scene can be asked for without a hand. */
function keepSockets() {
  const Original = WebSocket;
  window.WebSocket = class extends Original {
    constructor(...parts) {
      super(...parts);
      window.socket = this;
    }
  };
}

const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');
const ask = ({ page }, ...commands) =>
  page.evaluate((commands) => {
    for (const command of commands) window.socket.send(JSON.stringify({ type: 'command', id: crypto.randomUUID(), command }));
  }, commands);
const range = (count) => Array.from({ length: count }, (_, index) => index);
const at = (x, y) => [Math.round(x * CELL), Math.round(y * CELL)];

/** Rooms with gaps, so that light and sight have something to do. */
const walls = range(2_000).map((index) => {
  const [column, row] = [index % 50, Math.floor(index / 50)];
  const [x, y] = [column * 1.6, row * 1.25];
  return { a: at(x, y), b: index % 2 ? at(x + 0.9, y) : at(x, y + 0.8), kind: 'wall' };
});
const lights = range(30).map((index) => ({
  at: at(6 + (index % 6) * 13.4, 5 + Math.floor(index / 6) * 10.1),
  glow: { bright: 3 * CELL, dim: 7 * CELL, color: [0xffae5c, 0xdde6ff, 0xffc66e][index % 3] },
  on: true,
}));

async function furnish(master, seat) {
  await ask(master, { do: 'add_scene', name: 'Bench', size_cells: SCENE });
  const scene = (await until('the scene is listed', () => told(master, 'scenes').findLast(({ name }) => name === 'Bench'))).scene;
  await ask(master, { do: 'open_scene', scene });
  await until('it is in view', () => told(master, 'scene').at(-1)?.name === 'Bench');
  await ask(master, ...range(4).map((part) => ({ do: 'add_walls', walls: walls.slice(part * 500, part * 500 + 500) })), { do: 'add_lights', lights });
  const ash = { name: 'Ash', owners: [seat], senses: { darkvision: 12 * CELL, tremorsense: 0, blind: false } };
  const orcs = range(25).map((index) => ({ do: 'place_token', at: at(1.5 + index * 3, 1.5), token: { name: `Orc ${index}`, name_shown: true } }));
  await ask(master, ...orcs, { do: 'place_token', at: at(40.5, 25.5), token: ash });
  const first = await until('a row stands', () => {
    const row = told(master, 'tokens').filter(({ name }) => name?.startsWith('Orc'));
    return row.length === orcs.length && row.map(({ token }) => token);
  });
  await ask(master, ...range(19).map((row) => ({ do: 'copy_tokens', tokens: first, by: at(0, (row + 1) * 2.4) })));
  await ask(master, { do: 'edit_scene', scene, name: null, grid: null, ambience: 'dark' }, { do: 'show_scene', scene });
  await until('all is there', () => told(master, 'scene').at(-1)?.ambience === 'dark');
}

/** Pans with the right button and counts pictures. */
async function pan({ page }) {
  await page.waitForTimeout(2_500);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const scriptSeconds = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ScriptDuration').value;
  await page.evaluate(() => {
    window.times = [];
    const tick = (time) => {
      window.times.push(time);
      window.ticking = requestAnimationFrame(tick);
    };
    window.ticking = requestAnimationFrame(tick);
  });
  const before = await scriptSeconds();
  await page.mouse.move(500, 400);
  await page.mouse.down({ button: 'right' });
  const end = Date.now() + PAN_MS;
  for (let step = 0; Date.now() < end; step += 1) await page.mouse.move(500 + 220 * Math.sin(step / 17), 400 + 150 * Math.cos(step / 23));
  await page.mouse.up({ button: 'right' });
  const script = (await scriptSeconds()) - before;
  const times = await page.evaluate(() => (cancelAnimationFrame(window.ticking), window.times));
  const gaps = times.slice(1).map((time, index) => time - times[index]).toSorted((a, b) => a - b);
  const share = (part) => gaps[Math.floor((gaps.length - 1) * part)].toFixed(1);
  return { pictures: gaps.length, perSecond: ((gaps.length * 1_000) / (times.at(-1) - times[0])).toFixed(1), median: share(0.5), p95: share(0.95), script: ((script * 1_000) / gaps.length).toFixed(2) };
}

const server = await startServer();
const browser = await openBrowser();
try {
  const [master, ada] = [await person(browser, device), await person(browser, device)];
  for (const { page } of [master, ada]) await page.addInitScript(keepSockets);
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  await knock(ada.page, server.invite, 'Ada');
  await master.page.getByRole('button', { name: 'Admit', exact: true }).first().click();
  await chat(ada.page).waitFor();
  await furnish(master, told(master, 'seats').findLast(({ name }) => name === 'Ada').seat);
  console.log('| who | pictures a second | median gap, ms | 95th of 100, ms | script in a picture, ms |');
  console.log('|---|---|---|---|---|');
  const row = (who, { perSecond, median, p95, script }) => console.log(`| ${who} | ${perSecond} | ${median} | ${p95} | ${script} |`);
  // One page at a time: they share a processor.
  const address = ada.page.url();
  await ada.page.goto('about:blank');
  row('game master, dark under its veil', await pan(master));
  await master.page.keyboard.press('Shift+L');
  row('game master, veil lifted', await pan(master));
  await master.page.goto('about:blank');
  await ada.page.goto(address);
  await chat(ada.page).waitFor();
  row('player', await pan(ada));
} finally {
  await browser.close();
  await server.stop();
}
