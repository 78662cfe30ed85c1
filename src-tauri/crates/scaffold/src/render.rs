//! Templates and what they are filled with.
//!
//! A template is in `templates/<language>` under the path that its file gets, with `.jinja` appended; `templates/common`
//! holds what every project has. Text of the user reaches a file only through a filter that writes it as a literal of
//! the file's language.

mod context;
mod document;
mod filters;

use include_dir::{Dir, include_dir};
use minijinja::{Environment, UndefinedBehavior};

use crate::language::Language;
use crate::plan::Plan;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
/// The contract, for projects that make bindings from it.
const WIT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../wit/flow-like-node.wit"));

/// A file of a sample that is the same in every project of its language.
macro_rules! sample {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../sample-nodes/", $path))
    };
}

/// The contract's functions and JSON, for languages without an SDK: what the samples have, word for word.
fn shared(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Cpp => &[
            ("src/host.hpp", sample!("cpp-csv-to-json/src/host.hpp")),
            ("src/json.hpp", sample!("cpp-csv-to-json/src/json.hpp")),
        ],
        Language::Zig => &[("src/host.zig", sample!("zig-checksums/src/host.zig"))],
        Language::Go => {
            &[("memory.go", sample!("go-regex-extract/memory.go")), ("wrap.mjs", sample!("go-regex-extract/wrap.mjs"))]
        }
        Language::Swift => &[("wrap.js", sample!("swift-slug/wrap.js"))],
        Language::Kotlin => &[
            ("src/FlowLike.kt", sample!("kotlin-invoice/src/FlowLike.kt")),
            ("src/Json.kt", sample!("kotlin-invoice/src/Json.kt")),
        ],
        Language::Lua => &[
            ("src/json.lua", sample!("lua-template/src/json.lua")),
            ("src/longjmp.s", sample!("lua-template/src/longjmp.s")),
        ],
        Language::Nim => {
            &[("config.nims", sample!("nim-date-span/config.nims")), ("zigcc", sample!("nim-date-span/zigcc"))]
        }
        _ => &[],
    }
}

/// A file of a new project.
pub struct File {
    /// Relative to the project's folder, with `/`.
    pub path: String,
    pub text: String,
}

/// All files of the project, in the order of their paths. An error is a fault of a template.
pub fn files(plan: &Plan) -> Result<Vec<File>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    filters::add(&mut environment, plan.language);

    let context = context::of(plan);
    let mut files = vec![File { path: format!("{}.cases.json", plan.id()), text: document::cases(plan) }];
    for folder in ["common", plan.language.id()] {
        let root = TEMPLATES.get_dir(folder);
        for (path, template) in root.map(|root| templates(root, folder)).unwrap_or_default() {
            let mut text = environment.render_named_str(&path, template, &context)?;
            if path == "Cargo.lock" {
                text = sorted_packages(&text);
            }
            files.push(File { path, text });
        }
    }
    files.extend(shared(plan.language).iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }));
    if plan.language.needs_wit() {
        files.push(File { path: "wit/flow-like-node.wit".into(), text: WIT.into() });
    }
    files.sort_by(|one, next| one.path.cmp(&next.path));
    Ok(files)
}

/// Cargo keeps packages in the order of their names, and would write a file that has them otherwise anew.
fn sorted_packages(lock: &str) -> String {
    const ENTRY: &str = "[[package]]\n";
    let mut parts = lock.split(ENTRY);
    let head = parts.next().unwrap_or_default();
    let mut packages: Vec<&str> = parts.map(str::trim_end).collect();
    packages.sort_by_key(|package| package.lines().next());
    head.to_owned() + &packages.iter().map(|package| format!("{ENTRY}{package}\n")).collect::<Vec<_>>().join("\n")
}

/// Paths in the project, without the mark of a template.
fn templates<'a>(folder: &Dir<'a>, root: &str) -> Vec<(String, &'a str)> {
    let mut found = Vec::new();
    for file in folder.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path()).to_string_lossy().replace('\\', "/");
        let (Some(path), Some(text)) = (path.strip_suffix(".jinja"), file.contents_utf8()) else { continue };
        found.push((path.to_owned(), text));
    }
    for inner in folder.dirs() {
        found.extend(templates(inner, root));
    }
    found
}

#[cfg(test)]
mod tests;
