//! The tools, as data.

use serde::Serialize;

use crate::language::Language;

/// A program or a part of one that a build needs.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Tool {
    pub name: &'static str,
    pub purpose: &'static str,
    /// The oldest version that will do.
    pub minimum: Option<&'static str>,
    /// The exact command that installs it, on Debian and Ubuntu where systems differ.
    pub install: &'static str,
    /// How it is found: the first way that answers counts.
    pub ways: &'static [Way],
}

/// A program on the path, and what it is asked.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Way {
    pub program: &'static str,
    pub arguments: &'static [&'static str],
    pub answer: Answer,
}

/// What a good answer is; the program must also end well.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// A version, somewhere in it.
    Version,
    /// This word, somewhere in it.
    Has(&'static str),
    /// The path of a folder that exists.
    Folder,
}

const fn way(program: &'static str, arguments: &'static [&'static str]) -> Way {
    Way { program, arguments, answer: Answer::Version }
}

const NODE: Tool = Tool {
    name: "node",
    purpose: "runs the compiler, which npm installs into the project",
    minimum: Some("20"),
    install: "sudo apt-get install nodejs npm",
    ways: &[way("node", &["--version"])],
};
const NPM: Tool = Tool {
    name: "npm",
    purpose: "installs the project's pinned packages",
    minimum: None,
    install: "sudo apt-get install npm",
    ways: &[way("npm", &["--version"])],
};
const PYTHON: Tool = Tool {
    name: "python3",
    purpose: "installs the project's pinned packages into a folder of its own",
    minimum: Some("3.10"),
    install: "sudo apt-get install python3",
    ways: &[way("python3", &["--version"])],
};
const VENV: Tool = Tool {
    name: "venv",
    purpose: "Python's virtual environments",
    minimum: None,
    install: "sudo apt-get install python3-venv",
    ways: &[Way {
        program: "python3",
        arguments: &["-c", "import venv, ensurepip; print('venv')"],
        answer: Answer::Has("venv"),
    }],
};
const CARGO: Tool = Tool {
    name: "cargo",
    purpose: "builds the project",
    minimum: Some("1.85"),
    install: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
    ways: &[way("cargo", &["--version"])],
};
const WASIP2: Tool = Tool {
    name: "wasm32-wasip2",
    purpose: "Rust's standard library for components",
    minimum: None,
    install: "rustup target add wasm32-wasip2",
    ways: &[Way {
        program: "rustc",
        arguments: &["--print", "target-libdir", "--target", "wasm32-wasip2"],
        answer: Answer::Folder,
    }],
};
const ZIG: Tool = Tool {
    name: "zig",
    purpose: "compiles and links, for C and C++ too",
    minimum: Some("0.17"),
    install: "python3 -m pip install --user ziglang==0.17.1 && printf '#!/bin/sh\\nexec python3 -m ziglang \"$@\"\\n' > ~/.local/bin/zig && chmod +x ~/.local/bin/zig",
    ways: &[way("zig", &["version"])],
};
const GO: Tool = Tool {
    name: "go",
    purpose: "compiles for WASI",
    minimum: Some("1.24"),
    install: "sudo apt-get install golang-go",
    ways: &[way("go", &["version"])],
};
const CURL: Tool = Tool {
    name: "curl",
    purpose: "fetches the sources of Lua, once for each project",
    minimum: None,
    install: "sudo apt-get install curl",
    ways: &[way("curl", &["--version"])],
};
const NIM: Tool = Tool {
    name: "nim",
    purpose: "compiles to C",
    minimum: Some("2.2"),
    install: "curl https://nim-lang.org/choosenim/init.sh -sSf | sh",
    ways: &[way("nim", &["--version"])],
};
const JAVA: Tool = Tool {
    name: "java",
    purpose: "runs the compiler",
    minimum: Some("17"),
    install: "sudo apt-get install openjdk-17-jdk-headless",
    ways: &[way("javac", &["-version"])],
};
const MAVEN: Tool = Tool {
    name: "mvn",
    purpose: "fetches the pinned compiler and builds",
    minimum: Some("3.8"),
    install: "sudo apt-get install maven",
    ways: &[way("mvn", &["--version"])],
};
const SWIFT: Tool = Tool {
    name: "swift",
    purpose: "compiles the package",
    minimum: Some("6.2"),
    install: "curl -O https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz && tar zxf swiftly-$(uname -m).tar.gz && ./swiftly init",
    ways: &[way("swift", &["--version"])],
};
const SWIFT_SDK: Tool = Tool {
    name: "swift-sdk",
    purpose: "Swift's standard library for WebAssembly",
    minimum: None,
    install: "curl -fsSLO https://download.swift.org/swift-6.2.3-release/wasm-sdk/swift-6.2.3-RELEASE/swift-6.2.3-RELEASE_wasm.artifactbundle.tar.gz && swift sdk install swift-6.2.3-RELEASE_wasm.artifactbundle.tar.gz",
    ways: &[Way {
        program: "sh",
        arguments: &["-c", "swift sdk list | grep -q wasm && echo wasm"],
        answer: Answer::Has("wasm"),
    }],
};
const DOTNET: Tool = Tool {
    name: "dotnet",
    purpose: "compiles the project",
    minimum: Some("10.0"),
    install: "curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0",
    ways: &[way("dotnet", &["--version"])],
};
const WASI_WORKLOAD: Tool = Tool {
    name: "wasi-experimental",
    purpose: ".NET's workload for WASI",
    minimum: None,
    install: "dotnet workload install wasi-experimental",
    ways: &[Way { program: "dotnet", arguments: &["workload", "list"], answer: Answer::Has("wasi-experimental") }],
};
const WASI_SDK: Tool = Tool {
    name: "wasi-sdk",
    purpose: "links for WASI; WASI_SDK_PATH names its folder",
    minimum: None,
    install: "curl -fsSL https://github.com/WebAssembly/wasi-sdk/releases/download/wasi-sdk-25/wasi-sdk-25.0-x86_64-linux.tar.gz | tar xz && export WASI_SDK_PATH=$PWD/wasi-sdk-25.0-x86_64-linux",
    ways: &[Way {
        program: "sh",
        arguments: &["-c", "test -x \"$WASI_SDK_PATH/bin/clang\" && echo wasi-sdk"],
        answer: Answer::Has("wasi-sdk"),
    }],
};
const GRAIN: Tool = Tool {
    name: "grain",
    purpose: "compiles the program",
    minimum: Some("0.7"),
    install: "sudo curl -L --output /usr/local/bin/grain https://github.com/grain-lang/grain/releases/latest/download/grain-linux-x64 && sudo chmod +x /usr/local/bin/grain",
    ways: &[way("grain", &["--version"])],
};
const MOON: Tool = Tool {
    name: "moon",
    purpose: "builds the module",
    minimum: None,
    install: "curl -fsSL https://cli.moonbitlang.com/install/unix.sh | bash",
    ways: &[way("moon", &["version"])],
};

pub fn of(language: Language) -> &'static [Tool] {
    match language {
        Language::Rust => &[CARGO, WASIP2],
        Language::Python => &[PYTHON, VENV],
        Language::TypeScript | Language::AssemblyScript => &[NODE, NPM],
        Language::Cpp | Language::Zig => &[ZIG, NODE, NPM],
        Language::Go => &[GO, NODE, NPM],
        Language::Lua => &[ZIG, CURL],
        Language::Nim => &[NIM, ZIG],
        Language::Kotlin => &[NODE, NPM, JAVA],
        Language::Java => &[JAVA, MAVEN],
        Language::Swift => &[SWIFT, SWIFT_SDK, NODE, NPM],
        Language::CSharp => &[DOTNET, WASI_WORKLOAD, WASI_SDK],
        Language::Grain => &[GRAIN],
        Language::MoonBit => &[MOON],
    }
}
