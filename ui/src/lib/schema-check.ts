// Drafts checked against a pin's JSON Schema. The node alone decides what it takes; this says early and at its place what it
// most likely will not take.
import { contentOf, entriesOf, isNull, itemsOf, json, rawOf, type Draft } from './draft';
import { counted } from './format';
import { compact, stringOf, whyNotJson } from './json';
import { boundsProblem, floatProblem, integerProblem, isoDate, shown } from './scalars';
import { keyword, shapeOf, type Node, type SchemaDoc, type Shape } from './schema';

export interface SchemaProblem {
  /** `filter.min`, `tags[0]`; empty: the value itself. */
  path: string;
  message: string;
}

/** Deeper parts are not looked at. */
const DEPTH = 24;

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
      if (form.choices.some((choice) => choice.json === value)) return null;
      return `${shown(contentOf(draft))} is not one of the choices`;
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
  if (least !== null && length < Number(least)) return `shorter than ${counted(Number(least), 'character')}`;
  if (most !== null && length > Number(most)) return `longer than ${counted(Number(most), 'character')}`;
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
  const off = Math.abs(steps - Math.round(steps)) > 1e-9 * Math.max(1, Math.abs(steps));
  return off ? `${raw} is not a multiple of ${step}` : null;
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
