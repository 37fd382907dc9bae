/** What the ring menu offers for the thing under the pointer. The server says what is allowed; this says what makes sense. */

import type { At, DrawingView, Handle, LightView, PortalView, Shown, TokenView } from '../../net/frames';
import { t } from '../../ui/strings';
import type { RingItem } from '../../ui/table/RingMenu.svelte';
import { turned } from '../../ui/token/token-form.svelte';
import { aimedAnew, aimedAt } from '../../table/aims';
import type { Desk, OpenRing } from './desk.svelte';

export type RingTarget =
  | { readonly kind: 'token'; readonly handle: Handle }
  | { readonly kind: 'portal'; readonly handle: Handle }
  | { readonly kind: 'wall'; readonly handle: Handle }
  | { readonly kind: 'light'; readonly handle: Handle }
  | { readonly kind: 'drawing'; readonly handle: Handle }
  | { readonly kind: 'ground' };

const TURN_DEGREES = 45;

export function ringFor(desk: Desk, target: RingTarget, place: At, at: OpenRing['at']): OpenRing {
  const pings = pingItems(desk, place);
  switch (target.kind) {
    case 'token': {
      const token = desk.table.tokens.get(target.handle);
      if (token === undefined) break;
      const tokens = meant(desk, token);
      const label = tokens.length > 1 ? t.token.many(tokens.length) : (token.name ?? t.token.unnamed);
      return { label: t.ring.label(label), items: [...tokenItems(desk, token, tokens), ...pings], at };
    }
    case 'portal': {
      const portal = desk.table.portals.get(target.handle);
      if (portal === undefined) break;
      const label = t.tools.portals[portal.kind];
      return { label: t.ring.label(label), items: [...portalItems(desk, portal), ...pings], at };
    }
    case 'wall': {
      const remove = (): void => void desk.ask({ do: 'remove_walls', walls: [target.handle] });
      const items: RingItem[] = desk.table.isGm
        ? [{ label: t.ring.delete, icon: 'trash', danger: true, run: remove }]
        : [];
      return { label: t.ring.label(t.ring.wall), items: [...items, ...pings], at };
    }
    case 'light': {
      const light = desk.table.lights.get(target.handle);
      if (light === undefined) break;
      return { label: t.ring.label(t.ring.light), items: [...(desk.table.isGm ? lightItems(desk, light) : []), ...pings], at };
    }
    case 'drawing': {
      const drawing = desk.table.drawings.get(target.handle);
      if (drawing?.mine !== true) break;
      const label = drawing.shape.kind === 'note' ? t.note.title : t.draw.drawing;
      return { label: t.ring.label(label), items: [...drawingItems(desk, drawing), ...pings], at };
    }
    case 'ground':
      break;
  }
  const items: RingItem[] = [
    ...(desk.table.isGm ? [{ label: t.ring.newToken, icon: 'addToken' as const, run: () => desk.newToken(place) }] : []),
    ...(desk.canDraw ? [{ label: t.note.here, icon: 'note' as const, run: () => desk.newNote(place) }] : []),
  ];
  return { label: t.ring.label(t.ring.here), items: [...items, ...pings], at };
}

/** A token of the selection stands for all of it. */
function meant(desk: Desk, token: TokenView): readonly TokenView[] {
  return desk.table.selection.has(token.token) ? desk.selected : [token];
}

function tokenItems(desk: Desk, token: TokenView, tokens: readonly TokenView[]): readonly RingItem[] {
  const handles = tokens.map((one) => one.token);
  const turn = (by: number): void =>
    void desk.ask({ do: 'edit_tokens', tokens: handles, change: { rotation: turned(token.rotation + by) } });
  const turns: readonly RingItem[] = [
    { label: t.ring.turnRight, icon: 'turnRight', run: () => turn(TURN_DEGREES) },
    { label: t.ring.turnLeft, icon: 'turnLeft', run: () => turn(-TURN_DEGREES) },
  ];
  if (desk.table.me?.role === 'spectator') return [];
  const aim: RingItem = {
    label: tokens.every((one) => aimedAt(desk.table).includes(one)) ? t.ring.letGo : t.ring.aim,
    icon: 'target',
    run: () => void desk.ask({ do: 'target', tokens: aimedAnew(desk.table, handles) }),
  };
  if (!desk.table.isGm) return tokens.every((one) => one.mine === true) ? [aim, ...turns] : [aim];
  const hidden = token.hidden === true;
  return [
    { label: t.ring.edit, icon: 'edit', run: () => desk.editTokens(handles) },
    {
      label: hidden ? t.ring.show : t.ring.hide,
      icon: hidden ? 'eye' : 'eyeOff',
      run: () => void desk.ask({ do: 'edit_tokens', tokens: handles, change: { hidden: !hidden } }),
    },
    aim,
    { label: t.ring.duplicate, icon: 'copy', run: () => void desk.copyTokens(handles) },
    ...turns,
    { label: t.ring.delete, icon: 'trash', danger: true, run: () => void desk.removeTokens(handles) },
  ];
}

function portalItems(desk: Desk, portal: PortalView): readonly RingItem[] {
  const set = (state: PortalView['state']) => (): void => void desk.ask({ do: 'set_portal', portal: portal.portal, state });
  const toggle: RingItem =
    portal.state === 'open'
      ? { label: t.ring.shut, icon: 'door', run: set('shut') }
      : { label: t.ring.open, icon: 'enter', run: set('open') };
  if (desk.table.me?.role === 'spectator') return [];
  if (!desk.table.isGm) return [toggle];
  const remove = (): void => void desk.ask({ do: 'remove_portal', portal: portal.portal });
  const reveal: RingItem = { label: t.ring.reveal, icon: 'eye', run: () => void desk.ask({ do: 'reveal_portal', portal: portal.portal }) };
  return [
    toggle,
    ...(portal.kind === 'secret_door' ? [reveal] : []),
    portal.state === 'locked'
      ? { label: t.ring.unlock, icon: 'unlock', run: set('shut') }
      : { label: t.ring.lock, icon: 'lock', run: set('locked') },
    { label: t.ring.delete, icon: 'trash', danger: true, run: remove },
  ];
}

function lightItems(desk: Desk, { light, on }: LightView): readonly RingItem[] {
  const lights = [light];
  return [
    {
      label: on ? t.light.switchOff : t.light.switchOn,
      icon: on ? 'moon' : 'sun',
      run: () => void desk.ask({ do: 'edit_lights', lights, change: { on: !on } }),
    },
    { label: t.light.delete, icon: 'trash', danger: true, run: () => void desk.ask({ do: 'remove_lights', lights }) },
  ];
}

function drawingItems(desk: Desk, drawing: DrawingView): readonly RingItem[] {
  const drawings = [drawing.drawing];
  const show = (shown: Shown): void => void desk.ask({ do: 'edit_drawings', drawings, change: { shown } });
  const icons = { everyone: 'people', explored: 'eye', masters: 'eyeOff' } as const;
  const others = (Object.keys(icons) as Shown[]).filter((shown) => shown !== drawing.shown);
  return [
    ...(drawing.shape.kind === 'note' ? [{ label: t.note.edit, icon: 'edit' as const, run: () => desk.editNote(drawing.drawing) }] : []),
    ...(desk.table.isGm ? others.map((shown) => ({ label: t.draw.shown[shown], icon: icons[shown], run: () => show(shown) })) : []),
    { label: t.draw.wipe, icon: 'trash', danger: true, run: () => void desk.wipe(drawings) },
  ];
}

function pingItems(desk: Desk, place: At): readonly RingItem[] {
  if (desk.table.me?.role === 'spectator') return [];
  const point: RingItem = { label: t.ring.ping, icon: 'ping', run: () => desk.ping(place, false) };
  const pull: RingItem = { label: t.ring.pull, icon: 'call', run: () => desk.ping(place, true) };
  return desk.table.isGm ? [point, pull] : [point];
}
