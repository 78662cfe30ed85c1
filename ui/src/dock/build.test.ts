import axe from 'axe-core';
import { tick } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { buildRun, Fake, project } from '../lib/ipc/fake';
import type { ProjectRow } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import Dock from './Dock.svelte';

const GUARD_MS = 500;

async function start(projects: ProjectRow[], fake = new Fake({ projects })): Promise<Fake> {
  const workbench = new Workbench(fake.api);
  await workbench.start();
  workbench.layout.dockTab = 'build';
  const screen = await render(Dock, { workbench });
  screen.container.style.cssText = 'width: 860px; height: 260px';
  await tick();
  return fake;
}

const output = () => page.getByRole('group', { name: 'Build output' });

afterEach(() => {
  vi.useRealTimers();
  delete document.documentElement.dataset['theme'];
});

test('without a command it says how to name one', async () => {
  await start([]);
  await expect.element(page.getByText('[workbench] build = "npm run build"')).toBeVisible();
});

test('the question shows the whole command, and answers with it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const command = `make ${' '.repeat(300)}; rm x`;
  const fake = await start([project({ consent: 'asked', command })]);
  const question = page.getByRole('region', { name: 'Build command of this folder' });
  await expect.element(question).toHaveTextContent('; rm x');
  await expect.element(page.getByRole('tab', { name: 'Build asks' })).toBeVisible();
  const run = page.getByRole('button', { name: 'Run', exact: true });
  run.element().dispatchEvent(new MouseEvent('click', { bubbles: true }));
  expect(fake.called('answerBuild'), 'a click meant for what was there before').toEqual([]);
  vi.advanceTimersByTime(GUARD_MS);
  run.element().dispatchEvent(new MouseEvent('click', { bubbles: true }));
  const never = page.getByRole('button', { name: 'Never for this folder' }).element();
  never.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  expect(fake.called('answerBuild')).toEqual([
    ['/nodes/flow-like.toml', command, 'run'],
    ['/nodes/flow-like.toml', command, 'never'],
  ]);
});

test('what a run printed is followed, and the next run begins anew', async () => {
  const fake = await start([project({ run: buildRun({ state: 'building', took_ms: null, lines: 2 }) })]);
  await expect.element(output()).toHaveTextContent('asc assembly/index.ts');
  await expect.element(page.getByText(/building… \d/)).toBeVisible();
  fake.change({ change: 'project', project: project({ run: buildRun({ lines: 4 }) }) });
  await expect.element(output()).toHaveTextContent('wrote build/release.wasm');
  await expect.element(page.getByRole('status')).toHaveTextContent('ok in 1.24 s');

  fake.api.buildLines = () => Promise.resolve({ total: 7, first: 5, offset: 5, lines: ['error: \u001b no', 'second'], links: [] });
  const failed = buildRun({ number: 4, state: 'failed', failure: 'exit code 2', lines: 7, left_out: 5 });
  fake.change({ change: 'project', project: project({ run: failed }) });
  await expect.element(output()).toHaveTextContent('The first 5 lines are left out. error: \\u{1b} no second');
  await expect.element(page.getByRole('status')).toHaveTextContent('failed after 1.24 s: exit code 2');
});

test('lines that come in pages are one text', async () => {
  const projects = [project({ run: buildRun({ lines: 4500 }) })];
  const fake = new Fake({ projects });
  fake.api.buildLines = (_manifest, _run, offset, limit) => {
    const lines = Array.from({ length: Math.min(limit, 4500 - offset) }, (_, at) => `line ${String(offset + at)}`);
    return Promise.resolve({ total: 4500, first: 0, offset, lines, links: [] });
  };
  await start(projects, fake);
  await expect.element(output()).toHaveTextContent('line 4499');
  const text = output().element().textContent;
  expect(text.match(/line \d+/g)?.length, 'each once').toBe(4500);
  await expect.poll(() => output().element().scrollTop).toBeGreaterThan(1000);
});

test('a build is started, cancelled and no longer allowed', async () => {
  const fake = await start([project({ notes: ['the command itself changes "src/made"'] })]);
  await expect.element(page.getByText('the command itself changes "src/made"')).toBeVisible();
  await page.getByRole('button', { name: 'Build now' }).click();
  fake.change({ change: 'project', project: project({ run: buildRun({ state: 'building', took_ms: null, lines: 0 }) }) });
  await page.getByRole('button', { name: 'Cancel build' }).click();
  await page.getByRole('button', { name: 'Stop running on save' }).click();
  await page.getByRole('button', { name: 'flow-like.toml' }).click();
  for (const command of ['startBuild', 'cancelBuild', 'revokeBuild'] as const) {
    expect(fake.called(command), command).toEqual([['/nodes/flow-like.toml']]);
  }
  expect(fake.called('openEditor')).toEqual([['/nodes/flow-like.toml', null]]);

  fake.change({ change: 'project', project: project({ consent: 'never' }) });
  await page.getByRole('button', { name: 'Ask again' }).click();
  expect(fake.called('revokeBuild').length).toBe(2);
  fake.change({ change: 'project', project: project({ consent: 'later' }) });
  await page.getByRole('button', { name: 'Run it on save' }).click();
  expect(fake.called('answerBuild')).toEqual([['/nodes/flow-like.toml', 'npm run build', 'run']]);
});

test('another folder can be looked at', async () => {
  const other = project({ manifest: '/other/flow-like.toml', folder: '/other', output: null, command: 'make other' });
  await start([project(), other]);
  await expect.element(page.getByText('npm run build')).toBeVisible();
  await page.getByRole('combobox', { name: 'Folder that is built' }).click();
  await page.getByRole('option', { name: 'other' }).click();
  await expect.element(page.getByText('make other')).toBeVisible();
});

test('a folder that is not built yet is shown where the selected file has no project', async () => {
  await start([project({ manifest: '/other/flow-like.toml', folder: '/other', output: null, command: 'make other' })]);
  await expect.element(page.getByText('make other')).toBeVisible();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing serious (${theme})`, async () => {
    document.documentElement.dataset['theme'] = theme;
    const failed = buildRun({ state: 'failed', failure: 'exit code 2' });
    const fake = await start([project({ consent: 'asked' })]);
    for (const change of [{}, { run: buildRun() }, { run: failed, notes: ['odd'] }, { consent: 'later' as const }]) {
      await tick();
      const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
      const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ''}`)).toEqual([]);
      fake.change({ change: 'project', project: project(change) });
    }
  });
}
