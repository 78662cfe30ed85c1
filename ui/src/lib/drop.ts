// Files that were dropped on the window go to what is under the pointer, where it takes them.
import type { Attachment } from 'svelte/attachments';

const EVENT = 'filedrop';

/** Makes an element take the first of the files that are dropped on it. */
export function takesFile(take: (path: string) => void): Attachment<HTMLElement> {
  return (element) => {
    const dropped = (event: Event): void => {
      if (event instanceof CustomEvent && typeof event.detail === 'string') take(event.detail);
    };
    element.dataset.takesFile = '';
    element.addEventListener(EVENT, dropped);
    return () => {
      element.removeEventListener(EVENT, dropped);
    };
  };
}

/** What at this point of the page would take files. */
export function takerAt(x: number, y: number): HTMLElement | null {
  return document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-takes-file]') ?? null;
}

/** Whether something at this point of the page took the files. */
export function deliver(paths: string[], x: number, y: number): boolean {
  const taker = takerAt(x, y);
  if (!taker || paths[0] === undefined) return false;
  taker.dispatchEvent(new CustomEvent(EVENT, { detail: paths[0] }));
  return true;
}
