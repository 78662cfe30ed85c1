// Two ways to point into a JSON document: paths such as `$.books[*].title`, and JSON Pointer (RFC 6901).

import type { Json } from "./json";

/** A value and where it is, as a JSON Pointer. */
export interface Match {
  value: Json;
  pointer: string;
}

type Step =
  | { kind: "name"; name: string }
  | { kind: "index"; index: number }
  | { kind: "slice"; start?: number; end?: number }
  | { kind: "children" }
  | { kind: "descendants" }
  /** A pointer's part: the name of a member or the index of an item, as the value has it. */
  | { kind: "part"; part: string };

/** A query that cannot be read; the message says where and why. */
export class QueryError extends Error {}

const children: Step = { kind: "children" };
const descendants: Step = { kind: "descendants" };
const named = (name: string): Step => (name === "*" ? children : { kind: "name", name });
const whole = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));

/** What may follow at any place of a path, tried in this order. */
const PATH: [RegExp, (groups: string[]) => Step[]][] = [
  [/\.\.(?=\[)/y, () => [descendants]],
  [/\.\.(\*|[^.*'"[\]\s]+)/y, ([, name]) => [descendants, named(name!)]],
  [/\.(\*|[^.*'"[\]\s]+)/y, ([, name]) => [named(name!)]],
  [/\[\*\]/y, () => [children]],
  [/\[(-?\d+)\]/y, ([, index]) => [{ kind: "index", index: Number(index) }]],
  [/\[(-?\d+)?:(-?\d+)?\]/y, ([, start, end]) => [{ kind: "slice", start: whole(start), end: whole(end) }]],
  [/\['([^'\\]|\\['\\])*'\]/y, ([text]) => [{ kind: "name", name: text!.slice(2, -2).replace(/\\(.)/g, "$1") }]],
];

export function parsePath(query: string): Step[] {
  if (!query.startsWith("$")) throw new QueryError('a path starts with "$"');
  const steps: Step[] = [];
  let at = 1;
  while (at < query.length) {
    const found = PATH.map(([pattern, make]) => {
      pattern.lastIndex = at;
      const groups = pattern.exec(query);
      return groups && { end: pattern.lastIndex, steps: make(groups) };
    }).find((found) => found !== null);
    if (!found) throw new QueryError(`there is no step at character ${at + 1}: "${query.slice(at)}"`);
    steps.push(...found.steps);
    at = found.end;
  }
  return steps;
}

export function parsePointer(query: string): Step[] {
  if (query === "") return [];
  if (!query.startsWith("/")) throw new QueryError('a pointer is empty or starts with "/"');
  return query.slice(1).split("/").map((part) => {
    if (/~(?![01])/.test(part)) throw new QueryError(`"~" stands for itself only as "~0", in "${part}"`);
    return { kind: "part", part: part.replaceAll("~1", "/").replaceAll("~0", "~") };
  });
}

/** All matches, in the order of the document. */
export function select(document: Json, steps: Step[]): Match[] {
  let matches: Match[] = [{ value: document, pointer: "" }];
  for (const step of steps) matches = matches.flatMap((match) => [...follow(match, step)]);
  return matches;
}

function* follow(match: Match, step: Step): Generator<Match> {
  const { value } = match;
  switch (step.kind) {
    case "children":
      yield* entries(match);
      break;
    case "descendants":
      yield match;
      for (const child of entries(match)) yield* follow(child, step);
      break;
    case "name":
      if (isObject(value) && Object.hasOwn(value, step.name)) yield child(match, step.name);
      break;
    case "index": {
      const index = Array.isArray(value) && step.index < 0 ? value.length + step.index : step.index;
      if (Array.isArray(value) && index in value) yield child(match, index);
      break;
    }
    case "slice":
      if (Array.isArray(value)) yield* entries(match).slice(step.start, step.end);
      break;
    case "part":
      if (Array.isArray(value) ? /^(0|[1-9]\d*)$/.test(step.part) && Number(step.part) in value
        : isObject(value) && Object.hasOwn(value, step.part)) yield child(match, step.part);
      break;
  }
}

function entries(match: Match): Match[] {
  return typeof match.value === "object" && match.value !== null
    ? Object.keys(match.value).map((key) => child(match, key))
    : [];
}

function child({ value, pointer }: Match, key: string | number): Match {
  const escaped = String(key).replaceAll("~", "~0").replaceAll("/", "~1");
  return { value: (value as Record<string, Json>)[key]!, pointer: `${pointer}/${escaped}` };
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
