// What the Runs tab shows: the recorded runs of a node or of all nodes, newest first, page by page, and a comparison of two.
import type { Api } from '../lib/ipc/api';
import { commandError } from '../lib/ipc/backend';
import type { Comparison, RunRow, RunView } from '../lib/ipc/generated';

const PAGE = 100;

export interface Scope {
  file: string;
  node: string;
}

export class Runs {
  rows: RunRow[] = $state.raw([]);
  /** There are older ones than those in `rows`. */
  more = $state(false);
  loaded = $state(false);
  error: string | null = $state(null);
  /** Only runs of the selected node. */
  here = $state(true);
  /** Ids of the runs to compare, in the order in which they were checked; at most two. */
  checked: string[] = $state.raw([]);
  comparison: Comparison | null = $state.raw(null);

  #api: Api;
  #scope: Scope | null = null;
  #generation = 0;
  #shown = PAGE;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Asks again; another scope begins at the newest. */
  async refresh(scope: Scope | null): Promise<void> {
    if (scope?.file !== this.#scope?.file || scope?.node !== this.#scope?.node) {
      this.#scope = scope;
      if (this.here) {
        this.#shown = PAGE;
        this.rows = [];
        this.loaded = false;
        this.checked = [];
        this.comparison = null;
      }
    }
    await this.#load();
  }

  setHere(here: boolean): void {
    this.here = here;
    this.#shown = PAGE;
    this.checked = [];
    void this.#load();
  }

  async older(): Promise<void> {
    this.#shown += PAGE;
    await this.#load();
  }

  check(run: string, checked: boolean): void {
    const others = this.checked.filter((other) => other !== run);
    this.checked = checked ? [...others, run].slice(-2) : others;
  }

  /** The older of the two stands at the left. */
  async compare(): Promise<void> {
    const [one, two] = this.checked.map((id) => this.rows.find((row) => row.run === id));
    if (!one || !two) return;
    const [left, right] = one.started_at <= two.started_at ? [one, two] : [two, one];
    this.comparison = await this.#api.compareRuns(left.run, right.run);
  }

  async #load(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    const scope = this.here ? this.#scope : null;
    if (this.here && !scope) {
      this.rows = [];
      this.loaded = true;
      return;
    }
    try {
      // One more than is shown: so it is known whether there are older ones.
      const rows = await this.#api.runs(scope?.file ?? null, scope?.node ?? null, null, this.#shown + 1);
      if (generation !== this.#generation) return;
      this.more = rows.length > this.#shown;
      this.rows = rows.slice(0, this.#shown);
      this.checked = this.checked.filter((id) => this.rows.some((row) => row.run === id));
      this.error = null;
    } catch (error) {
      if (generation === this.#generation) this.error = commandError(error).message;
    }
    if (generation === this.#generation) this.loaded = true;
  }
}

/** The inputs of a run as the text of one object. Masked ones are left out: their values are not known. */
export function inputsOf(view: RunView): string {
  const known = view.inputs.filter(([name]) => !view.masked.includes(name));
  return `{${known.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** "run 27"; a run that the record does not know yet has no number. */
export function runName(row: RunRow): string {
  return row.number > 0 ? `run ${String(row.number)}` : 'new run';
}
