// Which number each build of a file had, so that a run can say on which build it is.
import type { FileRow } from '../lib/ipc/generated';
import { shortHash } from './words';

const numbers = new Map<string, number>();

/** Keeps the builds that are there now; later ones do not make them forgotten. */
export function remember(files: FileRow[]): void {
  for (const { path, build } of files) if (build) numbers.set(`${path}\u0000${build.hash}`, build.number);
}

/** "build 13", or by its hash where it was loaded before this window. */
export function buildName(path: string, hash: string): string {
  const number = numbers.get(`${path}\u0000${hash}`);
  return number === undefined ? `an older build, ${shortHash(hash)}` : `build ${String(number)}`;
}
