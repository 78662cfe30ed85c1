// JSON as exact text: numbers keep their digits, objects keep their order and their repeated keys.
// A JavaScript value could hold neither, so values are cut into pieces of text instead of being parsed into objects.
import { LosslessNumber, parse, stringify } from 'lossless-json';

/** A valid JSON text, cut open one level deep. */
export type Parts =
  | { kind: 'object'; fields: [name: string, value: string][] }
  | { kind: 'array'; items: string[] }
  | { kind: 'string'; text: string }
  | { kind: 'number' | 'boolean' | 'null'; text: string };

/** Why a text is no JSON, and where: the offset of the first character that does not fit. */
export interface NotJson {
  message: string;
  at: number;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The message is the same in every engine, which those of `JSON.parse` are not. Null: the text is valid JSON. */
export function whyNotJson(text: string): NotJson | null {
  if (isJson(text)) return null;
  if (text.trim() === '') return { message: 'nothing is written here yet', at: 0 };
  try {
    parse(text, null, { onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const found = / at position (\d+)$/.exec(message);
    if (!found) return { message, at: text.length };
    const words = message.slice(0, found.index);
    return { message: words.charAt(0).toLowerCase() + words.slice(1), at: Number(found[1]) };
  }
  return { message: 'not valid JSON', at: 0 };
}

/** Line and column of an offset, from 1. */
export function place(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Null: the text is not valid JSON. */
export function split(text: string): Parts | null {
  if (!isJson(text)) return null;
  const raw = text.trim();
  switch (raw.charAt(0)) {
    case '{':
      return { kind: 'object', fields: members(raw).map(field) };
    case '[':
      return { kind: 'array', items: members(raw) };
    case '"':
      return { kind: 'string', text: unquote(raw) };
    case 't':
    case 'f':
      return { kind: 'boolean', text: raw };
    case 'n':
      return { kind: 'null', text: raw };
    default:
      return { kind: 'number', text: raw };
  }
}

/** The content of a JSON string; null for everything else. */
export function stringOf(text: string): string | null {
  if (!text.trimStart().startsWith('"') || !isJson(text)) return null;
  return unquote(text);
}

export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Without the space between the tokens. Expects valid JSON. */
export function compact(text: string): string {
  let out = '';
  eachToken(text, (token) => {
    out += token;
  });
  return out;
}

/** One member a line, two spaces a level. Expects valid JSON. */
export function indent(text: string): string {
  let out = '';
  let depth = 0;
  let opened = false;
  const line = () => `\n${'  '.repeat(depth)}`;
  eachToken(text, (token) => {
    const closes = token === '}' || token === ']';
    if (closes) {
      depth -= 1;
      if (!opened) out += line();
    } else if (opened) {
      out += line();
    }
    opened = token === '{' || token === '[';
    if (opened) depth += 1;
    if (token === ':') out += ': ';
    else if (token === ',') out += `,${line()}`;
    else out += token;
  });
  return out;
}

/** Objects and arrays of JavaScript in which numbers are `LosslessNumber`s: for schemas, never for values of pins. */
export function parseLossless(text: string): unknown {
  return parse(text, null, { onDuplicateKey: ({ newValue }) => newValue });
}

export function stringifyLossless(value: unknown): string {
  return stringify(value) ?? 'null';
}

export { LosslessNumber };

function unquote(raw: string): string {
  return JSON.parse(raw) as string;
}

function field(member: string): [string, string] {
  const end = stringEnd(member, 0);
  const colon = member.indexOf(':', end);
  return [unquote(member.slice(0, end)), member.slice(colon + 1).trim()];
}

/** What stands between the commas of an array or object, trimmed. */
function members(raw: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 1;
  for (let at = 0; at < raw.length; at += 1) {
    switch (raw.charCodeAt(at)) {
      case 0x22:
        at = stringEnd(raw, at) - 1;
        break;
      case 0x5b:
      case 0x7b:
        depth += 1;
        break;
      case 0x5d:
      case 0x7d:
        depth -= 1;
        break;
      case 0x2c:
        if (depth === 1) {
          found.push(raw.slice(from, at).trim());
          from = at + 1;
        }
        break;
    }
  }
  const last = raw.slice(from, -1).trim();
  if (last !== '') found.push(last);
  return found;
}

/** The offset behind the string that starts at `at`. */
function stringEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) !== 0x22) end += text.charCodeAt(end) === 0x5c ? 2 : 1;
  return end + 1;
}

function eachToken(text: string, take: (token: string) => void): void {
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    let end = at + 1;
    if (char === '"') {
      end = stringEnd(text, at);
    } else if (!/[\s{}[\],:]/.test(char)) {
      while (end < text.length && !/[\s{}[\],:"]/.test(text.charAt(end))) end += 1;
    }
    if (!/\s/.test(char)) take(text.slice(at, end));
    at = end;
  }
}
