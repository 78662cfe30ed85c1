import { expect, test } from 'vitest';

import { text } from './draft';
import { schemaOf, shapeOf, type SchemaDoc } from './schema';
import { schemaProblems } from './schema-check';

function doc(schema: unknown): SchemaDoc {
  const found = schemaOf(typeof schema === 'string' ? schema : JSON.stringify(schema));
  if (!found) throw new Error('a schema');
  return found;
}

function problems(schema: unknown, value: string): string[] {
  const read = doc(schema);
  return schemaProblems(read, read.root, text(value)).map(({ path, message }) => `${path}: ${message}`);
}

test('optional values, references and merged parts are what they stand for', () => {
  const optional = doc({ anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }], $defs: { A: { type: 'integer' } } });
  expect(shapeOf(optional, optional.root)).toMatchObject({ kind: 'integer', nullable: true });
  const merged = doc({
    allOf: [{ $ref: '#/definitions/B' }, { properties: { y: { type: 'string' } }, required: ['y'] }],
    definitions: { B: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] } },
  });
  const form = shapeOf(merged, merged.root);
  expect(form.kind).toBe('object');
  expect(form.properties.map(([name]) => name)).toEqual(['x', 'y']);
  expect([...form.required]).toEqual(['x', 'y']);
});

test('a list of constants is a choice, and what a form cannot show is JSON', () => {
  const choices = doc({ oneOf: [{ const: 'a', title: 'First' }, { enum: ['b', 'c'] }] });
  expect(shapeOf(choices, choices.root).choices.map(({ label }) => label)).toEqual(['First', 'b', 'c']);
  for (const schema of [{ not: { type: 'null' } }, { type: ['string', 'integer'] }, { $ref: 'other.json' }, {}]) {
    const read = doc(schema);
    expect(shapeOf(read, read.root).kind, JSON.stringify(schema)).toBe('json');
  }
});

test('a schema that refers to itself has an end', () => {
  const tree = { type: 'object', properties: { next: { $ref: '#' }, value: { type: 'integer' } }, required: ['value'] };
  expect(problems(tree, '{"value":1,"next":{"value":2,"next":{}}}')).toEqual(['next.next: “value” is required']);
  const loop = doc({ $ref: '#' });
  expect(shapeOf(loop, loop.root).kind).toBe('json');
});

test('limits are exact for numbers of any size', () => {
  const schema = '{"type":"integer","maximum":9007199254740992}';
  expect(problems(schema, '9007199254740992')).toEqual([]);
  expect(problems(schema, '9007199254740993')).toHaveLength(1);
  expect(problems({ type: 'number', multipleOf: 0.1 }, '0.3')).toEqual([]);
  expect(problems({ type: 'number', exclusiveMinimum: 0 }, '0')).toHaveLength(1);
});

test('every problem has its path', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', pattern: '^[a-z]+$' },
      tags: { type: 'array', maxItems: 2, items: { type: 'string', minLength: 1 } },
      at: { type: 'string', format: 'date-time' },
    },
  };
  expect(problems(schema, '{"name":"A","tags":["","x"],"at":"noon"}')).toEqual([
    'name: “A” does not match ^[a-z]+$',
    'tags[0]: shorter than 1 character',
    'at: “noon” is not an ISO 8601 date',
  ]);
  expect(problems(schema, '{"tags":["a","b","c"],"odd":1}')).toEqual([
    ': “odd” is not a property of it',
    'tags: more than 2 entries',
  ]);
});
