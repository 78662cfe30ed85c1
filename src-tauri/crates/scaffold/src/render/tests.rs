//! Every template, filled with names that need care. What these files do is for `tests/new_node.rs`, which builds them;
//! of the languages that cannot be built there the form is checked here.

use serde_json::Value;

use super::*;
use crate::Language;
use crate::language::Tested;

const NASTY: &str = "Say \"Hi\" $x `y` \\ ${z} {{ u }} */ 字";

fn plan(language: Language, pins: &[&str]) -> Plan {
    let mut plan = Plan::new(language, NASTY, "unused");
    plan.description = format!("{NASTY} \"\"\" )json\" ]==]");
    plan.permissions = ["network:tcp", "storage:read", "oauth", "models"].map(Into::into).into();
    plan.pins.extend(pins.iter().map(|pin| pin.parse().expect("a pin")));
    plan
}

fn many_pins(language: Language) -> Plan {
    let pins = [
        "text:in:string=a \"b\" \\ $c\n\u{1}",
        "type:in:integer=-9223372036854775808",
        "ratio:in:float=1e300",
        "on:in:boolean=true",
        "rows:in:array of struct=[{\"a\":null}]",
        "a \"b\":in:map of date",
        "text:out:string",
        "count:out:integer=7",
        "other:out:float",
        "any:out:generic",
    ];
    plan(language, &pins)
}

fn text_of<'a>(files: &'a [File], path: &str) -> &'a str {
    let found = files.iter().find(|file| file.path == path);
    found.map(|file| file.text.as_str()).unwrap_or_else(|| panic!("\"{path}\" is among the files"))
}

#[test]
fn every_project_has_its_files_and_says_the_same_everywhere() {
    for language in Language::ALL {
        for plan in [many_pins(language), plan(language, &[])] {
            let files = files(&plan).unwrap_or_else(|error| panic!("{language}: {error:#}"));
            let facts = language.facts();
            text_of(&files, facts.source);
            for file in &files {
                assert!(file.text.ends_with('\n'), "{language}: \"{}\" ends with a line", file.path);
                let is_left = |mark: &str| file.text.replace("{{ u }}", "").contains(mark);
                assert!(!is_left("{%") && !is_left("{{ "), "{language}: \"{}\" is filled", file.path);
                if file.path.ends_with(".json") {
                    serde_json::from_str::<Value>(&file.text).unwrap_or_else(|error| panic!("{language}: {error}"));
                }
            }
            let manifest: toml::Table = text_of(&files, "flow-like.toml").parse().expect("a manifest is TOML");
            assert_eq!(manifest["name"].as_str(), Some(NASTY));
            assert_eq!(manifest["workbench"]["build"].as_str(), Some(plan.build_command().as_str()));
            assert_eq!(manifest["permissions"]["network"]["tcp_enabled"].as_bool(), Some(true));
            for path in manifest["workbench"]["watch"].as_array().expect("a list") {
                let path = path.as_str().expect("a path");
                let is_there = files.iter().any(|file| file.path == path || file.path.starts_with(&format!("{path}/")));
                assert!(is_there, "{language}: \"{path}\" is watched, so it is written");
            }
            assert!(text_of(&files, "README.md").contains(&plan.build_command()), "{language}");
            let cases: Value = serde_json::from_str(text_of(&files, "say_hi_x_y_z_u.cases.json")).expect("JSON");
            assert!(cases["cases"][0]["inputs"].is_object());
        }
    }
}

#[test]
fn f32_python_takes_along_what_looking_names_up_loads_late() {
    for (permission, is_there) in
        [("network:tcp", true), ("network:dns", true), ("network:http", true), ("cache", false)]
    {
        let plan = Plan { permissions: vec![permission.into()], ..plan(Language::Python, &[]) };
        let files = files(&plan).expect("a project");
        let app = text_of(&files, "src/app.py");
        for module in ["encodings.idna", "encodings.punycode"] {
            assert_eq!(app.contains(&format!("\nimport {module}  #")), is_there, "{permission}: {app}");
        }
        assert!(app.contains("\nimport json\n"), "{app}");
    }
}

#[test]
fn languages_that_are_only_rendered_have_the_form_of_code() {
    let rendered = Language::ALL.into_iter().filter(|language| language.facts().tested == Tested::Rendered);
    for language in rendered {
        for plan in [many_pins(language), plan(language, &[])] {
            let files = files(&plan).expect("rendered");
            for file in files.iter().filter(|file| is_code(&file.path)) {
                brackets_match(&file.text).unwrap_or_else(|line| panic!("{language}: \"{}\", line {line}", file.path));
            }
            let source = text_of(&files, language.facts().source);
            let wanted: Value = serde_json::from_str(&document::definition(&plan)).expect("JSON");
            let found = definition_in(language, source).expect("the definition stands in the source");
            let found: Value =
                serde_json::from_str(&found).unwrap_or_else(|error| panic!("{language}: {error}: {found}"));
            assert_eq!(found, wanted, "{language}");
        }
    }
}

fn is_code(path: &str) -> bool {
    [".swift", ".cs", ".gr", ".mbt", ".nim"].iter().any(|end| path.ends_with(end))
}

/// The definition's text, as the language reads its literal.
fn definition_in(language: Language, source: &str) -> Option<String> {
    match language {
        Language::Grain => {
            // Its escapes are those of JSON here: nothing in the definition is a control character.
            let start = source.find("let definition = ")? + "let definition = ".len();
            serde_json::from_str(source.get(start..)?.lines().next()?).ok()
        }
        Language::MoonBit => {
            let lines = source.lines().filter_map(|line| line.trim_start().strip_prefix("#|"));
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
        _ => {
            let (_, rest) = source.split_once("\"\"\"")?;
            Some(rest.rsplit_once("\"\"\"")?.0.to_owned())
        }
    }
}

/// Brackets outside of strings and comments; the error is the line where one is missing.
fn brackets_match(text: &str) -> Result<(), usize> {
    let mut open = Vec::new();
    let mut in_block = false;
    for (at, line) in text.lines().enumerate() {
        let quotes = line.matches("\"\"\"").count();
        let was_in_block = in_block;
        in_block ^= quotes % 2 == 1;
        // Lines of a raw string hold JSON; the one that ends it may go on with code.
        let code = match (was_in_block, quotes) {
            (true, 0) => continue,
            (true, _) => line.rsplit("\"\"\"").next().unwrap_or_default().trim_start_matches('#'),
            (false, _) => line.split("\"\"\"").next().unwrap_or_default().trim_end_matches('#'),
        };
        if code.trim_start().starts_with("#|") {
            continue;
        }
        let mut characters = code.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '"' => loop {
                    match characters.next() {
                        Some('\\') => drop(characters.next()),
                        Some('"') => break,
                        Some(_) => {}
                        None => return Err(at + 1),
                    }
                },
                '/' if characters.peek() == Some(&'/') => break,
                '#' if code.trim_start().starts_with('#') => break,
                '(' | '[' | '{' => open.push(c),
                ')' | ']' | '}' => {
                    let wanted = match c {
                        ')' => '(',
                        ']' => '[',
                        _ => '{',
                    };
                    if open.pop() != Some(wanted) {
                        return Err(at + 1);
                    }
                }
                _ => {}
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(text.lines().count()) }
}
