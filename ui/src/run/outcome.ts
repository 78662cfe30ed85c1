// How a run that did not end well is told: what stopped it, and what to do about it.
import type { Frame, TrapView } from '../lib/ipc/generated';

const STOPPED: Record<string, string> = {
  panic: 'The node panicked',
  'out-of-bounds': 'The node reached outside its memory',
  'stack-overflow': 'The node used up its call stack',
  'division-by-zero': 'The node divided by zero',
  'bad-call': 'The node made a call that cannot be',
  'missing-import': 'The node called an import that nobody provides',
  exit: 'The node ended itself',
  'bad-abi': 'The node broke the calling convention',
  exception: 'The node threw an exception that nobody caught',
  time: 'Stopped at its time limit',
  memory: 'Stopped at its memory limit',
  fuel: 'Stopped: its fuel is used up',
  output: 'Stopped: it handed over more than it may',
};

export function stopped(reason: string): string {
  return STOPPED[reason] ?? 'The node trapped';
}

/** How to see more of the stack than there is; null: it is all there. */
export function namesHint(frames: Frame[]): string | null {
  if (frames.length === 0) return null;
  if (frames.every((frame) => frame.function === null)) {
    return 'This build has no names. In Rust, set debug = "line-tables-only" and strip = "none" under [profile.release] in Cargo.toml; elsewhere, build with -g and do not strip.';
  }
  if (frames.every((frame) => frame.file === null)) {
    return 'Names are there, lines are not. In Rust, set debug = "line-tables-only" under [profile.release] in Cargo.toml; elsewhere, build with -g.';
  }
  return null;
}

/** Whether a limit of the workbench ended it rather than the node itself. */
export function isLimit(trap: TrapView): boolean {
  return ['time', 'memory', 'fuel', 'output'].includes(trap.reason);
}
