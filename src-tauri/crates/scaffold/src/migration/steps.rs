//! The steps, in the words and the code of each language.

use super::Step;
use crate::language::Language;

/// What differs between languages.
struct Way {
    bindings: (&'static str, &'static str, &'static str),
    exports: (&'static str, &'static str),
    imports: &'static str,
    build: (&'static str, &'static str, &'static str),
}

pub fn of(language: Language) -> Vec<Step> {
    let Some(way) = way(language) else { return Vec::new() };
    let lowered = match language {
        Language::AssemblyScript => "typescript",
        other => other.id(),
    };
    let step = |title, text: &str, code: &str, code_language| Step {
        title,
        text: text.into(),
        code: code.into(),
        code_language: if code.is_empty() { "" } else { code_language },
    };
    vec![
        step(
            "Add the contract",
            "A component is built against the WIT world `flow-like-node`. `nodewb new` puts the file into a project; copy it \
             from there, or from the repository's `wit` folder, to `wit/flow-like-node.wit`.",
            "",
            "",
        ),
        step("Generate bindings", way.bindings.0, way.bindings.1, way.bindings.2),
        step(
            "Replace the exports",
            "`get_node`, `get_nodes` and `run` gave packed pointers; the component's exports take and give texts. The JSON in \
             them stays as it is.",
            way.exports.0,
            way.exports.1,
        ),
        step(
            "Replace the imports",
            "Each import module has an interface of the same purpose: `flowlike_log.info` is `logging.log` with level 1, \
             `flowlike_stream.text` is `streaming.text`, `flowlike_vars.get` is `variables.get-var`, `flowlike_http.request` is \
             `http.request`, which gives the answer too.",
            way.imports,
            lowered,
        ),
        step(
            "Drop memory management",
            "`alloc`, `dealloc`, packing and unpacking of `i64`, and buffers that are kept alive for the host go away: the \
             bindings copy texts in and out.",
            "",
            "",
        ),
        step("Build as a component", way.build.0, way.build.1, way.build.2),
        step(
            "Look at the result",
            "The kind is now \"component\", and no problem is listed. WASI comes as preview 2: TCP, UDP, DNS and wasi:http \
             are there, each behind its permission; declare those that the node uses.",
            "nodewb inspect build/node.wasm",
            "sh",
        ),
    ]
}

fn way(language: Language) -> Option<Way> {
    Some(match language {
        Language::Rust => Way {
            bindings: (
                "The published SDK has them: version 0.4 makes components, 0.1 made core modules. Nothing is generated.",
                "[dependencies]\nflow-like-wasm-sdk = \"0.4.0\"\nflow-like-wasm-sdk-macros = \"0.3.7\"\nschemars = \"1\"",
                "toml",
            ),
            exports: (
                "#[register_node]\n#[derive(Default)]\npub struct MyNode;\n\nimpl WasmNode for MyNode {\n    fn get_node(&self) -> \
                 NodeDefinition { … }\n    fn run(&self, mut ctx: Context) -> ExecutionResult {\n        \
                 ctx.set_output(\"text\", ctx.get_string(\"text\").unwrap_or_default());\n        ctx.success()\n    \
                 }\n}\n\nwasm_main!();",
                "rust",
            ),
            imports: "log::info(\"a line\");",
            build: (
                "rustc makes components for this target by itself. Remove `wasm32-unknown-unknown` from `.cargo/config.toml`.",
                "rustup target add wasm32-wasip2\ncargo build --release --target wasm32-wasip2",
                "sh",
            ),
        },
        Language::AssemblyScript => Way {
            bindings: (
                "AssemblyScript makes no components; TypeScript's sources look alike and are bundled with a JavaScript engine \
                 (12 MB). The imports need no generated code, only their types.",
                "import { log } from 'flow-like:node/logging@0.1.0';",
                "typescript",
            ),
            exports: (
                "export function getNode(): string { return JSON.stringify(definition); }\nexport function getNodes(): string { \
                 return JSON.stringify([definition]); }\nexport function getAbiVersion(): number { return 1; }\nexport function \
                 run(input: string): string { … }",
                "typescript",
            ),
            imports: "log(1, 'a line');",
            build: (
                "Bundle with esbuild, then make the component. `nodewb new --language typescript` writes both steps.",
                "npm install @bytecodealliance/componentize-js@0.23.0 esbuild\nnpm run build",
                "sh",
            ),
        },
        Language::Cpp => Way {
            bindings: (
                "Nothing has to be generated: imports and exports are declared by their canonical names. The whole is \
                 `src/host.hpp` in what `nodewb new --language cpp` writes.",
                "#define IMPORT(interface, name) \\\n  __attribute__((import_module(\"flow-like:node/\" interface \"@0.1.0\"), \
                 import_name(name)))\n#define EXPORT(name) extern \"C\" __attribute__((export_name(name)))\n\nextern \"C\" \
                 IMPORT(\"logging\", \"log\") void host_log(uint32_t level, const char *text, size_t length);",
                "cpp",
            ),
            exports: (
                "// Where the text's pointer and its length lie; both stay alive until the next call.\nEXPORT(\"run\") const \
                 void *run(char *input, size_t length) { … }\nEXPORT(\"get-node\") const void *get_node() { … \
                 }\nEXPORT(\"get-nodes\") const void *get_nodes() { … }\nEXPORT(\"get-abi-version\") uint32_t \
                 get_abi_version() { return 1; }\nEXPORT(\"cabi_realloc\") void *cabi_realloc(void *old, size_t, size_t, \
                 size_t size) { return std::realloc(old, size); }",
                "cpp",
            ),
            imports: "host_log(1, \"a line\", 6);",
            build: (
                "Build the reactor as before, embed the world, and wrap it; a module that imports WASI preview 1 takes its \
                 adapter too, `jco new --wasi-reactor`.",
                "npm install --save-dev @bytecodealliance/jco\nnpx jco embed --wit wit --world-name flow-like-node core.wasm -o \
                 embedded.wasm\nnpx jco new embedded.wasm -o build/node.wasm",
                "sh",
            ),
        },
        Language::Zig => Way {
            bindings: (
                "Nothing has to be generated: imports and exports are declared by their canonical names.",
                "extern \"flow-like:node/logging@0.1.0\" fn log(level: u32, text: [*]const u8, length: usize) void;",
                "zig",
            ),
            exports: (
                "const Text = extern struct { ptr: [*]const u8, len: usize };\n\nexport fn run(ptr: [*]const u8, len: usize) \
                 *const Text { … }\nexport fn @\"get-node\"() *const Text { … }\nexport fn @\"get-nodes\"() *const Text { … \
                 }\nexport fn @\"get-abi-version\"() u32 { return 1; }\nexport fn cabi_realloc(_: ?[*]u8, _: usize, _: usize, \
                 size: usize) [*]u8 { … }",
                "zig",
            ),
            imports: "log(1, \"a line\", 6);",
            build: (
                "Embed the world into the core module and wrap it; a freestanding module needs no adapter.",
                "npm install --save-dev @bytecodealliance/jco\nnpx jco embed --wit wit --world-name flow-like-node core.wasm -o \
                 embedded.wasm\nnpx jco new embedded.wasm -o build/node.wasm",
                "sh",
            ),
        },
        Language::Go => Way {
            bindings: (
                "Nothing has to be generated: imports and exports are declared by their canonical names. Take `memory.go`, \
                 `wrap.mjs` and the types of `flowlike.go` from what `nodewb new --language go` writes: memory that the host \
                 fills must not come from Go's allocator.",
                "//go:wasmimport flow-like:node/logging@0.1.0 log\nfunc hostLog(level uint32, line string)",
                "go",
            ),
            exports: (
                "//go:wasmexport run\nfunc run(input *byte, length uint32) *answer {\n\tdefer release(input, \
                 length)\n\treturn give(…)\n}\n\n//go:wasmexport get-node\nfunc getNode() *answer { return give(…) \
                 }\n\n//go:wasmexport get-nodes\nfunc getNodes() *answer { return give(…) }\n\n//go:wasmexport \
                 get-abi-version\nfunc getAbiVersion() uint32 { return 1 }",
                "go",
            ),
            imports: "hostLog(1, \"a line\")",
            build: (
                "Build a reactor for WASI preview 1 as before, with leave to name the runtime's `sbrk`, and wrap it with the \
                 adapter that carries WASI.",
                "npm install --save-dev @bytecodealliance/jco@1.15.4\nGOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared \
                 -ldflags=-checklinkname=0 -o build/core.wasm .\nnode wrap.mjs",
                "sh",
            ),
        },
        Language::Swift => Way {
            bindings: (
                "Nothing has to be generated: imports and exports are declared by their canonical names. The whole is \
                 `FlowLike.swift` in what `nodewb new --language swift` writes.",
                "@_extern(wasm, module: \"flow-like:node/logging@0.1.0\", name: \"log\")\nprivate func hostLog(_ level: \
                 UInt32, _ text: UnsafePointer<UInt8>, _ length: Int)",
                "swift",
            ),
            exports: (
                "@_expose(wasm, \"run\")\n@_cdecl(\"run_node\")\nfunc runNode(_ text: UnsafeMutablePointer<UInt8>, _ length: \
                 Int) -> UnsafeMutableRawPointer { … } // to the text's address and length\n\n@_expose(wasm, \
                 \"cabi_realloc\")\n@_cdecl(\"cabi_realloc\")\nfunc reallocate(_ old: UnsafeMutableRawPointer?, _ oldSize: \
                 Int, _ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? { realloc(old, size) }",
                "swift",
            ),
            imports: "lend(\"a line\") { hostLog(1, $0, $1) }",
            build: (
                "Link a reactor (`-mexec-model=reactor`), embed the world, and wrap it with the adapter for WASI preview 1.",
                "npm install --save-dev @bytecodealliance/jco\nnpx jco embed --wit wit --world-name flow-like-node \
                 .build/release/Node.wasm -o embedded.wasm\nnpx jco new embedded.wasm --wasi-reactor -o build/node.wasm",
                "sh",
            ),
        },
        _ => return None,
    })
}
