//! A node that is a command (`wasi:cli/run`), as the C# template builds it: the first argument says what to do, the
//! answer is all of stdout.

use base64::Engine;
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = |index: usize| arguments.get(index).map_or("", String::as_str);
    match text(0).to_lowercase().as_str() {
        "get-node" => println!("{}", json!([definition()])),
        "run-b64" => println!("{}", run(&decoded(text(1)))),
        "run" => println!("{}", run(text(1))),
        "get-abi-version" => println!("1"),
        _ => {}
    }
}

fn decoded(base64: &str) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64).expect("the argument is base64");
    String::from_utf8(bytes).expect("the document is UTF-8")
}

fn pin(direction: &str, name: &str, kind: &str) -> Value {
    json!({ "name": name, "friendly_name": name, "description": "", "pin_type": direction, "data_type": kind })
}

fn definition() -> Value {
    json!({
        "name": "my_custom_node_csharp",
        "friendly_name": "My Custom Node",
        "description": "Repeats a text",
        "category": "Custom/WASM",
        "pins": [
            pin("Input", "exec", "Exec"),
            pin("Input", "input_text", "String"),
            pin("Input", "multiplier", "I64"),
            pin("Output", "exec_out", "Exec"),
            pin("Output", "output_text", "String"),
            pin("Output", "char_count", "I64"),
        ],
        "abi_version": 1,
    })
}

fn run(document: &str) -> Value {
    let document: Value = serde_json::from_str(document).expect("the document is JSON");
    let inputs = &document["inputs"];
    let text = inputs["input_text"].as_str().unwrap_or_default();
    eprintln!("a line on stderr");
    if text == "fail" {
        eprintln!("failed on purpose");
        std::process::exit(1);
    }
    let output = text.repeat(inputs["multiplier"].as_u64().unwrap_or(1) as usize);
    json!({
        "outputs": { "char_count": output.chars().count(), "output_text": output },
        "error": null,
        "activate_exec": ["exec_out"],
    })
}
