//! Help in the terminal and as man pages: topics, commands, problems by code, search.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn nodewb(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodewb"));
    command.args(arguments).env("COLUMNS", "80").env_remove("NODEWB_LOG").output().expect("the program starts")
}

fn stdout(arguments: &[&str]) -> String {
    let output = nodewb(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!text.contains('\u{1b}'), "no marks without a terminal");
    text
}

fn complaint(arguments: &[&str], code: i32) -> String {
    let output = nodewb(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn topics_sections_codes_and_commands_are_explained() {
    let list = stdout(&["help"]);
    for topic in help::topics() {
        assert!(list.contains(&format!("  {} ", topic.id)), "{} is not listed: {list}", topic.id);
    }
    assert!(stdout(&["help", "rules"]).starts_with("Rules\n"));
    assert!(stdout(&["help", "limits#memory"]).starts_with("Limits: Memory\n"));
    assert!(stdout(&["help", "unknown-permission"]).contains("permission labels"), "a problem's code is enough");
    assert!(stdout(&["help", "exit", "codes"]).starts_with("Exit codes\n"), "a title is enough");
    let run = stdout(&["help", "run"]);
    assert!(run.contains("Usage: nodewb run [OPTIONS] <FILE>") && run.contains("--timeout"), "{run}");
    assert_eq!(run, stdout(&["run", "--help"]), "the command's own help");
}

#[test]
fn a_near_miss_is_suggested() {
    assert!(complaint(&["help", "ruels"], 2).contains("did you mean \"nodewb help rules\"?"));
    assert!(complaint(&["help", "inspekt"], 2).contains("did you mean \"nodewb help inspect\"?"));
    assert!(complaint(&["help", "zzzzzz"], 2).contains("\"nodewb help\" lists all topics"));
    assert!(complaint(&["help", "--search", "zzzzzz"], 1).contains("no topic has \"zzzzzz\""));
}

#[test]
fn words_are_found() {
    let found = stdout(&["help", "--search", "exit", "code"]);
    assert!(found.starts_with("exit-codes Exit codes\n"), "{found}");
}

#[test]
fn the_exit_codes_of_help_are_those_of_the_program() {
    let topic = help::topic("exit-codes").expect("the topic");
    let told: BTreeSet<&str> = topic
        .blocks
        .iter()
        .filter_map(|block| if let help::Block::Table { rows, .. } = block { Some(rows) } else { None })
        .flatten()
        .filter_map(|row| match row[0].as_slice() {
            [help::Inline::Text(code)] => Some(code.as_str()),
            _ => None,
        })
        .collect();
    let source = include_str!("../src/exit.rs");
    let (_, body) = source.split_once("pub fn code(self) -> u8 {").expect("the codes");
    let (body, _) = body.split_once("\n    }\n").expect("the end of the function");
    let codes: BTreeSet<&str> =
        body.lines().filter_map(|line| Some(line.split_once("=> ")?.1.trim_end_matches(','))).collect();
    assert!(codes.len() > 5, "the codes were read: {codes:?}");
    assert_eq!(told, codes);
}

#[test]
fn man_pages_are_there_for_every_command_and_topic() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("man");
    stdout(&["man", to.to_str().expect("a plain path")]);
    let read = |name: &str| std::fs::read_to_string(to.join(name)).unwrap_or_else(|_| panic!("no page {name}"));
    assert!(read("nodewb.1").contains("nodewb\\-run(1)"), "the program names its commands");
    assert!(read("nodewb-run.1").contains("\\-\\-timeout"));
    assert!(!to.join("nodewb-man.1").exists(), "a hidden command has no page");
    for topic in help::topics() {
        assert!(read(&format!("nodewb-{}.7", topic.id)).contains("SEE ALSO"));
    }
    let groff = Command::new("groff").args(["-man", "-ww", "-z", "-Kutf8"]).args(pages(&to)).output();
    // Not every system has it.
    if let Ok(groff) = groff {
        let warnings = String::from_utf8_lossy(&groff.stderr).into_owned();
        assert!(groff.status.success() && warnings.is_empty(), "{warnings}");
    }
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path()).collect()
}

#[test]
fn diagnostics_name_versions_and_no_home() {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodewb"));
    command.arg("diagnostics").env("HOME", home.path()).env_remove("XDG_DATA_HOME").env_remove("NODEWB_DATA");
    let output = command.output().expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.starts_with("nodewb ") && text.contains("wasmtime: "), "{text}");
    assert!(text.contains("data folder: ~/.local/share/node-workbench"), "{text}");
    assert!(!text.contains(home.path().to_str().expect("a plain path")), "{text}");
    assert_eq!(std::fs::read_dir(home.path()).expect("the home").count(), 0, "looking writes nothing");
}
