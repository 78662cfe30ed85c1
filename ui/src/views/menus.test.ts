import { tick } from 'svelte';
import { afterEach, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { COMMAND_IDS, commandOfKey, keyList } from '../lib/commands';
import { Fake } from '../lib/ipc/fake';
import { Workbench } from '../lib/state/workbench.svelte';
import View from './Workbench.svelte';

async function window_(): Promise<{ workbench: Workbench; fake: Fake }> {
  const fake = new Fake();
  const workbench = new Workbench(fake.api);
  await workbench.start();
  render(View, { workbench });
  await tick();
  return { workbench, fake };
}

function items(): string[] {
  return page.getByRole('menuitem').elements().map((item) => item.textContent.trim().replaceAll(/\s+/g, ' '));
}

afterEach(async () => {
  await userEvent.keyboard('{Escape}');
});

it('f34 the browser’s own menu opens nowhere', async () => {
  await window_();
  for (const element of document.querySelectorAll('*')) {
    const event = new MouseEvent('contextmenu', { bubbles: true, cancelable: true, composed: true, button: 0 });
    element.dispatchEvent(event);
    expect(event.defaultPrevented, element.outerHTML.slice(0, 120)).toBe(true);
  }
});

it('f34 rows, fields, outputs and text have menus of their own, by mouse and by key', async () => {
  const { workbench } = await window_();
  const node = workbench.node?.friendly_name ?? '';
  await page.getByRole('treeitem', { name: node }).first().click({ button: 'right' });
  await expect.element(page.getByRole('menu')).toBeVisible();
  expect(items()).toContain('Copy name');
  await userEvent.keyboard('{Escape}');
  await expect.poll(() => page.getByRole('menu').query()).toBeNull();

  const field = page.getByRole('region', { name: 'Inputs' }).getByRole('textbox').first();
  await field.click();
  for (const keys of ['{Shift>}{F10}{/Shift}', '{ContextMenu}']) {
    await userEvent.keyboard(keys);
    await expect.element(page.getByRole('menu')).toBeVisible();
    expect(items().join(' '), keys).toMatch(/^Cut.*Copy.*Paste.*Select all.*Set to null/);
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => page.getByRole('menu').query(), { message: keys }).toBeNull();
    await expect.element(field, { message: 'the focus is back' }).toHaveFocus();
  }
});

it('f34 a row’s menu is about that row, and the focus comes back to it', async () => {
  const { fake } = await window_();
  const row = page.getByRole('treeitem', { name: /redis-probe/ });
  row.element().focus();
  await userEvent.keyboard('{Shift>}{F10}{/Shift}');
  await expect.element(page.getByRole('menuitem', { name: 'Reload' })).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(row).toHaveFocus();
  await userEvent.keyboard('{Shift>}{F10}{/Shift}');
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  expect(fake.called('removePath')).toEqual([['/nodes/redis-probe.wasm']]);
  await row.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Show in folder' }).click();
  expect(fake.called('revealPath')).toEqual([['/nodes/redis-probe.wasm']]);
});

it('f34 a command chosen in a menu is done to what the menu was opened at', async () => {
  const { workbench } = await window_();
  const pin = workbench.inputs?.inputs.find((other) => other.data_type === 'String');
  if (!pin) throw new Error('the stand-in has a text pin');
  await page.getByRole('region', { name: 'Inputs' }).getByRole('textbox', { name: pin.friendly_name }).first().click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Set to null' }).click();
  await expect.poll(() => workbench.inputs?.json).toContain(`"${pin.name}":null`);
});

it('every key is one command’s, and finds it', () => {
  const shown = keyList().map(({ keys }) => keys);
  expect(shown).toContain('Ctrl 6');
  const press = (key: string, more: KeyboardEventInit = {}) => commandOfKey(new KeyboardEvent('keydown', { key, ...more }));
  expect(press('k', { ctrlKey: true })).toBe('palette');
  expect(press('O', { ctrlKey: true, shiftKey: true })).toBe('watch');
  expect(press('o', { ctrlKey: true })).toBe('open');
  expect(press('=', { ctrlKey: true })).toBe('zoom-in');
  expect(press('6', { ctrlKey: true })).toBe('build');
  expect(press('F6', { shiftKey: true })).toBe('previous-pane');
  expect(press('o'), 'a letter is a letter').toBeNull();
  expect(press('k', { ctrlKey: true, altKey: true }), 'AltGr writes a character').toBeNull();
  expect(new Set(COMMAND_IDS).size).toBe(COMMAND_IDS.length);
});

it('keys reach every pane', async () => {
  const { workbench } = await window_();
  for (const [at, tab] of ['logs', 'stream', 'network', 'runs', 'problems', 'build'].entries()) {
    await userEvent.keyboard(`{Control>}${String(at + 1)}{/Control}`);
    expect(workbench.layout.dockTab).toBe(tab);
    await expect.poll(() => document.activeElement?.closest('[data-area]')?.getAttribute('data-area'), { message: tab }).toBe('dock');
  }
  const seen = new Set<string | null | undefined>();
  for (let step = 0; step < 5; step += 1) {
    await userEvent.keyboard('{F6}');
    seen.add(document.activeElement?.closest('[data-area]')?.getAttribute('data-area'));
  }
  expect([...seen].sort()).toEqual(['dock', 'inputs', 'nodes', 'outputs', 'side']);
  await page.getByRole('treeitem').first().click();
  await userEvent.keyboard('{Control>}f{/Control}');
  await expect.element(page.getByRole('searchbox', { name: 'Filter nodes and files' })).toHaveFocus();
});
