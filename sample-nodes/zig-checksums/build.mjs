// Compiles the Zig sources to a core module and wraps it as a component of the world in wit/.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";

const core = "build/core.wasm";
mkdirSync("build", { recursive: true });
execFileSync(
  "zig",
  ["build-exe", "-target", "wasm32-freestanding", "-O", "ReleaseSafe", "-fno-entry", "-rdynamic"]
    .concat(["--stack", "1048576", `-femit-bin=${core}`, "src/node.zig"]),
  { stdio: "inherit" },
);
const wit = readFileSync("wit/flow-like-node.wit", "utf8");
const embedded = await componentEmbed({ binary: readFileSync(core), witSource: wit });
writeFileSync("build/node.wasm", await componentNew(embedded));
