import { mount } from 'svelte';

import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './tokens.css';
import { backend } from './lib/ipc/backend';
import type { Api } from './lib/ipc/api';
import { Workbench } from './lib/state/workbench.svelte';
import View from './views/Workbench.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element with the id "app"');

/** In the program its own backend; a page of the development server in a browser gets the stand-in. */
async function api(): Promise<Api> {
  if (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window)) {
    const { buildRun, Fake, project } = await import('./lib/ipc/fake');
    return new Fake({ projects: [project({ run: buildRun() })] }).api;
  }
  return backend;
}

const workbench = new Workbench(await api());
void workbench.start();

export default mount(View, { target, props: { workbench } });
