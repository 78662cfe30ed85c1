// What `Ctrl F` opens: each pane says how it is searched.
import type { Attachment } from 'svelte/attachments';

const EVENT = 'panefind';

/** Makes an element's pane searchable: `open` shows the field and puts the focus there. */
export function findable(open: () => void): Attachment<HTMLElement> {
  return (element) => {
    element.dataset['findable'] = '';
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

/** A pane's search: nothing is left out while it is closed or empty. */
export class Find {
  /** Null: closed. */
  text: string | null = $state(null);
  /** Opens it, or puts the focus there again. */
  readonly here: Attachment<HTMLElement> = (element) =>
    findable(() => {
      this.text ??= '';
      element.querySelector<HTMLElement>('.find')?.focus();
    })(element);

  set = (text: string | null): void => {
    this.text = text;
  };

  /** Whether one of the texts has what is looked for. */
  passes(...texts: string[]): boolean {
    const wanted = (this.text ?? '').trim().toLowerCase();
    return wanted === '' || texts.some((text) => text.toLowerCase().includes(wanted));
  }
}
