import { describe, expect, it } from 'vitest';
import type { ImportedScene, Upload } from '../../net/api';
import type { ClientFrame, Command, SceneView } from '../../net/frames';
import { Problem } from '../../net/problem';
import { Commands } from '../../table/commands';
import { TableState } from '../../table/table.svelte';
import { Toasts } from '../../ui/toasts.svelte';
import { Desk } from './desk.svelte';
import { Intake } from './intake.svelte';

const SCENE: SceneView = {
  scene: 3,
  size: [2_560, 1_280],
  grid: { shape: 'square', offset: [0, 0], pixels_per_cell: 0, unit_per_cell: 500, unit: 'ft', diagonal: 'one' },
  ambience: 'bright',
  sees_all: true,
};

const file = (name: string): File => new File(['x'], name);

/** Lets everything that waits for nothing but promises come to its end. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function setUp(role: 'gm' | 'player', scene: SceneView | null) {
  const table = new TableState();
  table.apply({ type: 'update', seq: 1, fresh: true, me: { seat: 1, role }, ...(scene ? { scene } : {}) });
  const asked: Command[] = [];
  const port = {
    send: (frame: ClientFrame): boolean => {
      if (frame.type === 'command') {
        asked.push(frame.command);
        void Promise.resolve().then(() => commands.settle({ id: frame.id }));
      }
      return true;
    },
    reconnect: (): void => {},
  };
  let ids = 0;
  const commands = new Commands(table, port, { newId: () => `${(ids += 1)}`, after: () => () => {} });
  const desk = new Desk(table, commands, new Toasts(() => () => {}));
  const scenes: string[] = [];
  const api = {
    uploadScene: async (_table: string, name: string, _file: Blob, _upload?: Upload): Promise<ImportedScene> => {
      scenes.push(name);
      return { scene: 9, kind: 'image', size_px: [10, 10], report: null };
    },
    uploadPicture: async (_table: string, picture: Blob): Promise<number> => {
      if (picture instanceof File && picture.name.startsWith('bad')) {
        throw new Problem(422, 'unusable', 'The file cannot be used', 'it is no picture');
      }
      return 77;
    },
  };
  const intake = new Intake(desk, api, 'table', () => false);
  const texts = (): string[] => desk.toasts.list.map((toast) => toast.text);
  return { intake, desk, asked, scenes, texts };
}

describe('files that arrive', () => {
  it('become scenes, and the panel shows how far they are', async () => {
    const { intake, desk, scenes } = setUp('gm', SCENE);
    intake.take([file('a.png'), file('b.dd2vtt')], 'scene', null);
    await settled();
    expect(scenes).toEqual(['a.png', 'b.dd2vtt']);
    expect(desk.tab).toBe('scenes');
  });

  it('become tokens side by side where they were dropped', async () => {
    const { intake, asked } = setUp('gm', SCENE);
    intake.take([file('old_wolf.png'), file('orc.png')], 'picture', [100, 200]);
    await settled();
    expect(asked).toEqual([
      { do: 'place_token', at: [128, 128], token: { name: 'old wolf', picture: 77 } },
      { do: 'place_token', at: [384, 128], token: { name: 'orc', picture: 77 } },
    ]);
  });

  it('become tokens in the middle of the map when they were chosen, not dropped', async () => {
    const { intake, asked } = setUp('gm', SCENE);
    intake.take([file('orc.png')], 'picture', null);
    await settled();
    expect(asked[0]).toMatchObject({ at: [1_408, 640] });
  });

  it('become scenes when there is no scene to put a token on', async () => {
    const { intake, scenes } = setUp('gm', null);
    intake.take([file('orc.png')], 'picture', null);
    await settled();
    expect(scenes).toEqual(['orc.png']);
  });

  it('are named when they are nothing that a table can use', async () => {
    const { intake, texts } = setUp('gm', SCENE);
    intake.take([file('notes.txt')], 'scene', null);
    intake.take([file('bad.png')], 'picture', null);
    await settled();
    expect(texts()).toEqual([expect.stringContaining('notes.txt'), expect.stringContaining('bad.png')]);
  });

  it('are not taken from players', async () => {
    const { intake, asked, scenes, texts } = setUp('player', SCENE);
    intake.take([file('orc.png')], 'picture', null);
    intake.take([file('map.png')], 'scene', null);
    await settled();
    expect([asked, scenes]).toEqual([[], []]);
    expect(texts().length).toBe(1);
  });

  it('are missed when something else was dropped', () => {
    const { intake, texts } = setUp('gm', SCENE);
    intake.take([], 'scene', null);
    expect(texts().length).toBe(1);
  });
});

describe('what hangs over the table', () => {
  it('shows its aim to the game master only, and tokens only where there is a scene', () => {
    const { intake } = setUp('gm', SCENE);
    intake.hover('picture');
    expect(intake.aim).toBe('picture');
    intake.leave();
    expect(intake.aim).toBe(null);
    const empty = setUp('gm', null).intake;
    empty.hover('picture');
    expect(empty.aim).toBe('scene');
    const player = setUp('player', SCENE).intake;
    player.hover('scene');
    expect(player.aim).toBe(null);
  });
});
