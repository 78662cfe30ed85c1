// What the Stream tab shows: the events of a run, their text put together, and how fast they came.
import type { Api } from '../lib/ipc/api';
import { commandError } from '../lib/ipc/backend';
import type { LinesQuery } from '../lib/ipc/generated';
import type { LiveRun } from '../lib/state/run.svelte';
import { Lines, NONE } from './lines.svelte';
import { Assembled, pieceOf, Rate, type Block } from './pieces';
import { Selection } from './selection.svelte';

const QUERY: LinesQuery = { min_level: null, kinds: ['stream'], text: '', regex: false };
const STEP = 1000;
/** Of a longer stream, text and rate are those of its end. */
const MAX_EVENTS = 20_000;

export class Stream {
  form: 'text' | 'events' = $state('text');
  run: LiveRun | null = $state.raw(null);
  lines: Lines = $state.raw(new Lines(() => Promise.resolve(NONE)));
  readonly selection = new Selection();
  blocks: Block[] = $state.raw([]);
  /** Characters and events above what is shown. */
  above = $state(0);
  skipped = $state(0);
  firstMs: number | null = $state(null);
  perSecond: number | null = $state(null);
  bars: number[] = $state.raw([]);
  error: string | null = $state(null);

  #api: Api;
  #text = new Assembled();
  #rate = new Rate();
  #at = 0;
  #reached = 0;
  #busy = false;

  constructor(api: Api) {
    this.#api = api;
  }

  show(run: LiveRun | null): void {
    if (run === this.run) return;
    this.run = run;
    this.selection.clear();
    const api = this.#api;
    const lines = new Lines((query, offset, limit) =>
      run ? api.runLines(run.row.run, query, offset, limit) : Promise.resolve(NONE),
    );
    lines.ask(QUERY, true);
    this.lines = lines;
    this.#text = new Assembled();
    this.#rate = new Rate();
    this.#at = 0;
    this.#reached = 0;
    this.skipped = 0;
    this.error = null;
    this.#publish();
  }

  /** The run has so many stream events now. */
  reach(events: number): void {
    this.lines.reach(events);
    this.#reached = events;
    void this.#read();
  }

  /** Follows the end, one request at a time. */
  async #read(): Promise<void> {
    const run = this.run;
    if (this.#busy || !run || this.#at >= this.#reached) return;
    if (this.#at === 0 && this.#reached > MAX_EVENTS) {
      this.#at = this.#reached - MAX_EVENTS;
      this.skipped = this.#at;
    }
    this.#busy = true;
    let more = false;
    try {
      const first = this.firstMs === null && this.#at > 0 ? await this.#api.runLines(run.row.run, QUERY, 0, 1) : null;
      const page = await this.#api.runLines(run.row.run, QUERY, this.#at, STEP);
      if (run === this.run) {
        if (first?.lines[0]) this.firstMs = first.lines[0].ms;
        for (const line of page.lines) {
          this.#text.add(pieceOf(line));
          this.#rate.add(line.ms);
        }
        this.#at += page.lines.length;
        more = page.lines.length > 0;
        this.error = null;
        this.#publish();
      }
    } catch (error) {
      if (run === this.run) this.error = commandError(error).message;
    }
    requestAnimationFrame(() => {
      this.#busy = false;
      if (more || run !== this.run) void this.#read();
    });
  }

  #publish(): void {
    this.blocks = [...this.#text.blocks];
    this.above = this.#text.above;
    if (this.#at === 0) this.firstMs = null;
    this.firstMs ??= this.#rate.first;
    this.perSecond = this.#rate.perSecond;
    this.bars = [...this.#rate.bars];
  }
}
