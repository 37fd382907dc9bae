import { describe, expect, it } from 'vitest';
import { HOLD_MS } from './pressed';
import { door, stand, token } from './testing';

const tokens = [token(7, 2.5, 2.5), token(8, 6.5, 2.5), token(9, 2.5, 6.5, { mine: false })];

describe('a click', () => {
  it('selects a token and lets go of the others', () => {
    const world = stand({ tokens });
    world.click(2.5, 2.5);
    world.click(6.5, 2.6);
    expect(world.table.selection).toEqual(new Set([8]));
  });

  it('with Shift adds a token and takes it away again', () => {
    const world = stand({ tokens });
    world.click(2.5, 2.5);
    world.click(6.5, 2.5, { shift: true });
    expect(world.table.selection).toEqual(new Set([7, 8]));
    world.click(2.5, 2.5, { shift: true });
    expect(world.table.selection).toEqual(new Set([8]));
  });

  it('on the ground lets go of everything, with Shift of nothing', () => {
    const world = stand({ tokens });
    world.click(2.5, 2.5);
    world.click(12, 12, { shift: true });
    expect(world.table.selection).toEqual(new Set([7]));
    world.click(12, 12);
    expect(world.table.selection).toEqual(new Set());
  });

  it('reaches the small one that stands on a large one, and a figure before scenery', () => {
    const world = stand({ tokens: [token(8, 3, 3, { size: 1024 }), token(7, 2.5, 2.5), token(9, 2.5, 2.5, { size: 128, layer: 'map' })] });
    world.click(2.5, 2.5);
    expect(world.table.selection).toEqual(new Set([7]));
    world.click(4.2, 4.2);
    expect(world.table.selection).toEqual(new Set([8]));
  });

  it('opens a shut door and shuts an open window, also if it is locked: the server says what holds', () => {
    const portals = [door(20, [5, 5], [6, 5]), door(21, [8, 5], [9, 5], { kind: 'window', state: 'open' }), door(22, [11, 5], [12, 5], { state: 'locked' })];
    const world = stand({ role: 'player', portals });
    for (const x of [5.5, 8.5, 11.5]) world.click(x, 5);
    expect(world.asked).toEqual([
      { do: 'set_portal', portal: 20, state: 'open' },
      { do: 'set_portal', portal: 21, state: 'shut' },
      { do: 'set_portal', portal: 22, state: 'open' },
    ]);
  });

  it('of a spectator opens nothing', () => {
    const world = stand({ role: 'spectator', portals: [door(20, [5, 5], [6, 5])] });
    world.click(5.5, 5);
    expect(world.asked).toEqual([]);
  });

  it('means the token in a doorway at its middle, and the door beside it', () => {
    const world = stand({ tokens: [token(7, 5.5, 5)], portals: [door(20, [5, 5], [6, 5])] });
    world.click(5.5, 5);
    expect([world.table.selection.has(7), world.asked]).toEqual([true, []]);
    const beside = stand({ tokens: [token(7, 5.5, 5.5)], portals: [door(20, [5, 5], [6, 5])] });
    beside.click(5.5, 5.1);
    expect([beside.table.selection.has(7), beside.asked.length]).toEqual([false, 1]);
  });

  it('is none when Escape or the right button came before it ended', () => {
    const world = stand({ tokens });
    world.down(2.5, 2.5);
    world.press('Escape');
    world.up(2.5, 2.5);
    world.down(2.5, 2.5);
    world.move(2.5, 2.5, { isSecondaryDown: true });
    world.up(2.5, 2.5);
    expect(world.table.selection).toEqual(new Set());
  });

  it('does nothing while there is no scene', () => {
    const world = stand({ tokens });
    world.tell({ gone: [100] });
    world.click(2.5, 2.5);
    world.drag({ x: 1, y: 1 }, { x: 9, y: 9 });
    expect(world.sent).toEqual([]);
  });
});

describe('a box', () => {
  it('selects the tokens in it that one may move', () => {
    const world = stand({ role: 'player', tokens });
    world.drag({ x: 1, y: 8 }, { x: 8, y: 1 });
    expect(world.table.selection).toEqual(new Set([7, 8]));
  });

  it('is shown while it is drawn', () => {
    const world = stand({ tokens });
    world.down(1, 1);
    world.move(4, 5);
    expect(world.sketch.parts.box?.from).toEqual({ x: 1, y: 1 });
    world.up(4, 5);
    expect(world.sketch.parts.box).toBe(null);
  });

  it('adds when Shift is held at its end', () => {
    const world = stand({ tokens });
    world.table.select([8]);
    world.down(1, 1);
    world.move(4, 4);
    world.up(4, 4, { shift: true });
    expect(world.table.selection).toEqual(new Set([8, 7]));
  });

  it('lets go of everything when nothing is in it', () => {
    const world = stand({ tokens });
    world.table.select([8]);
    world.drag({ x: 10, y: 10 }, { x: 12, y: 12 });
    expect(world.table.selection).toEqual(new Set());
  });

  it.each(['escape', 'right button'])('is cancelled by %s', (by) => {
    const world = stand({ tokens });
    world.table.select([8]);
    world.down(1, 1);
    world.move(4, 4);
    if (by === 'escape') world.press('Escape');
    else world.move(4, 4, { isSecondaryDown: true });
    expect(world.sketch.parts.box).toBe(null);
    world.up(4, 4);
    expect(world.table.selection).toEqual(new Set([8]));
  });

  it('is not drawn by a finger, which moves the map', () => {
    const world = stand({ tokens });
    const before = world.camera.centre;
    world.drag({ x: 1, y: 8 }, { x: 3, y: 8 }, { kind: 'touch' });
    expect(world.table.selection).toEqual(new Set());
    expect(world.camera.centre.x).toBeLessThan(before.x);
  });
});

describe('holding still', () => {
  it('points at the place, once, and is no click', () => {
    const world = stand({ role: 'player', tokens });
    world.down(2.5, 2.5);
    world.pass(HOLD_MS - 1);
    expect(world.fleeting()).toEqual([]);
    world.pass(1);
    expect(world.fleeting()).toEqual([{ type: 'ping', at: [640, 640], pull: false }]);
    expect(world.table.pings.map((ping) => ping.at)).toEqual([[640, 640]]);
    world.move(4, 4);
    world.up(4, 4);
    expect([world.table.selection.size, world.moved(), world.fleeting().length]).toEqual([0, [], 1]);
  });

  it('with Shift calls all eyes, for the game master; the key may come while holding', () => {
    const world = stand();
    world.down(2.5, 2.5);
    world.press('Shift', { shift: true });
    world.pass(HOLD_MS);
    expect(world.fleeting()).toEqual([{ type: 'ping', at: [640, 640], pull: true }]);
    const player = stand({ role: 'player' });
    player.down(2.5, 2.5, { shift: true });
    player.pass(HOLD_MS);
    expect(player.fleeting()).toEqual([{ type: 'ping', at: [640, 640], pull: false }]);
  });

  it('points nowhere for a spectator, whom nobody would see', () => {
    const world = stand({ role: 'spectator' });
    world.down(2.5, 2.5);
    world.pass(HOLD_MS);
    expect([world.fleeting(), world.table.pings.length]).toEqual([[], 0]);
  });

  it('is given up by moving, by lifting and by Escape', () => {
    const world = stand();
    world.down(2.5, 2.5);
    world.move(4, 4);
    world.pass(HOLD_MS);
    world.up(4, 4);
    world.click(5, 5);
    world.pass(HOLD_MS);
    world.down(5, 5);
    world.press('Escape');
    world.pass(HOLD_MS);
    expect(world.fleeting()).toEqual([]);
  });

  it('is not what a drag looks like where frames are slow: moves come with them, and clocks do not wait', () => {
    const world = stand({ tokens });
    world.down(2.5, 2.5);
    const thaw = world.freeze();
    world.pass(HOLD_MS + 300);
    world.move(5.5, 2.5);
    thaw();
    world.up(5.5, 2.5);
    expect([world.fleeting().filter((frame) => frame.type === 'ping'), world.moved().length]).toEqual([[], 1]);
  });

  it('is not what a drag looks like on a busy page, where the clock rings before the pointer is heard', () => {
    const world = stand({ tokens });
    world.down(2.5, 2.5);
    world.stall(HOLD_MS + 300);
    world.pass(0);
    world.move(5.5, 2.5);
    world.up(5.5, 2.5);
    expect([world.fleeting().filter((frame) => frame.type === 'ping'), world.moved().length]).toEqual([[], 1]);
    world.down(9.5, 9.5);
    world.stall(HOLD_MS + 300);
    world.pass(0);
    // Busy for ever it may be; a finger that stays long enough is heard.
    world.stall(900);
    world.pass(0);
    expect(world.fleeting().at(-1)?.type).toBe('ping');
  });

  it('with a finger opens the menu of a token or a door, and points at bare ground', () => {
    const world = stand({ tokens, portals: [door(20, [5, 5], [6, 5])] });
    for (const [x, y] of [[2.5, 2.5], [5.5, 5], [12, 12]] as const) {
      world.down(x, y, { kind: 'touch' });
      world.pass(HOLD_MS);
      world.up(x, y, { kind: 'touch' });
    }
    expect(world.calls).toEqual([
      { call: 'menu', target: { kind: 'token', handle: 7 }, place: { x: 2.5, y: 2.5 } },
      { call: 'menu', target: { kind: 'portal', handle: 20 }, place: { x: 5.5, y: 5 } },
    ]);
    expect(world.fleeting().length).toBe(1);
    expect(world.asked).toEqual([]);
  });
});

describe('other ways to act on something', () => {
  it('a double click opens a token, and nothing elsewhere or with another tool', () => {
    const world = stand({ tokens });
    world.double(2.5, 2.5);
    world.double(12, 12);
    world.hands.tool = 'ruler';
    world.double(2.5, 2.5);
    expect(world.calls).toEqual([{ call: 'open', tokens: [7] }]);
    const player = stand({ role: 'player', tokens });
    player.double(2.5, 2.5);
    expect(player.calls).toEqual([]);
  });

  it('a right click opens a menu, a right drag does not', () => {
    const world = stand({ tokens });
    world.click(2.5, 2.5, { button: 'secondary' });
    world.drag({ x: 2.5, y: 2.5 }, { x: 5, y: 5 }, { button: 'secondary' });
    world.click(12, 12, { button: 'secondary' });
    expect(world.calls.map((call) => (call.call === 'menu' ? call.target.kind : call.call))).toEqual(['token', 'ground']);
    expect(world.table.selection).toEqual(new Set());
  });
});

describe('the pointer', () => {
  it('marks what it is over, and nothing once it has left', () => {
    const world = stand({ tokens, portals: [door(20, [5, 5], [6, 5])] });
    world.move(2.5, 2.5);
    expect([world.sketch.parts.hovered, world.cursors.at(-1)]).toEqual([{ kind: 'token', handle: 7 }, 'pointer']);
    world.move(5.5, 5);
    expect(world.sketch.parts.hovered).toEqual({ kind: 'portal', handle: 20 });
    world.hands.leave();
    expect([world.sketch.parts.hovered, world.cursors.at(-1)]).toEqual([null, 'default']);
  });

  it('reaches doors no farther than half a cell on a map far away', () => {
    const world = stand({ portals: [door(20, [5, 5], [6, 5])] });
    world.camera.zoomAt({ x: 500, y: 500 }, 0.3);
    world.move(5.5, 5.9);
    expect(world.sketch.parts.hovered).toBe(null);
    world.move(5.5, 5.3);
    expect(world.sketch.parts.hovered).toEqual({ kind: 'portal', handle: 20 });
  });
});
