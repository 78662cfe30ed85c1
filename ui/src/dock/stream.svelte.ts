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

/** Runs whose streams are kept, so that going back to one fetches nothing. */
const KEPT = 4;

/** What is known of one run's stream. */
class Feed {
  readonly lines: Lines;
  text = new Assembled();
  rate = new Rate();
  at = 0;
  skipped = 0;
  firstMs: number | null = null;

  constructor(api: Api, run: LiveRun | null) {
    this.lines = new Lines((query, offset, limit) =>
      run ? api.runLines(run.row.run, query, offset, limit) : Promise.resolve(NONE),
    );
    this.lines.ask(QUERY, true);
  }
}

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
  #feed: Feed;
  /** The one shown last is the last. */
  readonly #feeds = new Map<string, Feed>();
  #reached = 0;
  #busy = false;

  constructor(api: Api) {
    this.#api = api;
    this.#feed = new Feed(api, null);
  }

  show(run: LiveRun | null): void {
    if (run === this.run) return;
    this.run = run;
    this.selection.clear();
    this.#feed = this.#of(run);
    this.lines = this.#feed.lines;
    this.#reached = 0;
    this.error = null;
    this.#publish();
  }

  #of(run: LiveRun | null): Feed {
    const id = run?.row.run ?? '';
    const feed = this.#feeds.get(id) ?? new Feed(this.#api, run);
    this.#feeds.delete(id);
    this.#feeds.set(id, feed);
    for (const old of this.#feeds.keys()) {
      if (this.#feeds.size <= KEPT) break;
      this.#feeds.delete(old);
    }
    return feed;
  }

  /** The run has so many stream events now. */
  reach(events: number): void {
    this.lines.reach(events);
    this.#reached = events;
    void this.#read();
  }

  /** Follows the end, one request at a time. */
  async #read(): Promise<void> {
    const [run, feed] = [this.run, this.#feed];
    if (this.#busy || !run || feed.at >= this.#reached) return;
    if (feed.at === 0 && this.#reached > MAX_EVENTS) {
      feed.at = this.#reached - MAX_EVENTS;
      feed.skipped = feed.at;
    }
    this.#busy = true;
    let more = false;
    try {
      const first = feed.firstMs === null && feed.at > 0 ? await this.#api.runLines(run.row.run, QUERY, 0, 1) : null;
      const page = await this.#api.runLines(run.row.run, QUERY, feed.at, STEP);
      if (first?.lines[0]) feed.firstMs = first.lines[0].ms;
      for (const line of page.lines) {
        feed.text.add(pieceOf(line));
        feed.rate.add(line.ms);
      }
      feed.at += page.lines.length;
      more = page.lines.length > 0;
      if (feed === this.#feed) {
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
    const { text, rate, skipped } = this.#feed;
    this.blocks = [...text.blocks];
    this.above = text.above;
    this.skipped = skipped;
    this.#feed.firstMs ??= rate.first;
    this.firstMs = this.#feed.firstMs;
    this.perSecond = rate.perSecond;
    this.bars = [...rate.bars];
  }
}
