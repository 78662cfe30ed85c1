//! The command that the window copies for a run does the same run in a shell.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use wire::Call;
use wire::window::RunLimits;

const RESULT: &str = r#"{"outputs":{},"activate_exec":[]}"#;

/// A node that logs what it is run with.
fn node(definition: &str) -> String {
    let escaped = |text: &str| text.bytes().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    format!(
        r#"(module
            (import "flowlike_log" "info" (func $info (param i32 i32)))
            (memory (export "memory") 32)
            (data (i32.const 16384) "{}") (data (i32.const 65536) "{}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 16384) (i64.const 32)) (i64.const {})))
            (func (export "run") (param i32 i32) (result i64)
                (call $info (local.get 0) (local.get 1))
                (i64.or (i64.shl (i64.const 65536) (i64.const 32)) (i64.const {}))))"#,
        escaped(definition),
        escaped(RESULT),
        definition.len(),
        RESULT.len(),
    )
}

fn in_shell(folder: &Path, line: &str, variables: &[(&str, &str)]) -> Output {
    let programs = Path::new(env!("CARGO_BIN_EXE_nodewb")).parent().expect("a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{line} --json --no-ask"));
    shell.env("PATH", path).env("NODEWB_DATA", folder.join("data")).envs(variables.iter().copied());
    shell.stdin(Stdio::null()).output().expect("a shell")
}

/// The inputs that the node was run with, as text.
fn inputs(output: &Output) -> String {
    let lines = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    let events = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let logged =
        events.filter(|event| event["event"] == "log").find_map(|event| Some(event["message"].as_str()?.to_owned()));
    logged.unwrap_or_else(|| panic!("it ran: {lines} {told}"))
}

#[test]
fn a_copied_command_runs_with_the_very_same_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let pins = [
        ("text", "String", r#""it's \"so\" `x` $HOME $(id) \\ !! \n\t end""#),
        ("unicode", "String", "\"grüße 日本 🦀 \u{202e}\""),
        ("big", "Integer", "9223372036854775807"),
        ("exact", "Float", "1.50"),
        ("-dash", "Boolean", "true"),
        ("with blank", "Generic", r#"{"a":[1,2,{"b":" c "}],"n":18446744073709551615}"#),
        ("data", "Byte", "\"AP8=\""),
        ("token", "String", "\"s3cret\""),
    ];
    let pin = |(name, data_type, _): &(&str, &str, &str)| {
        format!(r#"{{"name":"{name}","pin_type":"Input","data_type":"{data_type}","sensitive":{}}}"#, *name == "token")
    };
    let definition = format!(r#"{{"name":"n","pins":[{}]}}"#, pins.iter().map(pin).collect::<Vec<_>>().join(","));
    let file = folder.path().join("it's a node; $(id).wat");
    std::fs::write(&file, node(&definition)).expect("written");
    let file = file.display().to_string();
    let given: Vec<(String, String)> = pins.iter().map(|(name, _, json)| ((*name).into(), (*json).into())).collect();
    let call = Call {
        file: &file,
        node: "n",
        inputs: given,
        secret: vec!["token".into()],
        allow: vec!["dns:a.example".into()],
        deny: vec!["tcp:*".into()],
        limits: RunLimits { time: Some("20".into()), memory: Some("64MiB".into()), fuel: None },
        log_level: 0,
    };
    let line = call.line();
    assert!(!line.text.contains("s3cret"), "{}", line.text);
    let ran = inputs(&in_shell(folder.path(), &line.text, &[("NODEWB_TOKEN", "an'other")]));
    let document: serde_json::Value = serde_json::from_str(&ran).expect("JSON");
    for (name, _, json) in pins.iter().filter(|(name, ..)| *name != "token") {
        let wanted: serde_json::Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(document["inputs"][name], wanted, "{name} in {ran}");
    }
    assert_eq!(document["inputs"]["token"], "an'other");
    for digits in ["9223372036854775807", "1.50", "18446744073709551615"] {
        assert!(ran.contains(digits), "{digits} in {ran}");
    }
}

#[test]
fn what_no_argument_can_take_is_run_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let definition = r#"{"name":"n","pins":[{"name":"a=b","pin_type":"Input","data_type":"String"}]}"#;
    let file = folder.path().join("n.wat").display().to_string();
    std::fs::write(&file, node(definition)).expect("written");
    let value = format!("\"INPUTS $x `y` {}\"", "é".repeat(200_000));
    let call = Call {
        file: &file,
        node: "n",
        inputs: vec![("a=b".into(), value.clone())],
        secret: Vec::new(),
        allow: Vec::new(),
        deny: Vec::new(),
        limits: RunLimits::default(),
        log_level: 0,
    };
    // Options of the test go in front of the text that is read.
    let line = call.line().text.replacen("--inputs=-", "--json --inputs=-", 1);
    let programs = Path::new(env!("CARGO_BIN_EXE_nodewb")).parent().expect("a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    // As if it were pasted: it is too long for an argument.
    let script = folder.path().join("pasted");
    std::fs::write(&script, line).expect("written");
    let mut shell = Command::new("sh");
    shell.arg(&script).env("PATH", path).env("NODEWB_DATA", folder.path().join("data"));
    let ran = inputs(&shell.output().expect("a shell"));
    assert!(ran.contains(value.trim_matches('"')), "{} bytes", ran.len());
}
