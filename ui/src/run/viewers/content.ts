// What a value is, and which viewers fit it: by the pin's type and by what it holds. Nothing is parsed into numbers.
import type { OutputRow } from '../../lib/ipc/generated';
import { indent, split, type Parts } from '../../lib/json';
import { dataUrl, fromBase64, imageKind, type ImageKind } from './bytes';

export type View = 'json' | 'text' | 'table' | 'hex' | 'image' | 'date' | 'plain' | 'lines';

export const VIEW_NAMES: Record<View, string> = {
  json: 'JSON',
  text: 'Text',
  table: 'Table',
  hex: 'Hex',
  image: 'Image',
  date: 'Date',
  plain: 'Value',
  lines: 'JSON',
};

export interface PinType {
  data_type: string;
  value_type: string;
}

export interface Table {
  columns: string[];
  /** JSON text of each cell; none where a row has no such field. */
  rows: (string | undefined)[][];
}

export interface Content {
  /** Those that fit, the best first. */
  views: View[];
  /** The content of a string, or its beginning. */
  string: string | null;
  bytes: Uint8Array | null;
  image: ImageKind | null;
  table: Table | null;
  date: Date | null;
}

/** A table with more columns reads worse than its JSON. */
const MAX_COLUMNS = 24;
/** Deeper values are shown as they came: to indent them would cost more than the value itself. */
const MAX_DEPTH = 60;

export function contentOf(output: OutputRow, type: PinType | null): Content {
  const content: Content = { views: [], string: null, bytes: null, image: null, table: null, date: null };
  if (!output.complete) return partial(content, output, type);
  const parts = split(output.text);
  if (!parts) return { ...content, string: output.text, views: ['text'] };
  if (parts.kind === 'string') return ofString(content, parts.text, type);
  if (parts.kind === 'array') return ofArray(content, parts.items, type);
  return { ...content, views: parts.kind === 'object' ? ['json'] : ['plain'] };
}

/** Indented where that is worth it. */
export function pretty(text: string): string {
  return depth(text) > MAX_DEPTH || split(text) === null ? text : indent(text);
}

/** What stands in a table's cell or after "was". */
export function scalar(text: string): { text: string; kind: Parts['kind'] } {
  const parts = split(text);
  return parts && 'text' in parts ? { text: parts.text, kind: parts.kind } : { text, kind: parts?.kind ?? 'string' };
}

function ofString(content: Content, text: string, type: PinType | null): Content {
  const found: Content = { ...content, string: text, views: ['text'] };
  const normal = type?.value_type === 'Normal';
  if (normal && type.data_type === 'Date') {
    const date = new Date(text);
    if (!Number.isNaN(date.getTime())) return { ...found, date, views: ['date'] };
  }
  const encoded = dataUrl(text) ?? (type?.data_type === 'Byte' && normal ? text : null);
  const bytes = encoded === null ? null : fromBase64(encoded);
  if (!bytes) {
    const nested = /^\s*[[{]/.test(text) && split(text) !== null;
    return nested ? { ...found, views: ['text', 'json'] } : found;
  }
  return ofBytes(found, bytes);
}

function ofBytes(content: Content, bytes: Uint8Array): Content {
  const image = imageKind(bytes);
  const views: View[] = image ? ['image', 'hex'] : ['hex'];
  return { ...content, bytes, image, views: content.string === null ? [...views, 'json'] : [...views, 'text'] };
}

function ofArray(content: Content, items: string[], type: PinType | null): Content {
  if (type?.data_type === 'Byte' && type.value_type === 'Normal') {
    const bytes = items.map(byte);
    if (bytes.every((value) => value !== null)) return ofBytes(content, Uint8Array.from(bytes));
  }
  const table = asTable(items);
  return { ...content, table, views: table ? ['table', 'json'] : ['json'] };
}

/** Some guests write bytes as an array of numbers. */
function byte(text: string): number | null {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) < 256 ? Number(text) : null;
}

/** Objects whose fields are all scalars. */
function asTable(items: string[]): Table | null {
  if (items.length === 0) return null;
  const columns: string[] = [];
  const places = new Map<string, number>();
  const rows: Table['rows'] = [];
  for (const item of items) {
    const parts = split(item);
    if (parts?.kind !== 'object') return null;
    const row: (string | undefined)[] = [];
    for (const [name, value] of parts.fields) {
      if (value.startsWith('{') || value.startsWith('[')) return null;
      let place = places.get(name);
      if (place === undefined) {
        if (columns.length === MAX_COLUMNS) return null;
        place = columns.push(name) - 1;
        places.set(name, place);
      }
      row[place] = value;
    }
    rows.push(row);
  }
  return columns.length > 0 ? { columns, rows } : null;
}

/** Only the beginning is here: strings and bytes show it, everything is asked for by lines. */
function partial(content: Content, output: OutputRow, type: PinType | null): Content {
  const text = output.text.trimStart();
  if (!text.startsWith('"')) return { ...content, views: ['lines'] };
  const string = beginning(text);
  const encoded = dataUrl(string) ?? (type?.data_type === 'Byte' ? string : null);
  const bytes = encoded === null ? null : fromBase64(encoded, true);
  const image = bytes && imageKind(bytes);
  const views: View[] = bytes ? (image ? ['image', 'hex'] : ['hex']) : ['text', 'lines'];
  return { ...content, string, bytes, image, views };
}

/** The content of a JSON string that was cut somewhere. */
function beginning(text: string): string {
  const escape = /\\(u[0-9a-fA-F]{0,3})?$/.exec(text);
  // An even number of backslashes before the end is no escape that was cut.
  const slashes = /\\*$/.exec(text)?.[0].length ?? 0;
  const open = escape && (escape[1] !== undefined || slashes % 2 === 1);
  const whole = open ? text.slice(0, escape.index) : text;
  try {
    return JSON.parse(`${whole}"`) as string;
  } catch {
    // Not the beginning of a string after all: shown as it is.
    return text;
  }
}

function depth(text: string): number {
  let deepest = 0;
  let now = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at += 1;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, (now += 1));
    else if (char === 0x5d || char === 0x7d) now -= 1;
  }
  return deepest;
}
