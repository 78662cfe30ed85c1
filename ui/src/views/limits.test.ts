import { tick } from 'svelte';
import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { Fake } from '../lib/ipc/fake';
import { Workbench } from '../lib/state/workbench.svelte';
import TopBar from './TopBar.svelte';
import View from './Workbench.svelte';

async function started(): Promise<{ workbench: Workbench; fake: Fake }> {
  const fake = new Fake();
  const workbench = new Workbench(fake.api);
  await workbench.start();
  return { workbench, fake };
}

it('limits beside Run go with the next runs of that node, and of no other', async () => {
  const { workbench, fake } = await started();
  render(TopBar, { workbench, onpalette: () => undefined });
  await page.getByRole('button', { name: 'Limits', exact: true }).click();
  await page.getByRole('textbox', { name: 'Time' }).fill('500ms');
  await page.getByRole('textbox', { name: 'Memory' }).fill('1GiB');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('button', { name: 'Limits: 500ms, 1GiB' })).toBeVisible();
  await workbench.runSelected(true);
  expect(fake.called('startRun')[0]?.[4]).toEqual({ time: '500ms', memory: '1GiB', fuel: null });

  const selection = workbench.selection;
  const other = workbench.files.flatMap(({ path, build }) => (build?.nodes ?? []).map(({ name }) => ({ path, name })));
  const another = other.find(({ path, name }) => path !== selection?.file || name !== selection.node);
  if (!another) throw new Error('there is another node');
  workbench.select(another.path, another.name);
  await expect.element(page.getByRole('button', { name: 'Limits', exact: true })).toBeVisible();
  await workbench.runSelected(true);
  expect(fake.called('startRun')[1]?.[4]).toEqual({ time: null, memory: null, fuel: null });
});

it('an emptied limit is the node’s own again', async () => {
  const { workbench } = await started();
  render(TopBar, { workbench, onpalette: () => undefined });
  await page.getByRole('button', { name: 'Limits', exact: true }).click();
  await page.getByRole('textbox', { name: 'Fuel' }).fill('7');
  await expect.element(page.getByRole('button', { name: 'Limits: 7' })).toBeInTheDocument();
  await page.getByRole('textbox', { name: 'Fuel' }).clear();
  expect(workbench.limits.size).toBe(0);
});

it('the form and a run can be copied as a nodewb command, and what is left out is told', async () => {
  const { workbench, fake } = await started();
  render(View, { workbench });
  await tick();
  fake.api.formCommand = (file) => Promise.resolve({ text: `nodewb run ${file}`, notes: ['the value of "token" is not in it'] });
  const copied: string[] = [];
  navigator.clipboard.writeText = (text) => {
    copied.push(text);
    return Promise.resolve();
  };
  workbench.commands.run('form-command');
  await expect.poll(() => copied).toEqual([`nodewb run ${workbench.selection?.file ?? ''}`]);
  await expect.poll(() => workbench.toasts.at(-1)?.message).toBe('The command is copied: the value of "token" is not in it');
  await workbench.copyCommand(Promise.resolve({ text: 'nodewb run x', notes: [] }));
  expect(copied.at(-1)).toBe('nodewb run x');
  expect(workbench.toasts.at(-1)?.severity).toBe('info');
});
