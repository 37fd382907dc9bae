/**
 * What is open on one person's table: the tab of the panel, the dialog, the ring menu, who speaks. Asks the table for
 * things and says so when it refuses. Knows nothing of how any of it looks.
 */

import type { ImportedScene } from '../../net/api';
import type { Ack, AreaView, At, Command, Cover, DrawingView, FogStage, Handle, Refused, SceneInfo, SeatInfo, TokenChange, TokenView } from '../../net/frames';
import { NOT_SENT, type Commands } from '../../table/commands';
import { CELL, fromWire, snap, toWire } from '../../table/grid';
import type { TableState } from '../../table/table.svelte';
import { asSentence } from '../../ui/problems';
import { t } from '../../ui/strings';
import type { RingItem } from '../../ui/table/RingMenu.svelte';
import type { TabName } from '../../ui/table/SidePanel.svelte';
import type { Toasts } from '../../ui/toasts.svelte';
import { TokenForm, type TokenFields } from '../../ui/token/token-form.svelte';

/** The dialog in front. Dialogs do not stand on each other here; one leads to the next. */
export type OpenDialog =
  | { readonly kind: 'help' }
  | { readonly kind: 'token'; readonly form: TokenForm; readonly tokens: readonly Handle[]; readonly at: At | null }
  | { readonly kind: 'new_scene' }
  | { readonly kind: 'rename_scene'; readonly scene: SceneInfo }
  | { readonly kind: 'rename_table' }
  | {
      readonly kind: 'align';
      readonly scene: Handle;
      /** The picture as it was dropped, so that it need not be fetched. */
      readonly file: File | null;
      readonly sizePx: readonly [number, number] | null;
    }
  | { readonly kind: 'report'; readonly name: string; readonly imported: ImportedScene }
  | { readonly kind: 'seat'; readonly seat: SeatInfo }
  | { readonly kind: 'seat_link'; readonly seat: SeatInfo }
  | { readonly kind: 'name_area'; readonly points: readonly At[] }
  | { readonly kind: 'rename_area'; readonly area: AreaView }
  /** A new one at a place, or one's own. */
  | { readonly kind: 'note'; readonly at: At; readonly note: DrawingView | null }
  | { readonly kind: 'confirm'; readonly title: string; readonly text: string; readonly confirm: string; readonly run: () => void };

export interface OpenRing {
  readonly label: string;
  readonly items: readonly RingItem[];
  readonly at: { readonly x: number; readonly y: number };
}

export class Desk {
  readonly table: TableState;
  readonly toasts: Toasts;
  readonly #commands: Commands;

  #tab = $state.raw<TabName | null>(null);
  #dialog = $state.raw<OpenDialog | null>(null);
  #ring = $state.raw<OpenRing | null>(null);
  #asToken = $state(false);
  /** Whether the game master sees the darkness, as a veil. */
  isVeiled = $state(true);
  /** The newest message that was on the screen; null until the first look. */
  #readUpTo = $state<number | null>(null);

  constructor(table: TableState, commands: Commands, toasts: Toasts) {
    this.table = table;
    this.toasts = toasts;
    this.#commands = commands;
  }

  readonly #newest: number = $derived.by(() => this.table.messages.at(-1)?.message ?? 0);

  /** Messages that came while the chat was put away. */
  readonly unreadCount: number = $derived.by(() => {
    const readUpTo = this.#readUpTo;
    if (this.#tab === 'chat' || readUpTo === null) return 0;
    return this.table.messages.filter((message) => message.message > readUpTo).length;
  });

  readonly knocking: readonly SeatInfo[] = $derived.by(() =>
    [...this.table.seats.values()].filter((seat) => seat.state === 'knocking'),
  );

  readonly players: readonly SeatInfo[] = $derived.by(() =>
    [...this.table.seats.values()].filter((seat) => seat.state === 'seated' && seat.role === 'player'),
  );

  readonly mySeat: SeatInfo | null = $derived.by(() => {
    const me = this.table.me;
    return me === null ? null : (this.table.seats.get(me.seat) ?? null);
  });

  readonly selected: readonly TokenView[] = $derived.by(() =>
    [...this.table.selection].flatMap((handle) => this.table.tokens.get(handle) ?? []),
  );

  /** The token that could speak: the only selected one, if it is one's own and has a name. */
  readonly speaker: TokenView | null = $derived.by(() => {
    const [only, ...others] = this.selected;
    const canSpeak = only !== undefined && others.length === 0 && (this.table.isGm || only.mine === true);
    return canSpeak && only.name ? only : null;
  });

  /** Whether this person may draw. */
  readonly canDraw: boolean = $derived.by(
    () => this.table.isGm || (this.table.me?.role === 'player' && this.table.table?.players_draw !== false),
  );

  get tab(): TabName | null {
    return this.#tab;
  }

  set tab(tab: TabName | null) {
    if (this.#tab === 'chat' || tab === 'chat') this.#readUpTo = this.#newest;
    this.#tab = tab;
  }

  get dialog(): OpenDialog | null {
    return this.#dialog;
  }

  get ring(): OpenRing | null {
    return this.#ring;
  }

  get asToken(): boolean {
    return this.#asToken;
  }

  set asToken(asToken: boolean) {
    this.#asToken = asToken;
  }

  /** What was said before the person sat down does not count as unread. */
  beginReading(): void {
    this.#readUpTo ??= this.#newest;
  }

  open(dialog: OpenDialog): void {
    this.#ring = null;
    this.#dialog = dialog;
  }

  closeDialog(): void {
    this.#dialog = null;
  }

  openRing(ring: OpenRing): void {
    if (ring.items.length > 0) this.#ring = ring;
  }

  closeRing(): void {
    this.#ring = null;
  }

  /** Asks for something; a refusal is shown and answered as null. */
  async ask(command: Command): Promise<Ack | null> {
    const ack = await this.#commands.submit(command);
    if (ack.refused === undefined) return ack;
    this.refused(ack.refused);
    return null;
  }

  async say(line: string): Promise<boolean> {
    const speak_as = this.#asToken && this.speaker !== null ? this.speaker.token : null;
    return (await this.ask({ do: 'say', line, speak_as })) !== null;
  }

  editTokens(tokens: readonly Handle[]): void {
    const views = tokens.flatMap((token) => this.table.tokens.get(token) ?? []);
    if (views.length === 0 || !this.table.isGm) return;
    this.open({ kind: 'token', form: TokenForm.forTokens(views), tokens: views.map((view) => view.token), at: null });
  }

  newToken(at: At, start: Partial<TokenFields> = {}): void {
    this.open({ kind: 'token', form: TokenForm.forNew(start), tokens: [], at });
  }

  /** Writes what the token dialog holds. */
  saveTokens(dialog: Extract<OpenDialog, { kind: 'token' }>): void {
    const change = dialog.form.change();
    if (dialog.at !== null) void this.placeToken(dialog.at, change);
    else if (Object.keys(change).length > 0) void this.ask({ do: 'edit_tokens', tokens: [...dialog.tokens], change });
  }

  /** Copies tokens, by default to the next cell, and selects the copies, so that the next key means them. */
  async copyTokens(tokens: readonly Handle[], by: At = [CELL, 0]): Promise<void> {
    const known = new Set(this.table.tokens.keys());
    if ((await this.ask({ do: 'copy_tokens', tokens: [...tokens], by })) === null) return;
    this.table.select([...this.table.tokens.keys()].filter((token) => !known.has(token)));
  }

  /** At once, because it can be taken back. */
  async removeTokens(tokens: readonly Handle[]): Promise<void> {
    if ((await this.ask({ do: 'remove_tokens', tokens: [...tokens] })) === null) return;
    const undo = { label: t.table.undo, run: () => void this.ask({ do: 'undo' }) };
    this.toasts.info(t.token.deleted(tokens.length), { actions: [undo] });
  }

  /** Points at a place. The server does not send one's own ping back. */
  ping(at: At, pull: boolean): void {
    const me = this.table.me;
    if (me === null) return;
    this.#commands.sendEphemeral({ type: 'ping', at, pull });
    this.table.addPing(me.seat, at, pull);
  }

  /** Places a token on the nearest cell. */
  async placeToken(at: At, token: TokenChange): Promise<void> {
    const { refused } = await this.tryPlaceToken(at, token);
    if (refused !== undefined) this.refused(refused);
  }

  /** The same, for who says themselves what came of it. */
  tryPlaceToken(at: At, token: TokenChange): Promise<Ack> {
    const grid = this.table.scene?.grid;
    const size = (token.size ?? CELL) / CELL;
    const place = grid === undefined ? at : toWire(snap(grid, fromWire(at), size));
    return this.#commands.submit({ do: 'place_token', at: place, token });
  }

  newNote(at: At): void {
    if (!this.canDraw) return;
    this.open({ kind: 'note', at, note: null });
  }

  editNote(handle: Handle): void {
    const note = this.table.drawings.get(handle);
    if (note?.mine === true && note.shape.kind === 'note') this.open({ kind: 'note', at: note.shape.at, note });
  }

  /** At once, because it can be taken back. */
  async wipe(drawings: readonly Handle[]): Promise<void> {
    if ((await this.ask({ do: 'remove_drawings', drawings: [...drawings] })) === null) return;
    const undo = { label: t.table.undo, run: () => void this.ask({ do: 'undo' }) };
    this.toasts.info(t.draw.wipedAll(drawings.length), { actions: [undo] });
  }

  async showScene(scene: Handle): Promise<void> {
    const name = this.table.scenes.get(scene)?.name;
    if ((await this.ask({ do: 'show_scene', scene })) !== null && name !== undefined) {
      this.toasts.good(t.scenes.shownToast(name));
    }
  }

  /** Adds an empty scene and looks at it. */
  async addScene(name: string, size_cells: [number, number]): Promise<void> {
    const ack = await this.ask({ do: 'add_scene', name, size_cells });
    if (ack?.made !== undefined) await this.ask({ do: 'open_scene', scene: ack.made });
  }

  /** Covers named areas, in the draft while one is prepared. */
  coverArea(area: AreaView, cover: Cover): void {
    void this.ask({ do: 'cover_areas', stage: this.#fogStage, areas: [area.area], cover });
  }

  coverAll(cover: Cover): void {
    const size = this.table.scene?.size;
    if (size === undefined) return;
    void this.ask({ do: 'paint_fog', stage: this.#fogStage, shape: { kind: 'rectangle', a: [0, 0], b: size }, cover });
  }

  discardFog(): void {
    this.open({
      kind: 'confirm',
      title: t.fog.discardTitle,
      text: t.fog.discardText,
      confirm: t.fog.discard,
      run: () => void this.ask({ do: 'discard_fog' }),
    });
  }

  forgetExplored(): void {
    this.open({
      kind: 'confirm',
      title: t.fog.forgetTitle,
      text: t.fog.forgetText,
      confirm: t.fog.forget,
      run: () => void this.ask({ do: 'forget_memory' }),
    });
  }

  get #fogStage(): FogStage {
    return this.table.fog.preparing ? 'draft' : 'live';
  }

  deleteScene(scene: SceneInfo): void {
    this.open({
      kind: 'confirm',
      title: t.scenes.deleteTitle(scene.name),
      text: t.scenes.deleteText,
      confirm: t.scenes.delete,
      run: () => void this.ask({ do: 'remove_scene', scene: scene.scene }),
    });
  }

  /**
   * A map has arrived. One that came alone is looked at, and goes on with what it needs unless the person is in the
   * middle of something. Of several nothing is thrust upon anybody: the notice has a way to each.
   */
  imported(imported: ImportedScene, file: File, { isAlone, isTyping }: { isAlone: boolean; isTyping: boolean }): void {
    if (isAlone || this.table.scene === null) void this.ask({ do: 'open_scene', scene: imported.scene });
    if (isAlone && this.#dialog === null && !isTyping) this.afterImport(imported, file);
  }

  /** What an imported map needs next: a picture its grid, a map file a look at what was made of it. */
  afterImport(imported: ImportedScene, file: File): void {
    this.open(
      imported.kind === 'image'
        ? { kind: 'align', scene: imported.scene, file, sizePx: imported.size_px }
        : { kind: 'report', name: file.name, imported },
    );
  }

  editTable(change: Partial<Omit<Extract<Command, { do: 'edit_table' }>, 'do'>>): Promise<Ack | null> {
    return this.ask({ do: 'edit_table', name: null, walk_in: null, shared_sight: null, player_undo: null, padded_timing: null, paused: null, ...change });
  }

  admit(seat: SeatInfo, into: Handle | null): void {
    void this.ask({ do: 'admit', seat: seat.seat, into });
  }

  /** Turning away somebody who waits needs no second thought: they may knock again. */
  turnAway(seat: SeatInfo): void {
    void this.ask({ do: 'kick', seat: seat.seat });
  }

  kick(seat: SeatInfo): void {
    this.open({
      kind: 'confirm',
      title: t.people.kickTitle(seat.name),
      text: t.people.kickText,
      confirm: t.people.kick,
      run: () => void this.ask({ do: 'kick', seat: seat.seat }),
    });
  }

  ban(seat: SeatInfo): void {
    this.open({
      kind: 'confirm',
      title: t.people.banTitle(seat.name),
      text: t.people.banText,
      confirm: t.people.ban,
      run: () => void this.ask({ do: 'ban', seat: seat.seat }),
    });
  }

  /** Says why something was refused. */
  refused({ code, message }: Refused): void {
    if (code === NOT_SENT) return;
    this.toasts.bad(message === '' ? t.toasts.refusedTitle : asSentence(message));
  }
}
