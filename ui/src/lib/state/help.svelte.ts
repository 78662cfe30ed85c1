// Help beside the work: what it shows, the way back, and what was searched for.
import type { Api } from '../ipc/api';
import { commandError } from '../ipc/backend';
import type { HelpGroup, HelpHit, HelpPage, HelpTarget } from '../ipc/generated';

const SEARCH_AFTER_MS = 120;

export class Help {
  open = $state(false);
  /** A dialog is open: help is one over it, because nothing else could be reached. */
  over = $state(false);
  groups: HelpGroup[] = $state.raw([]);
  /** None: the list of all topics. */
  page: HelpPage | null = $state.raw(null);
  section: string | null = $state(null);
  /** Why there is nothing to show. */
  failure: string | null = $state(null);
  words = $state('');
  /** None: nothing is searched for. */
  hits: HelpHit[] | null = $state.raw(null);
  /** Grows with every place that is shown, so that the view goes to it. */
  shown = $state(0);

  readonly #api: Api;
  /** Places that were left; an empty one is the list of topics. */
  #left: string[] = $state.raw([]);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  get canGoBack(): boolean {
    return this.#left.length > 0;
  }

  /** Opens help at a place; without one, at the list of topics. */
  async show(place: HelpTarget | null = null): Promise<void> {
    this.over = document.querySelector('[aria-modal="true"]') !== null;
    this.#left = [];
    this.clear();
    this.open = true;
    await this.#go(place ?? '');
  }

  /** The same for a place that only the program knows, such as the code of a problem. */
  async showNamed(place: string): Promise<void> {
    await this.show(place as HelpTarget);
  }

  async follow(place: string): Promise<void> {
    this.#left = [...this.#left, this.#here()];
    this.clear();
    await this.#go(place);
  }

  async back(): Promise<void> {
    const last = this.#left.at(-1);
    this.#left = this.#left.slice(0, -1);
    this.clear();
    if (last !== undefined) await this.#go(last);
  }

  close(): void {
    this.open = false;
  }

  search(words: string): void {
    this.words = words;
    clearTimeout(this.#timer);
    if (words.trim() === '') {
      this.clear();
      return;
    }
    const asked = ++this.#asked;
    this.#timer = setTimeout(() => {
      void this.#api.helpSearch(words).then(
        (hits) => {
          if (asked === this.#asked) this.hits = hits;
        },
        (error: unknown) => (this.failure = commandError(error).message),
      );
    }, SEARCH_AFTER_MS);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#asked++;
    this.words = '';
    this.hits = null;
  }

  #here(): string {
    if (!this.page) return '';
    return this.section === null ? this.page.id : `${this.page.id}#${this.section}`;
  }

  async #go(place: string): Promise<void> {
    try {
      if (this.groups.length === 0) this.groups = await this.#api.helpIndex();
      const found = place === '' ? null : await this.#api.helpPlace(place);
      this.page = found?.page ?? null;
      this.section = found?.section ?? null;
      this.failure = null;
    } catch (error) {
      this.page = null;
      this.section = null;
      this.failure = commandError(error).message;
    }
    this.shown++;
  }
}
