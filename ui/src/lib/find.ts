// What `Ctrl F` opens: each pane says how it is searched.
import type { Attachment } from 'svelte/attachments';

const EVENT = 'panefind';

/** Makes an element's pane searchable: `open` shows the field and puts the focus there. */
export function findable(open: () => void): Attachment<HTMLElement> {
  return (element) => {
    element.dataset.findable = '';
    element.addEventListener(EVENT, open);
    return () => {
      element.removeEventListener(EVENT, open);
    };
  };
}

/** Whether something in the pane can be searched; it is opened. */
export function findIn(pane: HTMLElement): boolean {
  const found = pane.matches('[data-findable]') ? pane : pane.querySelector('[data-findable]');
  found?.dispatchEvent(new CustomEvent(EVENT));
  return found !== null;
}
