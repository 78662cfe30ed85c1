// The one door to the program: every command of `Api` over Tauri.
import { Channel, invoke } from '@tauri-apps/api/core';

import type { Api } from './api';
import type { Batch, CommandError } from './generated';

/** What a rejected command carries; anything else (a missing permission, a lost window) is made into one. */
export function commandError(reason: unknown): CommandError {
  if (typeof reason === 'object' && reason !== null && 'code' in reason && 'message' in reason) {
    const error = reason as Partial<CommandError>;
    return { code: String(error.code), message: String(error.message), inputs: error.inputs ?? [] };
  }
  return { code: 'unexpected', message: reason instanceof Error ? reason.message : String(reason), inputs: [] };
}

function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  return invoke<T>(command, args).catch((reason: unknown) => Promise.reject(commandError(reason)));
}

export const backend: Api = {
  start(onBatch) {
    const channel = new Channel<Batch>();
    channel.onmessage = onBatch;
    return call('start', { channel });
  },
  seen: (number) => call('seen', { number }),
  openFiles: () => call('open_files'),
  openFolder: () => call('open_folder'),
  removePath: (path) => call('remove_path', { path }),
  reloadPath: (path) => call('reload_path', { path }),
  openEditor: (path, line, column = null) => call('open_editor', { path, line, column }),
  revealPath: (path) => call('reveal_path', { path }),
  checkInputs: (file, node, inputs) => call('check_inputs', { file, node, inputs }),
  startRun: (file, node, inputs, force, limits) => call('start_run', { file, node, inputs, force, limits }),
  runCommand: (run) => call('run_command', { run }),
  formCommand: (file, node, inputs, limits) => call('form_command', { file, node, inputs, limits }),
  cancelRun: (run) => call('cancel_run', { run }),
  runs: (file, node, before, limit) => call('runs', { file, node, before, limit }),
  runView: (run) => call('run_view', { run }),
  runLines: (run, query, offset, limit) => call('run_lines', { run, query, offset, limit }),
  runNetwork: (run) => call('run_network', { run }),
  outputLines: (run, pin, from, to) => call('output_lines', { run, pin, from, to }),
  outputText: (run, pin) => call('output_text', { run, pin }),
  compareRuns: (left, right) => call('compare_runs', { left, right }),
  deleteRun: (run) => call('delete_run', { run }),
  exportRun: (run, form) => call('export_run', { run, form }),
  saveLines: (run, query) => call('save_lines', { run, query }),
  saveOutput: (run, pin) => call('save_output', { run, pin }),
  answerBuild: (manifest, command, answer) => call('answer_build', { manifest, command, answer }),
  revokeBuild: (manifest) => call('revoke_build', { manifest }),
  startBuild: (manifest) => call('start_build', { manifest }),
  cancelBuild: (manifest) => call('cancel_build', { manifest }),
  buildLines: (manifest, run, offset, limit) => call('build_lines', { manifest, run, offset, limit }),
  answer: (run, id, answer) => call('answer', { run, id, answer }),
  capabilities: (file, node) => call('capabilities', { file, node }),
  grants: () => call('grants'),
  revoke: (id) => call('revoke', { id }),
  audit: (file, node, before, limit) => call('audit', { file, node, before, limit }),
  nodeState: (file) => call('node_state', { file }),
  setVariable: (name, value) => call('set_variable', { name, value }),
  deleteVariable: (name) => call('delete_variable', { name }),
  setCached: (file, key, value) => call('set_cached', { file, key, value }),
  deleteCached: (file, key) => call('delete_cached', { file, key }),
  deleteStored: (file, path) => call('delete_stored', { file, path }),
  resetState: (file, what) => call('reset_state', { file, what }),
  cases: (file, node) => call('cases', { file, node }),
  saveCase: (file, node, name, inputs) => call('save_case', { file, node, name, inputs }),
  deleteCase: (file, node, name) => call('delete_case', { file, node, name }),
  saveLast: (file, node, inputs) => call('save_last', { file, node, inputs }),
  pickPath: (folder) => call('pick_path', { folder }),
  pickBytes: () => call('pick_bytes'),
  droppedBytes: () => call('dropped_bytes'),
  openDropped: () => call('open_dropped'),
  choices: () => call('choices'),
  checkPlan: (plan) => call('check_plan', { plan }),
  createNode: (plan) => call('create_node', { plan }),
  doctor: (language) => call('doctor', { language }),
  migration: (file) => call('migration', { file }),
  saveSettings: (settings) => call('save_settings', { settings }),
  models: () => call('models'),
  saveModels: (models) => call('save_models', { models }),
  saveModelsKey: (key) => call('save_models_key', { key }),
  providers: () => call('providers'),
  saveToken: (provider, token) => call('save_token', { provider, token }),
  deleteToken: (provider) => call('delete_token', { provider }),
  hostLog: () => call('host_log'),
  helpIndex: () => call('help_index'),
  helpPlace: (place) => call('help_place', { place }),
  helpSearch: (words) => call('help_search', { words }),
  diagnostics: () => call('diagnostics'),
  setTitle: (title) => call('set_title', { title }),
  setTheme: (theme) => call('set_theme', { theme }),
  setMenu: (disabled) => call('set_menu', { disabled }),
  edit: (verb) => call('edit', { verb }),
};
