// How a run stands, in words.
import { duration } from '../lib/format';
import { outcomeOf, times } from '../lib/outcomes';
import type { LiveRun } from '../lib/state/run.svelte';

export interface Standing {
  text: string;
  tone: 'plain' | 'ok' | 'warn' | 'bad' | 'info';
  title: string;
}

/** `elapsed` is the node's own time as the window counts it, in milliseconds. */
export function standing(run: LiveRun, elapsed: number): Standing {
  const figures = run.row.figures;
  if (!figures) return underWay(run, elapsed);
  const number = run.row.number > 0 ? `run ${String(run.row.number)}` : 'run';
  const outcome = outcomeOf(run.row);
  const took = duration(figures.own_ms);
  const title = times(figures);
  if (figures.outcome === 'cancelled') {
    const stopped = run.stoppedAfter === null ? 'cancelled' : `stopped in ${duration(run.stoppedAfter)}`;
    const lost = figures.not_recorded ? ' · not recorded' : '';
    return { text: `${number} · ${stopped}${lost}`, tone: 'warn', title };
  }
  if (outcome.word === 'ok') return { text: `${number} · ${took}`, tone: 'plain', title };
  return { text: `${number} · ${took} · ${outcome.word}`, tone: outcome.tone === 'warn' ? 'warn' : 'bad', title };
}

function underWay(run: LiveRun, elapsed: number): Standing {
  if (run.cancelledAt !== null || run.progress?.stopping) return { text: 'stopping…', tone: 'warn', title: '' };
  if (run.progress?.paused) {
    return { text: 'waiting for you · clock stopped', tone: 'warn', title: 'A question of this run is open' };
  }
  return { text: `running… ${duration(elapsed)}`, tone: 'info', title: '' };
}

/** For screen readers: said once when it changes, without the time that runs. */
export function announcement(run: LiveRun | null): string {
  if (!run) return '';
  const figures = run.row.figures;
  if (figures) return `Run ended: ${outcomeOf(run.row).word}, ${duration(figures.own_ms)}`;
  if (run.cancelledAt !== null || run.progress?.stopping) return 'Stopping';
  return run.progress?.paused ? 'The run waits for your answer' : 'Running';
}

const ORDINALS = ['th', 'st', 'nd', 'rd'];

/** 1st, 2nd, 3rd, 11th. */
export function ordinal(value: number): string {
  const tens = value % 100;
  return `${String(value)}${(tens > 10 && tens < 14 ? 'th' : ORDINALS[value % 10]) ?? 'th'}`;
}

export interface Firing {
  /** When it fired first. */
  ms: number;
  /** Its place among the pins that fired, from 1. */
  order: number;
  times: number;
}

/** Each pin that fired, in the order of their first times. */
export function firings(fired: [string, number][]): Map<string, Firing> {
  const found = new Map<string, Firing>();
  for (const [pin, ms] of fired) {
    const known = found.get(pin);
    if (known) known.times += 1;
    else found.set(pin, { ms, order: found.size + 1, times: 1 });
  }
  return found;
}
