// What the Logs tab shows: the filter, the lines of the run that pass it, following, and the selection.
import type { Api } from '../lib/ipc/api';
import type { LinesQuery } from '../lib/ipc/generated';
import type { LiveRun } from '../lib/state/run.svelte';
import { copyText } from '../lib/clipboard';
import { Lines, NONE } from './lines.svelte';
import { ALWAYS, copied, KIND_GROUPS } from './rows';
import { Selection } from './selection.svelte';

const DEBOUNCE_MS = 80;
/** More lines than anybody reads in a paste. */
const MAX_COPIED = 20_000;

export class Logs {
  text = $state('');
  regex = $state(false);
  /** `all`, or the lowest level. */
  level = $state('all');
  /** Names of the kind groups that are shown. */
  kinds: string[] = $state(KIND_GROUPS.map((group) => group.name));
  folding = $state(true);
  run: LiveRun | null = $state.raw(null);
  lines: Lines = $state.raw(new Lines(() => Promise.resolve(NONE)));
  readonly selection = new Selection();
  /** The selected line in full, beside the list. */
  detail = $state(false);

  #api: Api;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  show(run: LiveRun | null): void {
    if (run === this.run) return;
    this.run = run;
    this.selection.clear();
    this.detail = false;
    const api = this.#api;
    const lines = new Lines(
      run ? (query, offset, limit) => api.runLines(run.row.run, query, offset, limit) : () => Promise.resolve(NONE),
    );
    lines.folded = this.folding;
    this.lines = lines;
    this.#ask();
  }

  type(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#ask();
    }, DEBOUNCE_MS);
  }

  setRegex(regex: boolean): void {
    this.regex = regex;
    if (this.text !== '') this.#ask();
  }

  setLevel(level: string): void {
    this.level = level;
    this.#ask();
  }

  setKinds(kinds: string[]): void {
    this.kinds = kinds;
    this.#ask();
  }

  setFolding(folding: boolean): void {
    this.folding = folding;
    this.lines.folded = folding;
  }

  follow(following: boolean): void {
    if (following !== this.lines.following) this.lines.follow(following);
  }

  get query(): LinesQuery {
    const all = this.kinds.length === KIND_GROUPS.length;
    const kinds = KIND_GROUPS.filter((group) => this.kinds.includes(group.name)).flatMap((group) => group.kinds);
    return {
      min_level: this.level === 'all' ? null : this.level,
      kinds: all ? [] : [...kinds, ...ALWAYS],
      text: this.text,
      regex: this.regex && this.text !== '',
    };
  }

  get filtered(): boolean {
    return this.text !== '' || this.level !== 'all' || this.kinds.length < KIND_GROUPS.length;
  }

  clearFilter(): void {
    this.text = '';
    this.level = 'all';
    this.kinds = KIND_GROUPS.map((group) => group.name);
    this.#ask();
  }

  /** The selected lines as text. Resolves with how many were left out. */
  async copy(): Promise<number> {
    const { from, to } = this.selection;
    const end = Math.min(to, from + MAX_COPIED);
    // Without a wait where that can be: the clipboard belongs to the key that was pressed.
    const lines = this.lines.kept(from, end) ?? (await this.lines.range(from, end));
    await copyText(lines.map(copied).join('\n'));
    return to - end;
  }

  save(): Promise<boolean> {
    return this.run ? this.#api.saveLines(this.run.row.run, this.query) : Promise.resolve(false);
  }

  #ask(): void {
    clearTimeout(this.#timer);
    this.selection.clear();
    this.lines.ask(this.query, !this.filtered);
  }
}
