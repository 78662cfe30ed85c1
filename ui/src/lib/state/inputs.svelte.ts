// The values of a node's input pins: drafts as they are typed, and the exact JSON text that they stand for.
import { SvelteMap } from 'svelte/reactivity';

import type { Cases, InputProblem, PinRow, Renamed } from '../ipc/generated';

/** Unset pins are not sent; null is sent as null. */
export type Draft = { kind: 'unset' } | { kind: 'null' } | { kind: 'value'; text: string };

type Check = (json: string) => Promise<InputProblem[]>;

export class NodeInputs {
  pins: PinRow[] = $state.raw([]);
  /** JSON text of each pin that is not unset, as far as it was typed. */
  readonly drafts = new SvelteMap<string, Draft>();
  problems: InputProblem[] = $state.raw([]);
  cases: Cases | null = $state.raw(null);
  onChange: () => void = () => undefined;
  readonly check: Check;

  constructor(pins: PinRow[], check: Check) {
    this.pins = pins;
    this.check = check;
  }

  /** The object that a run gets, as exact JSON text. */
  json: string = $derived('{}');
  /** As `json`, without sensitive values: what may be stored. */
  kept: string = $derived('{}');

  restore(cases: Cases): void {
    this.cases = cases;
  }

  adopt(pins: PinRow[], _renamed: Renamed[]): void {
    this.pins = pins;
  }

  reject(problems: InputProblem[]): void {
    this.problems = problems;
  }
}
