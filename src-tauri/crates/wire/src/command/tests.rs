use std::process::Command;

use super::*;

/// The arguments that a program gets from a line, as `sh` takes it apart; and what it is told to read.
fn through_sh(text: &str, variables: &[(&str, &str)]) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("nodewb");
    std::fs::write(&program, "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\nprintf '\\1'\ncat\n")
        .expect("writable");
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("own");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(text).env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
    shell.envs(variables.iter().copied()).stdin(std::process::Stdio::null());
    let output = shell.output().expect("a shell");
    let printed = String::from_utf8(output.stdout).expect("text");
    let (words, read) = printed.split_once('\u{1}').unwrap_or((&printed, ""));
    (words.split_terminator('\0').map(str::to_owned).collect(), read.to_owned())
}

fn call<'a>(inputs: &[(&str, &str)]) -> Call<'a> {
    let inputs = inputs.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned())).collect();
    let (secret, allow, deny) = (Vec::new(), Vec::new(), Vec::new());
    Call { file: "/n o/it's.wasm", node: "n", inputs, secret, allow, deny, limits: RunLimits::default(), log_level: 0 }
}

#[test]
fn a_shell_gives_back_every_word() {
    let nasty = [
        ("plain", "1"),
        ("big", "18446744073709551615"),
        ("exact", "1.50"),
        ("quotes", r#""it's \"so\" `x` $HOME $(id) \\ !! \n""#),
        ("unicode", "\"grüße 日本 🦀\""),
        ("-dash", "true"),
        ("colon:", "null"),
        ("with blank", "[1, 2,\n\t{\"a\": \" b \"}]"),
        ("", "{}"),
        ("bidi", "\"a\u{202e}b\u{9b}c\u{7f}\u{e0001}\""),
    ];
    let line = call(&nasty).line();
    assert!(!line.text.contains(['\n', '\t', '\u{9b}', '\u{202e}']), "{:?}", line.text);
    let (words, _) = through_sh(&line.text, &[]);
    let given: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix("--input=")).collect();
    assert_eq!(words[..3], ["run", "/n o/it's.wasm", "--node=n"]);
    assert_eq!(given.len(), nasty.len());
    for ((name, json), given) in nasty.iter().zip(given) {
        let (pin, value) = given.split_once('=').expect("a value");
        assert_eq!(pin, format!("{name}:"));
        let value_of = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value_of(value), value_of(json), "{name}");
    }
    assert!(given_numbers(&words).contains(&"exact:=1.50".to_owned()), "numbers keep their digits");
}

fn given_numbers(words: &[String]) -> Vec<String> {
    words.iter().filter_map(|word| word.strip_prefix("--input=")).map(str::to_owned).collect()
}

#[test]
fn what_a_line_cannot_take_goes_through_standard_input() {
    let long = format!("\"{}\"", "x".repeat(MAX_ARGUMENTS));
    for (inputs, whole) in [
        (vec![("a=b", "1"), ("c", "\"INPUTS\\n$x `y`\"")], r#"{"a=b":1,"c":"INPUTS\n$x `y`"}"#.to_owned()),
        (vec![("long", long.as_str())], format!("{{\"long\":{long}}}")),
    ] {
        let (words, read) = through_sh(&call(&inputs).line().text, &[]);
        assert_eq!(words.last().map(String::as_str), Some("--inputs=-"));
        assert_eq!(read.trim_end(), whole);
    }
}

#[test]
fn sensitive_values_are_never_in_it() {
    let mut call = call(&[("api token", "\"s3cret\""), ("api-token", "\"s3cret\""), ("q", "\"x\"")]);
    call.secret = vec!["api token".into(), "api-token".into()];
    let line = call.line();
    assert!(!line.text.contains("s3cret"), "{}", line.text);
    assert_eq!(line.notes.len(), 2, "{:?}", line.notes);
    assert!(through_sh(&line.text, &[]).0.is_empty(), "the shell runs nothing before they are set");
    let set = [("NODEWB_API_TOKEN", "a 'b' $c"), ("NODEWB_API_TOKEN_", "2")];
    let (words, _) = through_sh(&line.text, &set);
    assert!(words.contains(&"--input=api token=a 'b' $c".to_owned()), "{words:?}");
    assert!(words.contains(&"--input=api-token=2".to_owned()), "{words:?}");
}

#[test]
fn limits_and_rules_are_options() {
    let limits = RunLimits { time: Some(" 500ms ".into()), memory: Some("1GiB".into()), fuel: Some("7".into()) };
    let (allow, deny) = (vec!["tcp:a b:1".to_owned()], vec!["dns".to_owned()]);
    let line = Call { limits, allow, deny, log_level: 2, ..call(&[]) }.line();
    let (words, _) = through_sh(&line.text, &[]);
    let expected = ["--allow=tcp:a b:1", "--deny=dns", "--timeout=500ms", "--memory=1GiB", "--fuel=7", "--log-level=2"];
    assert_eq!(words[3..], expected);
}
