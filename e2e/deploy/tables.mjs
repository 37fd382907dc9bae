// Tables that stand in the pages for operators, between marks, and that tools write.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** Where a table stands in a page of docs/operations. */
function place(page, marker) {
  const file = new URL(`../../docs/operations/${page}`, import.meta.url);
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${marker} -->\n\`\`\`\n`, `\`\`\`\n<!-- /${marker.split(':')[0]} -->`];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end, from);
  assert.ok(from >= begin.length && to > 0, `${page} has the marks of ${marker}`);
  return { file, text, from, to };
}

/** The table, as text. */
export function tableOf(page, marker) {
  const { text, from, to } = place(page, marker);
  return text.slice(from, to);
}

/** The table is what a tool says, or is written anew with UPDATE=1. */
export function isIn(page, marker, table) {
  const { file, text, from, to } = place(page, marker);
  if (process.env.UPDATE) writeFileSync(file, text.slice(0, from) + table + text.slice(to));
  else assert.equal(text.slice(from, to), table, `${page}: ${marker}; UPDATE=1 writes it anew`);
}
