import { describe, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';

import '../tokens.css';
import type { OutputRow } from '../lib/ipc/generated';
import { compare } from './difference';
import { firings, ordinal } from './state';
import { fromBase64, hexLine, imageKind, toBase64 } from './viewers/bytes';
import { contentOf, pretty, type PinType, type View } from './viewers/content';
import Lines from './viewers/Lines.svelte';
import ValueView from './viewers/ValueView.svelte';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SVG = btoa('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>');

function row(text: string, change: Partial<OutputRow> = {}): OutputRow {
  return { pin: 'p', text, size: text.length, complete: true, ...change };
}

function views(text: string, data_type = 'Generic', value_type = 'Normal', change: Partial<OutputRow> = {}): View[] {
  return contentOf(row(text, change), { data_type, value_type }).views;
}

describe('which viewers fit', () => {
  test.each<[string, string, string, View[]]>([
    ['{"a":{"b":1}}', 'Struct', 'Normal', ['json']],
    ['[{"a":1,"b":"x"},{"b":null}]', 'Struct', 'Array', ['table', 'json']],
    ['[{"a":1},{"a":[1]}]', 'Struct', 'Array', ['json']],
    ['[]', 'Struct', 'Array', ['json']],
    ['"text"', 'String', 'Normal', ['text']],
    ['"{\\"a\\":1}"', 'String', 'Normal', ['text', 'json']],
    ['9007199254740993', 'Integer', 'Normal', ['plain']],
    ['null', 'Generic', 'Normal', ['plain']],
    ['true', 'Boolean', 'Normal', ['plain']],
    ['"2026-11-22T06:30:00Z"', 'Date', 'Normal', ['date']],
    ['"soon"', 'Date', 'Normal', ['text']],
    ['"uploads/report.csv"', 'PathBuf', 'Normal', ['text']],
    ['"SGVsbG8="', 'Byte', 'Normal', ['hex', 'text']],
    ['[72,101,0,255]', 'Byte', 'Normal', ['hex', 'json']],
    ['[72,256]', 'Byte', 'Normal', ['json']],
    ['"not base64!"', 'Byte', 'Normal', ['text']],
    [JSON.stringify(PNG), 'Byte', 'Normal', ['image', 'hex', 'text']],
    [JSON.stringify(`data:image/png;base64,${PNG}`), 'String', 'Normal', ['image', 'hex', 'text']],
    ['not json', 'Generic', 'Normal', ['text']],
  ])('%s as %s', (text, type, kind, expected) => {
    expect(views(text, type, kind)).toEqual(expected);
  });

  test('SVG is never an image, whatever it is called', () => {
    expect(views(JSON.stringify(SVG), 'Byte')).toEqual(['hex', 'text']);
    for (const mime of ['svg+xml', 'png']) {
      expect(views(JSON.stringify(`data:image/${mime};base64,${SVG}`), 'String')).toEqual(['hex', 'text']);
    }
  });

  test('of a large value only the beginning is looked at', () => {
    const large = { complete: false, size: 1 << 20 };
    expect(views('{"a":[1,2', 'Struct', 'Normal', large)).toEqual(['lines']);
    expect(views('"beginning', 'String', 'Normal', large)).toEqual(['text', 'lines']);
    expect(views(`"${PNG.slice(0, 41)}`, 'Byte', 'Normal', large)).toEqual(['image', 'hex']);
    for (const cut of ['\\', '\\u', '\\u00e', '\\\\\\']) {
      const text = contentOf(row(`"ab${cut}`, large), null).string;
      expect(text, `cut at ${cut}`).toBe(cut === '\\\\\\' ? 'ab\\' : 'ab');
    }
  });
});

test('numbers and repeated keys stay as they were written', () => {
  const text = '{"n":12345678901234567890,"f":1.10,"n":1e400}';
  expect(pretty(text)).toBe('{\n  "n": 12345678901234567890,\n  "f": 1.10,\n  "n": 1e400\n}');
});

test('a value that is nested without end is not blown up', () => {
  const text = '['.repeat(30_000) + ']'.repeat(30_000);
  expect(pretty(text).length).toBe(text.length);
});

test('bytes go there and back, and a dump has sixteen in a line', () => {
  const bytes = Uint8Array.from({ length: 40_000 }, (_, at) => at % 256);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  expect(fromBase64('-_8'), 'URL-safe, without padding').toEqual(Uint8Array.of(0xfb, 0xff));
  expect(fromBase64('a'), 'no bytes have this length').toBeNull();
  expect(hexLine(Uint8Array.of(72, 105, 0), 0)).toBe(`00000000  48 69 00${' '.repeat(42)}Hi·`);
  expect(imageKind(Uint8Array.of(0x42, 0x4d, 32, 32, 32, 32, 32)), '"BM" in a text is no bitmap').toBeNull();
});

test('what changed since the run before', () => {
  const large = { size: 1 << 20, complete: false };
  expect(compare(row('1'), null, false), 'nothing to compare with').toBeNull();
  expect(compare(row('1'), null, true)).toEqual({ word: 'new', was: null });
  expect(compare(row('1'), row('1'), true)).toEqual({ word: null, was: null });
  expect(compare(row('"b"'), row('"a"'), true)).toEqual({ word: 'changed', was: 'a' });
  expect(compare(row('[1'), row('{}'), true)?.was, 'structures have their own view').toBeNull();
  expect(compare(row('[1', large), row('[1', large), true), 'equal beginnings say nothing').toBeNull();
});

test('pins fire in an order', () => {
  const found = firings([
    ['b', 1],
    ['a', 2],
    ['b', 3],
  ]);
  expect(found.get('b')).toEqual({ ms: 1, order: 1, times: 2 });
  expect(found.get('a')?.order).toBe(2);
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102].map(ordinal)).toEqual(
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd'],
  );
});

describe('a value on screen', () => {
  async function show(output: OutputRow, type: PinType, view?: View): Promise<HTMLElement> {
    const content = contentOf(output, type);
    const { container } = await render(ValueView, {
      label: 'Value',
      output,
      content,
      view: view ?? content.views[0] ?? 'plain',
      ask: () => Promise.resolve({ total: 0, lines: [] }),
      onload: () => undefined,
      refused: null,
    });
    return container as HTMLElement;
  }

  test('an image is drawn from its bytes', async () => {
    await show(row(JSON.stringify(PNG)), { data_type: 'Byte', value_type: 'Normal' });
    await expect.element(page.getByText(/^PNG · 1 × 1 · \d+ B$/)).toBeVisible();
    await expect.element(page.getByRole('img', { name: 'Value' })).toBeVisible();
  });

  test('an image that cannot be drawn says so', async () => {
    await show(row(JSON.stringify(PNG.slice(0, 40))), { data_type: 'Byte', value_type: 'Normal' });
    await expect.element(page.getByText(/The image is damaged/)).toBeVisible();
  });

  test('a date says when that was here', async () => {
    const at = '2026-11-22T06:30:00Z';
    await show(row(JSON.stringify(at)), { data_type: 'Date', value_type: 'Normal' });
    await expect.element(page.getByText(at)).toBeVisible();
    await expect.element(page.getByText(/2026.* here$/)).toBeVisible();
  });

  test('markup and control characters are text', async () => {
    const box = await show(row(JSON.stringify('<img src=x onerror=alert(1)>\u202e\n\tend')), { data_type: 'String', value_type: 'Normal' });
    expect(box.querySelector('img')).toBeNull();
    expect(box.textContent).toContain('<img src=x onerror=alert(1)>\\u{202e}\n\tend');
  });

  test('a line of sixty thousand characters is cut into rows', async () => {
    const box = await show(row(JSON.stringify('x'.repeat(60_000))), { data_type: 'String', value_type: 'Normal' });
    expect(box.textContent.length, 'what is on screen, not all of it').toBeLessThan(45_000);
  });
});

test('a list that is higher than an element can be moves line by line', async () => {
  await render(Lines, { label: 'Lines', total: 3_000_000, line: (index: number) => `line ${String(index)}` });
  const box = page.getByRole('group', { name: 'Lines' });
  await expect.element(page.getByText('line 0', { exact: true })).toBeVisible();
  box.element().focus();
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}');
  box.element().dispatchEvent(new WheelEvent('wheel', { deltaY: 18, cancelable: true }));
  await expect.poll(() => top(box.element()), { message: 'four lines down' }).toBe(4);
  await userEvent.keyboard('{End}');
  await expect.element(page.getByText('line 2999999', { exact: true })).toBeVisible();
  await userEvent.keyboard('{Home}');
  await expect.poll(() => top(box.element())).toBe(0);
});

/** The first line that is on screen. */
function top(box: HTMLElement | SVGElement): number {
  const edge = box.getBoundingClientRect().top;
  const lines = [...box.querySelectorAll<HTMLElement>('[data-line]')];
  return Number(lines.find((line) => line.getBoundingClientRect().bottom > edge + 9)?.dataset['line']);
}
