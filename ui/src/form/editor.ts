// What every editor of a value gets, and how it reaches files and the clipboard.
import { createContext } from 'svelte';

import type { Command } from '../lib/commands';
import type { Draft } from '../lib/draft';
import type { PickedFile } from '../lib/ipc/generated';

export interface EditorProps {
  /** Undefined: unset. */
  draft: Draft | undefined;
  onchange: (draft: Draft | undefined) => void;
  /** For screen readers. */
  label: string;
  id: string;
  /** What stands greyed in the empty field: the default. */
  placeholder?: string | undefined;
  invalid?: boolean | undefined;
  /** The id of the message that says what is wrong. */
  describedby?: string | undefined;
  /** The message itself, for editors that cannot refer to it. */
  problem?: string | null | undefined;
}

/** What lies outside the page. Failures are shown by whoever provides it. */
export interface Outside {
  /** Native dialogs; null: the user cancelled. */
  path: (folder: boolean) => Promise<string | null>;
  bytes: () => Promise<PickedFile | null>;
  /** The file that was just dropped on the editor. */
  dropped: () => Promise<PickedFile | null>;
  /** To the clipboard. */
  copy: (text: string) => void;
  /** Gives the window commands; returns what takes them away. */
  provide: (source: () => Command[]) => () => void;
}

export const [outside, setOutside] = createContext<Outside>();
