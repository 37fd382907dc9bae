// What can be said of a page by measuring it: accessibility rules, room for fingers, nothing beyond its edge.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** A finger needs this much, in CSS pixels. */
const TARGET_PX_MIN = 40;

/** Looks at a page in the light and in the dark. */
export async function inspect(page, what, { isTouch = false } = {}) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(comesToRest);
    if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(axe);
    const violations = await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)');
    const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
    assert.deepEqual(found, [], `${what}, ${colorScheme}`);
  }
  assert.deepEqual(await page.evaluate(beyondTheEdge), [], `${what} is no wider than the page`);
  if (isTouch) assert.deepEqual(await page.evaluate(tooSmall, TARGET_PX_MIN), [], `${what} is made for fingers`);
}

/** Colours that still change are measured as they will be. */
function comesToRest() {
  const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
  return Promise.all(ending.map((one) => one.finished.catch(() => {}))).then(() => {});
}

function beyondTheEdge() {
  const { scrollWidth } = document.documentElement;
  const wide = [...document.querySelectorAll('p, h1, h2, h3, button, input, textarea, li')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.right > innerWidth + 1;
  });
  return [...(scrollWidth > innerWidth ? [`the page is ${scrollWidth} wide`] : []), ...wide.map((element) => element.outerHTML.slice(0, 100))];
}

function tooSmall(least) {
  const targets = document.querySelectorAll('button, a, input, select, textarea, summary, [role=tab]');
  const visible = [...targets].filter((element) => element.checkVisibility() && !element.classList.contains('visually-hidden'));
  return visible.flatMap((element) => {
    // A label is part of what it labels.
    const labels = [...(element.labels ?? [])].map((label) => label.getBoundingClientRect());
    const boxes = [element.getBoundingClientRect(), ...labels].filter((box) => box.width > 1);
    const [width, height] = [Math.max(...boxes.map((box) => box.width)), Math.max(...boxes.map((box) => box.height))];
    // Half a pixel is rounding.
    if (width >= least - 0.5 && height >= least - 0.5) return [];
    return [`${Math.round(width)} × ${Math.round(height)}: ${element.outerHTML.slice(0, 100)}`];
  });
}
