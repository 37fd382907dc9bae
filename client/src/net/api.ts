/** The HTTP interface, one method a request. Failures are thrown as `Problem`, `SignedOut` or `Unreachable`. */

import type { Handle, Role } from './frames';
import { Problem, Unreachable, problemOf } from './problem';
import { openUpload } from './request';
import { type Session, openPost } from './session';

export interface JoinPreview {
  table_name: string;
  role: Role;
  needs_name: boolean;
}

export interface Joined {
  access: string;
  expires_in_s: number;
  table: string;
  state: 'seated' | 'knocking';
}

export interface TableEntry {
  table: string;
  name: string;
  role: Role;
}

/** A table that can be brought back. */
export interface DeletedTable {
  table: string;
  name: string;
  removed_in_s: number;
}

export interface TableList {
  tables: TableEntry[];
  /** Whether this device is known by a link alone. */
  is_guest: boolean;
  /** Whether this account may make some. */
  may_create: boolean;
  /** The newest first. */
  deleted: DeletedTable[];
}

/** Links with the first one as a QR code: rows of "0" (light) and "1" (dark). */
export interface Links {
  links: string[];
  qr: string[];
}

export interface SeatLinks extends Links {
  expires_in_s: number;
}

export interface ImportReport {
  walls_read: number;
  walls_kept: number;
  merged: number;
  clipped: number;
  dropped_short: number;
  outside: number;
  duplicates: number;
  portals_kept: number;
  lights_kept: number;
  notes: string[];
}

export interface ImportedScene {
  scene: Handle;
  kind: 'universal_vtt' | 'image';
  size_px: [number, number];
  report: ImportReport | null;
}

/** How an upload is followed and called off. */
export interface Upload {
  /** From 0 to 1. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
}

/** A tile of the scene in view. */
export interface TileName {
  readonly scene: Handle;
  /** Tells answers of different times apart. */
  readonly revision: number;
  readonly level: number;
  readonly x: number;
  readonly y: number;
}

/** Where the canvas gets its pictures from. */
export interface PictureSource {
  picture(handle: Handle, signal: AbortSignal): Promise<Blob>;
  /** A tile of the map of the scene in view, as far as this seat explored it; null if nothing of it was. */
  tile(tile: TileName, signal: AbortSignal): Promise<Blob | null>;
}

/** Of a file's name as much is sent: the server makes a scene's of it, which is shorter. */
const NAME_CHARS_MAX = 255;

export class Api {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** What an invite leads to, before anybody joins. */
  previewJoin(code: string): Promise<JoinPreview> {
    return openPost<JoinPreview>('/api/v1/join/preview', { code });
  }

  /** Joins, and signs this device in on the way. */
  async join(code: string, name?: string): Promise<Joined> {
    const joined = await openPost<Joined>('/api/v1/join', name === undefined ? { code } : { code, name });
    this.#session.accept(joined);
    return joined;
  }

  tables(): Promise<TableList> {
    return this.#ask<TableList>('/api/v1/tables');
  }

  /** Makes an empty table; gives its id. */
  async createTable(name: string): Promise<string> {
    const init = { method: 'POST', body: JSON.stringify({ name }), headers: { 'content-type': 'application/json' } };
    return (await this.#ask<{ table: string }>('/api/v1/tables', init)).table;
  }

  /** Deletes a table for everybody; for a while it can be brought back (game master only). */
  async deleteTable(table: string): Promise<void> {
    await this.#session.fetch(`${pathOf(table)}/delete`, { method: 'POST' });
  }

  async restoreTable(table: string): Promise<void> {
    await this.#session.fetch(`${pathOf(table)}/restore`, { method: 'POST' });
  }

  /** The table's invite (game master only). */
  invite(table: string): Promise<Links> {
    return this.#ask<Links>(`${pathOf(table)}/invite`);
  }

  /** A one-time link that moves a seat to another device. */
  seatLink(table: string, seat: Handle): Promise<SeatLinks> {
    return this.#ask<SeatLinks>(`${pathOf(table)}/seats/${seat}/link`, { method: 'POST' });
  }

  /** Sends a map file, as it is. */
  uploadScene(table: string, name: string, file: Blob, upload: Upload = {}): Promise<ImportedScene> {
    const cut = [...name].slice(0, NAME_CHARS_MAX).join('');
    return this.#upload<ImportedScene>(`${pathOf(table)}/scenes?name=${encodeURIComponent(cut)}`, file, upload);
  }

  /** Sends a picture for tokens. */
  async uploadPicture(table: string, file: Blob, upload: Upload = {}): Promise<Handle> {
    return (await this.#upload<{ picture: Handle }>(`${pathOf(table)}/pictures`, file, upload)).picture;
  }

  /** The pictures of one table, or of what a mirror of it shows. */
  pictures(table: string, mirror?: number): PictureSource {
    const through = mirror === undefined ? '' : `?mirror=${mirror}`;
    return {
      picture: async (handle, signal) => {
        const answer = await this.#session.fetch(`${pathOf(table)}/pictures/${handle}${through}`, { signal });
        return answer.blob();
      },
      tile: async ({ scene, revision, level, x, y }, signal) => {
        const path = `${pathOf(table)}/maps/${scene}/${revision}/${level}/${x}/${y}${through}`;
        const answer = await this.#session.fetch(path, { signal });
        return answer.status === 204 ? null : answer.blob();
      },
    };
  }

  async #ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const answer = await this.#session.fetch(path, init);
    return (await answer.json()) as T;
  }

  /** By XMLHttpRequest, because `fetch` tells nothing of an upload's progress. */
  async #upload<T>(path: string, file: Blob, upload: Upload): Promise<T> {
    const access = await this.#session.access();
    const headers = new Headers({ authorization: `Bearer ${access.jwt}`, 'content-type': 'application/octet-stream' });
    const request = openUpload(path, headers);
    return new Promise<T>((resolve, reject) => {
      request.upload.addEventListener('progress', (event) => {
        if (event.lengthComputable) upload.onProgress?.(event.loaded / event.total);
      });
      request.addEventListener('load', () => {
        if (request.status >= 300) {
          reject(problemOf(request.status, request.responseText));
          return;
        }
        try {
          resolve(JSON.parse(request.responseText) as T);
        } catch {
          reject(new Problem(request.status, 'unreadable', 'The answer cannot be read.', ''));
        }
      });
      request.addEventListener('error', () => reject(new Unreachable('the upload broke off')));
      request.addEventListener('abort', () => reject(new DOMException('The upload was called off.', 'AbortError')));
      if (upload.signal?.aborted) {
        reject(new DOMException('The upload was called off.', 'AbortError'));
        return;
      }
      upload.signal?.addEventListener('abort', () => request.abort(), { once: true });
      request.send(file);
    });
  }
}

const pathOf = (table: string): string => `/api/v1/tables/${encodeURIComponent(table)}`;
