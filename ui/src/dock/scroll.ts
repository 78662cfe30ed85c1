// Where a long list stands. Browsers cut elements at about 33 million pixels and place those beyond 16 million inexactly,
// so a longer list has a shorter scroll bar, on which small steps still move by as many pixels as the user scrolled.

const MAX_SPACE = 16_000_000;

export class Scroll {
  /** Height of the scrolled element. */
  readonly space: number;
  /** The lowest position of the list. */
  readonly last: number;
  readonly scaled: boolean;
  #view: number;

  constructor(length: number, view: number) {
    this.#view = view;
    this.space = Math.min(length, MAX_SPACE);
    this.last = Math.max(0, length - view);
    this.scaled = length > MAX_SPACE;
  }

  /** Where the bar stands for a position of the list. */
  barFor(top: number): number {
    return this.last === 0 ? 0 : (top * this.#barLast) / this.last;
  }

  /** The list's position after the bar moved. */
  topAfter(top: number, before: number, bar: number): number {
    const step = bar - before;
    const small = this.scaled && Math.abs(step) <= 2 * this.#view;
    // At its ends the bar tells the truth: else the last rows could not be reached.
    if (small && bar > 0 && bar < this.#barLast) return this.#within(top + step);
    return this.#within(this.#barLast === 0 ? 0 : (bar * this.last) / this.#barLast);
  }

  get #barLast(): number {
    return Math.max(0, this.space - this.#view);
  }

  #within(top: number): number {
    return Math.round(Math.max(0, Math.min(this.last, top)));
  }
}
