// What the program answered last to a question that is asked again whenever something changed.

interface Asked<T> {
  key: string;
  work: () => Promise<T | undefined>;
}

/** One request is under way at a time; of those that come meanwhile only the newest is made. */
export class Latest<T> {
  #shown: { key: string; value: T } | null = $state.raw(null);
  #next: Asked<T> | null = null;
  #busy = false;

  /** The newest answer to the question called `key`; null while there is none. */
  get(key: string): T | null {
    return this.#shown?.key === key ? this.#shown.value : null;
  }

  /** `work` never rejects, and yields `undefined` where it failed: then what is shown stays. */
  ask(key: string, work: () => Promise<T | undefined>): void {
    this.#next = { key, work };
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const asked: Asked<T> = this.#next;
      this.#next = null;
      const value = await asked.work();
      if (value !== undefined) this.#shown = { key: asked.key, value };
    }
    this.#busy = false;
  }
}
