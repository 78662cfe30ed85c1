// How the changes of a build read: which come first, and what sign they carry.
import type { BuildChange } from '../lib/ipc/generated';

export interface Sign {
  sign: '+' | '−' | '~';
  /** What the sign says, for screen readers. */
  word: 'added' | 'removed' | 'changed';
}

export function sign(change: BuildChange): Sign {
  if (change.kind.endsWith('-added')) return { sign: '+', word: 'added' };
  if (change.kind.endsWith('-removed')) return { sign: '−', word: 'removed' };
  return { sign: '~', word: 'changed' };
}

/** The selected node's changes and those of the whole file first; within them the order stays. */
export function ordered(list: BuildChange[], node: string): BuildChange[] {
  const ours = (change: BuildChange) => change.node === null || change.node === node;
  return [...list.filter(ours), ...list.filter((change) => !ours(change))];
}

/** Names between double quotes are set apart: `input pin "timeout_ms" added`. */
export function pieces(text: string): { text: string; name: boolean }[] {
  return text.split(/"([^"]*)"/).flatMap((piece, at) => (piece === '' ? [] : [{ text: piece, name: at % 2 === 1 }]));
}
