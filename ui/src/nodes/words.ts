// What files, builds and refusals are called in the window.
import type { BuildRow, FileRow, LoadProblem, Producers } from '../lib/ipc/generated';
import { visible } from '../lib/text';

const CAPABILITIES: Record<string, string> = {
  tcp: 'TCP',
  'tcp-listen': 'TCP listen',
  udp: 'UDP',
  'udp-bind': 'UDP bind',
  'udp-receive': 'UDP receive',
  dns: 'DNS',
  http: 'HTTP',
  websocket: 'WebSocket',
  oauth: 'OAuth',
  'storage-read': 'storage read',
  'storage-write': 'storage write',
};

/** The name of a rule for people: "tcp" is "TCP". */
export function capability(name: string): string {
  return CAPABILITIES[name] ?? visible(name, 40);
}

/** The word that a file's dot stands for. */
export function stateWord(file: FileRow): string {
  return file.state === 'loading' ? 'compiling…' : file.state;
}

/** Why a file cannot be loaded, short enough for a row of the catalog. */
export function reason(problem: LoadProblem | null): string {
  if (!problem) return 'cannot be loaded';
  const [first, ...others] = problem.items;
  if (!first) return visible(problem.message);
  const what = problem.code === 'exports' ? 'export' : 'import';
  const more = others.length > 0 ? ` and ${String(others.length)} more` : '';
  return `${first.found === null ? 'missing' : 'wrong'} ${what} “${visible(first.name, 60)}”${more}`;
}

/** The same as a sentence: it stands first in the banner and in the pane of a broken file. */
export function refusal(file: FileRow): string {
  const problem = file.problem;
  const name = visible(file.name, 80);
  if (!problem) return `${name} cannot be loaded`;
  const count = problem.items.length;
  const [first] = problem.items;
  if (first && count === 1) {
    const item = `“${visible(first.name, 120)}”`;
    if (problem.code === 'exports') {
      return first.found === null ? `${name} lacks the export ${item}` : `${name} has the wrong export ${item}`;
    }
    return first.found === null
      ? `${name} needs ${item}, which no Flow-Like host provides`
      : `${name} needs ${item} in a form that no Flow-Like host provides`;
  }
  if (count > 0) {
    return problem.code === 'exports'
      ? `${name} has ${String(count)} exports that do not fit a node`
      : `${name} needs ${String(count)} imports that no Flow-Like host provides like that`;
  }
  if (problem.trap && !NOT_TRAPPED.includes(problem.trap.reason)) {
    return `${name} trapped while it was asked for its definition`;
  }
  const message = visible(problem.message, 2000);
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** Ends that are no traps: the message says what happened. */
const NOT_TRAPPED = ['bad-abi', 'exit', 'fuel', 'memory', 'output', 'time'];

/** "Rust 1.95": the language with its compiler's version where the file says it, else what the file says. */
export function language(producers: Producers): string | null {
  const first = producers.language[0];
  if (!first) return null;
  const compiler = producers.processed_by.find((tool) => COMPILERS[first.name]?.includes(tool.name));
  const version = (compiler?.version ?? first.version).split(' ')[0] ?? '';
  return visible(version ? `${first.name} ${version}` : first.name, 40);
}

const COMPILERS: Record<string, string[]> = {
  Rust: ['rustc'],
  C11: ['clang'],
  C_plus_plus_14: ['clang'],
  Go: ['TinyGo', 'Go'],
  Zig: ['zig'],
  Python: ['componentize-py'],
  JavaScript: ['componentize-js', 'ComponentizeJS'],
};

/** Every tool that touched the file, for the tag's title. */
export function toolchain(producers: Producers): string {
  return [...producers.language, ...producers.processed_by, ...producers.sdk]
    .map(({ name, version }) => visible(`${name} ${version}`.trim(), 80))
    .join('\n');
}

/** "4f1c…a09e". */
export function shortHash(hash: string): string {
  return hash.length > 12 ? `${hash.slice(0, 4)}…${hash.slice(-4)}` : hash;
}

/** "could ask for: TCP, DNS". */
export function couldAsk(build: BuildRow): string {
  const names = build.could_ask.map(capability);
  return names.length > 0 ? `could ask for: ${names.join(', ')}` : 'asks for nothing';
}
