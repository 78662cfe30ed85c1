// Written by `UPDATE_TYPES=1 cargo test -p wire typescript` from the Rust types; do not edit.

export type AbiVersion = number | string;
export type AnswerRow = { allow: boolean, 
/**
 * Index into the question's scopes.
 */
scope: number, 
/**
 * `once`, `run`, `session` or `always`.
 */
lifetime: string, 
/**
 * With a denial: ends the run as well.
 */
stop_run: boolean, };
export type AuditRow = { number: number, at: number, run: string, file: string, node: string, build: string, capability: string, target: string, class: string | null, declared: boolean, allow: boolean, 
/**
 * `rule`, `grant`, `answer`, `low-risk` or `default`.
 */
basis: string, rule: RuleRow | null, lifetime: string | null, };
export type Batch = { number: number, changes: Array<Change>, };
export type BuildAnswer = "run" | "later" | "never";
export type BuildChange = { 
/**
 * The node's name; none where a node came or went.
 */
node: string | null, 
/**
 * A stable word such as `pin-added`.
 */
kind: string, text: string, breaking: boolean, 
/**
 * The input pin, as it was called, whose values may be lost: it is gone, renamed or of another type.
 */
input: string | null, };
export type BuildChanges = { compatible: boolean, list: Array<BuildChange>, renamed: Array<Renamed>, };
export type BuildConsent = "asked" | "later" | "never" | "allowed";
export type BuildLines = { 
/**
 * How many lines were printed in all.
 */
total: number, 
/**
 * Number of the oldest line that is kept, from 0.
 */
first: number, 
/**
 * Number of the first of `lines`.
 */
offset: number, lines: Array<string>, 
/**
 * Places in these lines, in order.
 */
links: Array<BuildLink>, };
export type BuildLink = { 
/**
 * Number of the line.
 */
at: number, 
/**
 * The part of the line, in the units of JavaScript's strings.
 */
from: number, to: number, path: string, line: number, column: number | null, };
export type BuildProblem = { 
/**
 * `error` or `warning`.
 */
severity: string, message: string, 
/**
 * Such as `rustc`.
 */
tool: string, 
/**
 * As the tool wrote it: `src/main.rs:3:18`; none where it named no place.
 */
place: string | null, 
/**
 * The file that is meant, where an editor may open it.
 */
path: string | null, line: number | null, column: number | null, };
export type BuildRow = { 
/**
 * Counts the good builds of this file since it was opened, from 1.
 */
number: number, loaded_at: number, 
/**
 * From the change of the file to the build being there.
 */
load_ms: number, 
/**
 * `component` or `core`.
 */
kind: string, 
/**
 * BLAKE3 of the wasm bytes, hexadecimal.
 */
hash: string, size: number, abi_version: AbiVersion | null, producers: Producers, nodes: Array<NodeRow>, imports: Array<Import>, 
/**
 * Rule names such as `tcp` and `dns`, sorted.
 */
could_ask: Array<string>, 
/**
 * What is odd about the build.
 */
problems: Array<Problem>, 
/**
 * What is new since the build before; none for the first.
 */
changes: BuildChanges | null, };
export type BuildRun = { 
/**
 * Grows with each run of any project.
 */
number: number, state: BuildState, started_at: number, 
/**
 * None while it is under way.
 */
took_ms: number | null, 
/**
 * Why it failed: "exit code 101".
 */
failure: string | null, 
/**
 * Lines so far, and those of them that are not kept.
 */
lines: number, left_out: number, };
export type BuildState = "waiting" | "building" | "ok" | "failed" | "stopped";
export type CapabilityRow = { 
/**
 * What a node declares, such as `network:tcp`; unknown labels stand here as they were declared.
 */
label: string, 
/**
 * For people: `TCP`.
 */
title: string, declared: boolean, 
/**
 * False: the workbench does not know the label, and it grants nothing.
 */
known: boolean, 
/**
 * Whether the build's imports could ask for it.
 */
possible: boolean, 
/**
 * Requests in recorded runs of this node.
 */
allowed: number, denied: number, 
/**
 * Remembered answers.
 */
grants: Array<GrantRow>, 
/**
 * The newest decision in words.
 */
last: string | null, 
/**
 * "declared, never used in 27 runs" or "used but not declared: add "network:udp" to the permissions".
 */
advice: string | null, };
export type Case = { name: string, 
/**
 * An object as exact JSON text.
 */
inputs: string, };
export type Cases = { 
/**
 * The file that holds them.
 */
path: string, cases: Array<Case>, 
/**
 * The inputs that were in the form last: an object as JSON text.
 */
last: string | null, };
export type Change = { "change": "file", file: FileRow, } | { "change": "file_removed", path: string, } | { "change": "folder", folder: FolderRow, } | { "change": "opened", path: string, } | { "change": "folder_removed", path: string, } | { "change": "dropped", paths: Array<string>, x: number, y: number, } | { "change": "dragging", point: [number, number] | null, } | { "change": "project", project: ProjectRow, } | { "change": "project_removed", manifest: string, } | { "change": "run_started", run: RunRow, } | { "change": "progress", progress: Progress, } | { "change": "run_finished", run: RunRow, } | { "change": "run_deleted", run: string, } | { "change": "question", question: QuestionRow, } | { "change": "question_closed", run: string, id: number, } | { "change": "permissions" } | { "change": "state" } | { "change": "settings", settings: Settings, } | { "change": "notice", notice: Notice, } | { "change": "menu", item: string, };
export type Choices = { languages: Array<LanguageRow>, 
/**
 * Labels such as `network:http`, with what each is for.
 */
permissions: Array<[string, string]>, 
/**
 * The folder that a new project's folder is made in.
 */
parent: string, };
export type CommandError = { 
/**
 * A stable word; `inputs` where the values do not fit the pins.
 */
code: string, 
/**
 * What, where, and the next step.
 */
message: string, 
/**
 * With the code `inputs`: what is wrong with each pin.
 */
inputs: Array<InputProblem>, };
export type CommandLine = { 
/**
 * For `sh`.
 */
text: string, 
/**
 * What the user should know of it.
 */
notes: Array<string>, };
export type Comparison = { left: RunView, right: RunView, 
/**
 * Log lines that only one of them has, by text.
 */
log_new: number, log_gone: number, 
/**
 * Decisions in words, of each.
 */
left_decisions: Array<string>, right_decisions: Array<string>, };
export type DoctorRow = { 
/**
 * The language's id.
 */
language: string, name: string, ready: boolean, tools: Array<ToolRow>, };
export type FileRow = { 
/**
 * The identity.
 */
path: string, 
/**
 * The file's own name.
 */
name: string, state: FileState, 
/**
 * One of the samples that came with the workbench.
 */
sample: boolean, 
/**
 * What runs now.
 */
build: BuildRow | null, 
/**
 * What is wrong with the newest build.
 */
problem: LoadProblem | null, };
export type FileState = "loading" | "ready" | "stale" | "broken";
export type FolderRow = { path: string, files: Array<string>, error: string | null, };
export type Frame = { function: string | null, module: string | null, function_index: number, file: string | null, line: number | null, column: number | null, runtime: boolean, };
export type GrantRow = { id: number, file: string, node: string, rule: RuleRow, allow: boolean, 
/**
 * `run`, `session` or `always`.
 */
lifetime: string, build: string, 
/**
 * What the file was when it was given: "a component in Rust". None for one that an older version kept.
 */
given_to: string | null, at: number, };
export type HelpBlock = { "kind": "heading", level: number, id: string, text: Array<HelpInline>, } | { "kind": "paragraph", text: Array<HelpInline>, } | { "kind": "code", text: string, } | { "kind": "list", ordered: boolean, items: Array<Array<HelpBlock>>, } | { "kind": "table", head: Array<Array<HelpInline>>, rows: Array<Array<Array<HelpInline>>>, };
export type HelpEntry = { id: string, title: string, };
export type HelpGroup = { title: string, topics: Array<HelpEntry>, };
export type HelpHit = { 
/**
 * `topic` or `topic#section`.
 */
to: string, 
/**
 * The topic's title where the place is a section of it.
 */
topic: string | null, title: string, excerpt: string, };
export type HelpInline = { "kind": "text", text: string, } | { "kind": "code", text: string, } | { "kind": "strong", text: Array<HelpInline>, } | { "kind": "emphasis", text: Array<HelpInline>, } | { "kind": "link", to: string, text: Array<HelpInline>, } | { "kind": "web", address: string, text: Array<HelpInline>, };
export type HelpPage = { id: string, title: string, 
/**
 * The sections of the first level.
 */
sections: Array<HelpEntry>, blocks: Array<HelpBlock>, };
export type HelpPlace = { page: HelpPage, section: string | null, };
export type Import = { module: string, name: string, 
/**
 * For people.
 */
type: string, };
export type InputProblem = { pin: string, code: string, message: string, };
export type LanguageRow = { 
/**
 * Such as `rust` or `csharp`.
 */
id: string, name: string, 
/**
 * `component` or `core`.
 */
kind: string, good_for: string, 
/**
 * Why it is a component or a core module.
 */
reason: string, 
/**
 * The published SDK that its project uses.
 */
sdk: string | null, 
/**
 * Generated projects are built and run in every test run.
 */
built: boolean, };
export type LineKind = "log" | "stream" | "fired" | "output" | "question" | "decision" | "network" | "left_out" | "finished";
export type LinesPage = { 
/**
 * How many pass, up to now.
 */
total: number, 
/**
 * Not all of the run was looked at yet: asking again goes on from there.
 */
searching: boolean, 
/**
 * Position of the first line among those that pass.
 */
offset: number, 
/**
 * From here on, all before the first line say the same as it, as far as it was looked back; `offset` where none does.
 */
same_from: number, lines: Array<LogLine>, };
export type LinesQuery = { 
/**
 * None: all levels.
 */
min_level: string | null, 
/**
 * Empty: all kinds.
 */
kinds: Array<LineKind>, 
/**
 * Empty: any text.
 */
text: string, 
/**
 * Whether `text` is a regular expression.
 */
regex: boolean, };
export type LoadProblem = { 
/**
 * A stable word such as `imports`.
 */
code: string, message: string, 
/**
 * Imports or exports that do not fit.
 */
items: Array<WrongItem>, trap: TrapView | null, };
export type LogLine = { 
/**
 * Position in the run, from 0.
 */
seq: number, ms: number, kind: LineKind, 
/**
 * `debug`, `info`, `warn`, `error` or `fatal`.
 */
level: string, 
/**
 * `node`, `stdout`, `stderr` or `host`.
 */
source: string, 
/**
 * A stream event's kind, or a pin.
 */
name: string | null, 
/**
 * A log message; a sentence for questions, decisions, network and outcome; JSON for stream events and outputs. Cut
 * at 4 KiB.
 */
text: string, 
/**
 * Whether `text` was cut.
 */
cut: boolean, };
export type MigrationStep = { title: string, text: string, 
/**
 * Empty where the text says it all.
 */
code: string, };
export type ModelsView = { endpoint: string | null, chat_model: string | null, embedding_model: string | null, has_key: boolean, 
/**
 * Why secrets lie in a private file, as the system says it; none: they lie in its keyring.
 */
no_keyring: string | null, };
export type NetworkDetail = { method: string, url: string, request_headers: Array<[string, string]>, 
/**
 * Base64.
 */
request_body: string, request_size: number, status: number | null, response_headers: Array<[string, string]>, 
/**
 * Base64.
 */
response_body: string, response_size: number, };
export type NetworkRow = { connection: number, ms: number, 
/**
 * `dns`, `tcp`, `udp`, `http` or `websocket`.
 */
protocol: string, target: string, address: string | null, 
/**
 * `denied`, `opened`, `listening`, `answered`, `closed` or `failed`.
 */
state: string, detail: string | null, bytes_up: number, bytes_down: number, 
/**
 * Until it ended; none while it is open.
 */
duration_ms: number | null, 
/**
 * In words: "allowed · this run"; none where nothing was decided.
 */
decision: string | null, 
/**
 * Where in the node's code the decision was asked for, innermost first; empty where names are not there.
 */
call_site: Array<string>, exchange: NetworkDetail | null, };
export type NodeRow = { name: string, friendly_name: string, description: string, category: string, icon: string | null, docs: string | null, long_running: boolean, scores: Scores | null, permissions: Array<string>, pins: Array<PinRow>, 
/**
 * Bytes of memory and milliseconds that a run gets.
 */
memory_limit: number, time_limit_ms: number, };
export type NodeState = { 
/**
 * Shared by all nodes.
 */
variables: Array<StoredValue>, cache: Array<StoredValue>, files: Array<StoredFile>, 
/**
 * The folder that holds the files.
 */
folder: string, 
/**
 * Bytes of all files.
 */
size: number, };
export type Notice = { 
/**
 * `info`, `warning` or `error`.
 */
severity: string, message: string, };
export type OutputRow = { pin: string, 
/**
 * Bytes of JSON text.
 */
size: number, 
/**
 * The JSON text, or its beginning where it is longer than 64 KiB.
 */
text: string, complete: boolean, };
export type PickedFile = { name: string, size: number, base64: string, };
export type Pin = { name: string, friendly_name: string, description: string, 
/**
 * `Input` or `Output`.
 */
pin_type: string, 
/**
 * The mapped type: `Execution`, `String`, `Integer`, `Float`, `Boolean`, `Date`, `PathBuf`, `Generic`, `Struct` or
 * `Byte`.
 */
data_type: string, 
/**
 * `Normal`, `Array`, `HashMap` or `HashSet`.
 */
value_type: string, default_value: unknown, 
/**
 * JSON Schema as text.
 */
schema: string | null, valid_values: Array<string> | null, range: [number, number] | null, step: number | null, sensitive: boolean, enforce_schema: boolean, enforce_generic_value_type: boolean, };
export type PinRow = { 
/**
 * The default value as exact JSON text; use this, not `default_value`.
 */
default_text: string | null, name: string, friendly_name: string, description: string, 
/**
 * `Input` or `Output`.
 */
pin_type: string, 
/**
 * The mapped type: `Execution`, `String`, `Integer`, `Float`, `Boolean`, `Date`, `PathBuf`, `Generic`, `Struct` or
 * `Byte`.
 */
data_type: string, 
/**
 * `Normal`, `Array`, `HashMap` or `HashSet`.
 */
value_type: string, default_value: unknown, 
/**
 * JSON Schema as text.
 */
schema: string | null, valid_values: Array<string> | null, range: [number, number] | null, step: number | null, sensitive: boolean, enforce_schema: boolean, enforce_generic_value_type: boolean, };
export type PlanForm = { language: string, name: string, description: string, category: string, folder: string, pins: Array<PlanPin>, permissions: Array<string>, };
export type PlanPin = { name: string, description: string, 
/**
 * `Input` or `Output`.
 */
direction: string, data_type: string, value_type: string, 
/**
 * As it was typed: read as the pin's type, text for a text. Empty: none.
 */
default: string, };
export type PlanProblem = { field: string, message: string, };
export type PlanView = { problems: Array<PlanProblem>, 
/**
 * Such as `word-count`: the name of its folder.
 */
slug: string, build: string, };
export type Problem = { 
/**
 * A stable word.
 */
code: string, message: string, 
/**
 * `info`, `warning` or `error`.
 */
severity: string, };
export type Producer = { name: string, version: string, };
export type Producers = { language: Array<Producer>, processed_by: Array<Producer>, sdk: Array<Producer>, };
export type Progress = { run: string, 
/**
 * Wall time.
 */
elapsed_ms: number, 
/**
 * The node's own time.
 */
own_ms: number, asked_ms: number, 
/**
 * The clock stands still: somebody is being asked.
 */
paused: boolean, 
/**
 * Cancelled, and not ended yet.
 */
stopping: boolean, 
/**
 * Lines so far: all, and those of the stream and of the network.
 */
lines: number, stream: number, network: number, 
/**
 * Log lines so far: debug, info, warn, error, fatal.
 */
levels: [number, number, number, number, number], 
/**
 * Lines that the budget left out.
 */
left_out: number, 
/**
 * Exec pins that fired since the last progress, with their time.
 */
fired: Array<[string, number]>, 
/**
 * Output pins that got a value since the last progress.
 */
outputs: Array<OutputRow>, 
/**
 * Memory so far, bytes.
 */
memory_peak: number, 
/**
 * Requests that were denied so far.
 */
denied: number, 
/**
 * The newest `progress` event of the stream, 0 to 1, with its message.
 */
bar: [number, string] | null, bytes_up: number, bytes_down: number, };
export type ProjectRow = { 
/**
 * The identity: the path of the manifest.
 */
manifest: string, 
/**
 * Where the command runs.
 */
folder: string, 
/**
 * Word for word; an answer sends it back.
 */
command: string, 
/**
 * The paths whose files are watched.
 */
watch: Array<string>, 
/**
 * The node that the manifest names, whether it is there or not.
 */
output: string | null, consent: BuildConsent, 
/**
 * The newest run; none where nothing ran since it was opened.
 */
run: BuildRun | null, 
/**
 * What the newest run that came to an end found wrong: the first ones, and how many there are.
 */
problems: Array<BuildProblem>, errors: number, warnings: number, 
/**
 * What is odd about it, for people.
 */
notes: Array<string>, };
export type ProviderRow = { provider: string, };
export type QuestionRow = { run: string, 
/**
 * Unique in the run.
 */
id: number, file: string, node: string, 
/**
 * Node-made, escaped and bounded.
 */
friendly_name: string, build: string, 
/**
 * The rule name, such as `tcp`.
 */
capability: string, 
/**
 * The label that would declare it, such as `network:tcp`.
 */
label: string, 
/**
 * To follow the node's name: "wants to open a TCP connection".
 */
wish: string, 
/**
 * As the node wrote it, escaped and bounded.
 */
target: string, host: string | null, address: string | null, port: number | null, 
/**
 * `loopback`, `private`, `link-local`, `metadata`, `shared`, `multicast`, `reserved` or `internet`.
 */
class: string | null, declared: boolean, 
/**
 * In what the file differs from the one that a remembered answer was given to; escaped and bounded.
 */
changed: string | null, 
/**
 * Innermost first; empty where names are not there.
 */
call_site: Array<string>, 
/**
 * Rules that an answer may cover, narrowest first, never empty.
 */
scopes: Array<RuleRow>, asked_at: number, };
export type RuleRow = { rule: string, 
/**
 * "Only 127.0.0.1 port 6379".
 */
words: string, 
/**
 * `one`, `host`, `many` or `everything`.
 */
breadth: string, };
export type Renamed = { node: string, from: string, to: string, };
export type ResultProblem = { 
/**
 * Empty where it is about the result as a whole.
 */
pin: string, 
/**
 * A stable word such as `wrong-type`.
 */
code: string, found: string, wanted: string, };
export type RunFigures = { 
/**
 * `ok`, `error`, `trap`, `limit`, `denied`, `cancelled`, `interrupted` or `not-recorded`.
 */
outcome: string, error: string | null, pending: boolean, 
/**
 * Wall time: the next two together.
 */
duration_ms: number, 
/**
 * The node's own time.
 */
own_ms: number, 
/**
 * Waiting for answers.
 */
asked_ms: number, 
/**
 * Wall time until all was stored; none where it was not recorded, or by an older version.
 */
stored_ms: number | null, 
/**
 * The run is over and its end is not in the record.
 */
not_recorded: boolean, 
/**
 * What in the result is not as declared.
 */
problems: number, memory_peak: number, fuel: number | null, denied: number, };
export type RunLimits = { 
/**
 * The node's own time: `30`, `500ms`, `2m`.
 */
time: string | null, 
/**
 * `256` MiB, `64MiB`, `1GiB`.
 */
memory: string | null, 
/**
 * Units of fuel.
 */
fuel: string | null, };
export type RunRow = { 
/**
 * The identity.
 */
run: string, 
/**
 * Grows with each run of the record; what is shown as "run 27". Zero until the record knows it.
 */
number: number, file: string, node: string, 
/**
 * Content hash of the build that ran.
 */
build: string, started_at: number, 
/**
 * None while it runs.
 */
figures: RunFigures | null, };
export type RunView = { row: RunRow, 
/**
 * Name and exact JSON text; sensitive values are masked.
 */
inputs: Array<[string, string]>, masked: Array<string>, outputs: Array<OutputRow>, fired: Array<[string, number]>, 
/**
 * What in the result is not as declared.
 */
problems: Array<ResultProblem>, trap: TrapView | null, lines: number, stream: number, network: number, levels: [number, number, number, number, number], };
export type Scores = { privacy: number, security: number, performance: number, governance: number, reliability: number, cost: number, };
export type Settings = { 
/**
 * `system`, `light` or `dark`.
 */
theme: string, 
/**
 * 1 is 100 %.
 */
zoom: number, 
/**
 * Runs again with the same inputs when a node was reloaded.
 */
auto_run: boolean, 
/**
 * A question nobody answers is denied after so many seconds; zero: never.
 */
question_timeout_s: number, 
/**
 * What nodes are told to log: 0 debug to 4 fatal.
 */
log_level: number, 
/**
 * Counts fuel: slower, and shown with each run.
 */
count_fuel: boolean, 
/**
 * A command that opens a file at a line: `{file}` and `{line}` are filled in; empty: the system's choice.
 */
editor: string, 
/**
 * Selection, open tabs, sizes of panes: the window's own business, as JSON text.
 */
layout: string, };
export type Snapshot = { versions: Versions, files: Array<FileRow>, folders: Array<FolderRow>, projects: Array<ProjectRow>, 
/**
 * The file or folder that the user opened last, to be shown; none where nothing was named.
 */
opened: string | null, runs: Array<RunRow>, questions: Array<QuestionRow>, settings: Settings, notices: Array<Notice>, };
export type StoredFile = { 
/**
 * Below the folder.
 */
path: string, size: number, };
export type StoredValue = { key: string, 
/**
 * Exact JSON text, cut at 64 KiB.
 */
text: string, complete: boolean, };
export type ToolRow = { name: string, purpose: string, minimum: string | null, 
/**
 * `found`, `too-old` or `missing`.
 */
state: string, version: string | null, 
/**
 * The exact command that installs it.
 */
install: string, };
export type TrapView = { 
/**
 * A stable word such as `panic`.
 */
reason: string, message: string, frames: Array<Frame>, };
export type Versions = { workbench: string, wasmtime: string, tauri: string, webview: string, os: string, 
/**
 * Where the workbench keeps its data.
 */
data: string, };
export type WrongItem = { name: string, wanted: string, 
/**
 * None: missing.
 */
found: string | null, nearest: string | null, advice: string, };
export type HelpTarget =
  | "load"
  | "load#window"
  | "load#terminal"
  | "load#files"
  | "inputs"
  | "inputs#window"
  | "inputs#terminal"
  | "inputs#presets"
  | "running"
  | "running#window"
  | "running#terminal"
  | "running#outcomes"
  | "permissions"
  | "permissions#question"
  | "permissions#rules"
  | "permissions#grants"
  | "permissions#terminal"
  | "permissions#low-risk"
  | "traps"
  | "traps#names"
  | "traps#limits"
  | "traps#denied"
  | "watching"
  | "watching#terminal"
  | "watching#build"
  | "testing"
  | "testing#file"
  | "testing#values"
  | "testing#reports"
  | "checking"
  | "checking#predict"
  | "new-node"
  | "new-node#pins"
  | "new-node#project"
  | "new-node#tools"
  | "migrating"
  | "installing"
  | "rules"
  | "rules#covers"
  | "rules#hosts"
  | "rules#explain"
  | "rules#classes"
  | "labels"
  | "labels#aliases"
  | "limits"
  | "limits#time"
  | "limits#memory"
  | "limits#fuel"
  | "limits#other"
  | "pins"
  | "pins#types"
  | "pins#values"
  | "pins#options"
  | "pins#exec"
  | "contract"
  | "contract#exports"
  | "contract#run"
  | "host-functions"
  | "host-functions#logging"
  | "host-functions#pins"
  | "host-functions#variables"
  | "host-functions#cache"
  | "host-functions#streaming"
  | "host-functions#metadata"
  | "host-functions#storage"
  | "host-functions#models"
  | "host-functions#auth"
  | "host-functions#http"
  | "host-functions#websocket"
  | "host-functions#schema"
  | "host-functions#image"
  | "host-functions#db"
  | "host-functions#wasi"
  | "manifest"
  | "manifest#found"
  | "manifest#keys"
  | "manifest#tiers"
  | "manifest#workbench"
  | "problems"
  | "problems#refused"
  | "problems#read"
  | "problems#empty"
  | "problems#not-wasm"
  | "problems#malformed"
  | "problems#feature"
  | "problems#unwrapped-component"
  | "problems#precompiled"
  | "problems#too-large"
  | "problems#text"
  | "problems#exports"
  | "problems#imports"
  | "problems#compile"
  | "problems#compile-timeout"
  | "problems#abandoned"
  | "problems#definition-trap"
  | "problems#definition-not-json"
  | "problems#not-a-definition"
  | "problems#definition-too-large"
  | "problems#no-nodes"
  | "problems#no-build"
  | "problems#system"
  | "problems#several-builds"
  | "problems#manifest"
  | "problems#internal"
  | "problems#nodes"
  | "problems#not-a-node"
  | "problems#duplicate-node"
  | "problems#too-many-nodes"
  | "problems#odd-name"
  | "problems#score-out-of-range"
  | "problems#unknown-abi-version"
  | "problems#definition-fallback"
  | "problems#definition-log"
  | "problems#definition-note"
  | "problems#unknown-permission"
  | "problems#unused-permission"
  | "problems#too-many-permissions"
  | "problems#pins"
  | "problems#not-a-pin"
  | "problems#too-many-pins"
  | "problems#duplicate-pin"
  | "problems#unknown-pin-type"
  | "problems#unknown-data-type"
  | "problems#unknown-value-type"
  | "problems#schema-not-text"
  | "problems#schema-not-json"
  | "problems#schema-not-used"
  | "problems#schema-partly-used"
  | "problems#no-valid-values"
  | "problems#value-not-text"
  | "problems#too-many-values"
  | "problems#range-reversed"
  | "problems#range-unused"
  | "problems#step-not-positive"
  | "problems#default-mismatch"
  | "problems#default-not-allowed"
  | "problems#default-too-deep"
  | "problems#default-unused"
  | "problems#fields"
  | "problems#missing-field"
  | "problems#wrong-type"
  | "problems#repeated-field"
  | "problems#lone-surrogate"
  | "problems#more-problems"
  | "problems#imports-missing"
  | "problems#missing-import"
  | "problems#manifest-keys"
  | "problems#unknown-manifest-version"
  | "problems#unknown-tier"
  | "problems#odd-host"
  | "problems#undeclared-oauth-provider"
  | "problems#missing-wasm-path"
  | "problems#odd-wasm-path"
  | "problems#manifest-kept"
  | "problems#second-manifest"
  | "problems#stray-hosts"
  | "problems#unknown-key"
  | "problems#node-not-defined"
  | "problems#node-not-listed"
  | "problems#odd-build-command"
  | "problems#odd-watch"
  | "problems#inputs"
  | "problems#unknown-pin"
  | "problems#output-pin"
  | "problems#exec-pin"
  | "problems#duplicate-input"
  | "problems#out-of-range"
  | "problems#not-a-valid-value"
  | "problems#schema-mismatch"
  | "problems#not-text"
  | "problems#not-json"
  | "problems#results"
  | "problems#undeclared-pin"
  | "problems#undeclared-exec"
  | "problems#input-pin"
  | "problems#exec-as-data"
  | "problems#data-as-exec"
  | "problems#duplicate"
  | "problems#number-too-large"
  | "problems#half-character"
  | "problems#not-set"
  | "problems#nothing-fired"
  | "exit-codes"
  | "json"
  | "json#inspect"
  | "json#events"
  | "keys"
  | "keys#anywhere"
  | "keys#panes"
  | "keys#lines"
  | "privacy"
  | "privacy#node"
  | "privacy#folder"
  | "privacy#secrets"
  | "reporting";
