// What is new about a value since the run before.
import type { OutputRow } from '../lib/ipc/generated';
import { visible } from '../lib/text';
import { scalar } from './viewers/content';

export interface Difference {
  word: 'changed' | 'new' | null;
  /** The old value, where it is short enough to stand beside the new one. */
  was: string | null;
}

const SHORT = 60;

/** `compared`: whether there is a run before. Null: nothing can be said. */
export function compare(output: OutputRow, before: OutputRow | null, compared: boolean): Difference | null {
  if (!compared) return null;
  if (!before) return { word: 'new', was: null };
  if (output.size === before.size && output.text === before.text) {
    // Two large values that begin alike may still differ further down.
    return output.complete ? { word: null, was: null } : null;
  }
  return { word: 'changed', was: short(before) };
}

function short(row: OutputRow): string | null {
  if (!row.complete || row.size > SHORT) return null;
  const { text, kind } = scalar(row.text);
  if (kind === 'object' || kind === 'array' || text.includes('\n')) return null;
  return kind === 'string' && text === '' ? 'empty text' : visible(text, SHORT);
}
