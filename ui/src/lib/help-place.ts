// Which place of help fits what the user is at: the nearest element that names one in `data-help`.
import { getContext, setContext } from 'svelte';

import type { HelpTarget } from './ipc/generated';

/** A place that is known here, or the section of a problem's code. */
export type HelpPlaceName = HelpTarget | `problems#${string}`;

const KEY = Symbol('help');

/** Lets everything below open help. */
export function offerHelp(show: (place: HelpPlaceName) => void): void {
  setContext(KEY, show);
}

/** Opens help at a place; a component that stands alone has none to open. */
export function helpOpener(): ((place: HelpPlaceName) => void) | null {
  return getContext<((place: HelpPlaceName) => void) | undefined>(KEY) ?? null;
}

/** A tip that is shown comes first, then the focus, then what is under the pointer. */
export function helpHere(): HelpTarget | null {
  const hovered = [...document.querySelectorAll<HTMLElement>(':hover')].at(-1) ?? null;
  const focused = document.activeElement === document.body ? null : document.activeElement;
  const tip = hovered?.closest<HTMLElement>('[data-tip][data-help]') ?? null;
  const place = [tip, focused, hovered].map((from) => from?.closest<HTMLElement>('[data-help]')?.dataset['help']);
  // A test looks every name up that stands in a template.
  return (place.find((name) => name !== undefined) as HelpTarget | undefined) ?? null;
}
