/** What the notice of imports says of each file, and what can be done with it. */

import type { ImportItem, ImportQueue } from '../../ui/import-queue.svelte';
import type { ImportRow } from '../../ui/scenes/ImportList.svelte';
import { t } from '../../ui/strings';
import type { Desk } from './desk.svelte';
import type { Imported } from './intake.svelte';

export const importRows = (desk: Desk, imports: ImportQueue<Imported>): readonly ImportRow[] =>
  imports.items.map((item) => rowOf(desk, imports, item));

/** How many of what, and why not the others. */
export function importSummary({ done, refused }: ImportQueue<Imported>): string {
  const count = (kind: Imported['kind']): number => done.filter((one) => one.kind === kind).length;
  return t.imports.summary({ maps: count('scene'), tokens: count('token'), refused });
}

/** What is under way now, or what came of it. */
export function importHeadline(imports: ImportQueue<Imported>): string {
  const { items } = imports;
  const index = items.findIndex(({ state }) => state.kind === 'sending' || state.kind === 'reading');
  const current = items[index];
  return current === undefined ? importSummary(imports) : t.imports.underWay(index + 1, items.length, current.file.name);
}

function rowOf(desk: Desk, imports: ImportQueue<Imported>, { id, file, state }: ImportItem<Imported>): ImportRow {
  const row = { id, name: file.name, share: null, actions: [], dismiss: (): void => imports.dismiss(id) };
  switch (state.kind) {
    case 'waiting':
      return { ...row, tone: 'busy', words: t.imports.waiting };
    case 'sending':
      return { ...row, tone: 'busy', words: t.imports.sending(Math.round(state.share * 100)), share: state.share };
    case 'reading':
      return { ...row, tone: 'busy', words: t.imports.reading, share: 'unknown' };
    case 'failed': {
      const retry = { label: t.common.retry, run: () => imports.retry(id) };
      return { ...row, tone: 'bad', words: state.reason, actions: state.canRetry ? [retry] : [] };
    }
    case 'done': {
      const { result } = state;
      if (result.kind === 'token') return { ...row, tone: 'good', words: t.imports.placed };
      const { scene } = result;
      const look = { label: t.imports.look, run: () => void desk.ask({ do: 'open_scene', scene: scene.scene }) };
      const label = scene.kind === 'image' ? t.scenes.align : t.imports.report;
      return { ...row, tone: 'good', words: t.imports.done, actions: [look, { label, run: () => desk.afterImport(scene, file) }] };
    }
  }
}
