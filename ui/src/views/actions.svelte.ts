// What can be done from anywhere: by key, by menu, by the palette.
import type { ProjectRow } from '../lib/ipc/generated';
import type { Workbench } from '../lib/state/workbench.svelte';

/** Which of the window's dialogs is open. */
export interface Open {
  palette: boolean;
  settings: boolean;
  about: boolean;
  create: boolean;
  migrate: boolean;
}

export interface Action {
  /** What a menu of the native window calls it. */
  id: string;
  label: string;
  keys?: string;
  group: string;
  run: () => void;
}

const ZOOM_STEP = 0.1;

export function actionsOf(workbench: Workbench, open: Open): Action[] {
  const zoom = (by: number) => () => {
    const zoomed = by === 0 ? 1 : Math.min(2, Math.max(0.5, workbench.settings.zoom + by));
    void workbench.saveSettings({ zoom: Math.round(zoomed * 10) / 10 });
  };
  const theme = (name: string) => () => void workbench.saveSettings({ theme: name });
  const tab = (name: string) => () => {
    workbench.layout.dockTab = name;
  };
  // Without the command's leave, or without a command, the tab says what is missing.
  const build = (work: (project: ProjectRow) => Promise<void>) => () => {
    const project = workbench.project;
    if (project?.consent === 'allowed') void workbench.attempt(work(project));
    workbench.layout.dockTab = 'build';
  };
  return [
    { id: 'run', label: 'Run the node', keys: 'Ctrl Enter', group: 'Run', run: () => void workbench.runSelected() },
    { id: 'run-anyway', label: 'Run anyway, with inputs that do not fit', group: 'Run', run: () => void workbench.runSelected(true) },
    { id: 'cancel', label: 'Cancel the run', keys: 'Esc', group: 'Run', run: () => void workbench.cancel() },
    {
      id: 'auto-run',
      label: workbench.settings.auto_run ? 'Stop running on reload' : 'Run on reload',
      group: 'Run',
      run: () => void workbench.saveSettings({ auto_run: !workbench.settings.auto_run }),
    },
    { id: 'new', label: 'New node…', keys: 'Ctrl N', group: 'Nodes', run: () => (open.create = true) },
    { id: 'open', label: 'Open files…', keys: 'Ctrl O', group: 'Nodes', run: () => void workbench.attempt(workbench.api.openFiles()) },
    {
      id: 'watch',
      label: 'Watch folder…',
      keys: 'Ctrl Shift O',
      group: 'Nodes',
      run: () => void workbench.attempt(workbench.api.openFolder()),
    },
    {
      id: 'reload',
      label: 'Reload the node’s file',
      group: 'Nodes',
      run: () => {
        if (workbench.file) void workbench.attempt(workbench.api.reloadPath(workbench.file.path));
      },
    },
    {
      id: 'build-now',
      label: 'Build the node’s folder now',
      group: 'Nodes',
      run: build(({ manifest }) => workbench.api.startBuild(manifest)),
    },
    {
      id: 'build-cancel',
      label: 'Cancel the build',
      group: 'Nodes',
      run: build(({ manifest }) => workbench.api.cancelBuild(manifest)),
    },
    {
      id: 'migrate',
      label: 'From a core module to a component…',
      group: 'Nodes',
      run: () => (open.migrate = true),
    },
    { id: 'palette', label: 'Command palette', keys: 'Ctrl K', group: 'View', run: () => (open.palette = true) },
    { id: 'logs', label: 'Show logs', group: 'View', run: tab('logs') },
    { id: 'stream', label: 'Show stream', group: 'View', run: tab('stream') },
    { id: 'network', label: 'Show network', group: 'View', run: tab('network') },
    { id: 'runs', label: 'Show runs', group: 'View', run: tab('runs') },
    { id: 'problems', label: 'Show problems', group: 'View', run: tab('problems') },
    { id: 'build', label: 'Show build', group: 'View', run: tab('build') },
    { id: 'zoom-in', label: 'Zoom in', keys: 'Ctrl +', group: 'View', run: zoom(ZOOM_STEP) },
    { id: 'zoom-out', label: 'Zoom out', keys: 'Ctrl -', group: 'View', run: zoom(-ZOOM_STEP) },
    { id: 'zoom-reset', label: 'Actual size', keys: 'Ctrl 0', group: 'View', run: zoom(0) },
    { id: 'theme-system', label: 'Theme: as the system', group: 'View', run: theme('system') },
    { id: 'theme-light', label: 'Theme: light', group: 'View', run: theme('light') },
    { id: 'theme-dark', label: 'Theme: dark', group: 'View', run: theme('dark') },
    { id: 'settings', label: 'Settings…', keys: 'Ctrl ,', group: 'Workbench', run: () => (open.settings = true) },
    { id: 'about', label: 'About Node Workbench', group: 'Workbench', run: () => (open.about = true) },
  ];
}

/** Lets menus and keys reach the actions; returns what undoes it. */
export function register(workbench: Workbench, open: Open): () => void {
  const find = (id: string) => actionsOf(workbench, open).find((action) => action.id === id);
  for (const { id } of actionsOf(workbench, open)) workbench.commands.set(id, () => find(id)?.run());
  const keydown = (event: KeyboardEvent) => {
    const id = actionFor(event, workbench);
    if (id === null) return;
    event.preventDefault();
    find(id)?.run();
  };
  window.addEventListener('keydown', keydown);
  return () => {
    window.removeEventListener('keydown', keydown);
  };
}

function actionFor(event: KeyboardEvent, workbench: Workbench): string | null {
  // A question takes the keys; nothing behind it is to be run or cancelled by the way.
  if (workbench.questions.length > 0) return null;
  const dialog = document.querySelector('[aria-modal="true"]') !== null;
  if (event.key === 'Escape') {
    return !dialog && !event.defaultPrevented && workbench.run?.running ? 'cancel' : null;
  }
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  switch (event.key.toLowerCase()) {
    case 'enter':
      return dialog ? null : 'run';
    case 'k':
      return 'palette';
    case 'n':
      return dialog ? null : 'new';
    case 'o':
      return event.shiftKey ? 'watch' : 'open';
    case ',':
      return 'settings';
    case '+':
    case '=':
      return 'zoom-in';
    case '-':
      return 'zoom-out';
    case '0':
      return 'zoom-reset';
    default:
      return null;
  }
}
