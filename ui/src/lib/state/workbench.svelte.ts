// What the window knows: the program's state as the snapshot and the changes tell it, and what the user selected.
import { SvelteMap } from 'svelte/reactivity';

import { copyText } from '../clipboard';
import type { CommandId } from '../commands';
import { deliver } from '../drop';
import type { Api } from '../ipc/api';
import { commandError } from '../ipc/backend';
import type {
  Batch,
  Change,
  CommandError,
  CommandLine,
  FileRow,
  FolderRow,
  InputProblem,
  NodeRow,
  Notice,
  ProjectRow,
  QuestionRow,
  RunLimits,
  Settings,
  Versions,
} from '../ipc/generated';
import { projectOf, withoutFile } from '../projects';
import { visible } from '../text';
import { Commands } from './commands.svelte';
import { Help } from './help.svelte';
import { NodeInputs } from './inputs.svelte';
import { Layout } from './layout.svelte';
import { LiveRun } from './run.svelte';

/** A message that goes by itself. */
export interface Toast {
  id: number;
  /** How often it was told. */
  times: number;
  severity: string;
  message: string;
}

/** Notes of a copied command that are told. */
const NOTES = 3;
const NO_LIMITS: RunLimits = { time: null, memory: null, fuel: null };
const SAVE_LAST_AFTER_MS = 400;
const TOASTS = 50;
/** Runs that are kept in the window; older ones come back from the record when they are opened. */
const KEPT_RUNS = 100;

export class Workbench {
  readonly api: Api;
  readonly help: Help;
  ready = $state(false);
  /** Why the window could not start. */
  failure: string | null = $state(null);
  versions: Versions | null = $state.raw(null);
  files: FileRow[] = $state.raw([]);
  folders: FolderRow[] = $state.raw([]);
  /** Folders that name a build command. */
  projects: ProjectRow[] = $state.raw([]);
  settings: Settings = $state.raw({
    theme: 'system',
    zoom: 1,
    auto_run: false,
    question_timeout_s: 0,
    log_level: 0,
    count_fuel: false,
    editor: '',
    layout: '{}',
  });
  /** Open questions, oldest first. */
  questions: QuestionRow[] = $state.raw([]);
  /** Where files are dragged over the page; null: nowhere. */
  dragging: [x: number, y: number] | null = $state.raw(null);
  toasts: Toast[] = $state.raw([]);
  /** Runs of this session and those that were opened from the record. */
  readonly runs = new SvelteMap<string, LiveRun>();
  /** Which run each node shows; keyed by `key(file, node)`. */
  readonly shown = new SvelteMap<string, string>();
  selection: { file: string; node: string } | null = $state.raw(null);
  /** Grow when the panels should ask again. */
  permissionsVersion = $state(0);
  stateVersion = $state(0);
  runsVersion = $state(0);
  /** The clock for "3 s ago"; moves once a second. */
  now = $state(Date.now());
  layout: Layout = $state.raw(new Layout('{}', () => undefined));
  /** Limits for the next runs of a node, by `key`: only where they are not the node's own, and only in this window. */
  readonly limits = new SvelteMap<string, RunLimits>();
  /** The form of each node that was shown; they outlive reloads. */
  readonly forms = new SvelteMap<string, NodeInputs>();

  file: FileRow | null = $derived(this.files.find((file) => file.path === this.selection?.file) ?? null);
  node: NodeRow | null = $derived(this.file?.build?.nodes.find((node) => node.name === this.selection?.node) ?? null);
  inputs: NodeInputs | null = $derived(
    this.selection ? (this.forms.get(key(this.selection.file, this.selection.node)) ?? null) : null,
  );
  run: LiveRun | null = $derived.by(() => {
    if (!this.selection) return null;
    const id = this.shown.get(key(this.selection.file, this.selection.node));
    return id === undefined ? null : (this.runs.get(id) ?? null);
  });

  /** The project of the selected file; with no file selected, one that has none yet. */
  project: ProjectRow | null = $derived.by(() => {
    const path = this.selection?.file ?? null;
    return path === null ? (withoutFile(this.projects, this.files)[0] ?? null) : projectOf(this.projects, path);
  });

  /** What menus, the palette and keys do; each part of the window provides its own. */
  readonly commands = new Commands();

  #nextToast = 0;
  /** What is to be shown: what the user opened, or what was selected when the window was closed; until it is there. */
  #restoring: { file: string; node: string } | null = null;
  /** Timers of forms that are still to be kept, by `key`. */
  #saveLast: Record<string, ReturnType<typeof setTimeout>> = {};

  constructor(api: Api) {
    this.api = api;
    this.help = new Help(api);
  }

  async start(): Promise<void> {
    setInterval(() => (this.now = Date.now()), 1000);
    try {
      const snapshot = await this.api.start((batch) => {
        this.#take(batch);
      });
      this.versions = snapshot.versions;
      this.settings = snapshot.settings;
      this.layout = new Layout(snapshot.settings.layout, () => {
        this.#saveLayout();
      });
      this.folders = snapshot.folders;
      this.projects = snapshot.projects;
      this.questions = snapshot.questions;
      for (const row of snapshot.runs) {
        const at = key(row.file, row.node);
        // Newest first: what is known of a node's older runs is asked for when they are opened.
        if (this.shown.has(at)) continue;
        this.runs.set(row.run, new LiveRun(row));
        this.shown.set(at, row.run);
      }
      for (const notice of snapshot.notices) this.notify(notice);
      this.#restoring = snapshot.opened === null ? this.layout.selection : { file: snapshot.opened, node: '' };
      this.files = snapshot.files;
      for (const file of snapshot.files) this.#adopt(file);
      this.#selectSomething();
      this.ready = true;
      // For `npm run measure`: the catalog is there.
      performance.mark('catalog');
    } catch (error) {
      this.failure = commandError(error).message;
    }
  }

  async copyDiagnostics(): Promise<void> {
    const copied = await this.attempt(this.api.diagnostics().then(copyText).then(() => true));
    if (copied) this.notify({ severity: 'info', message: 'diagnostics copied; read them before you send them' });
  }

  /** Awaits a command; a failure becomes a toast. */
  async attempt<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      this.notify({ severity: 'error', message: commandError(error).message });
      return undefined;
    }
  }

  notify(notice: Notice): void {
    this.#nextToast += 1;
    const same = this.toasts.find(({ severity, message }) => severity === notice.severity && message === notice.message);
    const others = this.toasts.filter((toast) => toast !== same);
    this.toasts = [...others, { id: this.#nextToast, times: (same?.times ?? 0) + 1, ...notice }].slice(-TOASTS);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** Shows a node; an empty name shows a file that defines none. */
  select(file: string, node: string): void {
    this.#restoring = null;
    this.layout.selection = { file, node };
    this.#show(file, node);
  }

  #show(file: string, node: string): void {
    this.selection = { file, node };
    void this.#loadForm(file, node);
    const run = this.run;
    if (run && !run.running && !run.loaded) void this.openRun(run.row.run);
    else if (node !== '' && !run) void this.#showNewest(file, node);
  }

  /** Shows a run of the record in the place of the node's newest. */
  async openRun(run: string): Promise<void> {
    const view = await this.attempt(this.api.runView(run));
    if (!view) return;
    const live = this.runs.get(run) ?? new LiveRun(view.row);
    live.loaded = true;
    live.row = view.row;
    live.fired = view.fired;
    live.outputs = view.outputs;
    live.trap = view.trap;
    live.problems = view.problems;
    live.progress ??= {
      run,
      elapsed_ms: view.row.figures?.duration_ms ?? 0,
      own_ms: view.row.figures?.own_ms ?? 0,
      asked_ms: view.row.figures?.asked_ms ?? 0,
      paused: false,
      stopping: false,
      lines: view.lines,
      stream: view.stream,
      network: view.network,
      levels: view.levels,
      left_out: 0,
      fired: [],
      outputs: [],
      memory_peak: view.row.figures?.memory_peak ?? 0,
      denied: view.row.figures?.denied ?? 0,
      bar: null,
      bytes_up: 0,
      bytes_down: 0,
    };
    this.runs.set(run, live);
    this.shown.set(key(view.row.file, view.row.node), run);
  }

  /** Runs the selected node with what is in its form. `force` sends values that do not fit. */
  async runSelected(force = false): Promise<void> {
    const selection = this.selection;
    const inputs = this.inputs;
    if (!selection || !inputs || !this.node) return;
    // Half-typed text would be sent as a string: the user has to want that.
    if (!force && inputs.unfinished) {
      inputs.point();
      return;
    }
    await this.runWith(selection.file, selection.node, inputs.sent, force, (problems) => {
      inputs.reject(problems);
    });
  }

  async runWith(
    file: string,
    node: string,
    json: string,
    force: boolean,
    onProblems?: (problems: InputProblem[]) => void,
  ): Promise<void> {
    try {
      const row = await this.api.startRun(file, node, json, force, this.limitsOf(file, node));
      this.#begin(row);
    } catch (error) {
      const problem: CommandError = commandError(error);
      if (problem.code === 'inputs' && onProblems) onProblems(problem.inputs);
      else this.notify({ severity: 'error', message: problem.message });
    }
  }

  /** What the user wrote for the next runs of a node, in this window. */
  limitsOf(file: string, node: string): RunLimits {
    return this.limits.get(key(file, node)) ?? NO_LIMITS;
  }

  /** Copies a command for the terminal, and tells what is to be known of it. */
  async copyCommand(asked: Promise<CommandLine>): Promise<void> {
    const copied = await this.attempt(asked.then(async (line) => (await copyText(line.text), line)));
    if (!copied) return;
    const notes = copied.notes.slice(0, NOTES).map((note) => visible(note, 200));
    const [severity, message] = notes.length > 0 ? ['warning', `The command is copied: ${notes.join('; ')}`] : ['info', 'The command is copied'];
    this.notify({ severity, message });
  }

  async cancel(): Promise<void> {
    const run = this.run;
    if (!run?.running) return;
    run.cancelledAt = performance.now();
    await this.attempt(this.api.cancelRun(run.row.run));
  }

  async saveSettings(change: Partial<Settings>): Promise<void> {
    this.settings = { ...this.settings, ...change };
    await this.attempt(this.api.saveSettings(this.settings));
  }

  #saveLayout(): void {
    void this.saveSettings({ layout: this.layout.text });
  }

  #take(batch: Batch): void {
    try {
      for (const change of batch.changes) this.#apply(change);
    } finally {
      void this.api.seen(batch.number);
    }
  }

  #apply(change: Change): void {
    switch (change.change) {
      case 'file':
        this.#file(change.file);
        break;
      case 'file_removed':
        this.files = this.files.filter((file) => file.path !== change.path);
        if (this.selection?.file === change.path) {
          this.selection = null;
          this.#selectSomething();
        }
        break;
      case 'folder':
        this.folders = [...this.folders.filter((folder) => folder.path !== change.folder.path), change.folder];
        break;
      case 'opened':
        this.#restoring = { file: change.path, node: '' };
        if (this.files.some((file) => this.#wants(file))) this.#selectSomething();
        break;
      case 'folder_removed':
        this.folders = this.folders.filter((folder) => folder.path !== change.path);
        break;
      case 'dropped':
        if (!deliver(change.paths, change.x, change.y)) void this.attempt(this.api.openDropped());
        break;
      case 'dragging':
        this.dragging = change.point;
        break;
      case 'project':
        this.#project(change.project);
        break;
      case 'project_removed':
        this.projects = this.projects.filter((project) => project.manifest !== change.manifest);
        break;
      case 'run_started':
        this.#begin(change.run);
        break;
      case 'progress':
        this.runs.get(change.progress.run)?.advance(change.progress);
        break;
      case 'run_finished':
        this.#finish(change.run);
        break;
      case 'run_deleted':
        this.#forget(change.run);
        break;
      case 'question':
        this.questions = [...this.questions, change.question];
        break;
      case 'question_closed':
        this.questions = this.questions.filter((open) => open.run !== change.run || open.id !== change.id);
        break;
      case 'permissions':
        this.permissionsVersion += 1;
        break;
      case 'state':
        this.stateVersion += 1;
        break;
      case 'settings':
        this.settings = change.settings;
        break;
      case 'notice':
        this.notify(change.notice);
        break;
      case 'menu':
        this.commands.run(change.item as CommandId);
        break;
    }
  }

  #project(project: ProjectRow): void {
    const others = this.projects.filter((other) => other.manifest !== project.manifest);
    this.projects = [...others, project].sort((a, b) => a.manifest.localeCompare(b.manifest));
  }

  #file(file: FileRow): void {
    const old = this.files.find((other) => other.path === file.path);
    const reloaded = old?.build && file.build && file.build.number !== old.build.number;
    this.files = old
      ? this.files.map((other) => (other.path === file.path ? file : other))
      : [...this.files, file].sort((a, b) => a.path.localeCompare(b.path));
    this.#adopt(file);
    if (!this.selection || this.#wants(file)) this.#selectSomething();
    if (reloaded && this.settings.auto_run && this.selection?.file === file.path && !this.run?.running) {
      void this.runSelected();
    }
  }

  /** Forms that are open follow the new definition. */
  #adopt(file: FileRow): void {
    for (const node of file.build?.nodes ?? []) {
      const renamed = file.build?.changes?.renamed.filter((entry) => entry.node === node.name) ?? [];
      this.forms.get(key(file.path, node.name))?.adopt(node.pins, renamed);
    }
    const selection = this.selection;
    if (selection?.file === file.path && file.build && !this.node) {
      const first = file.build.nodes[0];
      if (first) this.#show(file.path, first.name);
    } else if (selection?.file === file.path && !this.inputs) {
      void this.#loadForm(selection.file, selection.node);
    }
  }

  async #loadForm(file: string, node: string): Promise<void> {
    const row = this.files.find((other) => other.path === file)?.build?.nodes.find((other) => other.name === node);
    if (!row || this.forms.has(key(file, node))) return;
    const inputs = new NodeInputs(row.pins, (json) => this.api.checkInputs(file, node, json));
    this.forms.set(key(file, node), inputs);
    const cases = await this.attempt(this.api.cases(file, node));
    if (cases) inputs.restore(cases);
    inputs.onChange = () => {
      this.#keepLast(file, node, inputs);
    };
  }

  #keepLast(file: string, node: string, inputs: NodeInputs): void {
    const at = key(file, node);
    clearTimeout(this.#saveLast[at]);
    this.#saveLast[at] = setTimeout(() => {
      void this.attempt(this.api.saveLast(file, node, inputs.kept));
    }, SAVE_LAST_AFTER_MS);
  }

  async #showNewest(file: string, node: string): Promise<void> {
    const [newest] = (await this.attempt(this.api.runs(file, node, null, 1))) ?? [];
    if (newest && !this.shown.has(key(file, node))) await this.openRun(newest.run);
  }

  #begin(row: RunFields): void {
    if (this.runs.has(row.run)) return;
    const at = key(row.file, row.node);
    const before = this.runs.get(this.shown.get(at) ?? '')?.outputs ?? [];
    this.runs.set(row.run, new LiveRun(row, before));
    this.shown.set(at, row.run);
    this.runsVersion += 1;
    this.#prune();
  }

  #prune(): void {
    const shown = Object.fromEntries([...this.shown.values()].map((run) => [run, true]));
    for (const [id, run] of this.runs) {
      if (this.runs.size <= KEPT_RUNS) return;
      if (!run.running && !shown[id]) this.runs.delete(id);
    }
  }

  #finish(row: RunFields): void {
    const run = this.runs.get(row.run);
    this.runsVersion += 1;
    if (!run) return;
    run.row = row;
    if (run.cancelledAt !== null) run.stoppedAfter = performance.now() - run.cancelledAt;
    void this.#complete(row.run);
  }

  /** Outputs, firing times and trap as the record has them. */
  async #complete(id: string): Promise<void> {
    const view = await this.attempt(this.api.runView(id));
    const run = this.runs.get(id);
    if (!view || !run) return;
    run.loaded = true;
    run.row = view.row;
    run.outputs = view.outputs;
    run.trap = view.trap;
    run.problems = view.problems;
    if (view.fired.length > 0) run.fired = view.fired;
  }

  #forget(id: string): void {
    this.runs.delete(id);
    for (const [at, run] of this.shown) if (run === id) this.shown.delete(at);
    this.runsVersion += 1;
  }

  /** Whether a file is the one to be shown, or lies in the folder whose first one is. */
  #wants(file: FileRow): boolean {
    const wanted = this.#restoring?.file;
    return wanted !== undefined && (file.path === wanted || file.path.startsWith(`${wanted}/`));
  }

  /** What is wanted where it is there, else the first node, else the first file. */
  #selectSomething(): void {
    const wanted = this.files.find((file) => this.#wants(file));
    const file = wanted ?? this.files.find((other) => other.build) ?? this.files[0];
    if (!file) return;
    const name = wanted ? (this.#restoring?.node ?? '') : '';
    const node = file.build?.nodes.find((other) => other.name === name) ?? file.build?.nodes[0];
    // A file that is still loading may yet turn out to hold the node.
    if (wanted && (file.build || file.state === 'broken')) this.#restoring = null;
    this.#show(file.path, node?.name ?? name);
  }
}

type RunFields = LiveRun['row'];

/** One node of one file. */
export function key(file: string, node: string): string {
  return `${file}\u0000${node}`;
}
