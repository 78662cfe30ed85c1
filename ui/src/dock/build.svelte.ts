// What a build printed, followed while it comes: the lines that the program keeps.
import type { Api } from '../lib/ipc/api';
import { commandError } from '../lib/ipc/backend';
import type { BuildLink, ProjectRow } from '../lib/ipc/generated';

/** Lines that are asked for at once, and that stand in one block of the page. */
const PAGE = 1000;
const BLOCK = 200;

export interface Part {
  text: string;
  link: BuildLink | null;
}

export class BuildOutput {
  readonly #api: Api;
  /** Which run the lines are of: manifest and number. */
  #of: { manifest: string; run: number } | null = null;
  #asking = false;
  /** The newest number of lines that was told. */
  #told = 0;
  lines: string[] = $state.raw([]);
  /** Number of the first of `lines`: so many before it were left out. */
  first = $state(0);
  error: string | null = $state(null);

  /** The places that the lines name, by number of the line. */
  #links: Record<number, BuildLink[]> = {};

  /** The lines in pieces that only change at the end. */
  blocks: { id: number; parts: Part[] }[] = $derived.by(() => {
    const start = Math.floor(this.first / BLOCK) * BLOCK;
    const end = this.first + this.lines.length;
    const count = Math.max(0, Math.ceil((end - start) / BLOCK));
    return Array.from({ length: count }, (_, at) => {
      const id = start + at * BLOCK;
      const from = Math.max(id, this.first);
      return { id, parts: this.#parts(from, this.lines.slice(from - this.first, id + BLOCK - this.first)) };
    });
  });

  constructor(api: Api) {
    this.#api = api;
  }

  /** Shows the newest run of a project as far as it has come. */
  show(project: ProjectRow | null): void {
    const run = project?.run ?? null;
    if (this.#of?.manifest !== project?.manifest || this.#of?.run !== run?.number) {
      this.#of = project && run ? { manifest: project.manifest, run: run.number } : null;
      this.lines = [];
      this.#links = {};
      this.first = 0;
      this.error = null;
    }
    this.#told = run?.lines ?? 0;
    void this.#fetch();
  }

  /** Text, and the places in it. */
  #parts(from: number, lines: string[]): Part[] {
    const parts: Part[] = [];
    let text = '';
    lines.forEach((line, at) => {
      let done = 0;
      for (const link of this.#links[from + at] ?? []) {
        parts.push({ text: text + line.slice(done, link.from), link: null }, { text: line.slice(link.from, link.to), link });
        text = '';
        done = link.to;
      }
      text += line.slice(done) + (at < lines.length - 1 ? '\n' : '');
    });
    return [...parts, { text, link: null }];
  }

  async #fetch(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#of && this.first + this.lines.length < this.#told) {
        const of = this.#of;
        const page = await this.#api.buildLines(of.manifest, of.run, this.first + this.lines.length, PAGE);
        // Another run began meanwhile: its lines are asked for in the next round.
        if (of !== this.#of) continue;
        for (const { at } of page.links) this.#links[at] = page.links.filter((link) => link.at === at);
        const kept = this.lines.slice(Math.max(0, page.first - this.first));
        const follows = page.offset === Math.max(this.first, page.first) + kept.length;
        this.lines = follows ? [...kept, ...page.lines] : page.lines;
        this.first = follows ? Math.max(this.first, page.first) : page.offset;
        if (page.lines.length === 0) return;
      }
    } catch (error) {
      // A run that has gone is followed by a change that names the next.
      const { code, message } = commandError(error);
      if (code !== 'no-build-run') this.error = message;
    } finally {
      this.#asking = false;
    }
  }
}
