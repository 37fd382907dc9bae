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

export function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: switches });
}

/** A profile and a page; what the page complains about is kept in `complaints`. */
export async function person(browser, device) {
  const profile = await browser.newContext({ ...device, ignoreHTTPSErrors: true });
  const page = await profile.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.setDefaultTimeout(15_000);
  return { profile, page, complaints };
}

/** Opens an invite, types a name and knocks. */
export async function knock(page, invite, name) {
  await page.goto(invite);
  await page.getByLabel('What shall we call you?').fill(name);
  await page.getByRole('button', { name: 'Sit down' }).click();
}
