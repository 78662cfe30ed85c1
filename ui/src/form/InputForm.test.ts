import axe from 'axe-core';
import { beforeEach, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../tokens.css';
import { string } from '../lib/draft';
import { Fake, file, node, pin } from '../lib/ipc/fake';
import type { Cases, InputProblem, PinRow } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import InputForm from './InputForm.svelte';

const SCHEMA = JSON.stringify({
  type: 'object',
  required: ['text'],
  properties: {
    text: { type: 'string', minLength: 1 },
    limit: { type: 'integer', minimum: 1, maximum: 100 },
    filter: {
      oneOf: [
        { title: 'none', type: 'null' },
        { title: 'by price', type: 'object', required: ['min'], properties: { min: { type: 'number' }, max: { type: 'number' } } },
        { title: 'by tag', type: 'object', required: ['tag'], properties: { tag: { $ref: '#/$defs/Tag' } } },
      ],
    },
    tags: { type: 'array', items: { type: 'string' } },
    limits: { type: 'object', additionalProperties: { type: 'integer' } },
  },
  $defs: { Tag: { type: 'string', enum: ['summer', 'sale'] } },
});

let fake: Fake;
let workbench: Workbench;

async function show(...pins: PinRow[]) {
  fake = new Fake({ files: [file('test.wasm', 'component', [node('test', 'Test', pins)])] });
  workbench = new Workbench(fake.api);
  await workbench.start();
  await expect.poll(() => workbench.inputs?.cases).not.toBeNull();
  return render(InputForm, { workbench });
}

function inputs() {
  const found = workbench.inputs;
  if (!found) throw new Error('the form is not there');
  return found;
}

async function seriousFindings(): Promise<string[]> {
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false } } });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((found) => found.html).join(' ')}`);
}

beforeEach(() => {
  document.documentElement.dataset['theme'] = 'dark';
  localStorage.clear();
});

test.each([
  ['String', 'grüße \\ "x"', '"grüße \\\\ \\"x\\""'],
  ['String', '', undefined],
  ['Integer', '9007199254740993', '9007199254740993'],
  ['Integer', '18446744073709551615', '18446744073709551615'],
  ['Integer', '-9223372036854775808', '-9223372036854775808'],
  ['Float', '0.1000000000000000055', '0.1000000000000000055'],
  ['Date', '2026-02-28T13:05:00Z', '"2026-02-28T13:05:00Z"'],
  ['PathBuf', 'folder/a b.csv', '"folder/a b.csv"'],
  ['Byte', 'aGVsbG8=', '"aGVsbG8="'],
  ['Struct', '{"id":9007199254740993}', '{"id":9007199254740993}'],
  ['Generic', '[1,null]', '[1,null]'],
])('%s: what is typed is sent exactly: %s', async (type, typed, json) => {
  const screen = await show(pin('value', type));
  await screen.getByRole('textbox', { name: 'Value', exact: true }).fill(typed);
  expect(inputs().json).toBe(json === undefined ? '{}' : `{"value":${json}}`);
  expect(inputs().wrong, 'nothing is wrong').toBe(0);
});

test('a boolean is false, true or unset', async () => {
  const screen = await show(pin('tls', 'Boolean'));
  await screen.getByRole('radio', { name: 'true' }).click();
  expect(inputs().json).toBe('{"tls":true}');
  await screen.getByRole('radio', { name: 'unset' }).click();
  expect(inputs().json).toBe('{}');
});

test('a value is picked from the valid ones', async () => {
  const screen = await show(pin('mode', 'String', { valid_values: ['fast', 'dry run'] }));
  await screen.getByRole('combobox', { name: 'Mode' }).click();
  await screen.getByRole('option', { name: 'dry run' }).click();
  expect(inputs().json).toBe('{"mode":"dry run"}');
});

test('an input is unset with its default greyed, null, or a value', async () => {
  const screen = await show(pin('host', 'String', { default_text: '"none"' }));
  const field = screen.getByRole('textbox', { name: 'Host' });
  await expect.element(field).toHaveAttribute('placeholder', 'none');
  await expect.element(screen.getByText('unset · default “none”')).toBeVisible();
  expect(inputs().json).toBe('{}');
  await field.fill('x');
  expect(inputs().json).toBe('{"host":"x"}');
  await screen.getByRole('button', { name: 'Reset Host' }).click();
  expect(inputs().json).toBe('{}');
  await screen.getByRole('button', { name: 'More for Host' }).click();
  await screen.getByRole('menuitem', { name: 'Set to null' }).click();
  expect(inputs().json).toBe('{"host":null}');
  await screen.getByRole('button', { name: 'Reset form' }).click();
  expect(inputs().json).toBe('{}');
});

test('a wrong text stays, is marked at the field, and is sent only when wanted', async () => {
  const screen = await show(pin('port', 'Integer', { range: [1, 65535] }));
  const field = screen.getByRole('textbox', { name: 'Port' });
  await field.fill('abc');
  await expect.element(screen.getByText('“abc” is not a whole number')).toBeVisible();
  await expect.element(field).toHaveAttribute('aria-invalid', 'true');
  await expect.element(field).toHaveAccessibleDescription('“abc” is not a whole number');
  await workbench.runSelected();
  expect(fake.called('startRun'), 'a half-typed number is no text that somebody wanted to send').toEqual([]);
  await screen.getByRole('button', { name: 'Run anyway' }).click();
  expect(fake.called('startRun')[0]?.slice(2, 4)).toEqual(['{"port":"abc"}', true]);
  await expect.element(field).toHaveValue('abc');
  await field.fill('70000');
  await expect.element(screen.getByText('70000 is above the largest allowed value, 65535')).toBeVisible();
  expect(inputs().json).toBe('{"port":70000}');
});

test('the verdict of the program stands at the field, and a late answer to an old question does not', async () => {
  const answers: ((problems: InputProblem[]) => void)[] = [];
  const screen = await show(pin('host', 'String'));
  fake.api.checkInputs = () => new Promise((resolve) => answers.push(resolve));
  const field = screen.getByRole('textbox', { name: 'Host' });
  const problem = (message: string) => ({ pin: 'host', code: 'wrong-type', message: `input "host": ${message}` });
  await field.fill('a');
  await expect.poll(() => answers.length).toBe(1);
  await field.fill('b');
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.([problem('the newer verdict')]);
  answers[0]?.([problem('the older verdict')]);
  await expect.element(screen.getByText('the newer verdict', { exact: true })).toBeVisible();
  await expect.element(field).toHaveAccessibleDescription('the newer verdict');
  await expect.element(screen.getByRole('button', { name: '1 problem' })).toBeVisible();
});

test('bytes come from a file, and can be looked at in hex', async () => {
  const screen = await show(pin('image', 'Byte'), pin('list', 'Byte', { value_type: 'Array' }));
  fake.api.pickBytes = () => Promise.resolve({ name: 'hello.txt', size: 5, base64: 'aGVsbG8=' });
  await screen.getByRole('button', { name: 'Choose…' }).click();
  await expect.element(screen.getByText('hello.txt')).toBeVisible();
  await expect.element(screen.getByText('5 B')).toBeVisible();
  await screen.getByRole('button', { name: 'Hex' }).click();
  await expect.element(screen.getByRole('group', { name: 'Image in hex' })).toHaveTextContent('68 65 6c 6c 6f');
  await screen.getByRole('button', { name: 'Bytes of a file…' }).click();
  await expect.element(screen.getByRole('textbox', { name: 'List, row 5' })).toHaveValue('111');
  expect(inputs().json).toBe('{"image":"aGVsbG8=","list":[104,101,108,108,111]}');
  expect(inputs().wrong).toBe(0);
});

test('a file that is dropped goes to the field under it, any other is opened', async () => {
  const screen = await show(pin('image', 'Byte'), pin('path', 'PathBuf'));
  let opened = 0;
  fake.api.openDropped = () => Promise.resolve(void (opened += 1));
  const drop = (place: Element | null) => {
    const { left, top, width, height } = place?.getBoundingClientRect() ?? { left: 0, top: 0, width: 2, height: 2 };
    fake.change({ change: 'dropped', paths: ['/photos/dog.png'], x: left + width / 2, y: top + height / 2 });
  };
  drop(screen.getByRole('textbox', { name: 'Image' }).element());
  await expect.element(screen.getByText('dog.png')).toBeVisible();
  drop(screen.getByRole('textbox', { name: 'Path' }).element());
  await expect.element(screen.getByRole('textbox', { name: 'Path' })).toHaveValue('/photos/dog.png');
  expect(opened).toBe(0);
  drop(null);
  await expect.poll(() => opened).toBe(1);
  expect(inputs().json).toBe('{"image":"iVBORw==","path":"/photos/dog.png"}');
});

test('names are proposed in the JSON of a struct', async () => {
  const screen = await show(pin('query', 'Struct', { schema: SCHEMA }));
  await screen.getByRole('radiogroup', { name: 'Query, view' }).getByRole('radio', { name: 'JSON' }).click();
  await screen.getByRole('textbox', { name: 'Query' }).click();
  await userEvent.keyboard('{{"li');
  await expect.element(screen.getByRole('option', { name: 'limit' }).first()).toBeVisible();
  await userEvent.keyboard('{ArrowUp}{Escape}');
  expect(inputs().json, 'brackets and quotes close themselves').toBe('{"query":"{\\"li\\"}"}');
});

test('rows of an array are added, moved and removed by keyboard', async () => {
  const screen = await show(pin('ids', 'Integer', { value_type: 'Array' }));
  const add = screen.getByRole('button', { name: 'Add to Ids' });
  for (const digits of ['1', '2', '18446744073709551615']) {
    add.element().focus();
    await userEvent.keyboard('{Enter}');
    await userEvent.keyboard(digits);
  }
  expect(inputs().json).toBe('{"ids":[1,2,18446744073709551615]}');
  await userEvent.keyboard('{Alt>}{ArrowUp}{/Alt}');
  expect(inputs().json, 'the last row went up').toBe('{"ids":[1,18446744073709551615,2]}');
  await expect.element(screen.getByRole('textbox', { name: 'Ids, row 2' })).toHaveFocus();
  screen.getByRole('button', { name: 'Remove row 1' }).element().focus();
  await userEvent.keyboard('{Enter}');
  expect(inputs().json).toBe('{"ids":[18446744073709551615,2]}');
  await screen.getByRole('textbox', { name: 'Ids, row 2' }).fill('x');
  await expect.element(screen.getByText('“x” is not a whole number')).toBeVisible();
  expect(inputs().json, 'only the wrong row is a text').toBe('{"ids":[18446744073709551615,"x"]}');
});

test('a new row of JSON takes the focus, though its editor comes a little later', async () => {
  const screen = await show(pin('parts', 'Generic', { value_type: 'Array' }));
  await screen.getByRole('button', { name: 'Add to Parts' }).click();
  const focused = () => document.activeElement?.shadowRoot?.activeElement?.getAttribute('aria-label');
  await expect.poll(focused).toBe('Parts, row 1');
});

test('keys of a map and values of a set that repeat are marked', async () => {
  const screen = await show(
    pin('headers', 'String', { value_type: 'HashMap' }),
    pin('tags', 'String', { value_type: 'HashSet' }),
  );
  for (const [row, value] of ['a', 'b'].entries()) {
    await screen.getByRole('button', { name: 'Add to Headers' }).click();
    await screen.getByRole('textbox', { name: `Headers, key ${String(row + 1)}` }).fill('accept');
    await screen.getByRole('textbox', { name: `Headers, value ${String(row + 1)}` }).fill(value);
    await screen.getByRole('button', { name: 'Add to Tags' }).click();
    await screen.getByRole('textbox', { name: `Tags, row ${String(row + 1)}` }).fill('x');
  }
  await expect.element(screen.getByText('the key “accept” is there twice')).toBeVisible();
  await expect.element(screen.getByText('“x” is there twice')).toBeVisible();
  expect(inputs().json).toBe('{"headers":{"accept":"a","accept":"b"},"tags":["x","x"]}');
  await screen.getByRole('textbox', { name: 'Headers, key 2' }).fill('host');
  await screen.getByRole('textbox', { name: 'Tags, row 2' }).fill('y');
  expect(inputs().wrong).toBe(0);
});

test('JSON that is pasted into a new row becomes rows', async () => {
  const screen = await show(pin('tags', 'String', { value_type: 'Array' }));
  await screen.getByRole('button', { name: 'Add to Tags' }).click();
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', '["a", "b\\n", "c"]');
  const row = screen.getByRole('textbox', { name: 'Tags, row 1' }).element();
  row.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  await expect.element(screen.getByRole('textbox', { name: 'Tags, row 3' })).toHaveValue('c');
  expect(inputs().json).toBe('{"tags":["a","b\\n","c"]}');
});

test('a struct is a form of its schema, with branches, nested objects and maps', async () => {
  const screen = await show(pin('query', 'Struct', { schema: SCHEMA }));
  const field = (name: string) => screen.getByRole('textbox', { name: `Query, ${name}`, exact: true });
  await field('limit').fill('25');
  await expect.element(screen.getByText('a value is required')).toBeVisible();
  await field('text').fill('red shoes');
  await screen.getByRole('radio', { name: 'by price' }).click();
  await field('filter, min').fill('abc');
  await expect.element(screen.getByText('“abc” is not a number')).toBeVisible();
  expect(inputs().json).toBe('{"query":{"text":"red shoes","limit":25,"filter":{"min":"abc"}}}');
  expect(inputs().wrong).toBe(1);
  await screen.getByRole('radio', { name: 'by tag' }).click();
  await screen.getByRole('combobox', { name: 'Query, filter, tag' }).click();
  await screen.getByRole('option', { name: 'sale' }).click();
  expect(inputs().json).toBe('{"query":{"text":"red shoes","limit":25,"filter":{"tag":"sale"}}}');
  await screen.getByRole('radio', { name: 'by price' }).click();
  // What was written in a branch is there again.
  await expect.element(field('filter, min')).toHaveValue('abc');
  await screen.getByRole('radio', { name: 'none' }).click();
  await screen.getByRole('button', { name: 'Set Query, limits' }).click();
  await screen.getByRole('button', { name: 'Add to Query, limits' }).click();
  await screen.getByRole('textbox', { name: 'Query, limits, key 1' }).fill('10');
  await screen.getByRole('textbox', { name: 'Query, limits, value 1' }).fill('9007199254740993');
  expect(inputs().json).toBe(
    '{"query":{"text":"red shoes","limit":25,"filter":null,"limits":{"10":9007199254740993}}}',
  );
  expect(inputs().wrong).toBe(0);
});

test('form and JSON are two views, and half-typed JSON is kept', async () => {
  const screen = await show(pin('id', 'Integer'), pin('b', 'String'), pin('token', 'String', { sensitive: true }));
  await screen.getByRole('textbox', { name: 'Id' }).fill('9007199254740993');
  await screen.getByRole('textbox', { name: 'Token' }).fill('secret');
  const view = screen.getByRole('radiogroup', { name: 'View of the inputs' });
  await view.getByRole('radio', { name: 'JSON' }).click();
  const editor = screen.getByRole('textbox', { name: 'Inputs as JSON' });
  await expect.element(editor).toHaveTextContent('"id": 9007199254740993');
  await expect.element(editor).not.toHaveTextContent('secret');
  await editor.fill('{"id": 18446744073709551615, "token": "••••••••", "other": [1]}');
  expect(inputs().json).toBe('{"id":18446744073709551615,"token":"secret","other":[1]}');
  await editor.fill('{"id": 7, "b');
  expect(inputs().json, 'what is no object is not sent as another one').toBe('{"id": 7, "b');
  await view.getByRole('radio', { name: 'Form' }).click();
  await expect.element(screen.getByText('The JSON view is not finished', { exact: false })).toBeVisible();
  await expect.element(screen.getByRole('textbox', { name: 'Id' })).toHaveValue('18446744073709551615');
  await screen.getByRole('button', { name: 'Back to JSON' }).click();
  await expect.element(editor).toHaveTextContent('{"id": 7, "b');
  await editor.fill('{"id": 7}');
  await view.getByRole('radio', { name: 'Form' }).click();
  await expect.element(screen.getByRole('textbox', { name: 'Id' })).toHaveValue('7');
});

test('a long value has a word in the JSON view, and stays', async () => {
  const screen = await show(pin('image', 'Byte'), pin('id', 'Integer'));
  const long = 'QUJD'.repeat(20_000);
  inputs().set('image', string(long));
  workbench.layout.formMode = 'json';
  const editor = screen.getByRole('textbox', { name: 'Inputs as JSON' });
  await expect.element(editor).toHaveTextContent('80002 characters, as they are');
  await editor.fill(inputs().view.replace(/\n}$/, ', "id": 5}'));
  expect(inputs().json).toBe(`{"image":"${long}","id":5}`);
});

test('a reset can be taken back', async () => {
  const screen = await show(pin('id', 'Integer'));
  await screen.getByRole('textbox', { name: 'Id' }).fill('12a');
  await screen.getByRole('button', { name: 'Reset form' }).click();
  await expect.element(screen.getByRole('textbox', { name: 'Id' })).toHaveValue('');
  await screen.getByRole('button', { name: 'Undo' }).click();
  await expect.element(screen.getByRole('textbox', { name: 'Id' })).toHaveValue('12a');
  await expect.element(screen.getByRole('button', { name: 'Undo' })).not.toBeInTheDocument();
});

test('values follow their pins across a reload', async () => {
  const screen = await show(pin('host', 'String'), pin('port', 'String'), pin('gone', 'Integer'));
  await screen.getByRole('textbox', { name: 'Host' }).fill('cache');
  await screen.getByRole('textbox', { name: 'Port' }).fill('6379');
  await screen.getByRole('textbox', { name: 'Gone' }).fill('abc');
  inputs().adopt([pin('server', 'String'), pin('port', 'Integer')], [{ node: 'test', from: 'host', to: 'server' }]);
  await expect.element(screen.getByRole('textbox', { name: 'Server' })).toHaveValue('cache');
  expect(inputs().json, 'a renamed pin, a retyped one, and one that is gone').toBe('{"server":"cache","port":6379}');
  inputs().adopt([pin('gone', 'Integer'), pin('server', 'String')], []);
  // Drafts of pins that come back are there again.
  await expect.element(screen.getByRole('textbox', { name: 'Gone' })).toHaveValue('abc');
});

test('secrets are hidden and never stored', async () => {
  const screen = await show(pin('host', 'String'), pin('token', 'String', { sensitive: true }));
  await screen.getByRole('textbox', { name: 'Host' }).fill('h');
  await screen.getByRole('textbox', { name: 'Token' }).fill('secret');
  await expect.element(screen.getByRole('textbox', { name: 'Token' })).toHaveAttribute('type', 'password');
  await screen.getByRole('button', { name: 'Show Token' }).click();
  await expect.element(screen.getByRole('textbox', { name: 'Token' })).not.toHaveAttribute('type');
  expect(inputs().json).toBe('{"host":"h","token":"secret"}');
  expect(inputs().kept).toBe('{"host":"h"}');
  await expect.poll(() => fake.called('saveLast').at(-1)?.[2], { message: 'the last inputs are stored' }).toBe('{"host":"h"}');
});

test('inputs are saved as a preset and picked again', async () => {
  const screen = await show(pin('host', 'String'), pin('token', 'String', { sensitive: true }));
  const stored: Cases = { path: '/nodes/test.cases.json', cases: [{ name: 'local', inputs: '{"host": "localhost"}' }], last: null };
  inputs().cases = stored;
  await screen.getByRole('textbox', { name: 'Token' }).fill('secret');
  await screen.getByRole('button', { name: 'Presets' }).click();
  await screen.getByRole('menuitem', { name: 'local' }).click();
  expect(inputs().json, 'a preset has no secrets, so those in the form stay').toBe('{"host":"localhost","token":"secret"}');
  await expect.element(screen.getByText('preset: local')).toBeVisible();
  await screen.getByRole('button', { name: 'Presets' }).click();
  await screen.getByRole('menuitem', { name: 'Save these inputs as…' }).click();
  await screen.getByRole('textbox', { name: 'Name' }).fill('other');
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => fake.called('saveCase')[0]?.slice(2)).toEqual(['other', '{"host":"localhost"}']);
});

test('the last inputs come back while nothing was typed', async () => {
  await show(pin('id', 'Integer'), pin('list', 'Integer', { value_type: 'Array' }));
  const cases: Cases = { path: '', cases: [], last: '{"id":9007199254740993,"list":[1, 2]}' };
  inputs().restore(cases);
  expect(inputs().json).toBe('{"id":9007199254740993,"list":[1, 2]}');
  inputs().reset();
  inputs().restore(cases);
  expect(inputs().json, 'what the user did wins').toBe('{}');
});

test.each(['dark', 'light'])('nothing serious stands in the way of anybody, %s', async (theme) => {
  document.documentElement.dataset['theme'] = theme;
  const screen = await show(
    pin('start', 'Execution'),
    pin('a_rather_long_name_that_does_not_fit_anywhere', 'String', { description: 'What it is for.', default_text: '"x"' }),
    pin('port', 'Integer', { range: [1, 10] }),
    pin('flag', 'Boolean'),
    pin('mode', 'String', { valid_values: ['a', 'b'] }),
    pin('since', 'Date'),
    pin('image', 'Byte'),
    pin('source', 'PathBuf'),
    pin('token', 'String', { sensitive: true }),
    pin('any', 'Generic'),
    pin('headers', 'String', { value_type: 'HashMap' }),
    pin('query', 'Struct', { schema: SCHEMA }),
  );
  await screen.getByRole('textbox', { name: 'Port' }).fill('abc');
  await screen.getByRole('textbox', { name: 'Image' }).fill('aGVsbG8=');
  await screen.getByRole('button', { name: 'Add to Headers' }).click();
  expect(await seriousFindings()).toEqual([]);
  workbench.layout.formMode = 'json';
  await expect.element(screen.getByRole('textbox', { name: 'Inputs as JSON' })).toBeVisible();
  expect(await seriousFindings()).toEqual([]);
});
