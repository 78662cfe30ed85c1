// Compiles the C++ sources to a core module and wraps it as a component of the world in wit/.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";

const core = "build/core.wasm";
mkdirSync("build", { recursive: true });
execFileSync(
  "zig",
  ["c++", "-target", "wasm32-wasi", "-mexec-model=reactor", "-std=c++20", "-fno-exceptions", "-Os", "-g", "-Wall"]
    .concat(["-Wl,-z,stack-size=1048576", "-o", core, "src/node.cpp"]),
  { stdio: "inherit" },
);
const wit = readFileSync("wit/flow-like-node.wit", "utf8");
const embedded = await componentEmbed({ binary: readFileSync(core), witSource: wit });
writeFileSync("build/node.wasm", await componentNew(embedded));
