import { expect, test } from 'vitest';

import { compact, indent, place, quote, split, stringOf, whyNotJson } from './json';

test('numbers keep their digits, and objects their order and repeated keys', () => {
  const text = ' {"10": 1.50, "2": 18446744073709551615, "a": [1e400, {"b": "}],\\""}], "a": null } ';
  const parts = split(text);
  expect(parts).toEqual({
    kind: 'object',
    fields: [
      ['10', '1.50'],
      ['2', '18446744073709551615'],
      ['a', '[1e400, {"b": "}],\\""}]'],
      ['a', 'null'],
    ],
  });
  expect(split('[]')).toEqual({ kind: 'array', items: [] });
  expect(split('[1,')).toBeNull();
});

test('layout changes only the space between tokens', () => {
  const text = '{"a":[1,{"b":" x, y: {z} "}],"c":{},"d":[]}';
  expect(indent(text)).toBe(
    '{\n  "a": [\n    1,\n    {\n      "b": " x, y: {z} "\n    }\n  ],\n  "c": {},\n  "d": []\n}',
  );
  expect(compact(indent(text))).toBe(text);
});

test('strings are told from other values', () => {
  expect(stringOf('"a\\nb"')).toBe('a\nb');
  expect(stringOf('5')).toBeNull();
  expect(stringOf('"half')).toBeNull();
  expect(quote('a"b')).toBe('"a\\"b"');
});

test('what is wrong has its place', () => {
  const text = '{\n  "a": 1,\n}';
  const why = whyNotJson(text);
  expect(why?.message).toContain('key expected');
  expect(place(text, why?.at ?? 0)).toEqual({ line: 3, column: 1 });
  expect(whyNotJson('{"a":1,"a":2}'), 'repeated keys are JSON').toBeNull();
});
