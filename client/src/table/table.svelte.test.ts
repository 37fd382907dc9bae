import { flushSync } from 'svelte';
import { describe, expect, test } from 'vitest';
import type { SceneView, TokenMoved, TokenView, Update } from '../net/frames';
import { TableState, type TableChange } from './table.svelte';

const scene = (handle: number): SceneView => ({
  scene: handle,
  size: [2560, 2560],
  grid: { shape: 'square', offset: [0, 0], pixels_per_cell: 70, unit_per_cell: 500, unit: 'ft', diagonal: 'one' },
  ambience: 'bright',
  sees_all: false,
});

const token = (handle: number, name = 'Mira'): TokenView => ({
  token: handle,
  at: [128, 128],
  size: 256,
  rotation: 0,
  layer: 'token',
  color: 0xff0000,
  name,
});

function stand(): { table: TableState; changes: TableChange[]; update: (update: Omit<Update, 'seq'>) => void } {
  const table = new TableState();
  const changes: TableChange[] = [];
  table.watch((change) => changes.push(change));
  const update = (update: Omit<Update, 'seq'>): void => table.apply({ type: 'update', seq: 1, ...update });
  update({ fresh: true, me: { seat: 1, role: 'player' }, scene: scene(2), tokens: [token(3), token(4, 'Orc')] });
  changes.length = 0;
  return { table, changes, update };
}

const topics = (changes: TableChange[]): string[] => changes.flatMap((change) => [...change.topics]);

describe('the state of a table', () => {
  test('waits, opens, goes offline and ends', () => {
    const table = new TableState();
    expect(table.status).toBe('connecting');
    // Whoever cannot be reached from the start is told so as well.
    table.goOffline();
    expect(table.status).toBe('offline');
    table.apply({ type: 'waiting', table: 'Ward', name: 'Mira' });
    expect([table.status, table.waitingFor]).toEqual(['waiting', { table: 'Ward', name: 'Mira' }]);
    table.apply({ type: 'update', seq: 1, fresh: true });
    expect([table.status, table.waitingFor]).toEqual(['open', null]);
    table.goOffline();
    expect(table.status).toBe('offline');
    table.apply({ type: 'bye', reason: 'removed' });
    table.goOffline();
    expect([table.status, table.bye]).toEqual(['ended', 'removed']);
  });

  test('words of a frame name nothing that all objects have', () => {
    const { table } = stand();
    const evil = '{"__proto__":{"sees_all":true},"constructor":{"prototype":{"sees_all":true}}';
    const frame = `${evil},"type":"update","seq":2,"fresh":true,"me":${evil},"seat":1,"role":"player"},"scene":${evil},"scene":2},"tokens":[${evil},"token":3,"name":"__proto__"}]}`;
    const names = Object.getOwnPropertyNames(Object.prototype).length;
    table.apply(JSON.parse(frame) as Update & { type: 'update' });
    expect(table.tokens.get(3)?.name).toBe('__proto__');
    expect('sees_all' in {}).toBe(false);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(names);
  });

  test('a fresh update forgets everything first', () => {
    const { table, update } = stand();
    update({ messages: [{ message: 1, at_ms: 0, name: 'Mira', manner: 'say', parts: [] }] });
    update({ fresh: true, tokens: [token(9)] });
    expect([...table.tokens.keys()]).toEqual([9]);
    expect(table.messages).toEqual([]);
    expect(table.scene).toBeNull();
    expect(table.me).toBeNull();
  });

  test('a scene drops what stood on the old one', () => {
    const { table, changes, update } = stand();
    update({ walls: [{ wall: 8, a: [0, 0], b: [256, 0], kind: 'wall' }], sight: [{ eye: 3, polygon: [], level: 'bright' }] });
    changes.length = 0;
    update({ scene: scene(20), tokens: [token(21)] });
    expect([...table.tokens.keys()]).toEqual([21]);
    expect([table.walls.size, table.sight.size]).toEqual([0, 0]);
    expect(topics(changes)).toContain('walls');
  });

  test('a scene told anew keeps the selection of what is still there', () => {
    const { table, update } = stand();
    table.select([3, 4]);
    update({ scene: scene(2), tokens: [token(3)] });
    expect([...table.selection]).toEqual([3]);
  });

  test('a move puts a token at the end of its way', () => {
    const { table, changes, update } = stand();
    const moves = [{ token: 3, path: [[256, 256], [512, 512]] as [number, number][] }];
    update({ moves });
    expect(table.tokens.get(3)?.at).toEqual([512, 512]);
    expect(changes[0]?.moves).toEqual(moves);
    update({ moves: [{ token: 99, path: [[0, 0]] }] });
    expect(table.tokens.has(99)).toBe(false);
  });

  test('what is gone is dropped, whatever it was', () => {
    const { table, update } = stand();
    update({
      seats: [{ seat: 5, name: 'Bo', color: 0, role: 'player', state: 'seated', online: true }],
      portals: [{ portal: 6, a: [0, 0], b: [0, 256], kind: 'door', state: 'shut' }],
      sight: [{ eye: 3, polygon: [], level: 'bright' }],
    });
    table.select([3, 4]);
    update({ gone: [3, 5, 6] });
    expect([table.tokens.has(3), table.seats.size, table.portals.size, table.sight.size]).toEqual([false, 0, 0, 0]);
    expect([...table.selection]).toEqual([4]);
    update({ gone: [2] });
    expect([table.scene, table.tokens.size]).toEqual([null, 0]);
  });

  test('only tokens in view are selected, and nothing is told when nothing changes', () => {
    const { table, changes } = stand();
    table.select([3, 77]);
    expect([...table.selection]).toEqual([3]);
    table.select([3]);
    expect(topics(changes)).toEqual(['selection']);
    table.toggleSelected(4);
    table.toggleSelected(3);
    expect([...table.selection]).toEqual([4]);
    table.clearSelection();
    expect(table.selection.size).toBe(0);
  });

  test('shows an expected move until the server has spoken', () => {
    const { table, update } = stand();
    const mira = token(3);
    const moves: TokenMoved[] = [{ token: 3, path: [[1280, 128]] }];
    table.expect(moves);
    expect(table.placeOf(mira)).toEqual({ x: 5, y: 0.5 });
    update({ moves: [{ token: 3, path: [[512, 128]] }] });
    table.settle(moves);
    expect(table.placeOf(table.tokens.get(3) ?? mira)).toEqual({ x: 2, y: 0.5 });
  });

  test('the answer to one step does not take back the next, which is on its way', () => {
    const { table } = stand();
    const steps: TokenMoved[] = [{ token: 3, path: [[512, 128]] }, { token: 3, path: [[768, 128]] }];
    for (const step of steps) table.expect([step]);
    table.settle(steps.slice(0, 1));
    expect(table.placeOf(token(3))).toEqual({ x: 3, y: 0.5 });
    table.settle(steps.slice(1));
    expect(table.isExpected(3)).toBe(false);
  });

  test('an expected move survives a fresh view, because it is asked again', () => {
    const { table, update } = stand();
    table.expect([{ token: 3, path: [[1280, 128]] }]);
    update({ fresh: true, scene: scene(2), tokens: [token(3)] });
    expect(table.isExpected(3)).toBe(true);
  });

  test('ghosts, rulers and pings come and go', () => {
    const { table } = stand();
    table.apply({ type: 'drag', by: 5, ghosts: [{ token: 3, at: [0, 0] }] });
    table.apply({ type: 'ruler', by: 5, points: [[0, 0], [256, 0]] });
    expect([table.ghosts.size, table.rulers.size]).toEqual([1, 1]);
    table.apply({ type: 'drag', by: 5, ghosts: [] });
    table.apply({ type: 'ruler', by: 5, points: [] });
    expect([table.ghosts.size, table.rulers.size]).toEqual([0, 0]);
    for (let i = 0; i < 40; i += 1) table.apply({ type: 'ping', by: 5, at: [i, 0], pull: false });
    expect(table.pings).toHaveLength(16);
    expect(table.pings.at(-1)).toEqual({ id: 40, by: 5, at: [39, 0], pull: false });
  });

  test('effects run when a frame changes what they read', () => {
    const { table, update } = stand();
    const seen: number[] = [];
    const stop = $effect.root(() => {
      $effect(() => {
        seen.push(table.tokens.size);
      });
    });
    flushSync();
    update({ tokens: [token(10)] });
    flushSync();
    stop();
    expect(seen).toEqual([2, 3]);
  });

  test('knows a game master', () => {
    const { table, update } = stand();
    expect(table.isGm).toBe(false);
    update({ me: { seat: 1, role: 'gm' } });
    expect(table.isGm).toBe(true);
  });

  test('a token is seen or felt, never both', () => {
    const { table, changes, update } = stand();
    update({ felt: [{ token: 4, at: [640, 128], size: 256 }] });
    expect([...table.tokens.keys()]).toEqual([3]);
    expect(table.felt.get(4)?.at).toEqual([640, 128]);
    expect(topics(changes).toSorted()).toEqual(['felt', 'tokens']);
    update({ tokens: [token(4, 'Orc')] });
    expect(table.felt.size).toBe(0);
    expect(table.tokens.get(4)?.name).toBe('Orc');
    update({ felt: [{ token: 5, at: [0, 0], size: 256 }] });
    update({ gone: [5] });
    expect(table.felt.size).toBe(0);
  });

  test('light comes and goes block by block, and all of it with the scene', () => {
    const { table, changes, update } = stand();
    const block = (x: number, runs: string) => ({ x, y: 0, runs });
    update({ lit: { whole: true, dim: [block(0, 'AAk'), block(1, 'AAk')], bright: [block(0, 'AAk')] } });
    expect([table.lit.dim.size, table.lit.bright.size]).toEqual([2, 1]);
    const kept = table.lit.dim.get(0);
    update({ lit: { dim: [block(1, '')], bright: [] } });
    expect([...table.lit.dim.values()]).toEqual([kept]);
    expect(topics(changes)).toEqual(['lit', 'lit']);
    update({ scene: scene(9) });
    expect([table.lit.dim.size, table.lit.bright.size]).toEqual([0, 0]);
  });
});
