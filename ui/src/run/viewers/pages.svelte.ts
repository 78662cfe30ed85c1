// Lines of a large value, asked for by range as they come into sight.
import { commandError } from '../../lib/ipc/backend';

/** Lines `from` up to `to`, and how many there are in all. */
export type Ask = (from: number, to: number) => Promise<{ total: number; lines: string[] }>;

const PAGE = 200;
/** Kept pages: what scrolled out of sight long ago is asked for again. */
const KEPT = 50;
/** Dragging the scroll bar passes over thousands of pages; only the newest window matters. */
const AT_ONCE = 2;

export class Pages {
  /** None until the first page is there. */
  total: number | null = $state(null);
  failure: string | null = $state(null);
  #pages: ReadonlyMap<number, string[]> = $state.raw(new Map());
  #asking = new Set<number>();
  #from = 0;
  #to = 1;
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  line(index: number): string | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** What is on screen now. */
  show(from: number, to: number): void {
    this.#from = from;
    this.#to = Math.max(from + 1, to);
    this.#fill();
  }

  retry(): void {
    this.failure = null;
    this.#fill();
  }

  #fill(): void {
    if (this.failure !== null) return;
    for (let page = Math.floor(this.#from / PAGE); page * PAGE < this.#to; page += 1) {
      if (this.#asking.size >= AT_ONCE) return;
      if (!this.#pages.has(page) && !this.#asking.has(page)) void this.#load(page);
    }
  }

  async #load(page: number): Promise<void> {
    this.#asking.add(page);
    try {
      const found = await this.#ask(page * PAGE, (page + 1) * PAGE);
      this.total = found.total;
      const pages = new Map(this.#pages);
      pages.set(page, found.lines);
      for (const old of pages.keys()) {
        if (pages.size <= KEPT) break;
        if (Math.abs(old - page) > KEPT / 4) pages.delete(old);
      }
      this.#pages = pages;
    } catch (error) {
      this.failure = commandError(error).message;
    } finally {
      this.#asking.delete(page);
    }
    this.#fill();
  }
}
