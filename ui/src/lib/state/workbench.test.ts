import { beforeEach, expect, test } from 'vitest';

import { text } from '../draft';
import { Fake, file, node, pin } from '../ipc/fake';
import { NodeInputs } from './inputs.svelte';
import { Workbench, key } from './workbench.svelte';

let fake: Fake;
let workbench: Workbench;

beforeEach(async () => {
  fake = new Fake();
  workbench = new Workbench(fake.api);
  await workbench.start();
});

test('the first node is selected and every batch is acknowledged', () => {
  expect(workbench.node?.name, 'the first node of the first good file').toBe('ping_redis');
  fake.change({ change: 'permissions' });
  fake.change({ change: 'state' });
  expect(fake.called('seen'), 'the program sends no more than is seen').toEqual([[1], [2]]);
});

test('a form outlives a reload, and a node that is gone gives way to the first one', async () => {
  await expect.poll(() => workbench.inputs).not.toBeNull();
  const inputs = workbench.inputs;
  const next = file('redis-probe.wasm', 'component', [node('ping_redis', 'Ping Redis', [pin('host', 'String')])]);
  if (next.build) next.build.number = 15;
  fake.change({ change: 'file', file: next });
  expect(workbench.inputs, 'the same form').toBe(inputs);
  expect(workbench.node?.pins.length, 'with the new pins').toBe(1);
  const other = file('redis-probe.wasm', 'component', [node('scan', 'Scan', [])]);
  fake.change({ change: 'file', file: other });
  expect(workbench.node?.name).toBe('scan');
});

test('a run is shown from its start to its outcome', async () => {
  await expect.poll(() => workbench.inputs).not.toBeNull();
  await workbench.runSelected();
  await expect.poll(() => workbench.run?.row.figures?.outcome).toBe('ok');
  // Outputs come from the record.
  await expect.poll(() => workbench.run?.outputs.length).toBe(2);
  expect(workbench.run?.fired).toEqual([['done', 12.1]]);
});

test('values that do not fit stay in the form, everything else becomes a message', async () => {
  const rejected = { code: 'inputs', message: 'no', inputs: [{ pin: 'port', code: 'wrong-type', message: 'no' }] };
  const refusing = new Workbench({ ...proxied(fake), startRun: () => Promise.reject(rejected) });
  expect(refusing.toasts).toEqual([]);
  let told: unknown;
  await refusing.runWith('f', 'n', '{}', false, (problems) => (told = problems));
  expect(told).toEqual(rejected.inputs);
  expect(refusing.toasts, 'no message beside the field').toEqual([]);
});

test('the selection of the last time comes back when its file does', async () => {
  const late = new Fake({ files: [file('a.wasm', 'core', [node('a', 'A', [])])] });
  const start = late.api.start.bind(late.api);
  const restored = new Workbench({
    ...proxied(late),
    start: async (onBatch) => {
      const snapshot = await start(onBatch);
      const layout = JSON.stringify({ selection: { file: '/nodes/b.wasm', node: 'b' } });
      return { ...snapshot, settings: { ...snapshot.settings, layout } };
    },
  });
  await restored.start();
  expect(restored.selection?.node, 'until then the first').toBe('a');
  late.change({ change: 'file', file: file('b.wasm', 'core', [node('b', 'B', [])]) });
  expect(restored.selection?.node).toBe('b');
});

test('what the user opens is shown as soon as it is there', () => {
  fake.change({ change: 'opened', path: '/other' });
  expect(workbench.selection?.node, 'nothing of it is there yet').toBe('ping_redis');
  const opened = { ...file('c.wasm', 'core', [node('c', 'C', [])]), path: '/other/c.wasm' };
  fake.change({ change: 'file', file: opened });
  expect(workbench.selection).toEqual({ file: '/other/c.wasm', node: 'c' });
  fake.change({ change: 'file', file: { ...opened, path: '/other/d.wasm' } });
  expect(workbench.selection?.file, 'only the first of a folder').toBe('/other/c.wasm');
});

test('an unset pin sends its default, exactly, and only what was typed is kept', () => {
  const pins = [pin('id', 'Integer', { default_text: '9007199254740993' }), pin('text', 'String')];
  const inputs = new NodeInputs(pins, () => Promise.resolve([]));
  expect(inputs.sent).toBe('{"id":9007199254740993}');
  expect(inputs.kept, 'a default is not the user’s value').toBe('{}');
  inputs.set('id', text('5'));
  expect(inputs.sent).toBe('{"id":5}');
});

test('a deleted run is shown no more', async () => {
  await expect.poll(() => workbench.inputs).not.toBeNull();
  await workbench.runSelected();
  const run = workbench.run?.row.run ?? '';
  fake.change({ change: 'run_deleted', run });
  expect(workbench.run).toBeNull();
  expect(workbench.shown.get(key('/nodes/redis-probe.wasm', 'ping_redis'))).toBeUndefined();
});

/** The methods of a fake as own properties, so that they can be spread and replaced. */
function proxied(of: Fake): Fake['api'] {
  const names = ['seen', 'runs', 'cases', 'setTitle', 'checkInputs', 'runView', 'saveSettings', 'saveLast'] as const;
  return Object.fromEntries(names.map((name) => [name, of.api[name]])) as unknown as Fake['api'];
}
