import axe from 'axe-core';
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { Fake, file, node } from '../lib/ipc/fake';
import type { PlanForm } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import MigrationDialog from './MigrationDialog.svelte';
import NewNodeDialog from './NewNodeDialog.svelte';
import ToolsTab from './ToolsTab.svelte';

async function started(): Promise<{ fake: Fake; workbench: Workbench }> {
  const fake = new Fake({ files: [file('units.wasm', 'core', [node('units', 'Units', [])])] });
  const workbench = new Workbench(fake.api);
  await workbench.start();
  return { fake, workbench };
}

async function serious(): Promise<string[]> {
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false } } });
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

test('a new node is named, gets pins and permissions, and is made', async () => {
  const { fake, workbench } = await started();
  const sent: PlanForm[] = [];
  fake.api.createNode = (plan) => {
    sent.push(plan);
    return Promise.resolve(plan.folder);
  };
  let closed = false;
  render(NewNodeDialog, { workbench, open: true, onclose: () => (closed = true) });
  const create = page.getByRole('button', { name: 'Create and build' });

  await create.click();
  await expect.element(page.getByText('a node needs a name, such as Word Count')).toBeVisible();
  expect(sent).toEqual([]);

  await page.getByRole('radio', { name: /Lua/ }).click();
  await expect.element(page.getByText(/Short scripts that change often/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Word Count');
  await expect.element(page.getByRole('textbox', { name: 'Folder' })).toHaveValue('/home/ada/nodes/word-count');
  await page.getByRole('button', { name: 'Add pin' }).click();
  await page.getByRole('textbox', { name: 'Name of pin 5' }).fill('limit');
  await page.getByLabelText('Type of pin 5').click();
  await page.getByRole('option', { name: 'Integer' }).click();
  await page.getByRole('textbox', { name: 'Default of pin 5' }).fill('9007199254740993');
  await page.getByRole('button', { name: 'Remove pin 4' }).click();
  await page.getByRole('checkbox', { name: 'network:http' }).click();
  await expect.element(page.getByText('1 field is not right yet')).not.toBeInTheDocument();
  await create.click();

  await expect.poll(() => closed).toBe(true);
  const [plan] = sent;
  expect(plan).toMatchObject({ language: 'lua', name: 'Word Count', permissions: ['network:http'] });
  expect(plan?.folder).toBe('/home/ada/nodes/word-count');
  expect(plan?.pins.map(({ name }) => name)).toEqual(['exec', 'text', 'exec_out', 'limit']);
  expect(plan?.pins[3]).toEqual({
    name: 'limit',
    description: '',
    direction: 'Input',
    data_type: 'Integer',
    value_type: 'Normal',
    default: '9007199254740993',
  });
});

test('what cannot be made keeps the form and says why', async () => {
  const { fake, workbench } = await started();
  fake.api.createNode = () => Promise.reject({ code: 'create', message: 'cannot write: the disk is full', inputs: [] });
  let closed = false;
  render(NewNodeDialog, { workbench, open: true, onclose: () => (closed = true) });
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Kept');
  await page.getByRole('button', { name: 'Create and build' }).click();
  await expect.poll(() => workbench.toasts.some(({ message }) => message.includes('the disk is full'))).toBe(true);
  expect(closed).toBe(false);
  await expect.element(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Kept');
});

test('the doctor says what is missing, and looks again', async () => {
  const { fake, workbench } = await started();
  render(ToolsTab, { workbench });
  const rust = page.getByRole('region', { name: 'What Rust needs' });
  await expect.element(rust.getByText('wasm32-wasip2 is missing')).toBeVisible();
  await expect.element(rust.getByText('rustup target add wasm32-wasip2')).toBeVisible();
  await expect.element(rust.getByText('cargo 1.95.0')).toBeVisible();
  fake.api.doctor = (language) => Promise.resolve({ language, name: 'Rust', ready: true, tools: [] });
  await rust.getByRole('button', { name: 'Look again' }).click();
  await expect.element(rust.getByText('wasm32-wasip2 is missing')).not.toBeInTheDocument();
});

test('the way to a component has its steps', async () => {
  const { workbench } = await started();
  render(MigrationDialog, { workbench, open: true, onclose: () => undefined });
  await expect.element(page.getByRole('heading', { name: 'Add the contract' })).toBeVisible();
  await expect.element(page.getByText('cp flow-like-node.wit wit/')).toBeVisible();
  await userEvent.keyboard('{Tab}');
  expect(await serious()).toEqual([]);
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing serious in the form in ${theme}`, async () => {
    document.documentElement.dataset.theme = theme;
    const { workbench } = await started();
    render(NewNodeDialog, { workbench, open: true, onclose: () => undefined });
    await page.getByRole('button', { name: 'Create and build' }).click();
    await expect.element(page.getByText('1 field is not right yet')).toBeVisible();
    expect(await serious()).toEqual([]);
  });
}
