import { beforeEach, describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';

import StoredValues from './StoredValues.svelte';

const onsave = vi.fn<(key: string, text: string) => Promise<boolean>>();
const ondelete = vi.fn<(key: string) => void>();
const onreset = vi.fn<() => void>();

const rows = [
  { key: 'retries', text: '9007199254740993', complete: true },
  { key: 'big', text: '"aaa', complete: false },
];

beforeEach(async () => {
  onsave.mockReset().mockResolvedValue(true);
  ondelete.mockReset();
  onreset.mockReset();
  await render(StoredValues, { what: 'variable', hint: 'kept', rows, onsave, ondelete, onreset });
});

describe('stored values', () => {
  it('are saved as the exact text that was typed', async () => {
    await page.getByRole('button', { name: 'Edit retries' }).click();
    const value = page.getByRole('textbox', { name: 'retries' });
    await expect.element(value).toHaveValue('9007199254740993');
    await value.fill('{"n": 18446744073709551615.000}');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(onsave).toHaveBeenCalledExactlyOnceWith('retries', '{"n": 18446744073709551615.000}');
  });

  it('are not saved while they are no JSON, and say where', async () => {
    await page.getByRole('button', { name: 'Edit retries' }).click();
    await page.getByRole('textbox', { name: 'retries' }).fill('{\n  "a": 1,\n}');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.element(page.getByRole('alert')).toHaveTextContent(/^line 3, column 1: /);
    expect(onsave).not.toHaveBeenCalled();
  });

  it('get a name of their own', async () => {
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('retries');
    await page.getByRole('textbox', { name: 'Value' }).fill('1');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.element(page.getByRole('alert')).toHaveTextContent('this name exists already');
    expect(onsave, 'nothing is overwritten by the way').not.toHaveBeenCalled();
  });

  it('stay in the editor when they could not be saved', async () => {
    onsave.mockResolvedValue(false);
    await page.getByRole('button', { name: 'Edit retries' }).click();
    await page.getByRole('textbox', { name: 'retries' }).fill('5');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.element(page.getByRole('textbox', { name: 'retries' })).toHaveValue('5');
  });

  it('are not edited where only their beginning is here', async () => {
    await expect.element(page.getByRole('button', { name: 'Edit big' })).toBeDisabled();
  });

  it('are deleted after one more question', async () => {
    await page.getByRole('button', { name: 'Delete retries' }).click();
    await expect.element(page.getByRole('button', { name: 'Keep' })).toHaveFocus();
    expect(ondelete).not.toHaveBeenCalled();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    expect(ondelete).toHaveBeenCalledExactlyOnceWith('retries');
    await page.getByRole('button', { name: 'Delete all' }).click();
    await page.getByRole('button', { name: 'Keep' }).click();
    expect(onreset).not.toHaveBeenCalled();
  });
});
