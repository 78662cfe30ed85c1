import axe from 'axe-core';
import { tick } from 'svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';

import '../tokens.css';
import { Fake, file, node, pin } from '../lib/ipc/fake';
import type { Frame, OutputRow, PinRow, Progress, RunFigures } from '../lib/ipc/generated';
import { LiveRun } from '../lib/state/run.svelte';
import { key, Workbench } from '../lib/state/workbench.svelte';
import Outputs from './Outputs.svelte';

const out = (name: string, type: string, change: Partial<PinRow> = {}) => pin(name, type, { pin_type: 'Output', ...change });

const PINS = [
  pin('start', 'Execution'),
  out('done', 'Execution'),
  out('failed', 'Execution'),
  out('each', 'Execution'),
  out('round_trip', 'Float'),
  out('id', 'Integer'),
  out('rows', 'Struct', { value_type: 'Array' }),
  out('big', 'Generic'),
  out('token', 'String', { sensitive: true }),
];

const FIGURES: RunFigures = {
  outcome: 'ok',
  error: null,
  pending: false,
  duration_ms: 2112.4,
  own_ms: 12.4,
  asked_ms: 2100,
  stored_ms: null,
  not_recorded: false,
  problems: 0,
  memory_peak: 2_100_000,
  fuel: null,
  denied: 0,
};

const pinOf = (name: string) => page.getByRole('list', { name: 'Output pins' }).getByRole('listitem').filter({ hasText: new RegExp(`^\\s*${name}`) });

let fake: Fake;
let workbench: Workbench;

function value(name: string, text: string, change: Partial<OutputRow> = {}): OutputRow {
  return { pin: name, text, size: text.length, complete: true, ...change };
}

/** The node's run, as it stands now. */
async function running(change: Partial<RunFigures> | null): Promise<LiveRun> {
  const row = { run: 'r', number: 27, file: '/nodes/ping.wasm', node: 'ping', build: '4f1c', started_at: 0 };
  const run = new LiveRun({ ...row, figures: change && { ...FIGURES, ...change } });
  workbench.runs.set('r', run);
  workbench.shown.set(key(row.file, row.node), 'r');
  await tick();
  return run;
}

function progress(change: Partial<Progress>): Progress {
  const none = { stream: 0, network: 0, lines: 0, left_out: 0, bytes_up: 0, bytes_down: 0, fired: [], outputs: [], memory_peak: 0, denied: 0, bar: null };
  return { run: 'r', elapsed_ms: 3200, own_ms: 3200, asked_ms: 0, paused: false, stopping: false, levels: [0, 0, 0, 0, 0], ...none, ...change };
}

beforeEach(async () => {
  document.documentElement.dataset['theme'] = 'dark';
  fake = new Fake({ files: [file('ping.wasm', 'component', [node('ping', 'Ping Redis', PINS)])] });
  fake.api.runs = () => Promise.resolve([]);
  workbench = new Workbench(fake.api);
  await workbench.start();
  await render(Outputs, { workbench });
});

describe('how the run stands', () => {
  test('before the first one, the way to start it', async () => {
    await expect.element(page.getByText('No runs of Ping Redis')).toBeVisible();
    await expect.element(pinOf('Round trip')).toBeVisible();
  });

  test('f14 and f15: how it ended, whether it was recorded, and its own time', async () => {
    const run = await running(null);
    const figures = { ...FIGURES, own_ms: 18.9, asked_ms: 155_000, stored_ms: 155_700 };
    run.row = { ...run.row, figures };
    const badge = page.getByText('run 27 · 18.9 ms');
    await expect.element(badge).toBeVisible();
    await expect.element(badge).toHaveAttribute('title', '18.9 ms of its own time, 2 min 35 s asked, stored after 2 min 36 s');
    run.row = { ...run.row, figures: { ...figures, stored_ms: null, not_recorded: true } };
    await expect.element(page.getByText('run 27 · 18.9 ms · ok · not recorded')).toBeVisible();
    run.row = { ...run.row, figures: { ...figures, outcome: 'interrupted', stored_ms: null } };
    await expect.element(page.getByText('Interrupted: the program ended first')).toBeVisible();
    run.row = { ...run.row, figures: { ...figures, outcome: 'denied', error: 'no' } };
    await expect.element(page.getByText('The node failed after a permission was denied')).toBeVisible();
  });

  test('f11: a pin that is not as declared has a mark', async () => {
    const run = await running(null);
    run.row = { ...run.row, figures: { ...FIGURES } };
    const [pin] = [{ pin: 'nowhere', code: 'undeclared-pin', found: '5', wanted: 'a declared pin' }];
    run.outputs = [{ pin: 'nowhere', size: 1, text: '5', complete: true }];
    run.problems = [pin];
    await expect.element(page.getByText('wanted a declared pin')).toBeVisible();
    await expect.element(page.getByText('1 problem in the result')).toBeVisible();
  });

  test('under way, asked, stopping, stopped', async () => {
    const run = await running(null);
    run.progress = progress({});
    await expect.element(page.getByText(/^running… 3\.\d+ s$/)).toBeVisible();
    run.progress = progress({ paused: true });
    await expect.element(page.getByText('waiting for you · clock stopped')).toBeVisible();
    run.cancelledAt = 1;
    await expect.element(page.getByText('stopping…')).toBeVisible();
    run.row = { ...run.row, figures: { ...FIGURES, outcome: 'cancelled' } };
    run.stoppedAfter = 41;
    await expect.element(page.getByText('run 27 · stopped in 41.0 ms')).toBeVisible();
    await expect.element(page.getByText('Cancelled', { exact: true })).toBeVisible();
  });

  test('the time of a run is its own, without the time it waited', async () => {
    await running({});
    await expect.element(page.getByText('run 27 · 12.4 ms')).toBeVisible();
    await expect.element(page.getByRole('status')).toHaveTextContent('Run ended: ok, 12.4 ms');
  });

  test('an error, denials and an unfinished node are told', async () => {
    await running({ outcome: 'error', error: 'no <b>PONG</b>\u202e', denied: 2, pending: true });
    await expect.element(page.getByRole('alert')).toHaveTextContent('The node reports an error no <b>PONG</b>\\u{202e}');
    await expect.element(page.getByText('2 requests were denied')).toBeVisible();
  });
});

describe('pins', () => {
  test('exec pins light up in the order in which they fired', async () => {
    const run = await running({});
    run.fired = [
      ['each', 3],
      ['done', 12.1],
      ['each', 14],
    ];
    await expect.element(pinOf('Done')).toHaveTextContent(/fired at 12\.1 ms · 2nd/);
    await expect.element(pinOf('Each')).toHaveTextContent(/fired at 3\.0 ms · 1st · 2 times/);
    await expect.element(pinOf('Failed')).toHaveTextContent(/did not fire/);
  });

  test('values say what changed, integers are exact', async () => {
    const run = await running({});
    run.before = [value('round_trip', '0.39'), value('id', '9007199254740992')];
    run.outputs = [value('round_trip', '0.41'), value('id', '9007199254740993'), value('token', '"secret"')];
    await expect.element(pinOf('Round trip')).toHaveTextContent(/changed 0\.41 was 0\.39/);
    await expect.element(pinOf('Id')).toHaveTextContent(/9007199254740993 was 9007199254740992/);
    expect(document.body.textContent, 'sensitive values are masked').not.toContain('secret');
    await page.getByRole('button', { name: 'show' }).click();
    await expect.element(page.getByText('secret')).toBeVisible();
  });

  test('what the node did not define is listed too', async () => {
    const run = await running({});
    run.outputs = [value('stray', '1')];
    run.fired = [['other', 1]];
    await expect.element(pinOf('stray')).toHaveTextContent(/the node has no such pin/);
    await expect.element(pinOf('other')).toHaveTextContent(/the node has no such pin.*fired at 1\.0 ms/);
  });

  test('a value is saved by its pin, and a switch changes the view', async () => {
    const run = await running({});
    run.outputs = [value('rows', '[{"n":12345678901234567890,"s":"<i>x</i>"}]')];
    await expect.element(page.getByRole('cell', { name: '12345678901234567890' })).toBeVisible();
    await expect.element(page.getByRole('cell', { name: '<i>x</i>' })).toBeVisible();
    await page.getByRole('radio', { name: 'JSON' }).click();
    await expect.element(page.getByText('"n": 12345678901234567890,')).toBeVisible();
    await page.getByRole('button', { name: 'Save Rows…' }).click();
    expect(fake.called('saveOutput')).toEqual([['r', 'rows']]);
  });

  test('copying takes the text itself, and of a large value what the program gives', async () => {
    const copied: string[] = [];
    vi.spyOn(navigator.clipboard, 'writeText').mockImplementation((text) => {
      copied.push(text);
      return Promise.resolve();
    });
    fake.api.outputText = () => Promise.resolve({ pin: 'big', size: 9, text: '{"n":1.0}', complete: true });
    const run = await running({});
    run.outputs = [value('token', '"a\\nb"'), value('rows', '[{"n":1.0}]'), value('big', '{"n"', { size: 1 << 20, complete: false })];
    for (const name of ['Token', 'Rows', 'Big']) {
      await page.getByRole('button', { name: `Copy ${name}` }).click();
    }
    await expect.poll(() => copied).toEqual(['a\nb', '[\n  {\n    "n": 1.0\n  }\n]', '{"n":1.0}']);
  });

  test('a large value is asked for by ranges, and never whole', async () => {
    const asked: [number, number][] = [];
    fake.api.outputLines = (_run, _pin, from, to) => {
      asked.push([from, to]);
      const lines = Array.from({ length: to - from }, (_, at) => `line ${String(from + at)}`);
      return Promise.resolve({ total: 4_000_000, lines });
    };
    const run = await running({});
    const text = `{"rows":[${'1,'.repeat(2000)}`;
    run.outputs = [value('big', text, { size: 100 << 20, complete: false })];
    await expect.element(page.getByText('line 3', { exact: true })).toBeVisible();
    const box = page.getByRole('group', { name: 'Big' }).element();
    expect(document.querySelectorAll('[data-line]').length, 'lines in the document').toBeLessThan(60);
    expect(asked).toEqual([[0, 200]]);
    box.scrollTop = box.scrollHeight;
    await expect.element(page.getByText('line 3999999', { exact: true })).toBeVisible();
    const lines = asked.reduce((sum, [from, to]) => sum + to - from, 0);
    expect(lines, 'lines that were asked for').toBeLessThan(1500);
    expect(fake.called('outputText')).toEqual([]);
    await expect.element(page.getByRole('button', { name: /Cannot copy Big/ })).toBeDisabled();
  });

  test('what a large value cannot be read for is said in its place', async () => {
    let works = false;
    fake.api.outputLines = () =>
      works ? Promise.resolve({ total: 1, lines: ['whole'] }) : Promise.reject(new Error('the record is gone'));
    const run = await running({});
    run.outputs = [value('big', '[1,', { size: 1 << 20, complete: false })];
    await expect.element(page.getByRole('alert')).toHaveTextContent('the record is gone');
    works = true;
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.element(page.getByText('whole', { exact: true })).toBeVisible();
  });
});

describe('a trap', () => {
  const frame = (name: string | null, runtime: boolean, at: number): Frame => ({
    function: name,
    module: 'm',
    function_index: at,
    file: name && !runtime ? 'src/lib.rs' : null,
    line: name && !runtime ? 58 : null,
    column: 1,
    runtime,
  });

  test('the message comes first, the runtime is folded, places open in the editor', async () => {
    const run = await running({ outcome: 'trap' });
    const runtime = Array.from({ length: 11 }, (_, at) => frame('std::rt', true, at));
    run.trap = { reason: 'panic', message: 'index out of bounds', frames: [frame('words::run', false, 20), ...runtime] };
    await expect.element(page.getByRole('alert')).toHaveTextContent(
      /The node panicked: index out of bounds\s*after 12\.4 ms · memory 2\.1 MB · everything logged before it is kept/,
    );
    const stack = page.getByRole('list', { name: 'Call stack' });
    expect(stack.getByRole('listitem').elements().length, 'one frame and one fold').toBe(2);
    await page.getByRole('button', { name: '11 frames of the Rust runtime' }).click();
    expect(stack.getByRole('listitem').elements().length).toBe(13);
    await page.getByRole('button', { name: 'open in editor: src/lib.rs:58' }).click();
    expect(fake.called('openEditor')).toEqual([['src/lib.rs', 58]]);
  });

  test('without names it says how to get them, a limit is no panic', async () => {
    const run = await running({ outcome: 'limit' });
    run.trap = { reason: 'time', message: 'the node used up its 30 s', frames: [frame(null, false, 7)] };
    await expect.element(page.getByRole('alert')).toHaveTextContent(/Stopped at its time limit: the node used up its 30 s/);
    await expect.element(page.getByText('function 7')).toBeVisible();
    await expect.element(page.getByText(/This build has no names/)).toBeVisible();
  });
});

test.each(['dark', 'light'])('axe finds nothing in the %s theme', async (theme) => {
  document.documentElement.dataset['theme'] = theme;
  const run = await running({ outcome: 'error', error: 'no PONG', denied: 1 });
  run.fired = [['done', 12.1]];
  run.before = [value('round_trip', '0.39')];
  run.outputs = [value('round_trip', '0.41'), value('rows', '[{"a":1,"b":null}]'), value('stray', '"x"'), value('token', '"s"')];
  run.outputs = [...run.outputs, value('big', '[1,', { size: 1 << 20, complete: false })];
  await expect.element(page.getByText('1,000 lines')).toBeVisible();
  const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((at) => at.html).join(' ')}`)).toEqual([]);
});
