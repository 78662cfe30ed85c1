// The form of a new node: what was typed, and what the program says of it.
import type { Choices, LanguageRow, PlanForm, PlanPin, PlanView } from '../lib/ipc/generated';
import { Latest } from '../lib/state/latest.svelte';
import type { Workbench } from '../lib/state/workbench.svelte';

export const DATA_TYPES = [
  'String',
  'Integer',
  'Float',
  'Boolean',
  'Date',
  'PathBuf',
  'Byte',
  'Struct',
  'Generic',
  'Execution',
];
export const VALUE_TYPES = ['Normal', 'Array', 'HashMap', 'HashSet'];

/** A pin with a key of its own, so that its row stays the same when others come and go. */
export interface PinDraft extends PlanPin {
  key: number;
}

export class PlanDraft {
  language = $state('rust');
  name = $state('');
  description = $state('');
  category = $state('');
  permissions: string[] = $state([]);
  pins: PinDraft[] = $state([]);
  /** What was typed; empty: proposed from the name, in `parent`. */
  #folder = $state('');
  #parent = $state('');
  #keys = 0;
  readonly #workbench: Workbench;
  readonly #choices: Choices;
  readonly #checked = new Latest<PlanView>();

  constructor(workbench: Workbench, choices: Choices) {
    this.#workbench = workbench;
    this.#choices = choices;
    this.#parent = choices.parent;
    this.add({ name: 'exec', direction: 'Input', data_type: 'Execution' });
    this.add({ name: 'text', direction: 'Input', data_type: 'String' });
    this.add({ name: 'exec_out', direction: 'Output', data_type: 'Execution' });
    this.add({ name: 'result', direction: 'Output', data_type: 'String' });
  }

  row: LanguageRow | null = $derived.by(() => {
    return this.#choices.languages.find(({ id }) => id === this.language) ?? null;
  });
  /** The form as it is sent. */
  form: PlanForm = $derived.by(() => ({
    language: this.language,
    name: this.name,
    description: this.description,
    category: this.category,
    folder: this.folder,
    pins: this.pins.map(({ name, description, direction, data_type, value_type, default: typed }) => {
      return { name, description, direction, data_type, value_type, default: data_type === 'Execution' ? '' : typed };
    }),
    permissions: [...this.permissions],
  }));
  view: PlanView | null = $derived.by(() => this.#checked.get(JSON.stringify(this.form)));

  /** Where the project will lie: what was typed, else the node's name in the usual place. */
  get folder(): string {
    if (this.#folder !== '') return this.#folder;
    const words = this.name.trim().toLowerCase().split(/[^\p{L}\p{N}]+/u);
    return `${this.#parent}/${words.filter((word) => word !== '').join('-') || 'my-node'}`;
  }

  set folder(path: string) {
    this.#folder = path;
  }

  /** Another place for the project's folder. */
  set parent(path: string) {
    this.#parent = path;
    this.#folder = '';
  }

  add(pin: Partial<PlanPin> = {}): void {
    this.#keys += 1;
    const plain = { name: '', description: '', direction: 'Input', data_type: 'String', value_type: 'Normal', default: '' };
    this.pins.push({ ...plain, ...pin, key: this.#keys });
  }

  remove(key: number): void {
    this.pins = this.pins.filter((pin) => pin.key !== key);
  }

  toggle(label: string): void {
    this.permissions = this.permissions.includes(label)
      ? this.permissions.filter((known) => known !== label)
      : [...this.permissions, label];
  }

  /** Asks the program what it thinks of the form as it is now. */
  check(): void {
    const form = this.form;
    this.#checked.ask(JSON.stringify(form), () => this.#workbench.attempt(this.#workbench.api.checkPlan(form)));
  }

  problem(field: string): string | null {
    return this.view?.problems.find((problem) => problem.field === field)?.message ?? null;
  }

  /** Resolves to the folder of the new node; undefined: it was not made, and why was said. */
  create(): Promise<string | undefined> {
    return this.#workbench.attempt(this.#workbench.api.createNode(this.form));
  }
}
