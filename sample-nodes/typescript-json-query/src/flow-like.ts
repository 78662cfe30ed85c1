// What a node and its host say to each other, in types.

import { log } from "flow-like:node/logging@0.1.0";
import { parse, stringify, type Json } from "./json";

export interface Pin {
  name: string;
  friendly_name: string;
  description: string;
  pin_type: "Input" | "Output";
  data_type: "Exec" | "String" | "I64" | "F64" | "Bool" | "Date" | "PathBuf" | "Bytes" | "Struct" | "Generic";
  value_type?: "Array" | "HashMap" | "HashSet";
  default_value?: Json;
  valid_values?: string[];
  range?: [number, number];
  step?: number;
}

export interface NodeDefinition {
  name: string;
  friendly_name: string;
  description: string;
  category: string;
  pins: Pin[];
  permissions: string[];
  abi_version: 1;
}

export interface RunInput {
  inputs: Record<string, Json | undefined>;
  stream_state: boolean;
  log_level: number;
  node_name: string;
}

export interface RunResult {
  outputs: Record<string, Json>;
  activate_exec: string[];
  error?: string;
}

export const logger = {
  debug: (message: string) => log(0, message),
  info: (message: string) => log(1, message),
  warn: (message: string) => log(2, message),
  error: (message: string) => log(3, message),
};

export function input(name: string, data_type: Pin["data_type"], description: string, more: Partial<Pin> = {}): Pin {
  return { name, friendly_name: label(name), description, pin_type: "Input", data_type, ...more };
}

export function output(name: string, data_type: Pin["data_type"], description: string, more: Partial<Pin> = {}): Pin {
  return { ...input(name, data_type, description, more), pin_type: "Output" };
}

function label(name: string): string {
  return name.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}

/** The functions that the component of one node exports. */
export function exported(definition: NodeDefinition, run: (input: RunInput) => RunResult) {
  return {
    getNode: () => JSON.stringify(definition),
    getNodes: () => JSON.stringify([definition]),
    run: (input: string) => stringify(run(parse(input) as unknown as RunInput)),
    getAbiVersion: () => definition.abi_version,
  };
}
