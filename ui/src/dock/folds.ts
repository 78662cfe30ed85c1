// Folds equal lines that follow each other into one row, page by page, for a list of which only some pages are known.
import type { LogLine } from '../lib/ipc/generated';

/** Lines in a page of the range cache. */
export const PAGE = 200;
/** Longer texts fold inside their page but not across its edge: their keys are kept for all pages ever seen. */
const MAX_KEY = 300;

/** A row of the list: the line it shows and how many lines it stands for. */
export interface Place {
  index: number;
  count: number;
}

interface Folded {
  /** Where in the page each group begins. */
  starts: number[];
  length: number;
  first: string | null;
  last: string | null;
}

/**
 * Pages that were never seen count as one row a line, so rows move when they become known; who shows the list keeps the
 * line at the top in its place (`rowOf`). Only a count that may still grow is ever too small.
 */
export class Folds {
  #pages = new Map<number, Folded>();
  /** Rows before each page, and all rows at the end. */
  #before: number[] = [0];
  #total = 0;
  #dirty = false;

  clear(): void {
    this.#pages.clear();
    this.#dirty = true;
  }

  set(page: number, lines: LogLine[]): void {
    const starts: number[] = [];
    let before: string | null = null;
    lines.forEach((line, at) => {
      const key = keyOf(line);
      if (key === null || key !== before) starts.push(at);
      before = key;
    });
    const edge = (line: LogLine | undefined) => (line && line.text.length <= MAX_KEY ? keyOf(line) : null);
    this.#pages.set(page, { starts, length: lines.length, first: edge(lines[0]), last: edge(lines.at(-1)) });
    this.#dirty = true;
  }

  /** All lines from there up to this page say the same as its first: they fold without being fetched. */
  join(page: number, from: number): void {
    const first = this.#pages.get(page)?.first ?? null;
    if (first === null) return;
    for (let before = page - 1; before * PAGE >= from; before -= 1) {
      if (this.#pages.get(before)?.length === PAGE) continue;
      this.#pages.set(before, { starts: [0], length: PAGE, first, last: first });
      this.#dirty = true;
    }
  }

  /** How many rows `total` lines take. */
  rows(total: number): number {
    this.#measure(total);
    return this.#before.at(-1) ?? 0;
  }

  at(row: number, total: number): Place {
    this.#measure(total);
    const page = this.#pageOf(row);
    const folded = this.#pages.get(page);
    const within = row - (this.#before[page] ?? 0) + this.#joined(page);
    if (!folded) return { index: page * PAGE + within, count: 1 };
    const start = folded.starts[within];
    if (start === undefined) {
      return { index: page * PAGE + folded.length + within - folded.starts.length, count: 1 };
    }
    const next = folded.starts[within + 1];
    if (next !== undefined) return { index: page * PAGE + start, count: next - start };
    return { index: page * PAGE + start, count: folded.length - start + this.#beyond(page) };
  }

  /** The row that shows a line. */
  rowOf(index: number, total: number): number {
    this.#measure(total);
    const page = Math.floor(index / PAGE);
    const within = index % PAGE;
    const folded = this.#pages.get(page);
    const before = (this.#before[page] ?? this.#before.at(-1) ?? 0) - this.#joined(page);
    if (!folded) return before + within;
    if (within >= folded.length) return before + folded.starts.length + within - folded.length;
    return before + after(folded.starts, within) - 1;
  }

  #measure(total: number): void {
    if (!this.#dirty && total === this.#total) return;
    this.#dirty = false;
    this.#total = total;
    const before = [0];
    let rows = 0;
    for (let page = 0; page * PAGE < total; page += 1) {
      const lines = Math.min(PAGE, total - page * PAGE);
      const folded = this.#pages.get(page);
      rows += folded
        ? folded.starts.length - this.#joined(page) + Math.max(0, lines - folded.length)
        : lines;
      before.push(rows);
    }
    this.#before = before;
  }

  /** One where the page begins with what the page before it ends with. */
  #joined(page: number): 0 | 1 {
    const before = this.#pages.get(page - 1);
    const here = this.#pages.get(page);
    return before?.length === PAGE && here && here.first !== null && here.first === before.last ? 1 : 0;
  }

  /** Lines on the next pages that belong to the last group of this one. */
  #beyond(page: number): number {
    let lines = 0;
    for (let next = page + 1; this.#joined(next) === 1; next += 1) {
      const folded = this.#pages.get(next);
      if (!folded) break;
      lines += folded.starts[1] ?? folded.length;
      if (folded.starts.length > 1) break;
    }
    return lines;
  }

  #pageOf(row: number): number {
    return Math.max(0, Math.min(after(this.#before, row) - 1, this.#before.length - 2));
  }
}

/** Only what nodes log folds, and nothing of which the end is not known. */
function keyOf(line: LogLine): string | null {
  return line.kind === 'log' && !line.cut ? `${line.level}\u0000${line.source}\u0000${line.text}` : null;
}

/** The first position in sorted numbers whose number is above `value`. */
function after(sorted: number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
