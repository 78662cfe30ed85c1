// The lines of one run that pass a query. The window never holds them all: pages are fetched as they come into view.
import { commandError } from '../lib/ipc/backend';
import type { LinesPage, LinesQuery, LogLine } from '../lib/ipc/generated';
import { Folds, PAGE, type Place } from './folds';

/** Pages that are kept; the one that was shown longest ago goes first. */
const KEPT_PAGES = 40;

export type Fetch = (query: LinesQuery, offset: number, limit: number) => Promise<LinesPage>;

/** The lines of no run. */
export const NONE: LinesPage = { total: 0, searching: false, offset: 0, same_from: 0, lines: [] };

export const EVERYTHING: LinesQuery = { min_level: null, kinds: [], text: '', regex: false };

interface Wanted {
  offset: number;
  limit: number;
}

export class Lines {
  /** Why the query has no answer; what was on screen stays. */
  error: string | null = $state(null);
  /** Whether the newest query was answered. */
  answered = $state(false);
  /** Not all of the run was looked at for the newest query. */
  searching = $state(false);
  /** Rows stand for several equal lines. */
  folded = $state(false);
  /** The end is shown, and the newest lines are fetched first. */
  following = $state(true);
  /** All lines that pass, up to now. */
  known = $state(0);
  /** Lines up to the newest that was fetched: so a list that follows never ends in rows that are not there yet. */
  #tail = $state(0);
  #version = $state(0);
  /** How many there were when following stopped. */
  #mark = $state(0);
  /** How many came since then. */
  fresh = $derived(this.following ? 0 : Math.max(0, this.known - this.#mark));
  total = $derived(this.following ? this.#tail : this.known);
  rows = $derived.by(() => {
    void this.#version;
    return this.folded ? this.#folds.rows(this.total) : this.total;
  });

  #fetch: Fetch;
  #query: LinesQuery = EVERYTHING;
  #counted = true;
  #pages = new Map<number, LogLine[]>();
  #folds = new Folds();
  #generation = 0;
  /** How many lines the run has, and how many it had when the newest answer was asked for. */
  #reached = 0;
  #asked = 0;
  #from = 0;
  #to = 0;
  #busy = false;
  #scheduled = false;
  #failed = false;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /**
   * What is on screen stays until the first answer is there. `counted`: what `reach` counts are just the lines that pass,
   * so the end is known without asking.
   */
  ask(query: LinesQuery, counted: boolean): void {
    this.#query = query;
    this.#counted = counted;
    this.#asked = -1;
    this.#generation += 1;
    this.answered = false;
    this.#failed = false;
    this.#plan();
  }

  /** The run has so many lines now. */
  reach(lines: number): void {
    if (lines === this.#reached) return;
    this.#reached = lines;
    this.#failed = false;
    this.#plan();
  }

  /** The rows that are on screen. */
  look(from: number, to: number): void {
    this.#from = this.place(from).index;
    this.#to = Math.min(this.place(Math.max(from, to - 1)).index + 1, this.total);
    this.#plan();
  }

  follow(following: boolean): void {
    this.#mark = this.known;
    this.following = following;
    this.#plan();
  }

  /** Not there yet where it is undefined. */
  line(index: number): LogLine | undefined {
    void this.#version;
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  place(row: number): Place {
    void this.#version;
    return this.folded ? this.#folds.at(row, this.total) : { index: row, count: 1 };
  }

  rowOf(index: number): number {
    void this.#version;
    return this.folded ? this.#folds.rowOf(index, this.total) : index;
  }

  /** Lines that are all there; null where some are not. */
  kept(from: number, to: number): LogLine[] | null {
    const lines: LogLine[] = [];
    for (let index = from; index < to; index += 1) {
      const line = this.line(index);
      if (!line) return null;
      lines.push(line);
    }
    return lines;
  }

  /** Lines for the clipboard, past the cache. */
  async range(from: number, to: number): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    while (from + lines.length < to) {
      const offset = from + lines.length;
      const page = await this.#fetch(this.#query, offset, Math.min(1000, to - offset));
      if (page.lines.length === 0) break;
      lines.push(...page.lines);
    }
    return lines;
  }

  #plan(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      const wanted = this.#wanted();
      if (wanted) void this.#load(wanted);
    });
  }

  #wanted(): Wanted | null {
    if (this.#failed) return null;
    const grown = this.#asked < this.#reached;
    const known = this.answered ? this.known : 0;
    const end = grown && this.#counted ? Math.max(known, this.#reached) : known;
    const last = { offset: Math.floor(Math.max(0, end - 1) / PAGE) * PAGE, limit: PAGE };
    if (!this.answered) return this.following ? last : { offset: 0, limit: PAGE };
    const missing = this.#missing();
    if (missing !== null) return { offset: missing * PAGE, limit: PAGE };
    if (this.following) return grown || this.#tail < this.known ? last : null;
    // Who reads further up needs to know how much is new, not what.
    return grown ? { offset: this.known, limit: 1 } : null;
  }

  /** The first page in view that is not there in full. Of a fold, only the line that it shows is. */
  #missing(): number | null {
    const to = Math.min(this.#to, this.total);
    let seen = -1;
    for (let row = this.rowOf(this.#from); row < this.rows; row += 1) {
      const { index } = this.place(row);
      if (index >= to) break;
      const page = Math.floor(index / PAGE);
      if (page === seen) continue;
      seen = page;
      const lines = this.#touch(page)?.length ?? 0;
      if (lines < Math.min(PAGE, this.total - page * PAGE)) return page;
    }
    return null;
  }

  #touch(page: number): LogLine[] | undefined {
    const lines = this.#pages.get(page);
    if (lines) {
      this.#pages.delete(page);
      this.#pages.set(page, lines);
    }
    return lines;
  }

  async #load(wanted: Wanted): Promise<void> {
    const generation = this.#generation;
    const reached = this.#reached;
    this.#busy = true;
    try {
      const page = await this.#fetch(this.#query, wanted.offset, wanted.limit);
      if (generation === this.#generation) this.#take(page, reached, wanted.limit === PAGE);
    } catch (error) {
      if (generation === this.#generation) {
        this.error = commandError(error).message;
        this.#failed = true;
      }
    } finally {
      this.#busy = false;
      this.#plan();
    }
  }

  #take(page: LinesPage, reached: number, whole: boolean): void {
    if (!this.answered) {
      this.#pages.clear();
      this.#folds.clear();
      this.#tail = 0;
      this.known = 0;
      this.#mark = page.total;
      this.answered = true;
      this.error = null;
    }
    this.searching = page.searching;
    this.#asked = page.searching ? -1 : reached;
    this.known = Math.max(this.known, page.total);
    if (whole) {
      const number = Math.floor(page.offset / PAGE);
      const before = this.#touch(number);
      if (!before || before.length < page.lines.length) {
        this.#pages.set(number, page.lines);
        this.#folds.set(number, page.lines);
        this.#folds.join(number, page.same_from);
      }
      if (page.lines.length > 0) this.#tail = Math.max(this.#tail, page.offset + page.lines.length);
      for (const old of this.#pages.keys()) {
        if (this.#pages.size <= KEPT_PAGES) break;
        this.#pages.delete(old);
      }
    }
    this.#version += 1;
  }
}
