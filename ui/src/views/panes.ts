// The window's panes by keyboard: from one to the next, to a tab of the dock, and to what is looked for in one.
import { tick } from 'svelte';

import { findIn } from '../lib/find.svelte';
import type { Workbench } from '../lib/state/workbench.svelte';

const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [contenteditable="true"], [tabindex]:not([tabindex="-1"])';

function panes(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-area]')].filter((pane) => pane.getClientRects().length > 0);
}

function paneWithFocus(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-area]') ?? null;
}

/** To the next pane, or the one before, around the window. */
export function stepPane(by: 1 | -1): void {
  const all = panes();
  const at = all.findIndex((pane) => pane === paneWithFocus());
  const next = all[(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by + all.length) % all.length];
  if (next) enter(next);
}

/** What there is to work with in it: a list's active row, the first field; else the pane itself. */
function enter(pane: HTMLElement): void {
  const shown = [...pane.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((found) => found.getClientRects().length > 0);
  const starts = shown.filter((found) => found.matches('[role="treeitem"], [role="grid"], .field'));
  for (const wanted of [...starts, ...shown, pane]) {
    wanted.focus();
    if (document.activeElement === wanted) return;
  }
}

/** Shows a tab of the dock and puts the focus into it. */
export async function showTab(workbench: Workbench, tab: string): Promise<void> {
  workbench.layout.dockTab = tab;
  await tick();
  const panel = document.querySelector<HTMLElement>('[data-area="dock"] [role="tabpanel"]:not([hidden])');
  if (panel) enter(panel);
}

/** Opens the search of the pane that has the focus; without one there, that of the first pane that has one. */
export function findInPane(): void {
  const focused = paneWithFocus();
  if (focused && findIn(focused)) return;
  panes().some(findIn);
}
