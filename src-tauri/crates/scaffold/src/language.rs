//! The fifteen languages: how each meets the contract, why, and how its project is built.

mod facts;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::facts::Facts;

/// A language that nodes are written in. Serialised as its id, such as `rust` or `csharp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Rust,
    Python,
    TypeScript,
    AssemblyScript,
    Cpp,
    Zig,
    Go,
    Lua,
    Nim,
    Kotlin,
    Java,
    Swift,
    CSharp,
    Grain,
    MoonBit,
}

/// The model of a built node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// World `flow-like:node@0.1.0`, WASI preview 2: typed imports, sockets, HTTP with answers.
    Component,
    /// Raw exports, JSON through linear memory, WASI preview 1.
    Core,
}

/// How far the generated project is tested here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tested {
    /// Built with the language's own toolchain and run, in every test run.
    Built,
    /// Only rendered and checked for form: the toolchain cannot be had from a package registry.
    Rendered,
}

impl Language {
    /// In the order in which they are offered.
    pub const ALL: [Self; 15] = [
        Self::Rust,
        Self::Python,
        Self::TypeScript,
        Self::AssemblyScript,
        Self::Cpp,
        Self::Zig,
        Self::Go,
        Self::Lua,
        Self::Nim,
        Self::Kotlin,
        Self::Java,
        Self::Swift,
        Self::CSharp,
        Self::Grain,
        Self::MoonBit,
    ];

    /// The name in options, manifests and template folders: lower case, ASCII.
    pub fn id(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::TypeScript => "typescript",
            Self::AssemblyScript => "assemblyscript",
            Self::Cpp => "cpp",
            Self::Zig => "zig",
            Self::Go => "go",
            Self::Lua => "lua",
            Self::Nim => "nim",
            Self::Kotlin => "kotlin",
            Self::Java => "java",
            Self::Swift => "swift",
            Self::CSharp => "csharp",
            Self::Grain => "grain",
            Self::MoonBit => "moonbit",
        }
    }

    /// The name that people know.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::TypeScript => "TypeScript",
            Self::AssemblyScript => "AssemblyScript",
            Self::Cpp => "C++",
            Self::Zig => "Zig",
            Self::Go => "Go",
            Self::Lua => "Lua",
            Self::Nim => "Nim",
            Self::Kotlin => "Kotlin",
            Self::Java => "Java",
            Self::Swift => "Swift",
            Self::CSharp => "C#",
            Self::Grain => "Grain",
            Self::MoonBit => "MoonBit",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = String;

    /// Reads an id or a name in any case, and the usual short forms.
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_ascii_lowercase();
        let wanted = match wanted.as_str() {
            "c++" | "cxx" => "cpp",
            "c#" | "cs" | "dotnet" => "csharp",
            "ts" => "typescript",
            "as" => "assemblyscript",
            "py" => "python",
            "rs" => "rust",
            "golang" => "go",
            "kt" => "kotlin",
            other => other,
        };
        Self::ALL.into_iter().find(|language| language.id() == wanted).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|language| language.id()).collect();
            format!("\"{}\" is not a known language; known are {}", text.escape_debug(), known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_says_of_each_language_what_is_said_here() {
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../README.md"));
        for language in Language::ALL {
            let facts = language.facts();
            let model = if facts.kind == Kind::Component { "component" } else { "core module" };
            let row = format!("| {language} | {model} | {} | {} |", facts.good_for, facts.reason);
            assert!(readme.contains(&row), "the README has the row {row}");
        }
    }

    #[test]
    fn each_language_is_found_by_its_id_and_its_name() {
        for language in Language::ALL {
            assert_eq!(language.id().parse(), Ok(language));
            assert_eq!(language.name().parse(), Ok(language), "{language}");
            let json = serde_json::to_string(&language).expect("a language is JSON");
            assert_eq!(json, format!("\"{}\"", language.id()));
        }
        assert!("cobol".parse::<Language>().is_err_and(|error| error.contains("known are rust, python")));
    }
}
