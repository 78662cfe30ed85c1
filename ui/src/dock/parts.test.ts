import { expect, test } from 'vitest';

import type { Comparison, LogLine, NetworkDetail, RunView } from '../lib/ipc/generated';
import { decode, textOf } from './body';
import { differences, percent } from './compare';
import { curl } from './curl';
import { Assembled, pieceOf, Rate } from './pieces';
import { copied, oneLine, wholeText } from './rows';
import { inputsOf } from './runs.svelte';

function exchange(change: Partial<NetworkDetail>): NetworkDetail {
  return {
    method: 'GET',
    url: 'https://example.com/a?b=1&c=it\'s',
    request_headers: [],
    request_body: '',
    request_size: 0,
    status: null,
    response_headers: [],
    response_body: '',
    response_size: 0,
    ...change,
  };
}

test('a curl command is quoted for the shell, and masked headers stay masked', () => {
  const command = curl(
    exchange({ request_headers: [['authorization', '•••'], ['x-note', "it's $HOME `id`"], ['Content-Length', '3']] }),
  );
  expect(command).toBe(
    "curl \\\n  'https://example.com/a?b=1&c=it'\\''s' \\\n  --header 'authorization: •••' \\\n  --header 'x-note: it'\\''s $HOME `id`'",
  );
});

test('a body that begins with @ is no file, and no content type is made up', () => {
  const body = '@/etc/passwd';
  const command = curl(exchange({ method: 'POST', url: 'https://example.com/', request_body: btoa(body), request_size: body.length }));
  expect(command).toBe("curl \\\n  https://example.com/ \\\n  --header Content-Type: \\\n  --data-raw @/etc/passwd");
});

test('bytes are piped, what is missing is said, and ranges in addresses stay as they are', () => {
  const command = curl(
    exchange({ method: 'PUT', url: 'https://example.com/[1-3]', request_body: btoa('\u0000ÿ'), request_size: 900 }),
  );
  expect(command).toMatch(/^# the body goes on: 2 of 900 bytes are known\nprintf %s AP8= \| base64 -d \| curl/m);
  expect(command).toContain('--request PUT');
  expect(command).toContain('--globoff');
  expect(command).toContain('--data-binary @-');
});

test('bytes are text only where they are UTF-8, and a cut character at the end is no reason against', () => {
  const bytes = new TextEncoder().encode('naïve €');
  expect(textOf(bytes)).toBe('naïve €');
  expect(textOf(bytes.subarray(0, bytes.length - 1))).toBe('naïve ');
  expect(textOf(decode('//79'))).toBeNull();
});

const text = (value: string, cut = false): LogLine => ({
  seq: 0,
  ms: 1,
  kind: 'stream',
  level: 'info',
  source: 'node',
  name: 'text',
  text: value,
  cut,
});

test('text events and pieces of answers make up the text', () => {
  expect(pieceOf(text('"a\\n\\u00e9"'))).toBe('a\né');
  expect(pieceOf(text('"abc\\u00', true))).toBe('abc…');
  expect(pieceOf({ ...text('{"content":"x \\"y\\""}'), name: 'llm_chunk' })).toBe('x "y"');
  expect(pieceOf({ ...text('{"progress":0.5}'), name: 'progress' })).toBe('');
});

test('the text keeps its last million characters and counts the others', () => {
  const assembled = new Assembled();
  for (let at = 0; at < 3000; at += 1) assembled.add(`${'x'.repeat(999)}\n`);
  const kept = assembled.blocks.flatMap((block) => block.parts).join('');
  expect(kept.length).toBeLessThanOrEqual(1_000_000);
  expect(kept.length + assembled.above).toBe(3_000_000);
  const endless = new Assembled();
  for (let at = 0; at < 3000; at += 1) endless.add('y'.repeat(1000));
  expect(endless.blocks.length, 'without a line break it is one paragraph').toBe(1);
  expect(endless.above).toBeGreaterThanOrEqual(2_000_000);
});

test('the rate counts every event, however long the stream', () => {
  const rate = new Rate();
  for (let at = 0; at < 10_000; at += 1) rate.add(18 + at);
  expect(rate.first).toBe(18);
  expect(Math.round(rate.perSecond ?? 0)).toBe(1000);
  expect(rate.bars.length).toBeLessThanOrEqual(24);
  expect(rate.bars.reduce((sum, bar) => sum + bar, 0)).toBe(10_000);
});

test('rows show what cannot be seen, the clipboard gets it as it was', () => {
  const nasty = 'a\u202eb\nc';
  expect(oneLine(nasty)).toBe('a\\u{202e}b ↵ c');
  expect(wholeText(nasty)).toBe('a\\u{202e}b\nc');
  expect(copied({ ...text(nasty), kind: 'log', name: null })).toBe(`+1.0 ms\tinfo\t${nasty}`);
});

function view(number: number, change: Partial<RunView> = {}, ms = 11.8): RunView {
  return {
    row: {
      run: `r${String(number)}`,
      number,
      file: '/n.wasm',
      node: 'n',
      build: 'b',
      started_at: number,
      figures: {
        outcome: 'ok',
        error: null,
        pending: false,
        duration_ms: ms,
        own_ms: ms,
        asked_ms: 0,
        stored_ms: null,
        not_recorded: false,
        problems: 0,
        memory_peak: 3_100_000,
        fuel: null,
        denied: 0,
      },
    },
    inputs: [['host', '"a"'], ['token', '"•••"']],
    masked: ['token'],
    outputs: [{ pin: 'latency', size: 4, text: '0.39', complete: true }],
    fired: [['exec_out', 1]],
    trap: null,
    problems: [],
    lines: 1198,
    stream: 0,
    network: 0,
    levels: [0, 0, 0, 0, 0],
    ...change,
  };
}

test('a comparison says what changed and by how much', () => {
  const comparison: Comparison = {
    left: view(26),
    right: view(
      27,
      { inputs: [['host', '"b"'], ['token', '"•••"']], outputs: [{ pin: 'latency', size: 4, text: '0.41', complete: true }], lines: 1204 },
      12.4,
    ),
    log_new: 6,
    log_gone: 0,
    left_decisions: ['tcp a'],
    right_decisions: ['tcp a', 'dns a'],
  };
  const rows = differences(comparison).map(({ name, left, right, change }) => [name, left, right, change]);
  expect(rows).toEqual([
    ['outcome', 'ok', 'ok', ''],
    ['input host', '"a"', '"b"', 'changed'],
    ['latency', '0.39', '0.41', '+5 %'],
    ['own time', '11.8 ms', '12.4 ms', '+5 %'],
    ['memory peak', '3.1 MB', '3.1 MB', ''],
    ['fired', 'exec_out', 'exec_out', ''],
    ['decisions', 'tcp a', 'tcp a, dns a', '+1'],
    ['log', '1,198 lines', '1,204 lines', '6 new, 0 gone'],
  ]);
  expect(percent(200, 100)).toBe('−50 %');
});

test('inputs of a run come back exactly, masked ones do not', () => {
  const inputs = inputsOf(view(1, { inputs: [['id', '9007199254740993'], ['token', '"•••"'], ['a"b', 'null']] }));
  expect(inputs).toBe('{"id":9007199254740993,"a\\"b":null}');
});
