import { tick } from 'svelte';
import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import type { CommandId } from '../lib/commands';
import { counted } from '../lib/format';
import { Fake, file, node, pin } from '../lib/ipc/fake';
import { Workbench } from '../lib/state/workbench.svelte';
import View from './Workbench.svelte';

async function open(fake = new Fake()): Promise<{ workbench: Workbench; fake: Fake }> {
  const workbench = new Workbench(fake.api);
  await workbench.start();
  render(View, { workbench });
  await tick();
  return { workbench, fake };
}

it('f33 every dialog begins in its first field, or where it does no harm', async () => {
  const { workbench } = await open();
  const begins: [CommandId, string][] = [
    ['preset-save', 'input'],
    ['new', 'input'],
    ['settings', '[role="tab"]'],
    ['state-variables', '[role="tab"]'],
    ['about', 'button'],
  ];
  for (const [id, what] of begins) {
    workbench.commands.run(id);
    await expect.element(page.getByRole('dialog')).toBeVisible();
    await expect.poll(() => document.activeElement?.matches(what), { message: id }).toBe(true);
    expect(document.activeElement?.getAttribute('aria-label'), id).not.toBe('Close');
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => page.getByRole('dialog').query()).toBeNull();
  }
});

it('f33 a name and Enter save a preset', async () => {
  const { workbench, fake } = await open();
  workbench.commands.run('preset-save');
  await expect.element(page.getByRole('textbox', { name: 'Name' })).toHaveFocus();
  await userEvent.keyboard('local{Enter}');
  await expect.poll(() => fake.called('saveCase')[0]?.[2]).toBe('local');
});

const WRONG = [
  { pin: pin('count', 'Integer'), json: '"x"' },
  { pin: pin('ratio', 'Float', { range: [0, 1] }), json: '7' },
  { pin: pin('mode', 'String', { valid_values: ['a', 'b'] }), json: '"c"' },
  { pin: pin('list', 'Integer', { value_type: 'Array' }), json: '[1,"x"]' },
  { pin: pin('map', 'Integer', { value_type: 'HashMap' }), json: '{"a":"x"}' },
  { pin: pin('flag', 'Boolean'), json: '"maybe"' },
  { pin: pin('when', 'Date'), json: '"noon"' },
];
for (const { pin: wrong, json } of WRONG) {
  it(`f33 a run with a wrong ${wrong.name} goes to its field and says so`, async () => {
    const fake = new Fake({ files: [file('a.wasm', 'component', [node('n', 'N', [pin('fine', 'String'), wrong])])] });
    const refusal = [{ pin: wrong.name, code: 'type', message: `input "${wrong.name}": not what it takes` }];
    fake.api.checkInputs = () => Promise.resolve(refusal);
    fake.api.startRun = () => Promise.reject({ code: 'inputs', message: 'they do not fit', inputs: refusal });
    const { workbench } = await open(fake);
    await expect.poll(() => workbench.inputs).not.toBeNull();
    workbench.inputs?.load(`{"${wrong.name}":${json}}`);
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    const place = () => document.activeElement?.closest('.body')?.closest('[data-pin]')?.getAttribute('data-pin');
    await expect.poll(place, { message: 'the field, none of its tools' }).toBe(wrong.name);
    await expect.element(page.getByText(/^Not run\. \d+ problems?: /)).toBeInTheDocument();
  });
}

it('f35 names of 40 characters are whole where there is room', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `a_name_of_forty_characters_that_differs_${String(at).padStart(2, '0')}`);
  const pins = names.flatMap((name) => [pin(name, 'Integer'), pin(`${name}_out`, 'Integer', { pin_type: 'Output' })]);
  await open(new Fake({ files: [file('a.wasm', 'component', [node('n', 'N', pins)])] }));
  const cut = [...document.querySelectorAll<HTMLElement>('[data-area="inputs"] .name, [data-area="outputs"] .name')].filter(
    (name) => name.scrollWidth > name.clientWidth + 1 || getComputedStyle(name).textOverflow === 'ellipsis',
  );
  expect(cut.map((name) => name.textContent)).toEqual([]);
});

it('f35 columns are resized by key and by mouse, and are remembered', async () => {
  const { workbench, fake } = await open();
  const runs = [1, 2].map((number) => ({
    run: `r${String(number)}`, number, file: '/nodes/redis-probe.wasm', node: 'ping_redis', build: 'abcdef0123', started_at: number, figures: null,
  }));
  fake.api.runs = () => Promise.resolve(runs);
  workbench.runsVersion += 1;
  workbench.commands.run('runs');
  const handle = page.getByRole('separator', { name: 'Width of When' });
  await expect.element(handle).toBeVisible();
  const width = () => handle.element().parentElement?.offsetWidth ?? 0;
  const before = width();
  (handle.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowRight}');
  await expect.poll(width).toBe(before + 12);
  const at = handle.element().getBoundingClientRect();
  const pointer = (type: string, x: number) => new PointerEvent(type, { clientX: x, clientY: at.top + 2, pointerId: 1, bubbles: true, cancelable: true });
  (handle.element() as HTMLElement).setPointerCapture = () => undefined;
  handle.element().dispatchEvent(pointer('pointerdown', at.left));
  handle.element().dispatchEvent(pointer('pointermove', at.left + 60));
  handle.element().dispatchEvent(pointer('pointerup', at.left + 60));
  await expect.poll(width).toBe(before + 72);
  expect(JSON.parse(workbench.layout.text)).toMatchObject({ columns: { runs: { When: before + 72 } } });
  await userEvent.keyboard('{Enter}');
  await expect.poll(width, { message: 'undone' }).toBe(before);
});

it('f37 equal messages are one, and each goes by itself', async () => {
  const { workbench } = await open();
  for (let time = 0; time < 5; time += 1) workbench.notify({ severity: 'info', message: 'copied' });
  await expect.element(page.getByText('× 5')).toBeVisible();
  expect(workbench.toasts.length).toBe(1);
  for (let time = 0; time < 20; time += 1) workbench.notify({ severity: 'warning', message: `warning ${String(time)}` });
  await expect.poll(() => document.querySelectorAll('.toast').length, { message: 'they never pile up' }).toBe(3);
  await page.getByRole('button', { name: 'Dismiss all' }).click();
  await expect.poll(() => workbench.toasts.length).toBe(0);
  await page.getByRole('tab', { name: /Logs/ }).hover();
  workbench.notify({ severity: 'info', message: 'gone soon' });
  await expect.poll(() => workbench.toasts.length, { timeout: 12_000 }).toBe(0);
});

it('f37 a message is in front of a dialog, and dismissing it leaves the dialog open', async () => {
  const { workbench } = await open();
  workbench.commands.run('settings');
  await expect.element(page.getByRole('dialog')).toBeVisible();
  workbench.notify({ severity: 'error', message: 'not saved' });
  await page.getByRole('button', { name: 'Dismiss', exact: true }).click();
  await expect.poll(() => workbench.toasts.length).toBe(0);
  await expect.element(page.getByRole('dialog')).toBeVisible();
  await userEvent.keyboard('{Escape}');
});

it('f37 the window is called after its node, or the file that has none', async () => {
  const broken = file('half.wasm', 'core', [], { state: 'broken', build: null, problem: { code: 'exports', message: 'no run', items: [], trap: null } });
  const { fake, workbench } = await open(new Fake({ files: [broken, file('z.wasm', 'component', [node('n', 'Good Node', [])])] }));
  const title = () => fake.called('setTitle').at(-1)?.[0];
  await expect.poll(title).toBe('Good Node — Node Workbench');
  workbench.select('/nodes/half.wasm', '');
  await expect.poll(title).toBe('half.wasm — Node Workbench');
});

it('f37 a field is one step from the field before it', async () => {
  const pins = [pin('one', 'String'), pin('two', 'String')];
  await open(new Fake({ files: [file('a.wasm', 'component', [node('n', 'N', pins)])] }));
  await page.getByRole('textbox', { name: 'one' }).fill('x');
  await userEvent.keyboard('{Tab}{Tab}');
  await expect.element(page.getByRole('textbox', { name: 'two' })).toHaveFocus();
});

it('f37 where files would be dropped is shown, and only while they are dragged', async () => {
  const { fake } = await open();
  fake.change({ change: 'dragging', point: [200, 200] });
  await expect.element(page.getByText(/^Drop to open/)).toBeVisible();
  fake.change({ change: 'dragging', point: null });
  await expect.poll(() => page.getByText(/^Drop to/).query()).toBeNull();
});

it('f39 counts agree with their nouns', () => {
  expect([0, 1, 2, 1204].map((count) => counted(count, 'line'))).toEqual(['0 lines', '1 line', '2 lines', '1,204 lines']);
  expect(counted(1, 'line is', 'lines are')).toBe('1 line is');
});

it('f39 what a field holds unseen is written out under it', async () => {
  const pins = [pin('name', 'String'), pin('path', 'PathBuf')];
  await open(new Fake({ files: [file('a.wasm', 'component', [node('n', 'N', pins)])] }));
  for (const name of ['name', 'path']) {
    await page.getByRole('textbox', { name }).fill('a\u202egnp.exe');
  }
  await expect.poll(() => page.getByText('a\\u{202e}gnp.exe').elements().length).toBe(2);
  await page.getByRole('textbox', { name: 'name' }).fill('שלום 👩‍💻');
  await expect.poll(() => page.getByText('a\\u{202e}gnp.exe').elements().length, { message: 'letters and emoji are seen' }).toBe(1);
});
