// Picks values out of a JSON document.

import { text as stream } from "flow-like:node/streaming@0.1.0";
import { exported, input, logger, output, type NodeDefinition, type RunInput, type RunResult } from "./flow-like";
import { QueryError, parsePath, parsePointer, select } from "./query";

const MODES = { path: parsePath, pointer: parsePointer };
const QUERY = "$.books[*].title";
const EXAMPLE = {
  books: [
    { title: "Die Verwandlung", author: "Kafka", year: 1915 },
    { title: "The Left Hand of Darkness", author: "Le Guin", year: 1969 },
  ],
};

const definition: NodeDefinition = {
  name: "json_query",
  friendly_name: "JSON Query",
  description: "Picks values out of a JSON document with a path or a JSON Pointer",
  category: "Data/JSON",
  pins: [
    input("exec", "Exec", "Starts the query"),
    input("document", "Generic", "Any JSON", { default_value: EXAMPLE }),
    input("query", "String", "Such as $.books[*].title, $..year or /books/0/title", { default_value: QUERY }),
    input("mode", "String", "How the query is written", { valid_values: Object.keys(MODES), default_value: "path" }),
    input("limit", "I64", "How many matches to give at most", { default_value: 100, range: [1, 10000], step: 1 }),
    output("exec_out", "Exec", "Fires where something matches"),
    output("nothing", "Exec", "Fires where nothing does"),
    output("matches", "Generic", "The values, in the order of the document", { value_type: "Array" }),
    output("pointers", "String", "Where each value is, as a JSON Pointer", { value_type: "Array" }),
    output("count", "I64", "How many values match, the limit aside"),
  ],
  permissions: ["streaming"],
  abi_version: 1,
};

function query({ inputs, stream_state }: RunInput): RunResult {
  const { document = EXAMPLE, query = QUERY, mode = "path", limit = 100 } = inputs;
  const parseQuery = MODES[mode as keyof typeof MODES];
  // Not one of the pin's values: a bug of the caller, which may be loud.
  if (!parseQuery) throw new RangeError(`"${mode}" is no mode`);

  let matches;
  try {
    const steps = parseQuery(String(query));
    logger.debug(`${steps.length} steps`);
    matches = select(document, steps);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    logger.error(error.message);
    return { outputs: {}, activate_exec: [], error: error.message };
  }

  const kept = matches.slice(0, Number(limit));
  if (kept.length < matches.length) logger.warn(`${matches.length - kept.length} matches are beyond the limit`);
  logger.info(`${matches.length} matches`);
  if (stream_state) for (const { pointer } of kept) stream(`${pointer}\n`);
  return {
    outputs: {
      matches: kept.map(({ value }) => value),
      pointers: kept.map(({ pointer }) => pointer),
      count: matches.length,
    },
    activate_exec: [matches.length > 0 ? "exec_out" : "nothing"],
  };
}

export const { getNode, getNodes, run, getAbiVersion } = exported(definition, query);
