// What the Network tab shows: the look-ups, connections and exchanges of a run, and which one is selected.
import type { Api } from '../lib/ipc/api';
import { commandError } from '../lib/ipc/backend';
import type { NetworkRow } from '../lib/ipc/generated';
import type { LiveRun } from '../lib/state/run.svelte';

/** While a run goes on, the rows are asked for no more often. */
const REFRESH_MS = 250;

export class Network {
  run: LiveRun | null = $state.raw(null);
  rows: NetworkRow[] = $state.raw([]);
  error: string | null = $state(null);
  /** Position of the row that has the keyboard. */
  active: number | null = $state(null);
  /** Its detail is open. */
  detail = $state(false);
  up = $derived(this.rows.reduce((sum, row) => sum + row.bytes_up, 0));
  down = $derived(this.rows.reduce((sum, row) => sum + row.bytes_down, 0));

  #api: Api;
  #wanted = '';
  #loaded = '';
  #busy = false;

  constructor(api: Api) {
    this.#api = api;
  }

  show(run: LiveRun | null): void {
    if (run === this.run) return;
    this.run = run;
    this.rows = [];
    this.error = null;
    this.active = null;
    this.detail = false;
    this.#loaded = '';
  }

  /** Asks again where something happened since the last answer. */
  refresh(): void {
    const { progress, running } = this.run ?? {};
    const { network = 0, bytes_up = 0, bytes_down = 0 } = progress ?? {};
    this.#wanted = [network, bytes_up, bytes_down, running].join();
    void this.#load();
  }

  async #load(): Promise<void> {
    const run = this.run;
    if (this.#busy || !run || this.#wanted === this.#loaded) return;
    this.#busy = true;
    const wanted = this.#wanted;
    try {
      const rows = await this.#api.runNetwork(run.row.run);
      if (run === this.run) {
        this.rows = rows;
        this.error = null;
      }
    } catch (error) {
      if (run === this.run) this.error = commandError(error).message;
    }
    if (run === this.run) this.#loaded = wanted;
    setTimeout(() => {
      this.#busy = false;
      void this.#load();
    }, REFRESH_MS);
  }
}

/** Colour of a decision: its word says the same. */
export function decisionTone(row: NetworkRow): string {
  if (row.decision === null) return '';
  return row.state === 'denied' || row.decision.startsWith('denied') ? 'bad' : 'ok';
}

/** "302 → login.example.net", "closed by node". */
export function stateText(row: NetworkRow): string {
  const status = row.exchange?.status;
  const state = status ? String(status) : row.state;
  if (row.detail === null || row.detail === '') return state;
  return row.detail.startsWith(state) ? row.detail : `${state} · ${row.detail}`;
}

/** With the method in front, where there is one. */
export function targetText(row: NetworkRow): string {
  if (!row.exchange) return row.target;
  const { method, url } = row.exchange;
  return `${method} ${url}`;
}
