// Which lines of a list are selected: one has the keyboard, the others are between it and where the selection began.

export class Selection {
  active: number | null = $state(null);
  #anchor: number | null = $state(null);
  from = $derived(this.active === null ? 0 : Math.min(this.active, this.#anchor ?? this.active));
  /** Excluded. */
  to = $derived(this.active === null ? 0 : Math.max(this.active, this.#anchor ?? this.active) + 1);

  has(index: number): boolean {
    return index >= this.from && index < this.to;
  }

  /** `extend` keeps where the selection began. */
  set(index: number, extend: boolean): void {
    if (!extend || this.active === null) this.#anchor = index;
    this.active = index;
  }

  all(total: number): void {
    if (total === 0) return;
    this.#anchor = 0;
    this.active = total - 1;
  }

  clear(): void {
    this.active = null;
    this.#anchor = null;
  }
}

/** Where a key moves in a list of rows; null: not a key that moves. */
export function moved(key: string, row: number | null, rows: number, page: number): number | null {
  const from = row ?? -1;
  const to: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: row === null ? rows - 1 : from - 1,
    PageDown: from + page,
    PageUp: row === null ? rows - 1 : from - page,
    Home: 0,
    End: rows - 1,
  };
  const target = to[key];
  return target === undefined || rows === 0 ? null : Math.max(0, Math.min(rows - 1, target));
}
