// One bundle of the sources, then the engine and the bundle as one component.

import { writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";
import { build } from "esbuild";

await build({
  entryPoints: ["src/index.ts"],
  outfile: "build/node.js",
  bundle: true,
  format: "esm",
  target: "es2024",
  external: ["flow-like:*"],
});
const { component } = await componentize({
  sourcePath: "build/node.js",
  witPath: "wit",
  worldName: "flow-like-node",
  // Kept: `stdio`, so that `console.log` and uncaught exceptions are seen.
  disableFeatures: ["random", "clocks", "http", "fetch-event"],
});
await writeFile("build/node.wasm", component);
