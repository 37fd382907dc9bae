import { describe, expect, it } from 'vitest';
import type { ImportedScene, Upload } from '../../net/api';
import type { ClientFrame, Command, SceneView } from '../../net/frames';
import { Problem } from '../../net/problem';
import { Commands } from '../../table/commands';
import { TableState } from '../../table/table.svelte';
import { Toasts } from '../../ui/toasts.svelte';
import { Desk } from './desk.svelte';
import { importHeadline, importRows, importSummary } from './import-rows';
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
        const made = frame.command.do === 'place_token' ? (handles += 1) : undefined;
        const isRefused = frame.command.do === 'place_token' && frame.command.token.name === 'far';
        const ack = isRefused ? { refused: { code: 'outside', message: 'that lies outside the scene' } } : { made };
        void Promise.resolve().then(() => commands.settle({ id: frame.id, ...ack }));
      }
      return true;
    },
    reconnect: (): void => {},
  };
  let ids = 0;
  let handles = 500;
  const commands = new Commands(table, port, { newId: () => `${(ids += 1)}`, after: () => () => {} });
  const desk = new Desk(table, commands, new Toasts(() => () => {}));
  const scenes: string[] = [];
  const api = {
    uploadScene: async (_table: string, name: string, _file: Blob, _upload?: Upload): Promise<ImportedScene> => {
      scenes.push(name);
      return { scene: 9, kind: name.endsWith('.png') ? 'image' : 'universal_vtt', size_px: [10, 10], report: null };
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
  it('become scenes, and the panel shows them', async () => {
    const { intake, desk, scenes } = setUp('gm', SCENE);
    intake.take([file('a.png'), file('b.dd2vtt')], 'scene', null);
    await settled();
    expect(scenes).toEqual(['a.png', 'b.dd2vtt']);
    expect(desk.tab).toBe('scenes');
  });

  it('become tokens side by side where they were dropped', async () => {
    const { intake, asked } = setUp('gm', SCENE);
    intake.take([file('old_wolf.png'), file('orc.png'), file('elf.png')], 'picture', [100, 200]);
    await settled();
    expect(asked).toEqual([
      { do: 'place_token', at: [128, 128], token: { name: 'old wolf', picture: 77 } },
      { do: 'place_token', at: [384, 128], token: { name: 'orc', picture: 77 } },
      { do: 'place_token', at: [128, 384], token: { name: 'elf', picture: 77 } },
    ]);
  });

  it('stay on the map, however many they are', async () => {
    const { intake, asked } = setUp('gm', SCENE);
    intake.take(Array.from({ length: 30 }, (_, index) => file(`${index}.png`)), 'picture', [2_500, 1_200]);
    await settled();
    expect(asked.length).toBe(30);
    for (const command of asked) {
      if (command.do !== 'place_token') throw new Error('it places tokens');
      expect([command.at[0] <= 2_688, command.at[1] <= 1_408]).toEqual([true, true]);
    }
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

  it('are told of in one notice, those that were refused with the reason, and in no toasts', async () => {
    const { intake, desk, texts } = setUp('gm', SCENE);
    intake.take([file('inn.dd2vtt'), file('notes.txt'), file('mill.dd2vtt'), file('mine.dd2vtt')], 'scene', null);
    expect(importHeadline(intake.imports)).toBe('Importing 1 of 4: inn.dd2vtt');
    await settled();
    const summary = '3 maps imported, 1 refused: notes.txt. It is neither a picture nor a Universal VTT map.';
    expect([importHeadline(intake.imports), importSummary(intake.imports)]).toEqual([summary, summary]);
    intake.take([file('bad.png'), file('far.png'), file('orc.png')], 'picture', null);
    await settled();
    expect(importSummary(intake.imports)).toBe('1 token placed, 2 refused');
    expect(importRows(desk, intake.imports).map((row) => [row.name, row.tone, row.words])).toEqual([
      ['bad.png', 'bad', 'The file cannot be used. It is no picture.'],
      ['far.png', 'bad', 'That lies outside the scene.'],
      ['orc.png', 'good', 'placed as a token'],
    ]);
    expect(texts()).toEqual([]);
  });

  it('can be looked at one by one when they came together', async () => {
    const { intake, desk, asked } = setUp('gm', SCENE);
    intake.take([file('inn.dd2vtt'), file('mill.png')], 'scene', null);
    await settled();
    expect([asked, desk.dialog]).toEqual([[], null]);
    const [inn, mill] = importRows(desk, intake.imports);
    expect([inn, mill].map((row) => row?.actions.map((action) => action.label))).toEqual([['Look at it', 'Report'], ['Look at it', 'Align the grid']]);
    inn?.actions[0]?.run();
    expect(asked).toEqual([{ do: 'open_scene', scene: 9 }]);
    mill?.actions[1]?.run();
    expect(desk.dialog?.kind).toBe('align');
    mill?.dismiss();
    expect(intake.imports.items.length).toBe(1);
  });

  it('are looked at when they come alone, or when there is nothing else to look at', async () => {
    const alone = setUp('gm', SCENE);
    alone.intake.take([file('inn.dd2vtt')], 'scene', null);
    await settled();
    expect([alone.asked, alone.desk.dialog?.kind]).toEqual([[{ do: 'open_scene', scene: 9 }], 'report']);
    const first = setUp('gm', null);
    first.intake.take([file('inn.dd2vtt'), file('mill.dd2vtt')], 'scene', null);
    await settled();
    expect([first.asked[0], first.desk.dialog]).toEqual([{ do: 'open_scene', scene: 9 }, null]);
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
