// A pin's JSON Schema as a form needs it. Local references, `allOf`, `oneOf` and `anyOf` are resolved as far as a form
// can show them; a part with anything else is of the kind `json`, edited as text and not checked here.
import { contentOf, entriesOf, isNull, itemsOf, json, rawOf, type Draft } from './draft';
import { compact, LosslessNumber, parseLossless, stringifyLossless, stringOf, whyNotJson } from './json';
import { boundsProblem, floatProblem, integerProblem, isoDate, shown } from './scalars';

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
export interface SchemaProblem {
  /** `filter.min`, `tags[0]`; empty: the value itself. */
  path: string;
  message: string;
}

/** Keywords whose meaning a form does not show. */
const BEYOND = ['not', 'if', 'patternProperties', 'dependentSchemas', 'dependencies', 'prefixItems', 'contains', 'propertyNames'];
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

/** All that is wrong in a draft, outermost first. */
export function schemaProblems(doc: SchemaDoc, node: Node, draft: Draft, depth = 0): SchemaProblem[] {
  const form = shapeOf(doc, node);
  const own = ownProblem(form, draft);
  const found: SchemaProblem[] = own === null ? [] : [{ path: '', message: own }];
  if (depth > DEPTH || (form.nullable && isNull(draft))) return found;
  const below = (path: string, child: Node, value: Draft) => {
    for (const problem of schemaProblems(doc, child, value, depth + 1)) {
      const gap = problem.path === '' || problem.path.startsWith('[') ? '' : '.';
      found.push({ path: `${path}${gap}${problem.path}`, message: problem.message });
    }
  };
  if (form.kind === 'branches') return branchProblems(doc, form, draft, depth);
  if (form.kind === 'object') {
    for (const row of entriesOf(draft) ?? []) {
      const child = form.properties.find(([name]) => name === row.key)?.[1] ?? form.additional;
      if (child) below(row.key, child, row.value);
    }
  }
  if (form.kind === 'array') {
    for (const [index, row] of (itemsOf(draft) ?? []).entries()) below(`[${String(index)}]`, form.items, row.value);
  }
  return found;
}

/** The branch that the value fits best; -1: there is no value. */
export function matchBranch(doc: SchemaDoc, form: Shape, draft: Draft | undefined): number {
  if (!draft) return -1;
  const misfits = form.branches.map((branch) => misfit(doc, branch.node, draft));
  return misfits.indexOf(Math.min(...misfits));
}

/** What is wrong with the value itself; parts that are wrong are reported at the part. */
export function ownProblem(form: Shape, draft: Draft): string | null {
  if (form.nullable && isNull(draft)) return null;
  const raw = rawOf(draft);
  switch (form.kind) {
    case 'string':
      return stringProblem(form.node, draft);
    case 'integer':
      return integerProblem(raw) ?? limitsProblem(form.node, raw.trim());
    case 'number':
      return floatProblem(raw) ?? limitsProblem(form.node, raw.trim());
    case 'boolean':
      return ['true', 'false'].includes(raw.trim()) ? null : `${shown(contentOf(draft))} is not true or false`;
    case 'null':
      return isNull(draft) ? null : `${shown(contentOf(draft))} is not null`;
    case 'choice': {
      const value = compact(json(draft));
      return form.choices.some((choice) => choice.json === value) ? null : `${shown(contentOf(draft))} is not one of the choices`;
    }
    case 'object':
      return objectProblem(form, draft) ?? missingProblem(form, draft);
    case 'array':
      return arrayProblem(form.node, draft);
    case 'branches':
      return null;
    case 'json': {
      const why = draft.kind === 'text' ? whyNotJson(raw) : null;
      return why ? `not JSON: ${why.message}` : null;
    }
  }
}

/** What a field says below itself: what is wrong with the value, and not with its parts. */
export function problemHere(form: Shape, draft: Draft | undefined): string | null {
  if (!draft || (form.nullable && isNull(draft))) return null;
  return form.kind === 'object' ? objectProblem(form, draft) : ownProblem(form, draft);
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
    branches: choices.length > 0 ? [] : branches.map((branch, index) => ({ label: branchLabel(doc, branch, index), node: branch })),
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

function branchProblems(doc: SchemaDoc, form: Shape, draft: Draft, depth: number): SchemaProblem[] {
  const branch = form.branches[matchBranch(doc, form, draft)];
  return branch ? schemaProblems(doc, branch.node, draft, depth + 1) : [];
}

/** Small where the value is of the branch's kind and holds its constants. */
function misfit(doc: SchemaDoc, node: Node, draft: Draft): number {
  const form = shapeOf(doc, node);
  const rows = form.kind === 'object' ? entriesOf(draft) : null;
  if (!rows) return ownProblem(form, draft) === null ? 0 : 1000;
  let score = 0;
  for (const [name, child] of form.properties) {
    const value = rows.find((row) => row.key === name)?.value;
    const fixed = shapeOf(doc, child).kind === 'choice';
    if (value && ownProblem(shapeOf(doc, child), value) !== null) score += fixed ? 100 : 2;
    else if (!value && form.required.has(name)) score += fixed ? 50 : 3;
  }
  for (const row of rows) if (!form.properties.some(([name]) => name === row.key)) score += 5;
  return score;
}

function stringProblem(node: Node, draft: Draft): string | null {
  const content = stringOf(rawOf(draft));
  if (content === null) return `${shown(rawOf(draft))} is not a text`;
  const [least, most] = [keyword(node, 'minLength'), keyword(node, 'maxLength')];
  const length = [...content].length;
  if (least !== null && length < Number(least)) return `shorter than ${least} characters`;
  if (most !== null && length > Number(most)) return `longer than ${most} characters`;
  const pattern = keyword(node, 'pattern');
  if (pattern !== null && !matches(pattern, content)) return `${shown(content)} does not match ${pattern}`;
  const format = keyword(node, 'format');
  if ((format === 'date' || format === 'date-time') && !isoDate(content)) return `${shown(content)} is not an ISO 8601 date`;
  return null;
}

function matches(pattern: string, content: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(content);
  } catch {
    // A pattern that this engine cannot read says nothing about the value.
    return true;
  }
}

function limitsProblem(node: Node, raw: string): string | null {
  const outside = boundsProblem(raw, keyword(node, 'minimum'), keyword(node, 'maximum'));
  if (outside !== null) return outside;
  const [above, below] = [keyword(node, 'exclusiveMinimum'), keyword(node, 'exclusiveMaximum')];
  if (above !== null && Number(raw) <= Number(above)) return `${raw} is not above ${above}`;
  if (below !== null && Number(raw) >= Number(below)) return `${raw} is not below ${below}`;
  const step = keyword(node, 'multipleOf');
  if (step === null || Number(step) <= 0) return null;
  const steps = Number(raw) / Number(step);
  return Math.abs(steps - Math.round(steps)) > 1e-9 * Math.max(1, Math.abs(steps)) ? `${raw} is not a multiple of ${step}` : null;
}

/** What is wrong with an object as such; a property that is missing is reported at its place. */
export function objectProblem(form: Shape, draft: Draft): string | null {
  const rows = entriesOf(draft);
  if (!rows) return `${shown(rawOf(draft))} is not an object`;
  const keys = rows.map((row) => row.key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) return `the key ${shown(twice)} is there twice`;
  const odd = form.additional === false ? keys.find((key) => !form.properties.some(([name]) => name === key)) : undefined;
  return odd === undefined ? null : `${shown(odd)} is not a property of it`;
}

function missingProblem(form: Shape, draft: Draft): string | null {
  const rows = entriesOf(draft) ?? [];
  const missing = [...form.required].find((name) => !rows.some((row) => row.key === name));
  return missing === undefined ? null : `${shown(missing)} is required`;
}

function arrayProblem(node: Node, draft: Draft): string | null {
  const items = itemsOf(draft);
  if (!items) return `${shown(rawOf(draft))} is not a list`;
  const [least, most] = [keyword(node, 'minItems'), keyword(node, 'maxItems')];
  if (least !== null && items.length < Number(least)) return `fewer than ${least} entries`;
  if (most !== null && items.length > Number(most)) return `more than ${most} entries`;
  const unique = new Set(items.map((row) => json(row.value)));
  return node['uniqueItems'] === true && unique.size < items.length ? 'an entry is there twice' : null;
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
