/** Brings what the browser says about mouse, fingers and keys to the hands, as plain values. */

import type { Hands } from './hands';
import type { Button, KeyPress, Modifiers, Motion, Pointer, Press } from './input';

/** Keys mean something else in here. */
const OTHER_KEYS = 'input, textarea, select, dialog, [role=menu], [contenteditable]';

/** Listens until the answer is called. */
export function listen(host: HTMLElement, hands: Hands): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const at = (event: MouseEvent): { x: number; y: number } => {
    const bounds = host.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };
  const pointer = (event: PointerEvent): Pointer => ({
    id: event.pointerId,
    kind: event.pointerType === 'touch' ? 'touch' : 'mouse',
    at: at(event),
    ...held(event),
  });
  host.addEventListener(
    'pointerdown',
    (event) => {
      const button = buttonOf(event);
      if (button === null) return;
      host.focus({ preventScroll: true });
      host.setPointerCapture(event.pointerId);
      // The middle button would scroll the page by itself.
      if (button === 'middle') event.preventDefault();
      hands.press({ ...pointer(event), button } satisfies Press);
    },
    { signal },
  );
  host.addEventListener(
    'pointermove',
    (event) => hands.move({ ...pointer(event), isSecondaryDown: (event.buttons & 2) !== 0 } satisfies Motion),
    { signal },
  );
  host.addEventListener('pointerup', (event) => hands.lift(pointer(event)), { signal });
  host.addEventListener('pointercancel', (event) => hands.lose(event.pointerId), { signal });
  host.addEventListener('pointerleave', () => hands.leave(), { signal });
  host.addEventListener('dblclick', (event) => hands.double({ id: -1, kind: 'mouse', at: at(event), ...held(event) }), { signal });
  host.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
  host.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      // With Shift some browsers turn the wheel sideways; a pinch comes with Control, which nobody holds.
      const pixels = (event.deltaY + event.deltaX) * pixelsPer(event.deltaMode);
      hands.wheel({ at: at(event), pixels, isPinch: event.ctrlKey, ...held(event) });
    },
    { signal, passive: false },
  );
  window.addEventListener(
    'keydown',
    (event) => {
      if (isSpokenFor(event)) return;
      if (hands.keyDown(keyOf(event, host))) event.preventDefault();
    },
    { signal },
  );
  // Wherever it is let go: the focus may have moved on since.
  window.addEventListener('keyup', (event) => hands.keyUp(keyOf(event, host)), { signal });
  window.addEventListener('blur', () => hands.rest(), { signal });
  return () => stop.abort();
}

const held = (event: MouseEvent | KeyboardEvent): Modifiers => ({
  ctrl: event.ctrlKey || event.metaKey,
  alt: event.altKey,
  shift: event.shiftKey,
});

function pixelsPer(mode: number): number {
  switch (mode) {
    case WheelEvent.DOM_DELTA_LINE:
      return 18;
    case WheelEvent.DOM_DELTA_PAGE:
      return 400;
    default:
      return 1;
  }
}

function buttonOf(event: PointerEvent): Button | null {
  switch (event.button) {
    case 0:
      return 'primary';
    case 1:
      return 'middle';
    case 2:
      return 'secondary';
    default:
      return null;
  }
}

const isSpokenFor = ({ target }: KeyboardEvent): boolean => target instanceof HTMLElement && target.closest(OTHER_KEYS) !== null;

const keyOf = (event: KeyboardEvent, host: HTMLElement): KeyPress => ({
  key: event.key,
  isOnMap: event.target === host || event.target === document.body,
  isRepeated: event.repeat,
  ...held(event),
});
