// Menus at things: an element says what can be done with what is shown in it. `views/ContextMenu.svelte` opens them, by
// the right button of the mouse, the menu key or Shift F10.
import type { Attachment } from 'svelte/attachments';

import type { Command } from './commands';

export interface MenuOf {
  /** What the menu is about, for screen readers. */
  label: string;
  commands: Command[];
}

type Source = (target: Element) => MenuOf | null;

const sources = new WeakMap<Element, Source>();

/** `source` is asked when the menu opens, with what is under the pointer or has the focus. */
export function contextMenu(source: Source): Attachment {
  return (element) => {
    sources.set(element, source);
    return () => {
      sources.delete(element);
    };
  };
}

/** The menu of the nearest element around `target` that has one. */
export function menuOf(target: Element): MenuOf | null {
  for (let at: Element | null = target; at; at = at.parentElement) {
    const menu = sources.get(at)?.(target);
    if (menu && menu.commands.length > 0) return menu;
  }
  return null;
}

/** As items of a menu. */
export function menuItems(commands: Command[]) {
  return commands.map(({ title, keys, danger = false, enabled = true, checked, group, run }) => ({
    label: title,
    ...(keys === undefined ? {} : { keys }),
    ...(checked === undefined ? {} : { checked }),
    danger,
    disabled: !enabled,
    group,
    onselect: run,
  }));
}
