import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';

import { Fake } from '../lib/ipc/fake';
import { Workbench } from '../lib/state/workbench.svelte';
import ModelsTab from './ModelsTab.svelte';

async function show(no_keyring: string | null) {
  const fake = new Fake({ files: [] });
  const models = { endpoint: null, chat_model: null, embedding_model: null, has_key: false, no_keyring };
  fake.api.models = () => Promise.resolve(models);
  const workbench = new Workbench(fake.api);
  await workbench.start();
  await render(ModelsTab, { workbench });
}

test('without a keyring it says so in plain words, what to do, and only then what the system said', async () => {
  await show('zbus error: connection refused');
  await expect.element(page.getByText('it will be kept in a private file in the data folder')).toBeVisible();
  const words = page.getByText(/^The system has no working keyring/);
  await expect.element(words).toHaveTextContent(/unlock a keyring .* The system said: zbus error: connection refused$/);
});

test('with a keyring there is nothing to explain', async () => {
  await show(null);
  await expect.element(page.getByText('it will be kept in the keyring of the system')).toBeVisible();
  expect(page.getByText(/No keyring/).query()).toBeNull();
});
