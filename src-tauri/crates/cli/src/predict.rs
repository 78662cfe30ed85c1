//! `nodewb predict`: what a host of Flow-Like would answer to a call.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::terminal::out;

#[derive(Args)]
#[command(after_help = "Each line is an object:
  {\"profile\": \"server\", \"permissions\": [\"network:http\"], \"allowed_hosts\": null,
   \"call\": \"http\", \"arg\": [0, \"http://127.0.0.1:9/\"]}

Profiles: desktop, debug, catalogue, server, device, extraction.
An answer is try (the network decides), ok, none:REASON, false:REASON, noop:REASON, error:CODE or link-error.

Example:
  nodewb predict --json calls.jsonl")]
pub struct Predict {
    /// A file with one call a line; - reads standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub json: PathBuf,
}

pub fn predict(arguments: &Predict) -> Exit {
    let reader: Box<dyn BufRead> = if arguments.json.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        match std::fs::File::open(&arguments.json) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => return Exit::Load.because(&format!("cannot read \"{}\": {error}", arguments.json.display())),
        }
    };
    let mut exit = Exit::Ok;
    for (number, line) in reader.lines().enumerate() {
        let line = match line {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => line,
            Err(error) => return Exit::Load.because(&format!("cannot read line {}: {error}", number + 1)),
        };
        let answer = match contract::predict_line(&line) {
            Ok(prediction) => json!({"result": prediction.answer.to_string(), "rule": prediction.rule}),
            Err(reason) => {
                exit = Exit::Usage.because(&format!("line {}: {reason}", number + 1));
                json!({"error": reason})
            }
        };
        if !out(&format!("{answer}\n")) {
            break;
        }
    }
    exit
}
