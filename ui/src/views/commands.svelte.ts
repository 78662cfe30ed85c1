// What can be done from anywhere, and how keys and menus reach every command.
import { command, commandOfKey, type Command } from '../lib/commands';
import { helpHere } from '../lib/help-place';
import type { HelpTarget, ProjectRow } from '../lib/ipc/generated';
import { isBuilding } from '../lib/projects';
import type { Workbench } from '../lib/state/workbench.svelte';
import { findInPane, showTab, stepPane } from './panes';

/** Which of the window's dialogs is open. */
export interface Open {
  palette: boolean;
  settings: boolean;
  about: boolean;
  create: boolean;
  migrate: boolean;
}

const ZOOM_STEP = 0.1;
const TABS = ['logs', 'stream', 'network', 'runs', 'problems', 'build'] as const;
const THEMES = ['system', 'light', 'dark'] as const;
/** Those that change nothing behind a dialog. */
const IN_DIALOGS = new Set(['help-here', 'zoom-in', 'zoom-out', 'zoom-reset']);

export function appCommands(workbench: Workbench, open: Open): Command[] {
  return [...runCommands(workbench), ...nodeCommands(workbench, open), ...viewCommands(workbench, open), ...helpCommands(workbench)];
}

function runCommands(workbench: Workbench): Command[] {
  const { node, run } = workbench;
  const running = run?.running ?? false;
  const ready = { enabled: node !== null && !running };
  const { auto_run } = workbench.settings;
  return [
    command('run', () => void workbench.runSelected(), ready),
    command('run-anyway', () => void workbench.runSelected(true), ready),
    command('cancel', () => void workbench.cancel(), { enabled: running }),
    command(
      'form-command',
      () => {
        const { selection, inputs } = workbench;
        if (!selection || !inputs) return;
        const limits = workbench.limitsOf(selection.file, selection.node);
        void workbench.copyCommand(workbench.api.formCommand(selection.file, selection.node, inputs.sent, limits));
      },
      { enabled: node !== null },
    ),
    command('auto-run', () => void workbench.saveSettings({ auto_run: !auto_run }), { checked: auto_run }),
  ];
}

function nodeCommands(workbench: Workbench, open: Open): Command[] {
  const { api, project } = workbench;
  // Without the command's leave the tab says what is missing.
  const build = (work: (project: ProjectRow) => Promise<void>) => () => {
    if (project?.consent === 'allowed') void workbench.attempt(work(project));
    workbench.layout.dockTab = 'build';
  };
  return [
    command('new', () => (open.create = true)),
    command('open', () => void workbench.attempt(api.openFiles())),
    command('watch', () => void workbench.attempt(api.openFolder())),
    command('migrate', () => (open.migrate = true), { enabled: workbench.file?.build?.kind === 'core' }),
    command('build-now', build(({ manifest }) => api.startBuild(manifest)), { enabled: project !== null }),
    command('build-cancel', build(({ manifest }) => api.cancelBuild(manifest)), { enabled: isBuilding(project) }),
  ];
}

function viewCommands(workbench: Workbench, open: Open): Command[] {
  const { settings } = workbench;
  const zoom = (by: number) => () => {
    const zoomed = by === 0 ? 1 : Math.min(2, Math.max(0.5, workbench.settings.zoom + by));
    void workbench.saveSettings({ zoom: Math.round(zoomed * 10) / 10 });
  };
  return [
    command('palette', () => (open.palette = true)),
    command('find', findInPane),
    command('next-pane', () => {
      stepPane(1);
    }),
    command('previous-pane', () => {
      stepPane(-1);
    }),
    ...TABS.map((tab) => command(tab, () => void showTab(workbench, tab), { checked: workbench.layout.dockTab === tab })),
    command('zoom-in', zoom(ZOOM_STEP), { enabled: settings.zoom < 2 }),
    command('zoom-out', zoom(-ZOOM_STEP), { enabled: settings.zoom > 0.5 }),
    command('zoom-reset', zoom(0), { enabled: settings.zoom !== 1 }),
    ...THEMES.map((theme) =>
      command(`theme-${theme}`, () => void workbench.saveSettings({ theme }), { checked: settings.theme === theme }),
    ),
    command('settings', () => (open.settings = true)),
    command('about', () => (open.about = true)),
  ];
}

function helpCommands(workbench: Workbench): Command[] {
  const show = (place: HelpTarget | null) => () => void workbench.help.show(place);
  return [
    command('help', show(null)),
    command('help-here', () => void workbench.help.show(helpHere())),
    command('help-keys', show('keys')),
    command('help-contract', show('contract')),
    command('help-report', show('reporting')),
    command('diagnostics', () => void workbench.copyDiagnostics()),
  ];
}

/** Gives the window's commands, and lets keys reach all that there are; returns what undoes it. */
export function register(workbench: Workbench, open: Open): () => void {
  const withdraw = workbench.commands.provide(() => appCommands(workbench, open));
  const keydown = (event: KeyboardEvent) => {
    // A question takes the keys; nothing behind it is to be run or cancelled by the way.
    if (event.defaultPrevented || workbench.questions.length > 0) return;
    const id = commandOfKey(event);
    if (id === null) return;
    if (document.querySelector('[aria-modal="true"], [role="menu"]') && !IN_DIALOGS.has(id)) return;
    if (id === 'cancel' && !workbench.run?.running) return;
    event.preventDefault();
    workbench.commands.run(id);
  };
  window.addEventListener('keydown', keydown);
  return () => {
    withdraw();
    window.removeEventListener('keydown', keydown);
  };
}
