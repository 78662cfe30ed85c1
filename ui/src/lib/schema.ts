// A pin's JSON Schema as a form needs it. Local references, `allOf`, `oneOf` and `anyOf` are resolved as far as a form
// can show them; a part with anything else is of the kind `json`, edited as text.
import { compact, LosslessNumber, parseLossless, stringifyLossless, stringOf } from './json';

/** A schema object; numbers in it are `LosslessNumber`s. */
export type Node = Readonly<Record<string, unknown>>;
export interface SchemaDoc {
  readonly root: Node;
}
export interface Choice {
  /** Compact JSON. */
  readonly json: string;
  readonly label: string;
}
export interface Branch {
  readonly label: string;
  readonly node: Node;
}
export interface Shape {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'choice' | 'branches' | 'json';
  /** With references and `allOf` resolved. */
  readonly node: Node;
  readonly title: string;
  readonly description: string;
  /** Exact JSON text. */
  readonly fallback: string | null;
  readonly nullable: boolean;
  readonly properties: readonly (readonly [name: string, node: Node])[];
  readonly required: ReadonlySet<string>;
  /** What other keys may hold; `false`: there are none. */
  readonly additional: Node | false;
  readonly items: Node;
  readonly choices: readonly Choice[];
  readonly branches: readonly Branch[];
}

/** Keywords whose meaning a form does not show. */
const BEYOND = [
  'not',
  'if',
  'patternProperties',
  'dependentSchemas',
  'dependencies',
  'prefixItems',
  'contains',
  'propertyNames',
];
const DEPTH = 24;
const docs = new Map<string, SchemaDoc | null>();
const shapes = new WeakMap<Node, Shape>();

/** Null: no schema, or none that can be read. */
export function schemaOf(schema: string | null): SchemaDoc | null {
  if (schema === null) return null;
  const known = docs.get(schema);
  if (known !== undefined) return known;
  let doc: SchemaDoc | null = null;
  try {
    const root = asNode(parseLossless(schema));
    doc = root && { root };
  } catch {
    // The catalog lists it as a problem of the node; the form offers JSON.
  }
  docs.set(schema, doc);
  return doc;
}

export function shapeOf(doc: SchemaDoc, node: Node): Shape {
  const known = shapes.get(node);
  if (known) return known;
  const made = shape(doc, node);
  shapes.set(node, made);
  return made;
}

/** A number or text of the schema as text; null where it is not given. */
export function keyword(node: Node, name: string): string | null {
  const value = node[name];
  if (value instanceof LosslessNumber) return value.value;
  return typeof value === 'string' ? value : null;
}

function shape(doc: SchemaDoc, given: Node): Shape {
  let node = resolve(doc, given, 0);
  let nullable = node['nullable'] === true;
  const alternatives = branchesOf(doc, node);
  const others = alternatives.filter((branch) => !isNullNode(branch));
  // How optional values are written; a `oneOf` that names null as a case of its own keeps it as one.
  if (!('oneOf' in node) && alternatives.length > others.length && others.length === 1 && others[0]) {
    nullable = true;
    node = { ...others[0], ...textsOf(node) };
  }
  const branches = branchesOf(doc, node);
  const types = [node['type']].flat().filter((type) => typeof type === 'string');
  if (types.length > 1 && types.includes('null')) nullable = true;
  const real = types.filter((type) => type !== 'null');
  const choices = choicesOf(doc, node, branches);
  if (choices.some((choice) => choice.json === 'null')) nullable = true;
  const properties = Object.entries(asNode(node['properties']) ?? {});
  const additional = node['additionalProperties'];
  return {
    kind: kindOf(node, types.length === 1 ? types : real, choices, branches, properties.length > 0),
    node,
    title: keyword(node, 'title') ?? '',
    description: keyword(node, 'description') ?? '',
    fallback: 'default' in node ? stringifyLossless(node['default']) : null,
    nullable,
    properties: properties.map(([name, child]) => [name, asNode(child) ?? {}] as const),
    required: new Set(Array.isArray(node['required']) ? node['required'].map(String) : []),
    additional: additional === false ? false : (asNode(additional) ?? {}),
    items: asNode(node['items']) ?? {},
    choices: choices.filter((choice) => !nullable || choice.json !== 'null'),
    branches:
      choices.length > 0
        ? []
        : branches.map((branch, index) => ({ label: branchLabel(doc, branch, index), node: branch })),
  };
}

function kindOf(node: Node, types: string[], choices: Choice[], branches: Node[], hasProperties: boolean): Shape['kind'] {
  if (BEYOND.some((name) => name in node) || Array.isArray(node['items'])) return 'json';
  if (choices.length > 0) return 'choice';
  if (branches.length > 0) return 'branches';
  const [type] = types;
  if (types.length > 1) return 'json';
  switch (type) {
    case 'object':
    case 'array':
    case 'string':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return type;
    default:
      return hasProperties ? 'object' : 'json';
  }
}

/** Follows local references and merges `allOf`; what stands beside a reference wins. */
function resolve(doc: SchemaDoc, node: Node, depth: number): Node {
  if (depth > DEPTH) return {};
  let found: Node = node;
  const reference = node['$ref'];
  if (typeof reference === 'string') {
    const target = follow(doc, reference);
    // A reference that cannot be followed says nothing about the value: it is edited as JSON.
    if (!target) return {};
    found = merge(resolve(doc, target, depth + 1), without(node, '$ref'));
  }
  if (Array.isArray(found['allOf'])) {
    const parts = (found['allOf'] as unknown[]).map((part) => resolve(doc, asNode(part) ?? {}, depth + 1));
    found = merge(parts.reduce(merge, {}), without(found, 'allOf'));
  }
  return found;
}

function follow(doc: SchemaDoc, reference: string): Node | null {
  if (reference === '#') return doc.root;
  if (!reference.startsWith('#/')) return null;
  let at: unknown = doc.root;
  for (const part of reference.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return null;
    at = (at as Record<string, unknown>)[name];
  }
  return asNode(at);
}

function merge(left: Node, right: Node): Node {
  const both: Record<string, unknown> = { ...left, ...right };
  const [one, two] = [asNode(left['properties']), asNode(right['properties'])];
  if (one && two) both['properties'] = { ...one, ...two };
  if (Array.isArray(left['required']) && Array.isArray(right['required'])) {
    both['required'] = [...(left['required'] as unknown[]), ...(right['required'] as unknown[])];
  }
  return both;
}

/** The alternatives, each with what stands beside them. */
function branchesOf(doc: SchemaDoc, node: Node): Node[] {
  const given = node['oneOf'] ?? node['anyOf'];
  if (!Array.isArray(given)) return [];
  const base = without(node, 'oneOf', 'anyOf', 'title', 'description', 'default');
  return given.map((branch) => merge(base, resolve(doc, asNode(branch) ?? {}, 0)));
}

function choicesOf(doc: SchemaDoc, node: Node, branches: Node[]): Choice[] {
  const values = 'const' in node ? [node['const']] : Array.isArray(node['enum']) ? (node['enum'] as unknown[]) : null;
  if (values) return values.map((value) => choice(value, null));
  const lists = branches.map((branch) => choicesOf(doc, branch, []));
  if (lists.length === 0 || lists.some((list) => list.length === 0)) return [];
  return branches.flatMap((branch, index) => {
    const list = lists[index] ?? [];
    const title = keyword(branch, 'title');
    return list.length === 1 && list[0] && title !== null ? [{ json: list[0].json, label: title }] : list;
  });
}

function choice(value: unknown, title: string | null): Choice {
  const text = compact(stringifyLossless(value));
  return { json: text, label: title ?? stringOf(text) ?? text };
}

function branchLabel(doc: SchemaDoc, node: Node, index: number): string {
  if (isNullNode(node)) return 'none';
  const title = keyword(node, 'title');
  if (title !== null) return title;
  const properties = Object.entries(asNode(node['properties']) ?? {});
  for (const [, child] of properties) {
    const [only, ...more] = choicesOf(doc, resolve(doc, asNode(child) ?? {}, 0), []);
    if (only && more.length === 0) return only.label;
  }
  const [name, ...others] = properties.map(([key]) => key);
  if (name !== undefined && others.length === 0) return name;
  return keyword(node, 'type') ?? `option ${String(index + 1)}`;
}

function without(node: Node, ...names: string[]): Node {
  return Object.fromEntries(Object.entries(node).filter(([name]) => !names.includes(name)));
}

function isNullNode(node: Node): boolean {
  return node['type'] === 'null' || ('const' in node && node['const'] === null);
}

function textsOf(node: Node): Node {
  const { title, description, default: fallback } = node;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}

function asNode(value: unknown): Node | null {
  const isNode = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
  return isNode ? (value as Node) : null;
}
