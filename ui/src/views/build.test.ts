import axe from 'axe-core';
import { tick } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { Fake, project } from '../lib/ipc/fake';
import { Workbench } from '../lib/state/workbench.svelte';
import { appCommands } from './commands.svelte';
import View from './Workbench.svelte';

afterEach(() => {
  delete document.documentElement.dataset['theme'];
});

test('commands build, cancel, and show what is missing', async () => {
  const fake = new Fake({ projects: [project()] });
  const workbench = new Workbench(fake.api);
  await workbench.start();
  const run = (id: string) => {
    appCommands(workbench, { palette: false, settings: false, about: false, create: false, migrate: false }).find((action) => action.id === id)?.run();
  };
  run('build-now');
  run('build-cancel');
  expect([fake.called('startBuild').length, fake.called('cancelBuild').length]).toEqual([1, 1]);
  fake.change({ change: 'project', project: project({ consent: 'asked' }) });
  workbench.layout.dockTab = 'logs';
  run('build-now');
  expect(fake.called('startBuild').length, 'nothing runs without an answer').toBe(1);
  expect(workbench.layout.dockTab, 'where the question stands').toBe('build');
});

for (const theme of ['light', 'dark']) {
  test(`a folder that is not built yet asks in the window (${theme})`, async () => {
    const bare = project({ consent: 'asked' });
    const fake = new Fake({ files: [], projects: [bare] });
    const workbench = new Workbench(fake.api);
    await workbench.start();
    await workbench.saveSettings({ theme });
    render(View, { workbench });
    await expect.element(page.getByRole('region', { name: 'Build command', exact: true })).toBeVisible();
    await expect.element(page.getByText('Nothing is built yet')).toBeVisible();
    await tick();
    const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
    const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ''}`)).toEqual([]);
    fake.change({ change: 'project', project: { ...bare, consent: 'allowed' } });
    await expect.poll(() => page.getByRole('region', { name: 'Build command' }).query()).toBeNull();
  });
}
