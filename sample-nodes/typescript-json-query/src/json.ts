// JSON that keeps integers beyond 2^53: they are `bigint` here.

export type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

/** Of ECMAScript 2026: the text that a number was read from, and text to be written as it is. */
declare global {
  interface JSON {
    parse(text: string, reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown): unknown;
    rawJSON(text: string): object;
  }
}

export function parse(text: string): Json {
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "") ? BigInt(source!) : value,
  ) as Json;
}

export function stringify(document: object): string {
  return JSON.stringify(document, (_key, value) => (typeof value === "bigint" ? JSON.rawJSON(String(value)) : value));
}
