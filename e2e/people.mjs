// People with browsers of their own.
import { chromium } from 'playwright-core';

const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

export const desktop = { viewport: { width: 1440, height: 900 } };
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

export function openBrowser(more = []) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...switches, ...more] });
}

/** So long something may be in coming before it counts as lost: a browser that draws in software on a shared machine is slow. */
const PATIENCE_MS = 30_000;

/** A profile and a page; what the page complains about is kept in `complaints`. */
export async function person(browser, device) {
  const profile = await browser.newContext({ ...device, ignoreHTTPSErrors: true });
  const page = await profile.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.stack));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.setDefaultTimeout(PATIENCE_MS);
  // Every byte that reaches this person: frames of the socket, and answers by their path.
  const heard = { frames: [], answers: [] };
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.frames.push(String(payload))));
  page.on('response', (answer) => heard.answers.push(`${answer.status()} ${new URL(answer.url()).pathname}`));
  return { profile, page, complaints, heard };
}

/** The map, once it listens to mouse and keys. */
export const map = ({ page }) => page.locator('[role=application][aria-busy=false]');

/** What the update frames said of one kind of thing, in order, from a frame on. */
export const told = (who, field, from = 0) =>
  who.heard.frames.slice(from).flatMap((text) => {
    const frame = JSON.parse(text);
    return frame.type === 'update' && frame[field] !== undefined ? [].concat(frame[field]) : [];
  });

/** Where a place of a map, in cells, is on a desktop page with the panel open and the whole map in view. */
export function onPage([width, height], x, y) {
  const scale = Math.min(((desktop.viewport.width - 76 - 396) / width) * 0.94, ((desktop.viewport.height - 24) / height) * 0.94, 120);
  const middle = { x: 76 + (desktop.viewport.width - 76 - 396) / 2, y: desktop.viewport.height / 2 };
  return { x: middle.x + (x - width / 2) * scale, y: middle.y + (y - height / 2) * scale };
}

/** So far a mouse has to go until a press is a drag and not one that is held, in CSS pixels, and some more. */
const BEYOND_SLOP_PX = 12;

/**
 * Drags with the mouse. The press and the first move are sent at once, as a hand does them: one after the other, each would
 * wait for a page to paint, and on a slow one the press would be held long enough to point instead.
 */
export async function drag(who, from, to, { release = true } = {}) {
  const { mouse } = who.page;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const part = Math.min(1, BEYOND_SLOP_PX / Math.hypot(dx, dy));
  await mouse.move(from.x, from.y);
  await Promise.all([mouse.down(), mouse.move(from.x + dx * part, from.y + dy * part)]);
  await mouse.move(to.x, to.y, { steps: 5 });
  if (release) await mouse.up();
}

/** Waits until something holds. */
export async function until(what, holds) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) throw new Error(`it never came to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Opens an invite, types a name and knocks. */
export async function knock(page, invite, name) {
  await page.goto(invite);
  await page.getByLabel('What shall we call you?').fill(name);
  await page.getByRole('button', { name: 'Sit down' }).click();
}
