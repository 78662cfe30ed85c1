// What every editor of a value gets, and how it asks for a file.
import { createContext } from 'svelte';

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

/** Native dialogs; null: the user cancelled. */
export interface Pickers {
  path: (folder: boolean) => Promise<string | null>;
  bytes: () => Promise<PickedFile | null>;
}

export const [pickers, setPickers] = createContext<Pickers>();
