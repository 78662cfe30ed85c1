// Which problems the tab shows, and which of them has the keyboard.
import { filtered, type Filter, type Problem, type Severity, type Source } from './problems';

export class ProblemList {
  filter: Filter = $state.raw({ severity: 'all', source: 'all' });
  /** All problems, in order. */
  all: Problem[] = $state.raw([]);
  /** Id of the row that has the keyboard. */
  active: string | null = $state(null);

  shown: Problem[] = $derived(filtered(this.all, this.filter));
  sources: Source[] = $derived([...new Set(this.all.map(({ source }) => source))]);

  count(severity: Severity): number {
    return this.all.filter((problem) => problem.severity === severity).length;
  }

  choose(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
  }

  /** Moves the keyboard by so many rows, or to an end. */
  move(by: number): void {
    const at = this.shown.findIndex(({ id }) => id === this.active);
    const next = at < 0 ? (by < 0 ? this.shown.length - 1 : 0) : Math.max(0, Math.min(this.shown.length - 1, at + by));
    this.active = this.shown[next]?.id ?? null;
  }
}
