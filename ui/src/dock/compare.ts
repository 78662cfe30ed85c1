// What differs between two runs, row by row.
import { bytes, count, counted, duration } from '../lib/format';
import type { Comparison, OutputRow, RunView } from '../lib/ipc/generated';
import { outcomeOf } from '../lib/outcomes';

export interface Difference {
  name: string;
  left: string;
  right: string;
  /** In words or per cent; empty where both are the same. */
  change: string;
  /** Colour of the values: only outcomes have one. */
  leftTone: string;
  rightTone: string;
}

/** Outcome, inputs that differ, outputs, figures, pins, decisions, log. */
export function differences({ left, right, ...rest }: Comparison): Difference[] {
  const [l, r] = [left.row.figures, right.row.figures];
  const [lo, ro] = [outcomeOf(left.row), outcomeOf(right.row)];
  const rows: Difference[] = [
    { ...row('outcome', lo.word, ro.word, lo.word === ro.word ? '' : 'changed'), leftTone: lo.tone, rightTone: ro.tone },
  ];
  if ((l?.error ?? r?.error ?? null) !== null) rows.push(changed('message', l?.error ?? '', r?.error ?? ''));
  for (const name of names(left.inputs, right.inputs)) {
    const [before, after] = [input(left, name), input(right, name)];
    if (before !== after) rows.push(changed(`input ${name}`, before, after));
  }
  for (const name of names(pins(left), pins(right))) {
    rows.push(output(name, find(left, name), find(right, name)));
  }
  if (l && r) {
    rows.push(figure('own time', l.own_ms, r.own_ms, duration));
    if (l.asked_ms > 0 || r.asked_ms > 0) rows.push(figure('asked', l.asked_ms, r.asked_ms, duration));
    rows.push(figure('memory peak', l.memory_peak, r.memory_peak, bytes));
    if (l.fuel !== null || r.fuel !== null) rows.push(fuel(l.fuel, r.fuel));
  }
  rows.push(changed('fired', fired(left), fired(right)));
  rows.push(decisions(rest.left_decisions, rest.right_decisions));
  rows.push(
    row('log', lines(left.lines), lines(right.lines), `${count(rest.log_new)} new, ${count(rest.log_gone)} gone`),
  );
  return rows;
}

function row(name: string, left: string, right: string, change: string): Difference {
  return { name, left, right, change, leftTone: '', rightTone: '' };
}

function changed(name: string, left: string, right: string): Difference {
  return row(name, left, right, left === right ? '' : left === '' ? 'new' : right === '' ? 'gone' : 'changed');
}

function figure(name: string, left: number, right: number, told: (value: number) => string): Difference {
  return row(name, told(left), told(right), percent(left, right));
}

function fuel(left: number | null, right: number | null): Difference {
  const told = (value: number | null) => (value === null ? 'not counted' : count(value));
  return row('fuel', told(left), told(right), left === null || right === null ? '' : percent(left, right));
}

/** "+5 %"; empty below half a per cent. */
export function percent(left: number, right: number): string {
  if (left === right || left === 0) return '';
  const by = Math.round(((right - left) / Math.abs(left)) * 100);
  if (by === 0) return '';
  return by > 0 ? `+${count(by)} %` : `−${count(-by)} %`;
}

/** Short numbers differ by per cent, everything else by word. */
function output(name: string, left: OutputRow | undefined, right: OutputRow | undefined): Difference {
  const difference = changed(name, left?.text ?? '', right?.text ?? '');
  if (difference.change !== 'changed') return difference;
  const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
  if (!number.test(difference.left) || !number.test(difference.right)) return difference;
  return { ...difference, change: percent(Number(difference.left), Number(difference.right)) || 'changed' };
}

function decisions(left: string[], right: string[]): Difference {
  const more = right.length - left.length;
  const told = more === 0 ? (left.join() === right.join() ? '' : 'changed') : more > 0 ? `+${count(more)}` : `−${count(-more)}`;
  return row('decisions', left.join(', '), right.join(', '), told);
}

function names(...lists: [string, string][][]): string[] {
  return [...new Set(lists.flat().map(([name]) => name))];
}

function pins(view: RunView): [string, string][] {
  return view.outputs.map((entry) => [entry.pin, entry.text]);
}

function find(view: RunView, pin: string): OutputRow | undefined {
  return view.outputs.find((entry) => entry.pin === pin);
}

function input(view: RunView, name: string): string {
  if (view.masked.includes(name)) return '••••••';
  return view.inputs.find(([other]) => other === name)?.[1] ?? '';
}

function fired(view: RunView): string {
  return view.fired.map(([pin]) => pin).join(', ');
}

function lines(number: number): string {
  return counted(number, 'line');
}
