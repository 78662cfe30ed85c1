// Wraps the core module as a component of the world in wit/, with WASI preview 1 carried by the reactor's adapter.

import { readFile, writeFile } from "node:fs/promises";
import { componentEmbed, componentNew, preview1AdapterReactorPath } from "@bytecodealliance/jco";

const [core, wit, adapter] = await Promise.all([
  readFile("build/core.wasm"),
  readFile("wit/flow-like-node.wit", "utf8"),
  readFile(preview1AdapterReactorPath()),
]);
const embedded = await componentEmbed({ binary: core, witSource: wit });
const component = await componentNew(embedded, [["wasi_snapshot_preview1", adapter]]);
await writeFile("build/node.wasm", component);
