/**
 * Files on their way onto the table: what hangs over it while it is dragged, and what becomes of it when it is dropped
 * or chosen. All of them go through one queue, which one notice shows.
 */

import type { Api, ImportedScene } from '../../net/api';
import type { At, Handle } from '../../net/frames';
import { Problem } from '../../net/problem';
import { CELL } from '../../table/grid';
import { nameOfFile, sortFiles, type FilePurpose } from '../../ui/dropped-files';
import { type ImportEntry, ImportQueue } from '../../ui/import-queue.svelte';
import { sentenceFor } from '../../ui/problems';
import { t } from '../../ui/strings';
import type { Desk } from './desk.svelte';

const NAME_CHARS_MAX = 60;

/** What a file became. */
export type Imported =
  | { readonly kind: 'scene'; readonly scene: ImportedScene }
  | { readonly kind: 'token'; readonly token: Handle };

type Uploads = Pick<Api, 'uploadScene' | 'uploadPicture'>;

export class Intake {
  readonly imports: ImportQueue<Imported>;
  readonly #desk: Desk;
  readonly #api: Uploads;
  readonly #tableId: string;
  #aim = $state<FilePurpose | null>(null);

  constructor(desk: Desk, api: Uploads, tableId: string, isTyping: () => boolean) {
    this.#desk = desk;
    this.#api = api;
    this.#tableId = tableId;
    this.imports = new ImportQueue<Imported>({
      explain: sentenceFor,
      onDone: (imported, file, isAlone) => {
        if (imported.kind === 'token') desk.table.select([imported.token]);
        else desk.imported(imported.scene, file, { isAlone, isTyping: isTyping() });
      },
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

  /** Pictures for tokens are placed side by side from `at` on, in a square, on the map. */
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
    const from = at ?? this.#middle();
    const columns = Math.ceil(Math.sqrt(sorted.pictures.length));
    this.imports.add([
      ...sorted.scenes.map((file) => this.#scene(file)),
      ...sorted.pictures.map((file, index) => this.#token(file, this.#onMap(from, index % columns, Math.floor(index / columns)))),
      ...sorted.others.map((file) => ({ file, refused: t.imports.notSupported })),
    ]);
    if (sorted.scenes.length > 0) this.#desk.tab = 'scenes';
  }

  #scene(file: File): ImportEntry<Imported> {
    return {
      file,
      send: async (onProgress, signal) => {
        const scene = await this.#api.uploadScene(this.#tableId, file.name, file, { onProgress, signal });
        return { kind: 'scene', scene };
      },
    };
  }

  #token(file: File, at: At): ImportEntry<Imported> {
    return {
      file,
      send: async (onProgress, signal) => {
        const picture = await this.#api.uploadPicture(this.#tableId, file, { onProgress, signal });
        const { made, refused } = await this.#desk.tryPlaceToken(at, { name: nameOfFile(file.name, NAME_CHARS_MAX), picture });
        if (made === undefined) throw new Problem(409, refused?.code ?? 'unknown', refused?.message ?? '', '');
        return { kind: 'token', token: made };
      },
    };
  }

  #onMap(from: At, column: number, row: number): At {
    const size = this.#desk.table.scene?.size ?? from;
    const within = (place: number, end: number): number => Math.min(Math.max(place, 0), end);
    return [within(from[0] + column * CELL, size[0]), within(from[1] + row * CELL, size[1])];
  }

  #middle(): At {
    const size = this.#desk.table.scene?.size ?? [0, 0];
    return [Math.round(size[0] / 2), Math.round(size[1] / 2)];
  }
}
