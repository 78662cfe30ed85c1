import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { buildRun, Fake, file, node, project } from '../lib/ipc/fake';
import type { ProjectRow } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import BuildBanner from './BuildBanner.svelte';
import Catalog from './Catalog.svelte';
import NodeHead from './NodeHead.svelte';

const FAILED = buildRun({ state: 'failed', failure: 'exit code 101' });

async function started(projects: ProjectRow[], sample = false): Promise<{ fake: Fake; workbench: Workbench }> {
  const files = [file('redis-probe.wasm', 'core', [node('ping', 'Ping Redis', [])], { sample })];
  const fake = new Fake({ files, projects });
  const workbench = new Workbench(fake.api);
  await workbench.start();
  return { fake, workbench };
}

test('a folder asks once in the head of its node', async () => {
  const { fake, workbench } = await started([project({ consent: 'asked' })]);
  render(NodeHead, { workbench });
  const question = page.getByRole('region', { name: 'Build command' });
  await expect.element(question).toHaveTextContent('npm run build');
  await expect.poll(async () => {
    await page.getByRole('button', { name: 'Not now' }).click();
    return fake.called('answerBuild')[0];
  }).toEqual(['/nodes/flow-like.toml', 'npm run build', 'later']);
  fake.change({ change: 'project', project: project({ consent: 'later' }) });
  await expect.poll(() => question.query()).toBeNull();
});

test('samples are not asked about in their head', async () => {
  const { workbench } = await started([project({ consent: 'asked' })], true);
  render(NodeHead, { workbench });
  await expect.element(page.getByRole('heading', { name: /Ping Redis/ })).toBeVisible();
  expect(page.getByRole('region', { name: 'Build command' }).query()).toBeNull();
});

test('a failed build says that the last good one runs, and leads to its output', async () => {
  const { fake, workbench } = await started([project({ run: FAILED })]);
  render(NodeHead, { workbench });
  const banner = page.getByRole('alert', { name: 'Failed build' });
  await expect.element(banner).toHaveTextContent('The newest build failed: exit code 101 after 1.24 s; build 14 still runs');
  await page.getByRole('button', { name: 'Show output' }).click();
  expect(workbench.layout.dockTab).toBe('build');
  fake.change({ change: 'project', project: project({ run: buildRun({ state: 'building', took_ms: null }) }) });
  await expect.element(page.getByText('building…')).toBeVisible();
  expect(banner.query()).toBeNull();
});

test('the rows of the catalog say how a build stands', async () => {
  const bare = project({ manifest: '/nodes/in/flow-like.toml', folder: '/nodes/in', output: null });
  const { fake, workbench } = await started([project({ run: FAILED }), { ...bare, run: FAILED }]);
  render(Catalog, { workbench });
  await expect.element(page.getByRole('treeitem', { name: /redis-probe.wasm.*build failed/ })).toBeVisible();
  await expect.element(page.getByRole('treeitem', { name: /^nodes.*build failed/ })).toBeVisible();
  fake.change({ change: 'project', project: project({ run: buildRun({ state: 'building', took_ms: null }) }) });
  await expect.element(page.getByRole('treeitem', { name: /redis-probe.wasm.*building…/ })).toBeVisible();
});

test('f36 the banner names the first error and opens it', async () => {
  const failed = project({
    run: buildRun({ state: 'failed', failure: 'exit code 101' }),
    problems: [
      {
        severity: 'error',
        message: 'mismatched types',
        tool: 'rustc',
        place: 'src/main.rs:3:18',
        path: '/nodes/src/main.rs',
        line: 3,
        column: 18,
      },
    ],
    errors: 2,
    warnings: 40,
  });
  const fake = new Fake({ projects: [failed] });
  const workbench = new Workbench(fake.api);
  await workbench.start();
  render(BuildBanner, { workbench, project: failed });
  await expect.element(page.getByRole('alert')).toHaveTextContent(/src\/main\.rs:3:18 mismatched types and 41 more/);
  await page.getByRole('button', { name: 'src/main.rs:3:18' }).click();
  expect(fake.called('openEditor')).toEqual([['/nodes/src/main.rs', 3, 18]]);
  await page.getByRole('button', { name: 'and 41 more' }).click();
  expect(workbench.layout.dockTab).toBe('problems');
});
