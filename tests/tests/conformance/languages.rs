//! Items 5 to 9: the text node of every language.
//!
//! From source: Rust, Python, AssemblyScript, C++. The command component is Rust's, with the protocol of the C# SDK.
//! WAT fixtures with the toolchain's pattern: Rust 0.1.0, Go (two generations of TinyGo), C++ and Nim through
//! Emscripten, Kotlin, Zig, Grain, MoonBit, Lua, Swift, Java, and the first AssemblyScript SDK. TypeScript's component
//! differs from Python's by what it imports; its node is not built here.

use std::path::PathBuf;
use std::sync::Arc;

use runtime::artifact::ArtifactKind;
use runtime::definition::{DataType, Direction};
use runtime::node::LoadedNode;
use serde_json::json;
use support::{Bench, bench, nodes};

enum Source {
    Built(fn() -> PathBuf),
    Fixture(&'static str),
}

struct Language {
    source: Source,
    name: &'static str,
    text: &'static str,
    times: u64,
}

const fn fixture(path: &'static str, name: &'static str, text: &'static str, times: u64) -> Language {
    Language { source: Source::Fixture(path), name, text, times }
}

const fn built(build: fn() -> PathBuf, name: &'static str, text: &'static str, times: u64) -> Language {
    Language { source: Source::Built(build), name, text, times }
}

fn python() -> PathBuf {
    nodes::python("text")
}

fn assemblyscript() -> PathBuf {
    nodes::assemblyscript("template")
}

fn rust() -> PathBuf {
    nodes::rust("minimal")
}

fn command() -> PathBuf {
    nodes::rust("command")
}

const LANGUAGES: [Language; 19] = [
    built(rust, "my_custom_node", "Hello", 3),
    built(python, "my_custom_node_py", "Python", 3),
    built(assemblyscript, "my_custom_node_as", "World", 2),
    built(nodes::cpp, "my_custom_node_cpp", "C++", 3),
    built(command, "my_custom_node_csharp", "C#", 3),
    fixture("language/rust", "my_custom_node", "Hello", 3),
    fixture("language/go", "my_custom_node_go", "Go", 4),
    fixture("language/go_old", "my_custom_node_go", "Go", 4),
    fixture("language/cpp", "my_custom_node_cpp", "C++", 3),
    fixture("language/nim", "my_custom_node_nim", "Nim", 3),
    fixture("language/lua", "my_custom_node_lua", "Lua", 3),
    fixture("language/kotlin", "my_custom_node_kt", "Kotlin", 3),
    fixture("language/zig", "my_custom_node_zig", "Zig", 3),
    fixture("language/grain", "my_custom_node_grain", "Grain", 3),
    fixture("language/moonbit", "my_custom_node_moonbit", "MoonBit", 3),
    fixture("language/swift", "my_custom_node_swift", "Swift", 3),
    fixture("language/java", "my_custom_node_java", "Java", 3),
    fixture("language/assemblyscript_old", "my_custom_node_as", "World", 2),
    fixture("language/env_flat", "my_custom_node_env", "flat", 3),
];

impl Language {
    fn label(&self) -> &str {
        match self.source {
            Source::Fixture(path) => path,
            Source::Built(_) => self.name,
        }
    }

    async fn load(&self, bench: &Bench) -> Arc<LoadedNode> {
        match self.source {
            Source::Built(build) => bench.load(build()).await,
            Source::Fixture(path) => bench.fixture(path).await,
        }
    }
}

#[tokio::test]
async fn c05_every_language_loads() {
    let bench = bench();
    for language in LANGUAGES {
        let node = language.load(&bench).await;
        if node.artifact.kind == ArtifactKind::Core {
            let exported = node.artifact.exports.iter().any(|export| export.name == "alloc");
            assert!(exported, "{} exports alloc", language.label());
        }
    }
}

#[tokio::test]
async fn c06_every_language_declares_the_same_node() {
    let bench = bench();
    for language in LANGUAGES {
        let node = language.load(&bench).await;
        let [definition] = &node.definitions[..] else { panic!("{} has one node", language.label()) };
        assert_eq!(definition.name, language.name, "{}", language.label());
        assert_eq!(definition.category, "Custom/WASM", "{}", language.label());
        let pins: Vec<_> =
            definition.pins.iter().map(|pin| (pin.name.as_str(), pin.direction, pin.data_type)).collect();
        assert_eq!(
            pins,
            [
                ("exec", Direction::Input, DataType::Execution),
                ("input_text", Direction::Input, DataType::String),
                ("multiplier", Direction::Input, DataType::Integer),
                ("exec_out", Direction::Output, DataType::Execution),
                ("output_text", Direction::Output, DataType::String),
                ("char_count", Direction::Output, DataType::Integer),
            ],
            "{}",
            language.label()
        );
    }
}

#[tokio::test]
async fn c07_every_language_repeats_a_text() {
    let bench = bench();
    for language in LANGUAGES {
        let node = language.load(&bench).await;
        let inputs = json!({ "input_text": language.text, "multiplier": language.times });
        let finished = bench.run(&node).inputs(inputs).deny("network").await;
        let label = language.label();
        assert_eq!(finished.outcome.error, None, "{label}: {}", finished.report());
        let expected = language.text.repeat(language.times as usize);
        assert_eq!(finished.output("char_count"), expected.len(), "{label}");
        assert_eq!(finished.output("output_text"), expected, "{label}");
        assert_eq!(finished.fired(), ["exec_out"], "{label}");
    }
}

#[tokio::test]
async fn c08_every_language_runs_without_inputs() {
    let bench = bench();
    for language in LANGUAGES {
        let node = language.load(&bench).await;
        let finished = bench.run(&node).deny("network").await;
        let label = language.label();
        assert_eq!(finished.outcome.error, None, "{label}: {}", finished.report());
        assert_eq!(finished.output("output_text"), "", "{label}");
        assert_eq!(finished.output("char_count"), 0, "{label}");
    }
}

#[tokio::test]
async fn c09_the_abi_version_is_what_the_guest_says() {
    let bench = bench();
    for (path, version) in [(python(), "1"), (assemblyscript(), "1"), (nodes::cpp(), "1"), (rust(), "2")] {
        let node = bench.load(&path).await;
        assert_eq!(node.abi_version.as_deref(), Some(version), "\"{}\"", path.display());
    }
}

/// Prints of the languages' own runtimes arrive as lines of stdout.
#[tokio::test]
async fn c07_what_languages_print_arrives_whole() {
    let bench = bench();
    for name in ["go", "go_old", "cpp", "nim", "grain", "java", "swift"] {
        let node = bench.fixture(&format!("language/{name}")).await;
        let finished = bench.run(&node).await.ok();
        assert_eq!(finished.lines_of(runtime::event::LogSource::Stdout), ["printed"], "{name}");
    }
    let node = bench.fixture("language/moonbit").await;
    let finished = bench.run(&node).await.ok();
    assert!(finished.lines().contains(&"hiä😀"), "print_char sends UTF-16 units: {:?}", finished.lines());
}
