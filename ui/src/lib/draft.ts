// What is in an editor: text as it was typed, or rows of such texts. A draft is never lost because it is wrong;
// `json` says what it is as JSON, exactly. Drafts are immutable: an edit makes a new one.
import { isJson, quote, split, stringOf } from './json';

/** A text that is valid JSON stands for that JSON; every other text stands for the JSON string that holds it. */
export interface Text {
  readonly kind: 'text';
  readonly text: string;
}
export interface List {
  readonly kind: 'list';
  readonly items: readonly Item[];
}
/** Keys may repeat while they are being typed. */
export interface Entries {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
}
export type Draft = Text | List | Entries;

/** A row; the id stays when rows move. */
export interface Item {
  readonly id: number;
  readonly value: Draft;
}
export interface Entry extends Item {
  readonly key: string;
}

export const NULL: Draft = { kind: 'text', text: 'null' };

let lastId = 0;
const written = new WeakMap<Draft, string>();
const opened = new WeakMap<Draft, List | Entries | null>();

export function text(content: string): Draft {
  return { kind: 'text', text: content };
}

/** The draft of a JSON string. */
export function string(content: string): Draft {
  return text(quote(content));
}

export function list(items: readonly Item[]): Draft {
  return { kind: 'list', items };
}

export function map(entries: readonly Entry[]): Draft {
  return { kind: 'map', entries };
}

export function item(value: Draft): Item {
  lastId += 1;
  return { id: lastId, value };
}

export function entry(key: string, value: Draft): Entry {
  return { ...item(value), key };
}

/** Exact JSON text, whatever is in the draft. */
export function json(draft: Draft): string {
  const known = written.get(draft);
  if (known !== undefined) return known;
  const made = write(draft);
  written.set(draft, made);
  return made;
}

/** Whether some text in the draft is no JSON, so that it would be sent as a string. */
export function halfTyped(draft: Draft): boolean {
  switch (draft.kind) {
    case 'text':
      return !isJson(draft.text);
    case 'list':
      return draft.items.some((row) => halfTyped(row.value));
    case 'map':
      return draft.entries.some((row) => halfTyped(row.value));
  }
}

export function isNull(draft: Draft): boolean {
  return draft.kind === 'text' && draft.text.trim() === 'null';
}

/** The rows of a list; null where the draft is no array. */
export function itemsOf(draft: Draft): readonly Item[] | null {
  const open = openUp(draft);
  return open?.kind === 'list' ? open.items : null;
}

/** The rows of a map; null where the draft is no object. */
export function entriesOf(draft: Draft): readonly Entry[] | null {
  const open = openUp(draft);
  return open?.kind === 'map' ? open.entries : null;
}

/** What a text field shows: the content of a string, everything else as it was typed. */
export function contentOf(draft: Draft): string {
  const raw = draft.kind === 'text' ? draft.text : json(draft);
  return stringOf(raw) ?? raw;
}

/** The draft as text that can be edited: JSON, or what was typed instead. */
export function rawOf(draft: Draft): string {
  return draft.kind === 'text' ? draft.text : json(draft);
}

function write(draft: Draft): string {
  switch (draft.kind) {
    case 'text':
      return isJson(draft.text) ? draft.text.trim() : quote(draft.text);
    case 'list':
      return `[${draft.items.map((row) => json(row.value)).join(',')}]`;
    case 'map':
      return `{${draft.entries.map((row) => `${quote(row.key)}:${json(row.value)}`).join(',')}}`;
  }
}

/** The same rows with the same ids each time the same draft is opened. */
function openUp(draft: Draft): List | Entries | null {
  if (draft.kind !== 'text') return draft;
  const known = opened.get(draft);
  if (known !== undefined) return known;
  const parts = split(draft.text);
  let open: List | Entries | null = null;
  if (parts?.kind === 'array') open = { kind: 'list', items: parts.items.map((raw) => item(text(raw))) };
  if (parts?.kind === 'object') open = { kind: 'map', entries: parts.fields.map(([key, raw]) => entry(key, text(raw))) };
  opened.set(draft, open);
  return open;
}
