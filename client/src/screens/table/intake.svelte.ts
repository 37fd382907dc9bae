/**
 * Files on their way onto the table: what hangs over it while it is dragged, and what becomes of it when it is dropped
 * or chosen. Maps go through the queue; pictures become tokens at once.
 */

import type { Api, ImportedScene } from '../../net/api';
import type { At } from '../../net/frames';
import { CELL } from '../../table/grid';
import { nameOfFile, sortFiles, type FilePurpose } from '../../ui/dropped-files';
import { ImportQueue } from '../../ui/import-queue.svelte';
import { sentenceFor } from '../../ui/problems';
import { t } from '../../ui/strings';
import type { Desk } from './desk.svelte';

const NAME_CHARS_MAX = 60;

type Uploads = Pick<Api, 'uploadScene' | 'uploadPicture'>;

export class Intake {
  readonly imports: ImportQueue<ImportedScene>;
  readonly #desk: Desk;
  readonly #api: Uploads;
  readonly #tableId: string;
  #aim = $state<FilePurpose | null>(null);

  constructor(desk: Desk, api: Uploads, tableId: string, isTyping: () => boolean) {
    this.#desk = desk;
    this.#api = api;
    this.#tableId = tableId;
    this.imports = new ImportQueue<ImportedScene>({
      send: (file, onProgress, signal) => api.uploadScene(tableId, file.name, file, { onProgress, signal }),
      explain: sentenceFor,
      onDone: (imported, file) => desk.imported(imported, file, isTyping()),
    });
  }

  /** What a drop would make now; null while nothing hangs over the table. */
  get aim(): FilePurpose | null {
    return this.#aim;
  }

  /** Whether there is a scene to put tokens on. */
  get canPlace(): boolean {
    return this.#desk.table.scene !== null;
  }

  hover(aim: FilePurpose): void {
    this.#aim = this.#desk.table.isGm ? (this.canPlace ? aim : 'scene') : null;
  }

  leave(): void {
    this.#aim = null;
  }

  /** Pictures for tokens are placed around `at`. */
  take(files: readonly File[], pictureIsFor: FilePurpose, at: At | null): void {
    this.leave();
    if (!this.#desk.table.isGm) {
      this.#desk.toasts.info(t.drop.onlyGm);
      return;
    }
    if (files.length === 0) {
      this.#desk.toasts.info(t.drop.notAFile);
      return;
    }
    const sorted = sortFiles(files, this.canPlace ? pictureIsFor : 'scene');
    for (const file of sorted.others) this.#desk.toasts.bad(t.imports.notSupported(file.name));
    if (sorted.scenes.length > 0) {
      this.imports.add(sorted.scenes);
      this.#desk.tab = 'scenes';
    }
    if (sorted.pictures.length > 0) void this.#placeAll(sorted.pictures, at ?? this.#middle());
  }

  async #placeAll(files: readonly File[], at: At): Promise<void> {
    for (const [index, file] of files.entries()) {
      await this.#place(file, [at[0] + index * CELL, at[1]]);
    }
  }

  async #place(file: File, at: At): Promise<void> {
    try {
      const picture = await this.#api.uploadPicture(this.#tableId, file);
      const token = { name: nameOfFile(file.name, NAME_CHARS_MAX), picture };
      const made = await this.#desk.placeToken(at, token);
      if (made !== null) this.#desk.table.select([made]);
    } catch (error) {
      this.#desk.toasts.bad(`${file.name}: ${sentenceFor(error)}`);
    }
  }

  #middle(): At {
    const size = this.#desk.table.scene?.size ?? [0, 0];
    return [Math.round(size[0] / 2), Math.round(size[1] / 2)];
  }
}
