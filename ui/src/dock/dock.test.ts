import axe from 'axe-core';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { Fake } from '../lib/ipc/fake';
import type { LinesQuery, LogLine, RunRow } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import Dock from './Dock.svelte';

const MILLION = 1_000_000;

function line(seq: number): LogLine {
  const folded = seq >= 100 && seq < 3304;
  return {
    seq,
    ms: seq / 10,
    kind: 'log',
    level: seq % 7 === 3 ? 'error' : 'info',
    source: 'node',
    name: null,
    text: folded ? 'row 40,118 parsed' : `row ${String(seq)} parsed`,
    cut: false,
    ...(folded ? { level: 'debug' } : {}),
  };
}

const FIGURES = {
  outcome: 'ok',
  error: null,
  pending: false,
  duration_ms: 12.4,
  own_ms: 12.4,
  asked_ms: 0,
  stored_ms: null,
  not_recorded: false,
  problems: 0,
  memory_peak: 3_100_000,
  fuel: null,
  denied: 0,
};

function row(number: number): RunRow {
  return {
    run: `run-${String(number)}`,
    number,
    file: '/nodes/redis-probe.wasm',
    node: 'ping_redis',
    build: '4f1c0d8e2b7a99c1',
    started_at: Date.now() - (100 - number) * 60_000,
    figures: FIGURES,
  };
}

class Setting {
  fake = new Fake();
  workbench = new Workbench(this.fake.api);
  queries: LinesQuery[] = [];
  total = MILLION;

  async start(runs: RunRow[] = [row(27), row(26), row(25)], shows = true): Promise<void> {
    const { api } = this.fake;
    const view = api.runView;
    api.runs = (_file, _node, _before, limit) => Promise.resolve(runs.slice(0, limit));
    api.runView = async (run) => ({
      ...(await view(run)),
      row: runs.find((other) => other.run === run) ?? row(27),
      lines: this.total,
      stream: 40,
    });
    api.runLines = async (_run, query, offset, limit) => {
      this.queries.push(query);
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (query.regex && query.text === '(') {
        throw { code: 'filter', message: 'the filter is no regular expression: a group is not closed', inputs: [] };
      }
      const stream = query.kinds.length === 1;
      const total = stream ? 40 : query.text === '' ? this.total : 100;
      const lines = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, at): LogLine => {
        const made = line(offset + at);
        return stream ? { ...made, kind: 'stream', name: 'text', text: `"word ${String(offset + at)} "` } : made;
      });
      return { total, searching: false, offset, same_from: offset, lines };
    };
    await this.workbench.start();
    if (shows) await this.workbench.openRun(runs[0]?.run ?? 'run-27');
    const screen = await render(Dock, { workbench: this.workbench });
    screen.container.style.cssText = 'width: 860px; height: 260px';
    await tick();
  }

  grow(lines: number): void {
    const run = this.workbench.run;
    if (!run?.progress) throw new Error('no run is shown');
    this.total += lines;
    run.progress = { ...run.progress, lines: this.total };
  }
}

let setting: Setting;

beforeEach(() => {
  setting = new Setting();
});

afterEach(() => {
  delete document.documentElement.dataset['theme'];
});

const grid = () => page.getByRole('grid', { name: 'Log lines' });
const rows = () => grid().element().querySelectorAll('[role=row]');

test('a million lines are a few rows, and the newest is in view', async () => {
  await setting.start();
  await expect.element(page.getByText('row 999999 parsed')).toBeVisible();
  expect(rows().length).toBeLessThan(60);
  await expect.element(page.getByRole('tab', { name: 'Logs 1,000,000' })).toBeVisible();
});

test('scrolling up stops following, the pill goes back to the end', async () => {
  await setting.start();
  await expect.element(page.getByText('row 999999 parsed')).toBeVisible();
  const element = grid().element();
  element.dispatchEvent(new WheelEvent('wheel', { deltaY: -400 }));
  element.scrollTop -= 4000;
  await expect.element(page.getByRole('button', { name: 'follow', exact: true })).toBeVisible();
  setting.grow(1243);
  const pill = page.getByRole('button', { name: '+1,243 new' });
  await expect.element(pill).toBeVisible();
  await pill.click();
  await expect.element(page.getByText('row 1001242 parsed')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'following' })).toBeVisible();
  expect(pill.query()).toBeNull();
});

test('lines that come while the end is in view are followed', async () => {
  await setting.start();
  await expect.element(page.getByText('row 999999 parsed')).toBeVisible();
  setting.grow(5000);
  await expect.element(page.getByText('row 1004999 parsed')).toBeVisible();
});

test('typing in the filter asks once, 80 ms after the last key', async () => {
  await setting.start();
  await expect.element(page.getByText('row 999999 parsed')).toBeVisible();
  setting.queries = [];
  const field = page.getByRole('textbox', { name: 'Filter lines' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  for (const text of ['p', 'pa', 'par', 'pars']) {
    await field.fill(text);
    vi.advanceTimersByTime(60);
  }
  expect(setting.queries, 'nothing is asked while keys come').toEqual([]);
  vi.advanceTimersByTime(80);
  vi.useRealTimers();
  await expect.poll(() => setting.queries.at(-1)?.text).toBe('pars');
  expect(new Set(setting.queries.map((query) => query.text))).toEqual(new Set(['pars']));
  await expect.element(page.getByText('row 99 parsed')).toBeVisible();
});

test('an expression that cannot be read is marked at the field, and the rows stay', async () => {
  await setting.start();
  await page.getByRole('button', { name: 'Regular expression' }).click();
  const field = page.getByRole('textbox', { name: 'Filter lines' });
  await field.fill('(');
  await expect.element(page.getByRole('alert')).toHaveTextContent('a group is not closed');
  expect(field.element().getAttribute('aria-invalid')).toBe('true');
  await expect.element(page.getByText('row 999999 parsed')).toBeVisible();
});

test('the keyboard moves and selects, Enter shows the line in full', async () => {
  await setting.start();
  (grid().element() as HTMLElement).focus();
  await userEvent.keyboard('{Home}');
  await expect.element(page.getByText('row 0 parsed')).toBeVisible();
  await userEvent.keyboard('{ArrowDown}{Shift>}{ArrowDown}{/Shift}');
  expect(grid().element().querySelectorAll('[aria-selected=true]').length).toBe(2);
  const active = grid().element().getAttribute('aria-activedescendant') ?? '';
  expect(document.getElementById(active)?.textContent).toContain('row 2 parsed');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('complementary', { name: 'The selected line' })).toHaveTextContent('row 2 parsed');
});

test('selected lines are copied as text', async () => {
  await setting.start();
  const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  await expect.element(page.getByText('row 999999 parsed')).toBeVisible();
  (grid().element() as HTMLElement).focus();
  await userEvent.keyboard('{End}{Shift>}{ArrowUp}{/Shift}{Control>}c{/Control}');
  await expect.poll(() => write.mock.calls[0]?.[0]).toBe(
    '+100.000 s\tinfo\trow 999998 parsed\n+100.000 s\tinfo\trow 999999 parsed',
  );
  write.mockRestore();
});

test('equal lines are one row with their number', async () => {
  setting.total = 4000;
  await setting.start();
  (grid().element() as HTMLElement).focus();
  // The list follows its end until the first rows are there.
  await expect
    .poll(async () => {
      await userEvent.keyboard('{Home}');
      return page.getByText('row 0 parsed').query() !== null;
    })
    .toBe(true);
  // Pages are fetched as they come into view: the whole fold was seen when the first line after it is.
  await expect
    .poll(async () => {
      await userEvent.keyboard('{PageDown}');
      return page.getByText('row 3304 parsed').query() !== null;
    })
    .toBe(true);
  await userEvent.keyboard('{PageUp}');
  const element = grid().element();
  element.scrollTop = 90 * 20;
  await expect.element(page.getByText('× 3,204')).toBeVisible();
  await page.getByRole('button', { name: 'Fold equal lines' }).click();
  expect(page.getByText('× 3,204').query()).toBeNull();
});

test('an exchange can be looked into', async () => {
  await setting.start();
  await page.getByRole('tab', { name: /Network/ }).click();
  await page.getByRole('row').nth(1).click();
  await page.getByRole('tab', { name: 'Response' }).click();
  await expect.element(page.getByText('{"status":"ok"}')).toBeVisible();
  await page.getByRole('radio', { name: 'Hex' }).click();
  await expect.element(page.getByRole('group', { name: 'Response body' })).toHaveTextContent('7b 22 73 74 61 74 75 73');
});

test('two runs are compared, the older at the left', async () => {
  await setting.start();
  await page.getByRole('tab', { name: /Runs/ }).click();
  await page.getByRole('checkbox', { name: 'Compare run 27' }).click();
  await page.getByRole('checkbox', { name: 'Compare run 25' }).click();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect.poll(() => setting.fake.called('compareRuns')).toEqual([['run-25', 'run-27']]);
  await expect.element(page.getByRole('row', { name: /log .* 6 new, 0 gone/ })).toBeVisible();
});

test('a run is deleted only when that was confirmed', async () => {
  await setting.start();
  await page.getByRole('tab', { name: /Runs/ }).click();
  await page.getByRole('button', { name: 'More for run 26' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  expect(setting.fake.called('deleteRun')).toEqual([]);
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => setting.fake.called('deleteRun')).toEqual([['run-26']]);
});

test('running again leaves masked inputs out and says so', async () => {
  await setting.start();
  const view = setting.fake.api.runView;
  setting.fake.api.runView = async (run) => ({
    ...(await view(run)),
    inputs: [['id', '9007199254740993'], ['token', '"•••"']],
    masked: ['token'],
  });
  await page.getByRole('tab', { name: /Runs/ }).click();
  await page.getByRole('button', { name: 'More for run 27' }).click();
  await page.getByRole('menuitem', { name: 'Run again with the same inputs' }).click();
  await expect.poll(() => setting.fake.called('startRun')[0]?.[2]).toBe('{"id":9007199254740993}');
  expect(setting.workbench.toasts.at(-1)?.message).toContain('“token”');
});

test('without runs the tabs say what to do', async () => {
  await setting.start([], false);
  await page.getByRole('tab', { name: /Runs/ }).click();
  await expect.element(page.getByText('No runs of Ping Redis')).toBeVisible();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing serious in any tab (${theme})`, async () => {
    document.documentElement.dataset['theme'] = theme;
    await setting.start();
    for (const tab of ['Logs', 'Stream', 'Network', 'Runs', 'Problems']) {
      await page.getByRole('tab', { name: new RegExp(tab) }).click();
      if (tab === 'Network') await page.getByRole('row').nth(1).click();
      if (tab === 'Logs') await page.getByText('row 999999 parsed').click();
      if (tab === 'Problems') {
        setting.workbench.selection = { file: '/nodes/word_count.wasm', node: 'word_count' };
        await expect.element(page.getByText('env.fetch_url')).toBeVisible();
      }
      await tick();
      const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
      const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(
        serious.map(({ id, nodes }) => `${tab}: ${id} ${nodes[0]?.html ?? ''}`),
        tab,
      ).toEqual([]);
    }
  });
}
