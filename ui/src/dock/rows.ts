// How a line of a run's time line reads: its time, the word in front of it, its text.
import { counted, duration } from '../lib/format';
import type { LineKind, LogLine } from '../lib/ipc/generated';
import { visible } from '../lib/text';

/** No screen is wider; the detail shows the rest. */
const MAX_SHOWN = 600;
const PLAIN = /^[\x20-\x7e]*$/;

/** What the kinds menu offers: kinds that belong together. */
export const KIND_GROUPS: { name: string; label: string; kinds: LineKind[] }[] = [
  { name: 'log', label: 'Log lines', kinds: ['log'] },
  { name: 'stream', label: 'Stream events', kinds: ['stream'] },
  { name: 'pins', label: 'Pins fired and set', kinds: ['fired', 'output'] },
  { name: 'asked', label: 'Permission questions', kinds: ['question', 'decision'] },
  { name: 'network', label: 'Network', kinds: ['network'] },
];

/** In every filter: they say what is missing and how it ended. */
export const ALWAYS: LineKind[] = ['left_out', 'finished'];

const WORDS: Partial<Record<LineKind, string>> = {
  stream: 'stream',
  fired: 'fired',
  output: 'output',
  question: 'asked',
  decision: 'decided',
  network: 'network',
  left_out: 'left out',
  finished: 'end',
};

/** +0.9 ms, +100.250 s: to the millisecond, so that lines of a long run can be told apart. */
export function since(ms: number): string {
  return ms < 1000 ? `+${duration(ms)}` : `+${(ms / 1000).toFixed(3)} s`;
}

/** The word in the second column: a level, or where the row comes from. */
export function wordOf(line: LogLine): string {
  if (line.kind !== 'log') return WORDS[line.kind] ?? line.kind;
  return line.source === 'stdout' || line.source === 'stderr' ? line.source : line.level;
}

/** Which colour the word has. */
export function toneOf(line: LogLine): string {
  if (line.kind === 'left_out') return 'bad';
  if (line.kind === 'question' || line.kind === 'decision') return 'warn';
  if (line.kind === 'fired') return 'ok';
  if (line.kind === 'log') {
    if (line.source === 'stderr') return 'warn';
    if (line.source === 'stdout') return 'info';
  }
  if (line.level === 'error' || line.level === 'fatal') return 'bad';
  if (line.level === 'warn') return 'warn';
  return line.kind === 'log' && line.level === 'info' ? 'info' : 'faint';
}

/** On one line, with everything that cannot be seen escaped. */
export function oneLine(text: string, max = MAX_SHOWN): string {
  const cut = text.length > max * 2 ? text.slice(0, max * 2) : text;
  if (PLAIN.test(cut)) return cut.length > max ? `${cut.slice(0, max)}…` : cut;
  return visible(cut.replace(/\r?\n/g, ' ↵ ').replaceAll('\t', '  '), max);
}

/** In full, line breaks and tabs as they are. */
export function wholeText(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) =>
      line
        .split('\t')
        .map((part) => (PLAIN.test(part) ? part : visible(part, Infinity)))
        .join('\t'),
    )
    .join('\n');
}

/** The name in front of the text, where the text does not say it. */
export function nameOf(line: LogLine): string | null {
  const said = line.kind === 'log' || line.kind === 'fired' || line.name === line.text;
  return said ? null : line.name;
}

/** As the clipboard gets it: the text unchanged. */
export function copied(line: LogLine): string {
  const name = nameOf(line);
  return [since(line.ms), wordOf(line), name === null ? line.text : `${name} ${line.text}`].join('\t');
}

/** "1,204 lines, 2 errors". */
export function summary(lines: number, errors: number): string {
  const told = counted(lines, 'line');
  return errors === 0 ? told : `${told}, ${counted(errors, 'error')}`;
}
