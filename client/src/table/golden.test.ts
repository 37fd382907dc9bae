/** The frames that both sides of the wire are held to; the server's tests write them. */

import { describe, expect, it } from 'vitest';
import clientFrames from '../../../crates/protocol/golden/client_frames.jsonl?raw';
import serverFrames from '../../../crates/protocol/golden/server_frames.jsonl?raw';
import type { ClientFrame, ServerFrame } from '../net/frames';
import { Commands } from './commands';
import { isAnySeen } from './explored';
import { TableState } from './table.svelte';

const golden = <T>(lines: string): T[] => lines.trim().split('\n').map((line) => JSON.parse(line) as T);

describe('golden frames', () => {
  it('of the server are all understood', () => {
    const table = new TableState();
    const frames = golden<ServerFrame>(serverFrames);
    expect(new Set(frames.map((frame) => frame.type))).toEqual(
      new Set(['waiting', 'update', 'mirrored', 'mirror_ended', 'drag', 'ping', 'ruler', 'bye']),
    );
    const update = frames.find((frame) => frame.type === 'update');
    if (update?.type !== 'update') throw new Error('there is an update');
    for (const frame of frames.filter((one) => one.type !== 'bye')) table.apply(frame);
    expect(table.table?.name).toBe('The Lantern at the Ford');
    expect(table.isGm).toBe(true);
    expect([table.scene?.name, table.scene?.picture_px]).toEqual(['Cellar', [1820, 1260]]);
    const sizes = [table.seats, table.scenes, table.tokens, table.portals, table.walls, table.lights, table.sight];
    expect(sizes.map((map) => map.size)).toEqual(sizes.map(() => 1));
    expect(table.tokens.get(7)).toEqual(update.tokens?.[0]);
    expect(table.messages).toHaveLength(update.messages?.length ?? 0);
    expect(table.explored.revision).toBe(3);
    // A run of 2,048 unseen samples, one of 16 seen, then unseen ones again: row 32 of the block in row 1.
    expect(isAnySeen(table.explored, { left: 0, top: 96, right: 16, bottom: 97 })).toBe(true);
    expect(isAnySeen(table.explored, { left: 0, top: 64, right: 64, bottom: 96 })).toBe(false);
    expect([table.fog.preparing, table.fog.draft.veiled.blocks.size]).toEqual([true, 1]);
    expect(table.areas.get(61)?.name).toBe('The crypt');
    expect(table.ghosts.get(3)).toEqual([{ token: 7, at: [700, 896] }]);
    table.apply({ type: 'bye', reason: 'removed' });
  });

  it('of the client are what it sends, byte for byte', () => {
    const sent: ClientFrame[] = [];
    const port = { send: (frame: ClientFrame) => sent.push(frame) > 0, reconnect: () => {} };
    const ways = { newId: () => 'c-1', after: () => () => {} };
    const lines = golden<ClientFrame>(clientFrames);
    for (const frame of lines) {
      if (frame.type === 'command') void new Commands(new TableState(), port, ways).submit(frame.command);
      else if (frame.type === 'drag' || frame.type === 'ping' || frame.type === 'ruler') {
        new Commands(new TableState(), port, ways).sendEphemeral(frame);
      } else sent.push(frame);
    }
    expect(sent.map((frame) => JSON.stringify(frame))).toEqual(lines.map((frame) => JSON.stringify(frame)));
    expect(lines.filter((frame) => frame.type === 'command').length).toBeGreaterThan(20);
  });
});
