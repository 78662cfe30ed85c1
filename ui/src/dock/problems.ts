// What the Problems tab lists: what the newest build of the folder said is wrong, why a file cannot be loaded or what is
// odd about it, and what was wrong with the shown run's results. One list, one kind of row; each source makes its own rows.
import type { BuildProblem, FileRow, ProjectRow, ResultProblem } from '../lib/ipc/generated';

export type Severity = 'error' | 'warning' | 'info';
export const SEVERITIES: Severity[] = ['error', 'warning', 'info'];

/** Where a problem comes from, in the order in which the tab shows them. */
export const SOURCES = { build: 'Build', load: 'Loading', result: 'Result' } as const;
export type Source = keyof typeof SOURCES;

export interface Problem {
  /** The same while it is the same problem. */
  id: string;
  source: Source;
  severity: Severity;
  message: string;
  /** A stable word, or the tool that says so. */
  code: string;
  place: { text: string; path: string | null; line: number | null; column: number | null } | null;
}

export interface Filter {
  severity: Severity | 'all';
  source: Source | 'all';
}

/** All there are: by source, errors first, else in the order in which they were told. */
export function listed(...sources: Problem[][]): Problem[] {
  const order = Object.keys(SOURCES);
  const rank = ({ source, severity }: Problem) => order.indexOf(source) * 10 + SEVERITIES.indexOf(severity);
  const seen: Record<string, number> = {};
  return sources
    .flat()
    .sort((one, other) => rank(one) - rank(other))
    .map((problem) => {
      const times = (seen[problem.id] = (seen[problem.id] ?? 0) + 1);
      return times === 1 ? problem : { ...problem, id: `${problem.id} ${String(times)}` };
    });
}

export function filtered(problems: Problem[], { severity, source }: Filter): Problem[] {
  return problems.filter(
    (problem) => (severity === 'all' || problem.severity === severity) && (source === 'all' || problem.source === source),
  );
}

export function buildProblems(project: ProjectRow | null): Problem[] {
  return (project?.problems ?? []).map((problem) => ({
    id: `build ${problem.place ?? ''} ${problem.message}`,
    source: 'build',
    severity: known(problem.severity),
    message: problem.message,
    code: problem.tool,
    place: placeOf(problem),
  }));
}

export function loadProblems(file: FileRow | null): Problem[] {
  const odd = (file?.build?.problems ?? []).map(
    ({ severity, message, code }): Problem => ({
      id: `load ${code} ${message}`,
      source: 'load',
      severity: known(severity),
      message,
      code,
      place: null,
    }),
  );
  const problem = file?.problem ?? null;
  if (!problem) return odd;
  const frame = problem.trap?.frames.find(({ runtime, file: path }) => !runtime && path !== null);
  const place =
    frame?.file === undefined || frame.file === null
      ? null
      : {
          text: frame.line === null ? frame.file : `${frame.file}:${String(frame.line)}`,
          path: frame.file,
          line: frame.line,
          column: frame.column,
        };
  const { code, message } = problem;
  return [{ id: `load ${code}`, source: 'load', severity: 'error', message, code, place }, ...odd];
}

/** What in the result of the shown run is not as the node declares it. */
export function resultProblems(problems: ResultProblem[]): Problem[] {
  return problems.map(({ pin, code, found, wanted }) => ({
    id: `result ${pin} ${code}`,
    source: 'result',
    severity: 'warning',
    message: `found ${found}, wanted ${wanted}`,
    code,
    place: pin === '' ? null : { text: pin, path: null, line: null, column: null },
  }));
}

function placeOf({ place, path, line, column }: BuildProblem): Problem['place'] {
  return place === null ? null : { text: place, path, line, column };
}

function known(severity: string): Severity {
  return SEVERITIES.find((one) => one === severity) ?? 'info';
}
