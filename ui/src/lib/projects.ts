// Folders that name a build command: which one a file belongs to, and what is said about it.
import { duration } from './format';
import type { FileRow, ProjectRow } from './ipc/generated';

/** The project that a node file is built by: the one whose manifest is the file's own, names it, or lies nearest above. */
export function projectOf(projects: ProjectRow[], path: string): ProjectRow | null {
  const own = path.replace(/\.[^./]+$/, '.toml');
  const named = projects.find(({ manifest }) => manifest === own) ?? projects.find(({ output }) => output === path);
  if (named) return named;
  const above = projects.filter(({ folder }) => path.startsWith(`${folder}/`));
  return above.reduce<ProjectRow | null>((best, next) => (best && best.folder.length >= next.folder.length ? best : next), null);
}

/** Those that no file is known of: not built yet. */
export function withoutFile(projects: ProjectRow[], files: FileRow[]): ProjectRow[] {
  const built = files.map(({ path }) => projectOf(projects, path)?.manifest);
  return projects.filter(({ manifest }) => !built.includes(manifest));
}

export function isBuilding(project: ProjectRow | null): boolean {
  return project?.run?.state === 'building' || project?.run?.state === 'waiting';
}

/** Whether the newest run failed, and none goes on. */
export function hasFailed(project: ProjectRow | null): boolean {
  return project?.run?.state === 'failed';
}

/** How the newest run stands: "ok in 1.24 s". */
export function runWords(project: ProjectRow, now: number): string {
  const run = project.run;
  if (!run) return project.consent === 'allowed' ? 'up to date' : 'not run';
  const took = duration(run.took_ms ?? Math.max(0, now - run.started_at));
  switch (run.state) {
    case 'waiting':
      return 'waiting for other builds…';
    case 'building':
      return `building… ${Math.floor(Math.max(0, now - run.started_at) / 1000).toString()} s`;
    case 'ok':
      return `ok in ${took}`;
    case 'failed':
      return `failed after ${took}: ${run.failure ?? 'no reason given'}`;
    case 'stopped':
      return `stopped after ${took}`;
  }
}
