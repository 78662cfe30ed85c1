// What the window may ask of the program: one function for each command, typed by the generated shapes.
// `backend.ts` is the one door to Tauri; `fake.ts` stands in for it where there is no program (tests, the browser).
import type {
  AnswerRow,
  AuditRow,
  Batch,
  BuildAnswer,
  BuildLines,
  CapabilityRow,
  Cases,
  Choices,
  CommandLine,
  Comparison,
  DoctorRow,
  GrantRow,
  HelpGroup,
  HelpHit,
  HelpPlace,
  InputProblem,
  LinesPage,
  LinesQuery,
  MigrationStep,
  ModelsView,
  NetworkRow,
  NodeState,
  OutputRow,
  PickedFile,
  PlanForm,
  PlanView,
  ProviderRow,
  RunLimits,
  RunRow,
  RunView,
  Settings,
  Snapshot,
} from './generated';

/** `inputs` and `value` are exact JSON text everywhere. A rejected promise carries a `CommandError`. */
export interface Api {
  /** Begins to receive changes, then returns what there is. Each batch is answered with `seen`. */
  start(onBatch: (batch: Batch) => void): Promise<Snapshot>;
  seen(number: number): Promise<void>;

  /** Native dialogs; resolve when the choice was made. The files come as changes. */
  openFiles(): Promise<void>;
  openFolder(): Promise<void>;
  removePath(path: string): Promise<void>;
  reloadPath(path: string): Promise<void>;
  /** Opens the file in the editor of the settings. */
  openEditor(path: string, line: number | null, column?: number | null): Promise<void>;
  /** Shows the file in its folder. */
  revealPath(path: string): Promise<void>;

  checkInputs(file: string, node: string, inputs: string): Promise<InputProblem[]>;
  /** `force` sends values that do not fit the pins; `limits` are for this run only. */
  startRun(file: string, node: string, inputs: string, force: boolean, limits: RunLimits): Promise<RunRow>;
  /** The `nodewb` command that repeats a run, and the one for what is in a form. */
  runCommand(run: string): Promise<CommandLine>;
  formCommand(file: string, node: string, inputs: string, limits: RunLimits): Promise<CommandLine>;
  cancelRun(run: string): Promise<void>;
  runs(file: string | null, node: string | null, before: number | null, limit: number): Promise<RunRow[]>;
  runView(run: string): Promise<RunView>;
  runLines(run: string, query: LinesQuery, offset: number, limit: number): Promise<LinesPage>;
  runNetwork(run: string): Promise<NetworkRow[]>;
  /** A part of an output's JSON text, indented: lines `from` up to `to`. */
  outputLines(run: string, pin: string, from: number, to: number): Promise<{ total: number; lines: string[] }>;
  /** The whole value again, for values that are not complete in their row; at most 16 MiB. */
  outputText(run: string, pin: string): Promise<OutputRow>;
  compareRuns(left: string, right: string): Promise<Comparison>;
  deleteRun(run: string): Promise<void>;
  /** Save dialogs; false: the user cancelled. */
  exportRun(run: string, form: 'ndjson' | 'har'): Promise<boolean>;
  saveLines(run: string, query: LinesQuery): Promise<boolean>;
  saveOutput(run: string, pin: string): Promise<boolean>;

  /** `command` is what the user read: an answer is for that, word for word. */
  answerBuild(manifest: string, command: string, answer: BuildAnswer): Promise<void>;
  /** Forgets the answer; the folder asks again. */
  revokeBuild(manifest: string): Promise<void>;
  startBuild(manifest: string): Promise<void>;
  cancelBuild(manifest: string): Promise<void>;
  /** What a project's newest run printed, from line `offset` on or the oldest that is kept. */
  buildLines(manifest: string, run: number, offset: number, limit: number): Promise<BuildLines>;

  answer(run: string, id: number, answer: AnswerRow): Promise<void>;
  capabilities(file: string, node: string): Promise<CapabilityRow[]>;
  grants(): Promise<GrantRow[]>;
  revoke(id: number): Promise<void>;
  audit(file: string | null, node: string | null, before: number | null, limit: number): Promise<AuditRow[]>;

  nodeState(file: string): Promise<NodeState>;
  setVariable(name: string, value: string): Promise<void>;
  deleteVariable(name: string): Promise<void>;
  setCached(file: string, key: string, value: string): Promise<void>;
  deleteCached(file: string, key: string): Promise<void>;
  deleteStored(file: string, path: string): Promise<void>;
  resetState(file: string, what: 'variables' | 'cache' | 'files'): Promise<void>;

  cases(file: string, node: string): Promise<Cases>;
  saveCase(file: string, node: string, name: string, inputs: string): Promise<Cases>;
  deleteCase(file: string, node: string, name: string): Promise<Cases>;
  /** What is in the form: comes back at the next start. */
  saveLast(file: string, node: string, inputs: string): Promise<void>;

  /** Native pickers; null: the user cancelled. */
  pickPath(folder: boolean): Promise<string | null>;
  pickBytes(): Promise<PickedFile | null>;
  /** What was dropped last: the first file's bytes, or all of it opened. */
  droppedBytes(): Promise<PickedFile>;
  openDropped(): Promise<void>;

  /** What a new node can be. */
  choices(): Promise<Choices>;
  checkPlan(plan: PlanForm): Promise<PlanView>;
  /** Writes, opens and builds a new node; resolves to its folder. */
  createNode(plan: PlanForm): Promise<string>;
  /** What building in a language needs, and what of it is there. */
  doctor(language: string): Promise<DoctorRow>;
  /** From the core module in this file to a component; empty where there is no way. */
  migration(file: string): Promise<MigrationStep[]>;

  saveSettings(settings: Settings): Promise<void>;
  models(): Promise<ModelsView>;
  saveModels(models: ModelsView): Promise<void>;
  /** Null removes the key. */
  saveModelsKey(key: string | null): Promise<void>;
  providers(): Promise<ProviderRow[]>;
  saveToken(provider: string, token: string): Promise<void>;
  deleteToken(provider: string): Promise<void>;
  /** The newest lines of the workbench's own log. */
  hostLog(): Promise<string[]>;

  helpIndex(): Promise<HelpGroup[]>;
  /** A topic, `topic#section`, or the code of a problem. */
  helpPlace(place: string): Promise<HelpPlace>;
  helpSearch(words: string): Promise<HelpHit[]>;
  /** Versions, system, settings without secrets and the newest lines of the log, as text for a report. */
  diagnostics(): Promise<string>;
  setTitle(title: string): Promise<void>;
  /** The window's frame and menu bar: `light`, `dark` or `system`. */
  setTheme(theme: string): Promise<void>;
  /** Items of the native menu that can't be chosen now. */
  setMenu(disabled: string[]): Promise<void>;
  /** Does to the focused text field, or the selection, what its key does. */
  edit(verb: 'cut' | 'copy' | 'paste' | 'select_all'): Promise<void>;
}
