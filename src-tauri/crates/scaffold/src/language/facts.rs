//! What is to be known of a language before a node is begun in it.

use serde::Serialize;

use super::{Kind, Language, Tested};

/// What is said of a language where one is chosen, and what its project is made of.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Facts {
    pub kind: Kind,
    /// What nodes in it are good at, in one sentence.
    pub good_for: &'static str,
    /// Why it is a component or a core module, in one sentence.
    pub reason: &'static str,
    /// The published SDK that the project uses, with its registry; `None`: the contract's few functions are written out
    /// in the project.
    pub sdk: Option<&'static str>,
    pub tested: Tested,
    /// The file that the author goes on with, relative to the project's folder.
    pub source: &'static str,
    /// Run by `sh -c` in the project's folder; `{crate}` stands for the name of the Rust crate's output.
    pub(crate) build: &'static str,
    /// What is watched, relative to the folder.
    pub(crate) watch: &'static [&'static str],
    /// What the build leaves in the folder besides `build`.
    pub(crate) ignored: &'static [&'static str],
    /// Memory tier of the manifest.
    pub(crate) memory: &'static str,
}

impl Language {
    pub fn kind(self) -> Kind {
        self.facts().kind
    }

    /// Whether its project makes bindings from the contract's text.
    pub(crate) fn needs_wit(self) -> bool {
        matches!(self, Self::Python | Self::TypeScript | Self::Cpp | Self::Zig | Self::Go | Self::Swift)
    }

    /// What is said of it, and what its project is made of.
    pub fn facts(self) -> Facts {
        match self {
            Self::Rust => Facts {
                kind: Kind::Component,
                good_for: "Small, fast nodes, and everything on the network: the standard library's sockets work.",
                reason: "A component: the published SDK is one, and rustc builds components by itself.",
                sdk: Some("flow-like-wasm-sdk 0.4.0 (crates.io)"),
                tested: Tested::Built,
                source: "src/lib.rs",
                build: "cargo build --release && mkdir -p build && cp ${CARGO_TARGET_DIR:-target}/wasm32-wasip2/release/{crate}.wasm build/node.wasm",
                watch: &["src", "Cargo.toml"],
                ignored: &["/target"],
                memory: "minimal",
            },
            Self::Python => Facts {
                kind: Kind::Component,
                good_for: "Text, data and glue, with pure Python packages; a built node has about 18 MB.",
                reason: "A component: the interpreter comes along as one, with the published SDK.",
                sdk: Some("flow-like-wasm-sdk 0.1.1 (PyPI)"),
                tested: Tested::Built,
                source: "src/app.py",
                build: "sh build.sh",
                watch: &["src", "requirements.txt", "build.sh"],
                ignored: &["/.venv", "__pycache__"],
                memory: "intensive",
            },
            Self::TypeScript => Facts {
                kind: Kind::Component,
                good_for: "JSON, text and web APIs, with packages from npm; a built node has about 12 MB.",
                reason: "A component: the JavaScript engine comes along as one.",
                sdk: None,
                tested: Tested::Built,
                source: "src/node.ts",
                build: "sh build.sh",
                watch: &["src", "package.json", "build.sh"],
                ignored: &["/node_modules"],
                memory: "intensive",
            },
            Self::AssemblyScript => Facts {
                kind: Kind::Core,
                good_for: "Very small nodes in a language that looks like TypeScript.",
                reason: "A core module: its compiler makes no components.",
                sdk: None,
                tested: Tested::Built,
                source: "assembly/node.ts",
                build: "sh build.sh",
                watch: &["assembly", "package.json", "build.sh"],
                ignored: &["/node_modules"],
                memory: "minimal",
            },
            Self::Cpp => Facts {
                kind: Kind::Component,
                good_for: "Existing C and C++ libraries, and small, fast nodes.",
                reason: "A component: the contract's functions are imported by their canonical names, without glue code.",
                sdk: None,
                tested: Tested::Built,
                source: "src/node.cpp",
                build: "sh build.sh",
                watch: &["src", "build.sh", "build.mjs"],
                ignored: &["/node_modules"],
                memory: "minimal",
            },
            Self::Zig => Facts {
                kind: Kind::Component,
                good_for: "The smallest nodes, and bytes close to the metal.",
                reason: "A component: the contract's functions are imported by their canonical names, without glue code.",
                sdk: None,
                tested: Tested::Built,
                source: "src/node.zig",
                build: "sh build.sh",
                watch: &["src", "build.sh", "build.mjs"],
                ignored: &["/node_modules", "/.zig-cache"],
                memory: "minimal",
            },
            Self::Go => Facts {
                kind: Kind::Component,
                good_for: "Go's standard library: regular expressions, encodings, templates; a built node has about 4 MB.",
                reason: "A component: Go's core module for WASI preview 1 is wrapped with the adapter that carries it.",
                sdk: None,
                tested: Tested::Built,
                source: "main.go",
                build: "sh build.sh",
                watch: &["main.go", "flowlike.go", "memory.go", "go.mod", "package.json", "wrap.mjs", "build.sh"],
                ignored: &["/node_modules"],
                memory: "light",
            },
            Self::Lua => Facts {
                kind: Kind::Core,
                good_for: "Rules and templates in a scripting language of 200 kB.",
                reason: "A core module: Lua's interpreter in C needs only WASI preview 1, and stays small that way.",
                sdk: None,
                tested: Tested::Built,
                source: "src/node.lua",
                build: "sh build.sh",
                watch: &["src", "build.sh"],
                ignored: &["/lua-5.4.9"],
                memory: "minimal",
            },
            Self::Nim => Facts {
                kind: Kind::Core,
                good_for: "Readable, fast nodes with Nim's standard library.",
                reason: "A core module: Nim compiles through C, and has no component tools.",
                sdk: None,
                tested: Tested::Built,
                source: "src/node.nim",
                build: "nim c src/node.nim",
                watch: &["src", "config.nims"],
                ignored: &[],
                memory: "minimal",
            },
            Self::Kotlin => Facts {
                kind: Kind::Core,
                good_for: "Kotlin's language and collections, with the host's garbage collector.",
                reason: "A core module: Kotlin/Wasm targets WASI preview 1 and makes no components yet.",
                sdk: None,
                tested: Tested::Built,
                source: "src/Node.kt",
                build: "sh build.sh",
                watch: &["src", "package.json", "build.sh"],
                ignored: &["/node_modules"],
                memory: "light",
            },
            Self::Java => Facts {
                kind: Kind::Core,
                good_for: "Java's language and the part of its library that TeaVM has.",
                reason: "A core module: TeaVM compiles Java to WASI preview 1 and makes no components.",
                sdk: None,
                tested: Tested::Built,
                source: "src/main/java/node/Node.java",
                build: "mvn -B -q process-classes",
                watch: &["src", "pom.xml"],
                ignored: &[],
                memory: "light",
            },
            Self::Swift => Facts {
                kind: Kind::Component,
                good_for: "Swift's language and standard library.",
                reason: "A component: Swift's core module for WASI preview 1 is wrapped with the adapter that carries it.",
                sdk: None,
                tested: Tested::Rendered,
                source: "Sources/Node/Node.swift",
                build: "sh build.sh",
                watch: &["Sources", "Package.swift", "package.json", "wrap.js", "build.sh"],
                ignored: &["/.build", "/node_modules"],
                memory: "standard",
            },
            Self::CSharp => Facts {
                kind: Kind::Component,
                good_for: ".NET's language and libraries.",
                reason: "A component, run as a command: the WASI workload of .NET builds those.",
                sdk: None,
                tested: Tested::Rendered,
                source: "Program.cs",
                build: "sh build.sh",
                watch: &["Program.cs", "FlowLike.cs", "Node.csproj", "build.sh"],
                ignored: &["/bin", "/obj"],
                memory: "intensive",
            },
            Self::Grain => Facts {
                kind: Kind::Core,
                good_for: "A functional language made for WebAssembly.",
                reason: "A core module: Grain targets WASI preview 1.",
                sdk: None,
                tested: Tested::Rendered,
                source: "src/node.gr",
                build: "sh build.sh",
                watch: &["src", "build.sh"],
                ignored: &[],
                memory: "light",
            },
            Self::MoonBit => Facts {
                kind: Kind::Core,
                good_for: "Very small nodes in a functional language made for WebAssembly.",
                reason: "A core module: its compiler writes one directly, with nothing to install besides.",
                sdk: None,
                tested: Tested::Rendered,
                source: "src/node.mbt",
                build: "sh build.sh",
                watch: &["src", "moon.mod.json", "build.sh"],
                ignored: &["/target"],
                memory: "minimal",
            },
        }
    }
}
