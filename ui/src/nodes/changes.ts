// How the changes of a build read: which come first, and what sign they carry.
import { text } from '../lib/draft';
import { problemOf } from '../lib/fits';
import type { BuildChange, BuildChanges, Cases, NodeRow } from '../lib/ipc/generated';
import { split } from '../lib/json';

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

/** Names between double quotes are set apart: `input pin "timeout_ms" added`. A value keeps its quotes: "1" is not 1. */
export function pieces(text: string): { text: string; name: boolean }[] {
  const value = text.indexOf(': default ');
  const [words, rest] = value < 0 ? [text, ''] : [text.slice(0, value), text.slice(value)];
  const parts = words.split(/"([^"]*)"/).map((piece, at) => ({ text: piece, name: at % 2 === 1 }));
  return [...parts, { text: rest, name: false }].filter((piece) => piece.text !== '');
}

/** A preset with a value for an input that this build took away or changed. */
export interface Hit {
  preset: string;
  pin: string;
  /** Follows "uses limit, which". */
  why: string;
}

export function presetsHit({ list, renamed }: BuildChanges, node: NodeRow, cases: Cases['cases']): Hit[] {
  const lost = new Map(list.filter((change) => change.node === node.name).map((change) => [change.input, change.kind]));
  const why = (name: string, raw: string): string | null => {
    const to = renamed.find((other) => other.node === node.name && other.from === name)?.to;
    if (to !== undefined) return `is now “${to}”`;
    if (lost.get(name) === 'pin-removed') return 'is gone';
    const pin = node.pins.find((other) => other.pin_type === 'Input' && other.name === name);
    const fits = !lost.has(name) || !pin || problemOf(pin, text(raw)) === null;
    return fits ? null : 'takes another type now';
  };
  return cases.flatMap(({ name: preset, inputs }) => {
    const parts = split(inputs);
    const fields = parts?.kind === 'object' ? parts.fields : [];
    return fields.flatMap(([pin, raw]) => {
      const reason = why(pin, raw);
      return reason === null ? [] : [{ preset, pin, why: reason }];
    });
  });
}
