import axe from 'axe-core';
import { tick } from 'svelte';
import { beforeEach, describe, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';

import '../tokens.css';
import { Fake, file, node } from '../lib/ipc/fake';
import type { FileRow, FolderRow } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import Catalog from './Catalog.svelte';

const tree = page.getByRole('tree');
const item = (name: string | RegExp) => tree.getByRole('treeitem', { name });

let fake: Fake;
let workbench: Workbench;

const MISSING = { name: 'run', wanted: '(i32, i32) -> i64', found: null, nearest: null, advice: 'export it' };

function files(): FileRow[] {
  return [
    file('alpha.wasm', 'component', [node('a1', 'Aim', []), node('a2', 'Bend', [])]),
    file('broken.wasm', 'core', [], {
      state: 'broken',
      build: null,
      problem: { code: 'exports', message: 'no run', items: [MISSING, MISSING], trap: null },
    }),
    file('core.wasm', 'core', [node('c1', 'Count', [])], { state: 'stale' }),
    file('late.wasm', 'core', [], { state: 'loading', build: null }),
    file('sample.wasm', 'component', [node('s1', 'Show', [])], { sample: true }),
  ];
}

async function show(list: FileRow[], folders: FolderRow[] = []): Promise<void> {
  fake = new Fake({ files: list });
  workbench = new Workbench(fake.api);
  await workbench.start();
  workbench.folders = folders;
  const { container } = await render(Catalog, { workbench });
  (container as HTMLElement).style.height = '700px';
}

/** The row that has the focus. */
function focused(): string {
  return (document.activeElement as HTMLElement).dataset['row']?.split('\u0000').pop() ?? '';
}

beforeEach(() => {
  document.documentElement.dataset['theme'] = 'dark';
});

describe('what is said', () => {
  test('every state is a word, not only a colour', async () => {
    await show(files());
    await expect.element(item(/^alpha\.wasm\s*, ready component/)).toBeVisible();
    await expect.element(item(/broken\.wasm\s*, broken.*missing export “run” and 1 more/)).toBeVisible();
    await expect.element(item(/core\.wasm\s*, stale core/)).toBeVisible();
    await expect.element(item(/late\.wasm\s*compiling…/)).toBeVisible();
    await expect.element(item(/^Count\s*stale$/)).toBeVisible();
    await expect.element(tree.getByRole('group', { name: 'Samples' }).getByText('Show')).toBeVisible();
  });

  test('a node says how its run stands', async () => {
    await show(files());
    await expect.poll(() => workbench.inputs).not.toBeNull();
    fake.change({
      change: 'run_started',
      run: {
        run: 'r',
        number: 3,
        file: '/nodes/alpha.wasm',
        node: 'a1',
        build: 'x',
        started_at: 1000,
        figures: null,
      },
    });
    await expect.element(item(/^Aim\s*running…$/)).toBeVisible();
    const run = workbench.run;
    if (!run) throw new Error('the run is not shown');
    const figures = { error: null, pending: false, duration_ms: 12, own_ms: 12, asked_ms: 0, stored_ms: null, not_recorded: false, problems: 0, memory_peak: 0, fuel: null, denied: 0 };
    run.row = { ...run.row, figures: { ...figures, outcome: 'ok' } };
    workbench.now = 61_012;
    await expect.element(item(/^Aim\s*1 min ago$/)).toBeVisible();
    run.row = { ...run.row, figures: { ...figures, outcome: 'trap' } };
    await expect.element(item(/^Aim\s*trap$/)).toBeVisible();
  });

  test('a watched folder that cannot be watched says why', async () => {
    await show(files(), [{ path: '/watched/target', files: ['a'], error: 'the folder is gone' }]);
    await expect.element(item(/target\s*1 file.*the folder is gone/)).toBeVisible();
  });

  test('without nodes there is a way to get some', async () => {
    await show([]);
    await page.getByRole('button', { name: 'Open…' }).click();
    await page.getByRole('button', { name: 'Watch folder…' }).click();
    expect(fake.called('openFiles').length + fake.called('openFolder').length).toBe(2);
  });

  test('hostile and long names are bounded, escaped text', async () => {
    const name = `${'x'.repeat(10_000)}.wasm`;
    await show([
      file(name, 'core', [node('n', '\u202egnp.<b>exe</b>', [])]),
      ...files(),
    ]);
    const row = document.querySelector('[role=treeitem]');
    expect(row?.textContent.length, 'only what can be seen is in the document').toBeLessThan(400);
    await expect.element(item(/\\u\{202e\}gnp\.<b>exe<\/b>/)).toBeVisible();
    expect(document.querySelector('.catalog b'), 'a name is no markup').toBeNull();
    expect(document.querySelector('.tree')?.scrollWidth, 'nothing sticks out').toBeLessThanOrEqual(
      document.querySelector('.tree')?.clientWidth ?? 0,
    );
  });
});

describe('the keyboard', () => {
  test('arrows, Home and End move; left and right close and open; Enter selects', async () => {
    await show(files());
    item(/^Aim/).element().focus();
    await userEvent.keyboard('{ArrowDown}');
    expect(focused()).toBe('a2');
    await userEvent.keyboard('{End}');
    expect(focused()).toBe('s1');
    await userEvent.keyboard('{Home}');
    expect(focused()).toBe('/nodes/alpha.wasm');
    await userEvent.keyboard('{ArrowLeft}');
    await expect.element(item(/alpha/)).toHaveAttribute('aria-expanded', 'false');
    await userEvent.keyboard('{ArrowDown}');
    expect(focused(), 'closed rows are stepped over').toBe('/nodes/broken.wasm');
    await userEvent.keyboard('{Enter}');
    expect(workbench.selection, 'a broken file is selected without a node').toEqual({
      file: '/nodes/broken.wasm',
      node: '',
    });
    await userEvent.keyboard('{ArrowUp}{ArrowRight}{ArrowRight}{ArrowDown}{Enter}');
    expect(workbench.selection).toEqual({ file: '/nodes/alpha.wasm', node: 'a2' });
    await expect.element(item(/^Bend/)).toHaveAttribute('aria-selected', 'true');
  });

  test('letters go to the row that begins with them, the same letter to the next one', async () => {
    await show(files());
    item(/^Aim/).element().focus();
    await userEvent.keyboard('co');
    expect(focused()).toBe('/nodes/core.wasm');
    await userEvent.keyboard('{Home}');
    // A new word begins after a pause; the events carry the time.
    await new Promise((resolve) => setTimeout(resolve, 750));
    await userEvent.keyboard('c');
    expect(focused()).toBe('/nodes/core.wasm');
    await userEvent.keyboard('c');
    expect(focused()).toBe('c1');
  });

  test('one row is in the tab order', async () => {
    await show(files());
    expect(document.querySelectorAll('[role=treeitem][tabindex="0"]').length).toBe(1);
  });
});

test('what is selected elsewhere comes into sight', async () => {
  await show(Array.from({ length: 200 }, (_, at) => file(`n${String(at)}.wasm`, 'core', [node('n', `Node ${String(at)}`, [])])));
  workbench.select('/nodes/n150.wasm', 'n');
  await expect.element(item('Node 150')).toBeInViewport();
  await expect.element(item('Node 150')).toHaveAttribute('aria-selected', 'true');
});

test('the filter finds nodes and files, and is there only for long lists', async () => {
  await show(files());
  expect(page.getByRole('searchbox').query()).toBeNull();
  workbench.files = [
    ...files(),
    ...Array.from({ length: 12 }, (_, at) => file(`n${String(at)}.wasm`, 'core', [node('n', `Node ${String(at)}`, [])])),
  ];
  await tick();
  await page.getByRole('searchbox').fill('ben');
  await expect.poll(() => document.querySelectorAll('[role=treeitem]').length, { message: 'the file and its node' }).toBe(2);
  await page.getByRole('searchbox').fill('no such thing');
  await expect.element(page.getByRole('status')).toHaveTextContent('Nothing is called “no such thing”.');
});

test('five hundred files are there at once, and the keys stay quick', async () => {
  const many = Array.from({ length: 500 }, (_, at) =>
    file(`node-${String(at).padStart(3, '0')}.wasm`, 'core', [node('a', 'One', []), node('b', 'Two', []), node('c', 'Three', [])]),
  );
  await show(many);
  const first = document.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]');
  first?.focus();
  const began = performance.now();
  expect(document.querySelectorAll('[role=treeitem]').length, 'rows near the screen only').toBeLessThan(400);
  for (let step = 0; step < 20; step += 1) {
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    await tick();
    await Promise.resolve();
  }
  expect((performance.now() - began) / 20, 'milliseconds for a key').toBeLessThan(50);
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));
  await expect.poll(focused, { message: 'the last row comes into being when it is wanted' }).toBe('c');
  expect(tree.element().scrollTop, 'and is scrolled to').toBeGreaterThan(10_000);
});

test.each(['dark', 'light'])('axe finds nothing in the %s theme', async (theme) => {
  document.documentElement.dataset['theme'] = theme;
  await show(files(), [{ path: '/watched/target', files: ['a'], error: 'the folder is gone' }]);
  await tick();
  const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((at) => at.html).join(' ')}`)).toEqual([]);
});
