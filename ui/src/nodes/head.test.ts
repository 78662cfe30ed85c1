import axe from 'axe-core';
import { tick } from 'svelte';
import { describe, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';

import '../tokens.css';
import { Fake, file, node, pin } from '../lib/ipc/fake';
import type { BuildChange, FileRow, LoadProblem } from '../lib/ipc/generated';
import { LiveRun } from '../lib/state/run.svelte';
import { key, Workbench } from '../lib/state/workbench.svelte';
import { remember } from './builds';
import { dismissed } from './dismissed.svelte';
import FileProblem from './FileProblem.svelte';
import NodeHead from './NodeHead.svelte';

const CHANGES: BuildChange[] = [
  { node: 'ping', kind: 'pin-removed', text: 'input pin "retries" removed', breaking: true, input: 'retries' },
  { node: 'ping', kind: 'pin-retyped', text: 'output pin "latency": Integer is now Float', breaking: true, input: null },
  { node: 'ping', kind: 'pin-added', text: 'input pin "timeout_ms" (Integer) added', breaking: false, input: null },
  { node: 'ping', kind: 'permission-added', text: 'permission "network:udp" added', breaking: false, input: null },
];

const IMPORTS: LoadProblem = {
  code: 'imports',
  message: '2 imports do not fit',
  items: [
    { name: 'env.fetch_url', wanted: '(i32) -> i64', found: null, nearest: 'flowlike_http.request', advice: 'use the SDK' },
    { name: 'wasi:http/types', wanted: 'instance', found: 'a function', nearest: null, advice: 'build for wasip2' },
  ],
  trap: null,
};

function ready(change: Partial<FileRow> = {}): FileRow {
  const row = file('ping.wasm', 'component', [
    node('ping', 'Ping Redis', [], { description: 'Sends PING.', category: 'Database', docs: 'How to use it.\nCarefully.' }),
  ]);
  return { ...row, ...change };
}

function reloaded(number: number, list: BuildChange[]): FileRow {
  const row = ready();
  if (row.build) {
    const compatible = list.every((change) => !change.breaking);
    row.build = { ...row.build, number, loaded_at: 1000, changes: { compatible, list, renamed: [] } };
  }
  return row;
}

async function started(row: FileRow): Promise<{ fake: Fake; workbench: Workbench }> {
  dismissed.clear();
  const fake = new Fake({ files: [row] });
  const workbench = new Workbench(fake.api);
  await workbench.start();
  workbench.now = 4000;
  return { fake, workbench };
}

async function violations(): Promise<string[]> {
  const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((at) => at.html).join(' ')}`);
}

test('the head says what the node is before it ran', async () => {
  const { workbench } = await started(ready());
  await render(NodeHead, { workbench });
  await expect.element(page.getByRole('heading', { level: 1 })).toHaveTextContent('Ping Redis Database');
  for (const text of ['Sends PING.', 'ABI 1', '184 KB', 'Rust 1.95.0', 'could ask for: DNS, TCP']) {
    await expect.element(page.getByText(text)).toBeVisible();
  }
  await page.getByRole('button', { name: 'docs' }).click();
  await expect.element(page.getByRole('region', { name: 'Documentation' })).toHaveTextContent('How to use it.');
});

test('run on reload is a setting', async () => {
  const { fake, workbench } = await started(ready());
  await render(NodeHead, { workbench });
  await page.getByRole('checkbox', { name: 'Run on reload' }).click();
  expect(fake.called('saveSettings')[0]).toMatchObject([{ auto_run: true }]);
});

describe('the change banner', () => {
  test('says the first change, and all of them with their signs in words', async () => {
    const { workbench } = await started(reloaded(14, CHANGES));
    await render(NodeHead, { workbench });
    const banner = page.getByRole('region', { name: 'Newest build' });
    await expect.element(banner).toHaveTextContent(/Reloaded 3 s ago · build 14 · breaking · input pin retries removed and 3 more/);
    await page.getByRole('button', { name: 'Show changes' }).click();
    const rows = page.getByRole('list', { name: 'Changes in build 14' }).getByRole('listitem');
    await expect.element(rows.nth(0)).toHaveTextContent(/− removed: input pin retries removed breaking/);
    await expect.element(rows.nth(1)).toHaveTextContent(/~ changed: output pin latency: Integer is now Float breaking/);
    await expect.element(rows.nth(2)).toHaveTextContent(/\+ added: input pin timeout_ms/);
    await expect.element(rows.nth(3)).toHaveTextContent(/permission network:udp added will be asked/);
  });

  test('names the presets whose values the build lost', async () => {
    const row = reloaded(14, [
      ...CHANGES,
      { node: 'ping', kind: 'pin-renamed', text: 'input pin "size" renamed to "limit"', breaking: true, input: 'size' },
      { node: 'ping', kind: 'pin-retyped', text: 'input pin "port": String is now Integer', breaking: true, input: 'port' },
    ]);
    if (row.build?.changes && row.build.nodes[0]) {
      row.build.changes.renamed = [{ node: 'ping', from: 'size', to: 'limit' }];
      row.build.nodes[0].pins = [pin('port', 'Integer'), pin('limit', 'Integer')];
    }
    const { workbench } = await started(row);
    const cases = [
      { name: 'big input', inputs: '{"retries":3,"size":9,"port":"redis"}' },
      { name: 'as it was', inputs: '{"port":6379,"other":1}' },
    ];
    await expect.poll(() => workbench.inputs?.cases).toBeTruthy();
    if (workbench.inputs) workbench.inputs.cases = { path: '/nodes/ping.cases.json', cases, last: null };
    await render(NodeHead, { workbench });
    const banner = page.getByRole('region', { name: 'Newest build' });
    await expect.element(banner).toHaveTextContent(/Preset “big input” uses retries, which is gone\./);
    await expect.element(banner).toHaveTextContent(/Preset “big input” uses size, which is now “limit”\./);
    await expect.element(banner).toHaveTextContent(/Preset “big input” uses port, which takes another type now\./);
    await expect.element(banner).not.toHaveTextContent(/as it was/);
  });

  test('closes until the next build', async () => {
    const { fake, workbench } = await started(reloaded(14, CHANGES.slice(2)));
    await render(NodeHead, { workbench });
    await expect.element(page.getByText('compatible')).toBeVisible();
    await page.getByRole('button', { name: 'Close until the next build' }).click();
    expect(page.getByRole('region', { name: 'Newest build' }).query()).toBeNull();
    fake.change({ change: 'file', file: reloaded(15, CHANGES.slice(2)) });
    await expect.element(page.getByRole('region', { name: 'Newest build' })).toHaveTextContent(/build 15/);
  });
});

test('a stale file says that the last good build runs, and what does not fit', async () => {
  const { workbench } = await started(ready({ state: 'stale', problem: IMPORTS }));
  await render(NodeHead, { workbench });
  await expect.element(page.getByRole('alert')).toHaveTextContent(/The newest build is broken; build 14 still runs/);
  await page.getByRole('button', { name: 'Show details' }).click();
  const row = page.getByRole('row', { name: /env\.fetch_url/ });
  await expect.element(row).toHaveTextContent(/\(i32\) -> i64\s*missing\s*flowlike_http\.request\s*use the SDK/);
});

test('a run under way names its own, older build', async () => {
  const { workbench } = await started(ready());
  remember([ready({ build: { ...(ready().build as NonNullable<FileRow['build']>), number: 13, hash: 'abcd' } })]);
  const row = { run: 'r', number: 1, file: '/nodes/ping.wasm', node: 'ping', build: 'abcd', started_at: 0, figures: null };
  workbench.runs.set('r', new LiveRun(row));
  workbench.shown.set(key(row.file, row.node), 'r');
  await render(NodeHead, { workbench });
  await expect.element(page.getByText('This run is on build 13; the next one takes the newest.')).toBeVisible();
});

describe('a file without a build', () => {
  const trap = { reason: 'panic', message: 'no pins\nat all', frames: [] };

  test.each([
    [{ ...IMPORTS, items: IMPORTS.items.slice(0, 1) }, 'ping.wasm needs “env.fetch_url”, which no Flow-Like host provides'],
    [IMPORTS, 'ping.wasm needs 2 imports that no Flow-Like host provides like that'],
    [{ ...IMPORTS, code: 'read', items: [], message: 'cannot read it' }, 'Cannot read it'],
    [{ ...IMPORTS, code: 'definition-trap', items: [], trap }, 'ping.wasm trapped while it was asked for its definition'],
  ])('says why first', async (problem: LoadProblem, words) => {
    const { fake, workbench } = await started(ready({ state: 'broken', build: null, problem }));
    workbench.select('/nodes/ping.wasm', '');
    await render(FileProblem, { workbench });
    await expect.element(page.getByText(words, { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Reload' }).click();
    expect(fake.called('reloadPath')).toEqual([['/nodes/ping.wasm']]);
  });
});

test.each(['dark', 'light'])('axe finds nothing in the %s theme', async (theme) => {
  document.documentElement.dataset['theme'] = theme;
  const { workbench } = await started(reloaded(14, CHANGES));
  await render(NodeHead, { workbench });
  await page.getByRole('button', { name: 'Show changes' }).click();
  expect(await violations()).toEqual([]);
  workbench.files = [ready({ state: 'stale', problem: IMPORTS })];
  await tick();
  await page.getByRole('button', { name: 'Show details' }).click();
  expect(await violations()).toEqual([]);
});
