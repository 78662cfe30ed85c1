// Quick checks of drafts against pins, to place a message at the row or letter it is about. The node's own
// program decides what fits; these only say the same sooner, and say more where a schema is known.
import { contentOf, entriesOf, isNull, itemsOf, json, rawOf, type Draft } from './draft';
import type { PinRow } from './ipc/generated';
import { split, stringOf, whyNotJson } from './json';
import { boundsProblem, floatProblem, integerProblem, isoDate, shown } from './scalars';
import { schemaOf } from './schema';
import { schemaProblems } from './schema-check';

const known = new WeakMap<Draft, { pin: PinRow; problem: string | null }>();

/** The first thing that is wrong with a pin's draft; null: nothing that can be told here. */
export function problemOf(pin: PinRow, draft: Draft | undefined): string | null {
  if (!draft || pin.data_type === 'Execution') return null;
  const before = known.get(draft);
  if (before?.pin === pin) return before.problem;
  const problem = look(pin, draft);
  known.set(draft, { pin, problem });
  return problem;
}

function look(pin: PinRow, draft: Draft): string | null {
  if (pin.value_type === 'Normal') return valueProblem(pin, draft);
  if (isNull(draft)) return 'null does not fit; reset leaves the input unset';
  if (pin.value_type === 'HashMap') {
    const entries = entriesOf(draft);
    if (!entries) return notA('an object of entries', draft);
    const repeated = repeatedKeys(entries);
    const twice = entries.find((row) => repeated.has(row.id));
    if (twice) return `the key ${shown(twice.key)} is there twice`;
    return first(entries.map((row) => valueProblem(pin, row.value)));
  }
  const items = itemsOf(draft);
  if (!items) return notA('a list', draft);
  const wrong = first(items.map((row) => valueProblem(pin, row.value)));
  if (wrong !== null || pin.value_type !== 'HashSet') return wrong;
  const repeated = repeatedItems(items);
  const twice = items.find((row) => repeated.has(row.id));
  return twice ? `${shown(contentOf(twice.value))} is there twice` : null;
}

/** Ids of the rows whose key a row above has too. */
export function repeatedKeys(rows: readonly { id: number; key: string }[]): Set<number> {
  return repeats(rows.map((row) => [row.id, row.key]));
}

/** Ids of the rows whose value a row above has too. */
export function repeatedItems(rows: readonly { id: number; value: Draft }[]): Set<number> {
  return repeats(rows.map((row) => [row.id, json(row.value)]));
}

/** One value of the pin's data type: the pin's own, or that of a row. */
export function valueProblem(pin: PinRow, draft: Draft): string | null {
  if (pin.data_type !== 'Generic' && isNull(draft)) return 'null does not fit; reset leaves the input unset';
  return typeProblem(pin, draft) ?? rangeProblem(pin, draft) ?? choiceProblem(pin, draft);
}

function typeProblem(pin: PinRow, draft: Draft): string | null {
  const raw = rawOf(draft);
  switch (pin.data_type) {
    case 'String':
      return stringOf(raw) === null ? notA('a text', draft) : null;
    case 'Integer':
      return integerProblem(raw);
    case 'Float':
      return floatProblem(raw);
    case 'Boolean':
      return ['true', 'false'].includes(raw.trim()) ? null : `${shown(contentOf(draft))} is not true or false`;
    case 'Date':
      if (isoDate(stringOf(raw))) return null;
      return `${shown(contentOf(draft))} is not an ISO 8601 date such as 2026-02-28T13:05:00Z`;
    case 'PathBuf':
      return stringOf(raw) === null && !entriesOf(draft) ? notA('a path', draft) : null;
    case 'Byte':
      return isBase64(json(draft)) ? null : `${shown(contentOf(draft))} is not base64 text`;
    case 'Struct':
      return structProblem(pin, draft);
    case 'Generic': {
      const why = whyNotJson(raw);
      return draft.kind === 'text' && why ? `not JSON: ${why.message}; a text needs its quotes, such as "text"` : null;
    }
    default:
      return null;
  }
}

/** Base64 with its padding, or one byte as a number. */
function isBase64(raw: string): boolean {
  const content = stringOf(raw);
  if (content === null) return /^\d{1,3}$/.test(raw.trim()) && Number(raw) <= 255;
  return content.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(content);
}

function structProblem(pin: PinRow, draft: Draft): string | null {
  const raw = rawOf(draft);
  const why = draft.kind === 'text' ? whyNotJson(raw) : null;
  if (why) return `not JSON: ${why.message}`;
  const kind = split(json(draft))?.kind;
  if (kind !== 'object' && kind !== 'array') return notA('an object', draft);
  const schema = schemaOf(pin.schema);
  const found = schema ? schemaProblems(schema, schema.root, draft)[0] : undefined;
  if (!found) return null;
  return found.path === '' ? found.message : `${found.path}: ${found.message}`;
}

function rangeProblem(pin: PinRow, draft: Draft): string | null {
  const raw = rawOf(draft).trim();
  if (!pin.range || split(raw)?.kind !== 'number') return null;
  return boundsProblem(raw, String(pin.range[0]), String(pin.range[1]));
}

function choiceProblem(pin: PinRow, draft: Draft): string | null {
  const content = contentOf(draft);
  if (!pin.valid_values || pin.valid_values.includes(content)) return null;
  return `${shown(content)} is not one of the valid values`;
}

function notA(wanted: string, draft: Draft): string {
  return `${shown(rawOf(draft))} is not ${wanted}`;
}

function first(messages: (string | null)[]): string | null {
  return messages.find((message) => message !== null) ?? null;
}

function repeats(rows: [number, string][]): Set<number> {
  const seen = new Set<string>();
  const again = new Set<number>();
  for (const [id, key] of rows) {
    if (seen.has(key)) again.add(id);
    seen.add(key);
  }
  return again;
}
