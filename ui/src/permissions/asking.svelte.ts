// The question that waits for the user: which one it is, when it may be answered, and with what.
import { SvelteSet } from 'svelte/reactivity';

import { duration } from '../lib/format';
import type { AnswerRow, QuestionRow } from '../lib/ipc/generated';
import type { Workbench } from '../lib/state/workbench.svelte';

/** Keys and clicks that come sooner were meant for what was on the screen before. */
const GUARD_MS = 500;
const DEFAULT_LIFETIME = 'run';
const CLOCK_STEP_MS = 100;

/** Belongs to the component in whose script it is made: its timers end with it. */
export class Asking {
  readonly #workbench: Workbench;
  /** Answered here, not yet closed by the program. */
  readonly #answered = new SvelteSet<string>();
  /** The question that has been on the screen long enough. */
  #armedFor: string | null = $state(null);
  #choice: { key: string | null; scope: number; lifetime: string } = $state.raw({
    key: null,
    scope: 0,
    lifetime: DEFAULT_LIFETIME,
  });
  #appeared = $state(0);
  #now = $state(Date.now());
  /** For which question the press under way began; null: it does not count. */
  #press: { key: string | null } | null = null;

  waiting: QuestionRow[] = $derived.by(() =>
    this.#workbench.questions.filter((question) => !this.#answered.has(keyOf(question))),
  );
  question: QuestionRow | null = $derived(this.waiting[0] ?? null);
  key: string | null = $derived(this.question && keyOf(this.question));
  armed: boolean = $derived(this.key !== null && this.#armedFor === this.key);
  scope: number = $derived(this.#choice.key === this.key ? this.#choice.scope : 0);
  lifetime: string = $derived(this.#choice.key === this.key ? this.#choice.lifetime : DEFAULT_LIFETIME);
  /** A denial makes a rule only where the user chose for how long. */
  denyLifetime: string = $derived(this.lifetime === DEFAULT_LIFETIME ? 'once' : this.lifetime);
  /** How long the clock of the question's run stands still. */
  stopped: string = $derived.by(() => {
    const run = this.question?.run;
    const since = Math.min(...this.waiting.filter((open) => open.run === run).map((open) => open.asked_at));
    const ms = Math.max(0, this.#now - since);
    return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
  });

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
    $effect(() => {
      const key = this.key;
      void this.#appeared;
      this.#armedFor = null;
      if (key === null) return;
      const timer = setTimeout(() => {
        this.#armedFor = key;
      }, GUARD_MS);
      return () => {
        clearTimeout(timer);
      };
    });
    $effect(() => {
      if (this.key === null) return;
      this.#now = Date.now();
      const timer = setInterval(() => {
        this.#now = Date.now();
      }, CLOCK_STEP_MS);
      return () => {
        clearInterval(timer);
      };
    });
  }

  /** The window came to the front: only now the user sees the question. */
  appear(): void {
    this.#appeared += 1;
  }

  choose(change: { scope?: number; lifetime?: string }): void {
    this.#choice = { key: this.key, scope: this.scope, lifetime: this.lifetime, ...change };
  }

  /** A key or a button of the mouse goes down; a click counts only if it began on the question that it ends on. */
  press(repeated: boolean): void {
    this.#press = { key: this.armed && !repeated ? this.key : null };
  }

  /** Whether the click that comes now counts. Clicks of assistive technology begin with no press. */
  #clicked(): boolean {
    const press = this.#press;
    this.#press = null;
    return this.armed && (press === null || press.key === this.key);
  }

  allow(): void {
    if (this.#clicked()) this.#answer(true, this.scope, this.lifetime, false);
  }

  deny(stop: boolean): void {
    if (this.#clicked()) this.#answer(false, this.scope, this.denyLifetime, stop);
  }

  /** Denies this one request, whatever was chosen. */
  escape(repeated: boolean): void {
    if (this.armed && !repeated) this.#answer(false, 0, 'once', false);
  }

  #answer(allow: boolean, scope: number, lifetime: string, stop: boolean): void {
    const question = this.question;
    if (question) void this.#send(question, { allow, scope, lifetime, stop_run: stop });
  }

  async #send(question: QuestionRow, answer: AnswerRow): Promise<void> {
    const open = this.#workbench.questions.map(keyOf);
    for (const key of this.#answered) if (!open.includes(key)) this.#answered.delete(key);
    this.#answered.add(keyOf(question));
    const work = this.#workbench.api.answer(question.run, question.id, answer).then(() => true);
    const taken = await this.#workbench.attempt(work);
    // Not answered after all: it comes back, unless the program closed it meanwhile.
    if (!taken) this.#answered.delete(keyOf(question));
  }
}

function keyOf(question: QuestionRow): string {
  return `${question.run} ${String(question.id)}`;
}
