import { describe, expect, test } from 'vitest';

import { buildRun, file, project } from './ipc/fake';
import { hasFailed, isBuilding, projectOf, runWords, withoutFile } from './projects';

describe('the project of a file', () => {
  const outer = project({ manifest: '/p/flow-like.toml', folder: '/p', output: '/elsewhere/target/node.wasm' });
  const inner = project({ manifest: '/p/in/flow-like.toml', folder: '/p/in', output: null });
  const own = project({ manifest: '/p/in/a.toml', folder: '/p/in', output: null });
  const all = [outer, inner, own];

  test('its own manifest comes first, then the one that names it, then the nearest above', () => {
    expect(projectOf(all, '/p/in/a.wasm')).toBe(own);
    expect(projectOf(all, '/elsewhere/target/node.wasm')).toBe(outer);
    expect(projectOf(all, '/p/in/build/b.wasm')?.folder).toBe('/p/in');
    expect(projectOf(all, '/p/build/b.wasm')).toBe(outer);
    expect(projectOf(all, '/pq/b.wasm')).toBeNull();
  });

  test('those without a file are not built yet', () => {
    const row = file('b.wasm', 'core', [], { path: '/p/build/b.wasm' });
    expect(withoutFile([outer, inner], [row])).toEqual([inner]);
  });
});

test('a run in words', () => {
  const words = (change: Parameters<typeof buildRun>[0]) => runWords(project({ run: buildRun(change) }), 10_000);
  expect(words({})).toBe('ok in 1.24 s');
  expect(words({ state: 'failed', failure: 'exit code 101' })).toBe('failed after 1.24 s: exit code 101');
  expect(words({ state: 'building', took_ms: null, started_at: 2500 })).toBe('building… 7 s');
  expect(runWords(project(), 0)).toBe('up to date');
  expect(runWords(project({ consent: 'later' }), 0)).toBe('not run');
  expect(isBuilding(project({ run: buildRun({ state: 'waiting' }) }))).toBe(true);
  expect(hasFailed(project({ run: buildRun({ state: 'stopped' }) }))).toBe(false);
});
