import axe from 'axe-core';
import { tick } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import type { CommandId } from '../lib/commands';
import { buildRun, Fake, project, question } from '../lib/ipc/fake';
import { Workbench } from '../lib/state/workbench.svelte';
import View from './Workbench.svelte';

async function open(theme: string, fake = new Fake({ projects: [project({ run: buildRun() })] })): Promise<{ workbench: Workbench; fake: Fake }> {
  const workbench = new Workbench(fake.api);
  await workbench.start();
  await workbench.saveSettings({ theme });
  render(View, { workbench });
  await tick();
  return { workbench, fake };
}

/** Nothing of any weight, best practices included. */
async function clean(state: string): Promise<void> {
  await document.fonts.ready;
  await Promise.all(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => undefined)));
  const found = await axe.run(document.body.ownerDocument);
  const list = found.violations.map(({ id, impact, nodes }) => `${state}: ${id} (${String(impact)}) ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  for (const one of list) expect.soft(one).toBe('');
}

async function close(): Promise<void> {
  await userEvent.keyboard('{Escape}');
  await expect.poll(() => document.querySelector('[role="dialog"], [role="menu"]')).toBeNull();
}

afterEach(() => {
  delete document.documentElement.dataset['theme'];
});

describe.each(['dark', 'light'])('f38 axe finds nothing, %s', (theme) => {
  it('with nothing open', async () => {
    await open(theme, new Fake({ files: [] }));
    await clean('empty');
  });

  it('in the window and its tabs', async () => {
    const { workbench, fake } = await open(theme);
    for (const tab of ['logs', 'stream', 'network', 'runs', 'problems', 'build']) {
      workbench.commands.run(tab as CommandId);
      await expect.element(page.getByRole('tab', { selected: true }).first()).toBeVisible();
      await clean(tab);
    }
    workbench.notify({ severity: 'error', message: 'it did not work' });
    workbench.notify({ severity: 'info', message: 'it did' });
    await tick();
    await clean('messages');
    workbench.layout.formMode = 'json';
    await tick();
    await clean('JSON view');
    fake.change({ change: 'dragging', point: [300, 300] });
    await tick();
    await clean('drop target');
  });

  it('in every dialog', async () => {
    const { workbench } = await open(theme);
    for (const id of ['palette', 'about', 'new', 'grants', 'audit', 'state-variables', 'state-cache', 'state-files', 'preset-save'] as const) {
      workbench.commands.run(id);
      await expect.element(page.getByRole('dialog')).toBeVisible();
      await tick();
      await clean(id);
      await close();
    }
    workbench.commands.run('settings');
    for (const name of ['General', 'Models', 'Tokens', 'Variables', 'Toolchains', 'Places', 'Host log']) {
      await page.getByRole('tab', { name }).click();
      await clean(`settings, ${name}`);
    }
    await close();
  });

  it('at a question and in a menu', async () => {
    const { workbench, fake } = await open(theme);
    await page.getByRole('treeitem').first().click({ button: 'right' });
    await expect.element(page.getByRole('menu')).toBeVisible();
    await clean('menu');
    await close();
    fake.change({ change: 'question', question: question() });
    await expect.element(page.getByRole('alertdialog')).toBeVisible();
    await clean('question');
    expect(workbench.questions.length).toBe(1);
  });
});
