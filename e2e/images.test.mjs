// The recipes of images, without building them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** What a recipe builds on that is not pinned. */
const loose = (text) => [
  ...[...text.matchAll(/^ARG (\w+_IMAGE)=(.*)$/gm)].filter(([, , image]) => !/@sha256:[0-9a-f]{64}$/.test(image)).map(([line]) => line),
  ...[...text.matchAll(/^FROM (\S+)/gm)].filter(([, from]) => !/^\$\{\w+_IMAGE\}$/.test(from)).map(([line]) => line),
];
const recipes = Object.fromEntries(['server', 'client'].map((name) => [name, readFileSync(`../deploy/docker/${name}.Dockerfile`, 'utf8')]));

test('images are built on what is pinned by digest', () => {
  for (const text of Object.values(recipes)) {
    assert.deepEqual(loose(text), []);
    assert.equal(loose(text.replaceAll(/@sha256:\w+/g, '')).length, text.match(/^ARG \w+_IMAGE=/gm).length, 'what is not is noticed');
    assert.equal(loose(`${text}\nFROM nginx:latest`).length, 1);
  }
});

/** What an image does not say of itself that it should: the last stage is the image. */
function unsaid(text) {
  const last = text.slice(text.lastIndexOf('\nFROM '));
  const [, base] = last.match(/^FROM \$\{(\w+)\}/m);
  const labels = { version: 'VERSION', revision: 'REVISION', source: 'SOURCE', 'base.name': base };
  return Object.entries(labels)
    .filter(([label, argument]) => !last.includes(`org.opencontainers.image.${label}="\${${argument}}"`) || !new RegExp(`^ARG ${argument}\\b`, 'm').test(last))
    .map(([label]) => label);
}

test('an image says of itself which version of what source it is, and on what it is built', () => {
  for (const text of Object.values(recipes)) {
    assert.deepEqual(unsaid(text), []);
    assert.deepEqual(unsaid(text.replace(/^ARG VERSION=.*\n/m, '')), ['version'], 'an argument that is not there is noticed');
    assert.deepEqual(unsaid(text.replace(/.*image\.source.*\n/, '')), ['source'], 'a label that is not there is noticed');
    assert.deepEqual(unsaid(text.replace(/base\.name="\$\{\w+\}"/, 'base.name="${NODE_IMAGE}"')), ['base.name'], 'another base is noticed');
  }
});
