// How runs end, and the three times of a run, in the same words everywhere: badge, catalog, palette, Runs, comparison.
import { duration } from './format';
import type { RunFigures, RunRow } from './ipc/generated';

export interface OutcomeWords {
  word: string;
  tone: 'ok' | 'warn' | 'bad' | 'info';
}

const OUTCOMES: Record<string, OutcomeWords> = {
  ok: { word: 'ok', tone: 'ok' },
  error: { word: 'error', tone: 'bad' },
  trap: { word: 'trap', tone: 'bad' },
  limit: { word: 'limit', tone: 'warn' },
  denied: { word: 'denied', tone: 'bad' },
  cancelled: { word: 'cancelled', tone: 'warn' },
  interrupted: { word: 'interrupted', tone: 'warn' },
  'not-recorded': { word: 'not recorded', tone: 'warn' },
};

/** The real outcome where it is known, and whether the record has it. `waits`: a question of the run is open. */
export function outcomeOf(row: RunRow, waits = false): OutcomeWords {
  const figures = row.figures;
  if (!figures) return waits ? { word: 'waiting', tone: 'warn' } : { word: 'running', tone: 'info' };
  const known = OUTCOMES[figures.outcome] ?? { word: figures.outcome, tone: 'warn' };
  if (!figures.not_recorded || known.word === 'not recorded') return known;
  return { word: `${known.word} · not recorded`, tone: known.tone === 'ok' ? 'warn' : known.tone };
}

/** "18.9 ms of its own time, 2 min 35 s asked, stored after 2 min 36 s". */
export function times(figures: RunFigures): string {
  const parts = [`${duration(figures.own_ms)} of its own time`];
  if (figures.asked_ms > 0) parts.push(`${duration(figures.asked_ms)} asked`);
  if (figures.stored_ms !== null) parts.push(`stored after ${duration(figures.stored_ms)}`);
  else if (figures.not_recorded) parts.push('not recorded');
  return parts.join(', ');
}
