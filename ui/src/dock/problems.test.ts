import axe from 'axe-core';
import { tick } from 'svelte';
import { afterEach, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { buildRun, Fake, file, project } from '../lib/ipc/fake';
import type { BuildProblem, FileRow, ProjectRow } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import Dock from './Dock.svelte';
import { buildProblems, filtered, listed, loadProblems } from './problems';

function problem(change: Partial<BuildProblem> = {}): BuildProblem {
  return {
    severity: 'error',
    message: 'mismatched types',
    tool: 'rustc',
    place: 'src/main.rs:3:18',
    path: '/nodes/src/main.rs',
    line: 3,
    column: 18,
    ...change,
  };
}

const FOUND = [
  problem({ severity: 'warning', message: 'unused variable: `x`', line: 9, column: 2, place: 'src/main.rs:9:2' }),
  problem(),
  problem({ message: '<img src=x onerror=alert(1)> \u202e', place: 'gone.rs:1:1', path: null }),
];
const FAILED = project({
  run: buildRun({ state: 'failed', failure: 'exit code 101', lines: 3 }),
  problems: FOUND,
  errors: 2,
  warnings: 40,
});
const STALE: FileRow = file('redis-probe.wasm', 'component', [], {
  state: 'stale',
  problem: { code: 'imports', message: 'two imports do not fit', items: [], trap: null },
});

async function dock(tab: string, given: ProjectRow = FAILED): Promise<{ fake: Fake; workbench: Workbench }> {
  const fake = new Fake({ projects: [given] });
  const workbench = new Workbench(fake.api);
  await workbench.start();
  workbench.layout.dockTab = tab;
  const screen = await render(Dock, { workbench });
  screen.container.style.cssText = 'width: 860px; height: 260px';
  await tick();
  return { fake, workbench };
}

afterEach(() => {
  delete document.documentElement.dataset['theme'];
});

it('f36 the tab counts and lists what the build says, errors first, as text', async () => {
  await dock('problems');
  await expect.element(page.getByRole('tab', { name: 'Problems 42' })).toBeVisible();
  const rows = page.getByRole('option').elements().map((row) => row.textContent.replaceAll(/\s+/g, ' ').trim());
  expect(rows).toEqual([
    'error mismatched types src/main.rs:3:18 rustc',
    'error <img src=x onerror=alert(1)> \\u{202e} gone.rs:1:1 rustc',
    'warning unused variable: `x` src/main.rs:9:2 rustc',
  ]);
  expect(document.querySelector('.list img'), 'nothing of it is HTML').toBeNull();
  await expect.element(page.getByText('39 more are in the output of the build.')).toBeVisible();
});

it('f36 a click and Enter open the editor at the place, and what has no file shows the output', async () => {
  const { fake, workbench } = await dock('problems');
  await page.getByText('mismatched types').click();
  expect(fake.called('openEditor')).toEqual([['/nodes/src/main.rs', 3, 18]]);
  page.getByRole('listbox').element().focus();
  await userEvent.keyboard('{End}{Enter}');
  expect(fake.called('openEditor')[1]).toEqual(['/nodes/src/main.rs', 9, 2]);
  await userEvent.keyboard('{ArrowUp}');
  await expect.element(page.getByRole('option', { selected: true })).toHaveTextContent('gone.rs');
  await userEvent.keyboard('{Enter}');
  expect(workbench.layout.dockTab, 'there is no file to open').toBe('build');
});

it('f36 the list can be filtered by severity', async () => {
  await dock('problems');
  await page.getByRole('radio', { name: 'Warnings 1' }).click();
  expect(page.getByRole('option').elements().length).toBe(1);
  await page.getByRole('radio', { name: 'All' }).click();
  expect(page.getByRole('option').elements().length).toBe(3);
});

it('f36 places in the output are links for mouse and keys', async () => {
  const given = project({ run: buildRun({ state: 'failed', failure: 'exit code 1', lines: 3 }) });
  const fake = new Fake({ projects: [given] });
  const at = (line: number, from: number, to: number) => ({ at: line, from, to, path: '/nodes/src/größe.rs', line: 3 + line, column: 1 });
  fake.api.buildLines = () =>
    Promise.resolve({
      total: 3,
      first: 0,
      offset: 0,
      lines: ['🦀 src/größe.rs:3:1: <b>no</b>', 'plain', ' --> src/größe.rs:5:1'],
      links: [at(0, 3, 19), at(2, 5, 21)],
    });
  const workbench = new Workbench(fake.api);
  await workbench.start();
  workbench.layout.dockTab = 'build';
  const screen = await render(Dock, { workbench });
  screen.container.style.cssText = 'width: 860px; height: 260px';
  const output = page.getByRole('group', { name: 'Build output' });
  await expect.element(output).toHaveTextContent('<b>no</b>');
  const links = output.getByRole('button').elements();
  expect(links.map((link) => link.textContent)).toEqual(['src/größe.rs:3:1', 'src/größe.rs:5:1']);
  expect(links.filter((link) => link.getAttribute('tabindex') === '0').length, 'one stop for Tab').toBe(1);
  (links[0] as HTMLElement).focus();
  await userEvent.keyboard('{ArrowDown}{Enter}');
  expect(fake.called('openEditor')).toEqual([['/nodes/src/größe.rs', 5, 1]]);
});

it('problems of all sources are one list', () => {
  const all = listed(loadProblems(STALE), buildProblems(FAILED));
  expect(all.map(({ source, severity }) => `${source} ${severity}`)).toEqual([
    'build error',
    'build error',
    'build warning',
    'load error',
  ]);
  expect(filtered(all, { severity: 'error', source: 'load' }).map(({ code }) => code)).toEqual(['imports']);
  const twice = listed(buildProblems(FAILED), buildProblems(FAILED));
  expect(new Set(twice.map(({ id }) => id)).size, 'each row has an id of its own').toBe(6);
});

for (const theme of ['light', 'dark']) {
  it(`axe finds nothing (${theme})`, async () => {
    document.documentElement.dataset['theme'] = theme;
    const { fake } = await dock('problems');
    for (const change of [{}, { problems: [] }]) {
      await tick();
      const found = await axe.run(document.body, { rules: { region: { enabled: false }, 'landmark-one-main': { enabled: false }, 'page-has-heading-one': { enabled: false } } });
      expect(found.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ''}`)).toEqual([]);
      fake.change({ change: 'project', project: { ...FAILED, ...change } });
    }
  });
}
