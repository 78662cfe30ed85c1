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
                "wit-bindgen writes a C header and source. For the few functions that a node needs they can also be declared \
                 by hand, as `nodewb new --language cpp` does.",
                "wit-bindgen c wit/flow-like-node.wit --world flow-like-node --out-dir src",
                "sh",
            ),
            exports: (
                "void exports_flow_like_node_run(flow_like_node_string_t *input, flow_like_node_string_t *result) {\n  \
                 const std::string document = run({reinterpret_cast<const char *>(input->ptr), input->len});\n  \
                 flow_like_node_string_dup_n(result, document.data(), document.size());\n}",
                "cpp",
            ),
            imports: "flow_like_node_string_t line;\nflow_like_node_string_set(&line, \
                      \"a line\");\nflow_like_node_logging_log(1, &line);",
            build: (
                "Build the reactor as before, embed the world, and wrap it with the adapter for WASI preview 1, which jco brings \
                 along.",
                "npx jco embed --wit wit --world-name flow-like-node core.wasm -o embedded.wasm\nnpx jco new --wasi-reactor \
                 embedded.wasm -o build/node.wasm",
                "sh",
            ),
        },
        Language::Zig => Way {
            bindings: (
                "Nothing has to be generated: imports and exports are declared by their canonical names.",
                "extern \"flow-like:node/logging@0.1.0\" fn log(level: i32, text: [*]const u8, length: usize) void;",
                "zig",
            ),
            exports: (
                "export fn run(text: [*]u8, length: usize) *Text { … } // a pointer to pointer and length\nexport fn \
                 @\"get-node\"() *Text { … }\nexport fn cabi_realloc(old: ?[*]u8, size: usize, alignment: usize, wanted: \
                 usize) ?[*]u8 { … }",
                "zig",
            ),
            imports: "log(1, \"a line\", 6);",
            build: (
                "Embed the world into the core module and wrap it; a freestanding module needs no adapter.",
                "npx jco embed --wit wit --world-name flow-like-node core.wasm -o embedded.wasm\nnpx jco new embedded.wasm -o \
                 build/node.wasm",
                "sh",
            ),
        },
        Language::Go => Way {
            bindings: (
                "Nothing has to be generated: imports and exports are declared by their canonical names.",
                "//go:wasmimport flow-like:node/logging@0.1.0 log\nfunc hostLog(level uint32, text unsafe.Pointer, length uint32)",
                "go",
            ),
            exports: (
                "//go:wasmexport run\nfunc run(text unsafe.Pointer, length uint32) unsafe.Pointer { … }\n\n//go:wasmexport \
                 get-node\nfunc getNode() unsafe.Pointer { … }\n\n//go:wasmexport cabi_realloc\nfunc realloc(old unsafe.Pointer, \
                 size, alignment, wanted uint32) unsafe.Pointer { … }",
                "go",
            ),
            imports: "hostLog(1, unsafe.Pointer(unsafe.StringData(line)), uint32(len(line)))",
            build: (
                "Build a reactor for WASI preview 1, embed the world, and wrap it with the adapter, which jco brings along.",
                "GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o core.wasm .\nnpx jco embed --wit wit --world-name \
                 flow-like-node core.wasm -o embedded.wasm\nnpx jco new --wasi-reactor embedded.wasm -o build/node.wasm",
                "sh",
            ),
        },
        _ => return None,
    })
}
