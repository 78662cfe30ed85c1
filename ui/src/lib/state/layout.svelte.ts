// Where the user left things: selection, tabs, sizes of panes. Kept as JSON text in the settings.

interface Kept {
  selection: { file: string; node: string } | null;
  dockTab: string;
  formMode: 'form' | 'json';
  /** Sizes of pane groups in per cent, by the group's name. */
  sizes: Record<string, number[]>;
  /** Widths of columns in pixels, by the table's name and the column's; a table that nobody resized has none. */
  columns: Record<string, Record<string, number>>;
}

const DEFAULT: Kept = { selection: null, dockTab: 'logs', formMode: 'form', sizes: {}, columns: {} };
const SAVE_AFTER_MS = 500;

export class Layout {
  #kept: Kept = $state.raw(DEFAULT);
  #onChange: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(text: string, onChange: () => void) {
    this.#onChange = onChange;
    this.#kept = read(text);
  }

  get text(): string {
    return JSON.stringify(this.#kept);
  }

  get selection(): Kept['selection'] {
    return this.#kept.selection;
  }
  set selection(selection: Kept['selection']) {
    this.#change({ selection });
  }

  get dockTab(): string {
    return this.#kept.dockTab;
  }
  set dockTab(dockTab: string) {
    this.#change({ dockTab });
  }

  get formMode(): Kept['formMode'] {
    return this.#kept.formMode;
  }
  set formMode(formMode: Kept['formMode']) {
    this.#change({ formMode });
  }

  sizes(group: string): number[] | null {
    return this.#kept.sizes[group] ?? null;
  }

  resize(group: string, sizes: number[]): void {
    this.#change({ sizes: { ...this.#kept.sizes, [group]: sizes } });
  }

  columns(table: string): Record<string, number> {
    return this.#kept.columns[table] ?? {};
  }

  resizeColumns(table: string, widths: Record<string, number>): void {
    this.#change({ columns: { ...this.#kept.columns, [table]: widths } });
  }

  #change(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onChange, SAVE_AFTER_MS);
  }
}

/** A layout that cannot be read is no reason not to start: the defaults stand in. */
function read(text: string): Kept {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? { ...DEFAULT, ...found } : DEFAULT;
  } catch {
    return DEFAULT;
  }
}
