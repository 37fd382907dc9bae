// Brings every map file of a folder to a table, through the browser, and takes pictures of each: the report, the game
// master's map, and what a player with one character sees on a desktop and on a phone. Pictures land in out/gallery.
// Maps without a picture worth the name get a painted floor. `node gallery.mjs FOLDER [PART OF A NAME]…`
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { drop, paint } from './maps.mjs';
import { desktop, knock, map, openBrowser, person, phone, told, until } from './people.mjs';
import { startServer } from './server.mjs';

const [folder, ...parts] = process.argv.slice(2);
if (!folder) throw new Error('say which folder: node gallery.mjs FOLDER [PART OF A NAME]…');
const out = new URL('out/gallery/', import.meta.url).pathname;
await mkdir(out, { recursive: true });
const files = (await readdir(folder)).filter((name) => /\.(dd2vtt|uvtt|df2vtt)$/.test(name));
const wanted = files.filter((name) => parts.length === 0 || parts.some((part) => name.includes(part))).sort();
/** As large as a painted floor gets, in pixels: more than a server takes helps nobody. */
const SIDE_MAX = 4_000;

const chat = (page) => page.getByPlaceholder('Say something, or /r 1d20');
const server = await startServer();
const browser = await openBrowser();
const [master, ada, bo] = await Promise.all([desktop, desktop, phone].map((device) => person(browser, device)));
const picture = (who, name) => who.page.screenshot({ path: `${out}${name}.png` });

async function bring(name) {
  const drawn = JSON.parse((await readFile(path.join(folder, name), 'utf8')).replace(/^\uFEFF/, ''));
  if (!drawn.image || Buffer.from(drawn.image, 'base64').length < 4_000) {
    const side = Math.max(drawn.resolution.map_size.x, drawn.resolution.map_size.y);
    drawn.resolution.pixels_per_grid = Math.max(8, Math.min(48, Math.floor(SIDE_MAX / side)));
    drawn.image = await paint(master.page, drawn, drawn.resolution.pixels_per_grid);
  }
  const began = Date.now();
  const letGo = await drop(master.page, { name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(drawn)) });
  await letGo();
  const report = master.page.getByRole('dialog', { name: /is ready/ });
  await report.waitFor({ timeout: 60_000 });
  const took = Date.now() - began;
  const short = name.replace(/\.[^.]*$/, '');
  await picture(master, `${short}-report`);
  console.log(`${short}, ${took} ms: ${(await report.innerText()).replace(/\s*\n+\s*/g, ' · ')}`);
  // Players are not told what a scene is called.
  const heard = new Map([ada, bo].map((who) => [who, who.heard.frames.length]));
  await report.getByRole('button', { name: 'Bring players here' }).click();
  await until('it is in view', () => told(master, 'scene').at(-1)?.name === short);
  await until('the players are there', () => [ada, bo].every((who) => told(who, 'scene', heard.get(who)).length > 0));
  await map(master).focus();
  await master.page.keyboard.press('Shift+N');
  const dialog = master.page.getByRole('dialog', { name: 'New token' });
  await dialog.getByLabel('Name', { exact: true }).fill('Ash');
  for (const name of ['Ada', 'Bo']) await dialog.getByLabel(name).check();
  await dialog.getByRole('button', { name: 'Place it' }).click();
  await until('there is a character', () => told(ada, 'tokens', heard.get(ada)).some((token) => token.name === 'Ash' && token.mine));
  await master.page.waitForTimeout(2_500);
  await picture(master, `${short}-master`);
  await picture(ada, `${short}-player`);
  await picture(bo, `${short}-phone`);
}

try {
  await master.page.goto(server.master);
  await chat(master.page).waitFor();
  for (const [who, name] of [[ada, 'Ada'], [bo, 'Bo']]) {
    await knock(who.page, who === bo ? server.networkInvite ?? server.invite : server.invite, name);
    await master.page.getByRole('button', { name: 'Admit', exact: true }).first().click();
    await until(`${name} sits`, () => told(who, 'scene').length > 0);
  }
  for (const name of wanted) {
    try {
      await bring(name);
    } catch (error) {
      console.log(`${name} FAILED: ${error.message.split('\n')[0]}`);
      await picture(master, `${name}-failed`);
      process.exitCode = 1;
      await master.page.keyboard.press('Escape');
    }
  }
  const complaints = [master, ada, bo].flatMap((who) => who.complaints);
  for (const [who, name] of [[master, 'game master'], [ada, 'Ada'], [bo, 'Bo']]) {
    complaints.push(...who.heard.answers.filter((answer) => answer.startsWith('4')).map((answer) => `${name}: ${answer}`));
  }
  if (complaints.length > 0) console.log(complaints.join('\n'));
} finally {
  await browser.close();
  await server.stop();
}
