import axe from 'axe-core';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { helpHere } from '../lib/help-place';
import { Fake } from '../lib/ipc/fake';
import { Help } from '../lib/state/help.svelte';
import HelpSheet from './HelpSheet.svelte';

let help: Help;
const field = () => page.getByRole('searchbox', { name: 'Search help' });
const sheet = () => page.getByRole('complementary', { name: 'Help' });

beforeEach(async () => {
  help = new Help(new Fake().api);
  await render(HelpSheet, { help });
});

afterEach(() => {
  delete document.documentElement.dataset['theme'];
  for (const stray of document.querySelectorAll('[data-stray]')) stray.remove();
});

describe('help', () => {
  it('lists topics, shows one, and goes back', async () => {
    await help.show();
    await page.getByRole('link', { name: 'Rules' }).click();
    await expect.element(page.getByRole('heading', { name: 'Rules', level: 2 })).toBeVisible();
    await expect.element(page.getByRole('cell', { name: 'every connection' })).toBeVisible();
    await page.getByRole('link', { name: 'Memory' }).click();
    await expect.element(page.getByRole('heading', { name: 'Memory', level: 3 })).toHaveFocus();
    await page.getByRole('button', { name: 'Back' }).click();
    await expect.element(page.getByRole('heading', { name: 'Rules', level: 2 })).toHaveFocus();
    await page.getByRole('button', { name: 'Back' }).click();
    await expect.element(page.getByRole('heading', { name: 'Topics' })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Back' })).toBeDisabled();
  });

  it('shows text as text, never as HTML', async () => {
    await help.show('limits#memory');
    await expect.element(page.getByText('256 MiB, see <b>rules</b>')).toBeVisible();
  });

  it('searches, and Enter opens the first place', async () => {
    await help.show();
    await field().fill('port');
    await expect.element(page.getByRole('status')).toHaveTextContent('1 place found');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('heading', { name: 'What a rule covers', level: 3 })).toHaveFocus();
    await expect.element(field()).toHaveValue('');
  });

  it('says when nothing was found; Esc empties the field, then closes', async () => {
    const before = Object.assign(document.createElement('button'), { textContent: 'before' });
    before.dataset['stray'] = '';
    document.body.append(before);
    before.focus();
    await help.show();
    await field().fill('zebra');
    await expect.element(page.getByText('No topic has all of these words. Try fewer.')).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('heading', { name: 'Topics' })).toBeVisible();
    expect(help.open).toBe(true);
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => sheet().query()).toBeNull();
    expect(document.activeElement, 'the focus is where it was').toBe(before);
  });

  it('says so where there is no help on a place', async () => {
    await help.showNamed('problems#no-such-code');
    await expect.element(page.getByRole('alert')).toHaveTextContent('there is no help on "problems#no-such-code"');
  });

  it('is a dialog over a dialog', async () => {
    const dialog = document.createElement('div');
    dialog.setAttribute('aria-modal', 'true');
    dialog.dataset['stray'] = '';
    document.body.append(dialog);
    await help.show('rules');
    await expect.element(page.getByRole('dialog', { name: 'Help' })).toBeVisible();
    await page.getByRole('button', { name: 'Close' }).click();
    expect(help.open).toBe(false);
  });

  it('opens at what has the focus', () => {
    const pane = document.createElement('section');
    pane.dataset['help'] = 'inputs';
    pane.dataset['stray'] = '';
    const inner = document.createElement('input');
    pane.append(inner);
    document.body.append(pane);
    expect(helpHere()).toBeNull();
    inner.focus();
    expect(helpHere()).toBe('inputs');
    pane.dataset['help'] = 'pins#types';
    expect(helpHere()).toBe('pins#types');
  });

  for (const theme of ['light', 'dark']) {
    it(`is accessible (${theme})`, async () => {
      document.documentElement.dataset['theme'] = theme;
      for (const place of [null, 'rules', 'limits#memory'] as const) {
        await help.show(place);
        await tick();
        const found = await axe.run(sheet().element(), {});
        expect(found.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ''}`)).toEqual([]);
      }
    });
  }
});
