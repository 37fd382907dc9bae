import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'vite';

/** A script or a style sheet of our own, as the page names it. */
const REFERENCE = /<(?:script|link)\b[^>]*\b(?:src|href)="\/(assets\/[^"]+)"/g;

/** Says in the page what each file that it names must hold, so that a browser refuses another (Subresource Integrity). */
export function integrity(): Plugin {
  return {
    name: 'integrity',
    apply: 'build',
    async writeBundle({ dir = 'dist' }) {
      const page = path.join(dir, 'index.html');
      let html = await readFile(page, 'utf8');
      for (const [reference, file] of html.matchAll(REFERENCE)) {
        if (file === undefined) continue;
        const digest = createHash('sha384').update(await readFile(path.join(dir, file))).digest('base64');
        html = html.replace(reference, `${reference} integrity="sha384-${digest}"`);
      }
      await writeFile(page, html);
    },
  };
}
