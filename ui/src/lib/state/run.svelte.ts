// One run as the window shows it, live or from the record.
import type { OutputRow, Progress, ResultProblem, RunRow, TrapView } from '../ipc/generated';

export class LiveRun {
  row: RunRow = $state.raw({} as RunRow);
  progress: Progress | null = $state.raw(null);
  /** In firing order, with the node's own time until then. */
  fired: [string, number][] = $state.raw([]);
  outputs: OutputRow[] = $state.raw([]);
  trap: TrapView | null = $state.raw(null);
  /** What in the result is not as the node declares it. */
  problems: ResultProblem[] = $state.raw([]);
  bar: [number, string] | null = $state.raw(null);
  /** The outputs of the run of this node before, to mark what changed. */
  before: OutputRow[] = $state.raw([]);
  /** When the user cancelled, and how long stopping took; milliseconds. */
  cancelledAt: number | null = $state(null);
  stoppedAfter: number | null = $state(null);
  /** Outputs, firing times and trap are those of the record. */
  loaded = false;
  lines = $derived(this.progress?.lines ?? 0);
  running = $derived(this.row.figures === null);

  constructor(row: RunRow, before: OutputRow[] = []) {
    this.row = row;
    this.before = before;
  }

  advance(progress: Progress): void {
    this.progress = progress;
    if (progress.fired.length > 0) this.fired = [...this.fired, ...progress.fired];
    if (progress.outputs.length > 0) {
      const newer = new Set(progress.outputs.map((output) => output.pin));
      this.outputs = [...this.outputs.filter((output) => !newer.has(output.pin)), ...progress.outputs];
    }
    if (progress.bar) this.bar = progress.bar;
  }
}
