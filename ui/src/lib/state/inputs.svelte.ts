// The values of a node's input pins: drafts as they are typed, and the exact JSON text that they stand for.
// Form and JSON are two views of it. What is wrong stays here as it was typed, marked, until it is right or reset.
import { SvelteMap } from 'svelte/reactivity';

import { contentOf, halfTyped, json, string, text, type Draft } from '../draft';
import { problemOf } from '../fits';
import type { Cases, InputProblem, PinRow, Renamed } from '../ipc/generated';
import { compact, indent, place, quote, split, stringOf, whyNotJson } from '../json';

type Check = (json: string) => Promise<InputProblem[]>;

const CHECK_AFTER_MS = 150;
const TEXTS = new Set(['String', 'Date', 'PathBuf', 'Byte']);
/** Stands for a secret in the JSON view; left as it is, it leaves the secret as it is. */
const MASK = '••••••••';
/** Longer values are not for editing by hand: the JSON view has a word for them, as it has for secrets. */
const LONG = 64 * 1024;

export class NodeInputs {
  pins: PinRow[] = $state.raw([]);
  /** What is in the fields. A pin without a draft is unset; drafts of pins that went away wait for their return. */
  readonly drafts = new SvelteMap<string, Draft>();
  /** Values from the JSON view that no input takes: sent as well, so that the node's answer to them can be seen. */
  readonly extra = new SvelteMap<string, Draft>();
  /** The program's verdict on the values, newest first to last pin. */
  problems: InputProblem[] = $state.raw([]);
  /** Why the values could not be checked. */
  checkFailure: string | null = $state.raw(null);
  cases: Cases | null = $state.raw(null);
  /** The JSON view as it was typed; null: it follows the fields. */
  jsonText: string | null = $state.raw(null);
  /** Grows when somebody wants to see the first problem. */
  pointed = $state(0);
  /** Takes the last reset or preset back; null once something else was changed. */
  undo: (() => void) | null = $state.raw(null);
  onChange: () => void = () => undefined;
  readonly check: Check;

  #touched = false;
  #checks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pins: PinRow[], check: Check) {
    this.pins = pins;
    this.check = check;
  }

  /** Input pins in the node's order, exec pins included. */
  inputs: PinRow[] = $derived(this.pins.filter((pin) => pin.pin_type === 'Input'));
  #valued: PinRow[] = $derived(this.inputs.filter((pin) => pin.data_type !== 'Execution'));

  /** Why the JSON view is not an object of values. */
  jsonProblem: string | null = $derived(this.jsonText === null ? null : notAnObject(this.jsonText));

  #object: string = $derived(this.#write(() => false, json));
  /** The object that a run gets, as exact JSON text; a half-typed JSON view as it is, which no run accepts. */
  json: string = $derived(this.jsonProblem === null ? this.#object : (this.jsonText ?? this.#object));
  /** What a run gets: `json`, and for unset pins their defaults, as a board of Flow-Like sends them. */
  sent: string = $derived(this.jsonProblem === null ? this.#write(() => false, json, true) : this.json);
  /** The last good values without the sensitive ones: what may be stored. */
  kept: string = $derived(this.#write((pin) => pin.sensitive, json));
  /** What the JSON view shows. */
  view: string = $derived(
    this.jsonText ??
      indent(
        this.#write(
          () => false,
          (draft, pin) => (pin ? standIn(pin, draft) : null) ?? json(draft),
        ),
      ),
  );

  #wrong = $derived(this.#findWrong());
  /** How many inputs are wrong; a half-typed JSON view counts as one. */
  wrong: number = $derived(this.#wrong.size + (this.jsonProblem === null ? 0 : 1));
  /** Whether something is half-typed, and would be sent as something else. */
  unfinished: boolean = $derived(
    this.jsonProblem !== null ||
      this.#valued.some((pin) => {
        const draft = this.drafts.get(pin.name);
        return draft !== undefined && halfTyped(draft);
      }),
  );
  /** The preset that the values are equal to. */
  preset: string | null = $derived.by(() => {
    const now = canonical(this.kept);
    return this.cases?.cases.find((known) => canonical(known.inputs) === now)?.name ?? null;
  });

  /** What is wrong with one pin, in words. */
  problem(name: string): string | null {
    return this.#wrong.get(name) ?? null;
  }

  /** All of it, pin by pin. */
  get allProblems(): [pin: string, message: string][] {
    return [...this.#wrong];
  }

  /** Undefined: unset. */
  set(name: string, draft: Draft | undefined): void {
    if (draft) this.drafts.set(name, draft);
    else this.drafts.delete(name);
    this.jsonText = null;
    this.#changed();
  }

  removeExtra(name: string): void {
    this.extra.delete(name);
    this.jsonText = null;
    this.#changed();
  }

  /** The JSON view was edited. Text that is no object of values stays as it is and leaves the fields alone. */
  setJson(typed: string): void {
    this.jsonText = typed;
    if (notAnObject(typed) === null) this.#fill(typed, (pin, raw) => this.#stands(pin, raw));
    this.#changed();
  }

  /** Gives a half-typed JSON view up. */
  dropJson(): void {
    this.jsonText = null;
    this.#changed();
  }

  /** Takes stored values over; they hold no secrets, so those in the form stay. */
  load(stored: string): void {
    const undo = this.#rememberAll();
    if (!this.#load(stored)) return;
    this.#changed();
    this.undo = undo;
  }

  reset(): void {
    const undo = this.#rememberAll();
    for (const pin of this.#valued) this.drafts.delete(pin.name);
    this.extra.clear();
    this.jsonText = null;
    this.#changed();
    this.undo = undo;
  }

  restore(cases: Cases): void {
    this.cases = cases;
    if (this.#touched || cases.last === null || !this.#load(cases.last)) return;
    this.#schedule();
  }

  /** Values stay by name across a reload; those of pins that went away are kept for their return. */
  adopt(pins: PinRow[], renamed: Renamed[]): void {
    const before = new Map(this.inputs.map((pin) => [pin.name, pin]));
    const moved = renamed.map(({ from, to }) => ({ from, to, draft: this.drafts.get(from) }));
    for (const { from } of moved) this.drafts.delete(from);
    for (const { from, to, draft } of moved) {
      if (draft) this.drafts.set(to, draft);
      const pin = before.get(from);
      if (pin) before.set(to, pin);
    }
    this.pins = pins;
    for (const pin of this.#valued) {
      const stray = this.extra.get(pin.name);
      if (stray) {
        this.extra.delete(pin.name);
        this.drafts.set(pin.name, stray);
      }
      const old = before.get(pin.name);
      const draft = this.drafts.get(pin.name);
      if (old && draft) this.drafts.set(pin.name, retyped(old, pin, draft));
    }
    if (this.jsonProblem === null) this.jsonText = null;
    this.#schedule();
  }

  /** A run was refused for these. */
  reject(problems: InputProblem[]): void {
    clearTimeout(this.#timer);
    this.#checks += 1;
    this.problems = problems;
    this.point();
  }

  point(): void {
    this.pointed += 1;
  }

  #write(leaveOut: (pin: PinRow) => boolean, say: (draft: Draft, pin?: PinRow) => string, defaults = false): string {
    const fields: string[] = [];
    for (const pin of this.#valued) {
      const draft = this.drafts.get(pin.name);
      if (draft && !leaveOut(pin)) fields.push(`${quote(pin.name)}:${say(draft, pin)}`);
      else if (!draft && defaults && pin.default_text !== null) fields.push(`${quote(pin.name)}:${pin.default_text}`);
    }
    for (const [name, draft] of this.extra) fields.push(`${quote(name)}:${say(draft)}`);
    return `{${fields.join(',')}}`;
  }

  /** The message at the field wins over the program's: it says the same about the text as it stands there now. */
  #findWrong(): Map<string, string> {
    const found = new Map<string, string>();
    for (const pin of this.inputs) {
      const local = problemOf(pin, this.drafts.get(pin.name));
      const said = this.problems.find((problem) => problem.pin === pin.name);
      const message = local ?? (said ? bare(said.message) : null);
      if (message !== null) found.set(pin.name, pin.sensitive ? secretless(message) : message);
    }
    for (const said of this.problems) if (!found.has(said.pin)) found.set(said.pin, bare(said.message));
    return found;
  }

  /** Whether the JSON view has left the stand-in for a pin's value. */
  #stands(pin: PinRow, raw: string): boolean {
    const draft = this.drafts.get(pin.name);
    return draft !== undefined && standIn(pin, draft) === raw;
  }

  #load(stored: string): boolean {
    if (notAnObject(stored) !== null) return false;
    this.jsonText = null;
    this.#fill(stored, (pin) => pin.sensitive, true);
    return true;
  }

  /** `stay` says for which pins the draft stays as it is; with `stayAway`, also where the object has no value. */
  #fill(object: string, stay: (pin: PinRow, raw: string) => boolean, stayAway = false): void {
    const parts = split(object);
    const fields = new Map(parts?.kind === 'object' ? parts.fields : []);
    for (const pin of this.#valued) {
      const raw = fields.get(pin.name);
      fields.delete(pin.name);
      if (raw === undefined) {
        if (!(stayAway && stay(pin, ''))) this.drafts.delete(pin.name);
      } else if (!stay(pin, raw)) {
        const draft = this.drafts.get(pin.name);
        if (!draft || json(draft) !== raw) this.drafts.set(pin.name, text(raw));
      }
    }
    this.extra.clear();
    for (const [name, raw] of fields) this.extra.set(name, text(raw));
  }

  #rememberAll(): () => void {
    const [drafts, extra, typed] = [[...this.drafts], [...this.extra], this.jsonText];
    return () => {
      this.drafts.clear();
      this.extra.clear();
      for (const [name, draft] of drafts) this.drafts.set(name, draft);
      for (const [name, draft] of extra) this.extra.set(name, draft);
      this.jsonText = typed;
      this.#changed();
    };
  }

  #changed(): void {
    this.#touched = true;
    this.undo = null;
    this.onChange();
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#checks += 1;
    const number = this.#checks;
    this.#timer = setTimeout(() => {
      void this.#ask(number);
    }, CHECK_AFTER_MS);
  }

  /** Answers to a question that was asked before the newest change are ignored. */
  async #ask(number: number): Promise<void> {
    if (this.jsonProblem !== null) {
      this.problems = [];
      return;
    }
    try {
      const problems = await this.check(this.json);
      if (number !== this.#checks) return;
      this.problems = problems;
      this.checkFailure = null;
    } catch (error) {
      if (number !== this.#checks) return;
      this.problems = [];
      this.checkFailure = messageOf(error);
    }
  }
}

/** Without `input "pin": `, which the field says by its place. */
function bare(message: string): string {
  return message.replace(/^input "(?:[^"\\]|\\.)*": /, '');
}

/** A message quotes the value; a secret is not for the screen. */
function secretless(message: string): string {
  return message.replace(/“.*”/s, 'the value').replace(/\bfound .*$/s, 'found something else');
}

/** What the JSON view shows in the place of a value that is secret or long; null: the value itself. */
function standIn(pin: PinRow, draft: Draft): string | null {
  if (pin.sensitive) return quote(MASK);
  const { length } = json(draft);
  return length > LONG ? quote(`•••• ${String(length)} characters, as they are ••••`) : null;
}

function notAnObject(typed: string): string | null {
  const why = whyNotJson(typed);
  if (why) {
    const { line, column } = place(typed, why.at);
    return `${why.message}, line ${String(line)}, column ${String(column)}`;
  }
  const parts = split(typed);
  if (parts?.kind !== 'object') return 'the inputs are an object, such as { "name": "value" }';
  const names = parts.fields.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? null : `${quote(twice)} is there twice`;
}

/** Equal for objects that hold the same values in any order. */
function canonical(object: string): string {
  const parts = split(object);
  if (parts?.kind !== 'object') return object;
  const fields = parts.fields.map(([name, raw]) => `${quote(name)}:${compact(raw)}`);
  return fields.sort().join(',');
}

/** A text stays the text it is when its pin begins or ceases to hold strings. */
function retyped(old: PinRow, now: PinRow, draft: Draft): Draft {
  if (old.value_type !== 'Normal' || now.value_type !== 'Normal' || draft.kind !== 'text') return draft;
  const [was, is] = [TEXTS.has(old.data_type), TEXTS.has(now.data_type)];
  if (was && !is && now.data_type !== 'Generic' && stringOf(draft.text) !== null) return text(contentOf(draft));
  if (is && !was && stringOf(draft.text) === null && draft.text.trim() !== 'null') return string(draft.text);
  return draft;
}

function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
