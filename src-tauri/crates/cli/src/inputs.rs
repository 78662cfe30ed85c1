//! Input values from the command line.

use std::io::Read as _;
use std::path::Path;

use runtime::definition::Definition;
use runtime::definition::inputs;
use runtime::json::Json;
use runtime::text::quoted;

use crate::args::Call;

/// The largest file that is taken as a value.
const MAX_FILE: u64 = 256 << 20;

/// One `--input`.
#[derive(Debug, PartialEq, Eq)]
struct Assignment<'a> {
    pin: &'a str,
    value: Value<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Value<'a> {
    Text(&'a str),
    Json(&'a str),
    File(&'a str),
}

/// Reads all values and holds them against the pins. The error is for people. Blocking.
pub fn read(definition: &Definition, call: &Call) -> Result<Vec<(String, Json)>, String> {
    let mut values = match &call.inputs {
        Some(file) => object(file)?,
        None => Vec::new(),
    };
    let mut given = Vec::new();
    for text in &call.input {
        let Assignment { pin, value } = split(text)?;
        if given.contains(&pin) {
            return Err(format!("the input {} is given more than once", quoted(pin)));
        }
        given.push(pin);
        let json = value_of(definition, pin, value)?;
        match values.iter_mut().find(|(name, _)| name == pin) {
            Some((_, old)) => *old = json,
            None => values.push((pin.into(), json)),
        }
    }
    let problems = inputs::check(definition, &values);
    if problems.is_empty() {
        return Ok(values);
    }
    Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n       "))
}

fn split(text: &str) -> Result<Assignment<'_>, String> {
    let Some((pin, value)) = text.split_once('=') else {
        return Err(format!("{} is not an input; write PIN=TEXT, PIN:=JSON or PIN=@FILE", quoted(text)));
    };
    let (pin, value) = match (pin.strip_suffix(':'), value.strip_prefix('@')) {
        (Some(pin), _) => (pin, Value::Json(value)),
        (None, Some(file)) => (pin, Value::File(file)),
        (None, None) => (pin, Value::Text(value)),
    };
    Ok(Assignment { pin, value })
}

fn value_of(definition: &Definition, pin: &str, value: Value<'_>) -> Result<Json, String> {
    let found = inputs::find(definition, pin).map_err(|problem| problem.to_string())?;
    match value {
        Value::Text(text) => inputs::read_text(found, text).map_err(|problem| problem.to_string()),
        Value::Json(text) => {
            Json::parse(text).map_err(|error| format!("input {}: {} is not JSON: {error}", quoted(pin), quoted(text)))
        }
        Value::File(file) => {
            let bytes = read_file(Path::new(file))?;
            inputs::read_bytes(found, &bytes).map_err(|problem| problem.to_string())
        }
    }
}

/// The values of an object, exactly as they are written.
fn object(file: &Path) -> Result<Vec<(String, Json)>, String> {
    let bytes = read_file(file)?;
    let place = file.display();
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("\"{place}\" is not UTF-8 text"))?;
    inputs::read_object(text).map_err(|error| format!("\"{place}\" is not a JSON object of values: {error}"))
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("cannot read \"{}\": {error}", path.display());
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("\"{}\" has more than {MAX_FILE} bytes", path.display()));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Arguments, Command};

    const NODE: &str = r#"{"name":"n","pins":[
        {"name":"text","pin_type":"Input","data_type":"string"},
        {"name":"count","pin_type":"Input","data_type":"u64"},
        {"name":"data","pin_type":"Input","data_type":"bytes"}]}"#;

    fn read_with(arguments: &[&str]) -> Result<Vec<(String, String)>, String> {
        let line = [&["nodewb", "run", "n.wasm"], arguments].concat();
        let Ok(Arguments { command: Command::Run(run), .. }) = Arguments::try_parse_from(line) else {
            panic!("the line is right");
        };
        let node = runtime::definition::parse(NODE).expect("a definition").0.remove(0);
        let values = read(&node, &run.call)?;
        Ok(values.into_iter().map(|(name, json)| (name, json.to_string())).collect())
    }

    fn pair(name: &str, json: &str) -> (String, String) {
        (name.into(), json.into())
    }

    #[test]
    fn three_ways_to_give_a_value() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), [0, 255]).expect("written");
        let data = format!("data=@{}", file.path().display());
        let values = read_with(&["-i", "text=a = \"b\"", "-i", "count:=18446744073709551615", "-i", &data]);
        let expected =
            [pair("text", r#""a = \"b\"""#), pair("count", "18446744073709551615"), pair("data", r#""AP8=""#)];
        assert_eq!(values, Ok(expected.to_vec()));
        assert_eq!(read_with(&[]), Ok(vec![]), "unset pins stay unset");
    }

    #[test]
    fn a_file_of_values_is_beaten_by_the_line() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), r#"{"count": 9007199254740993, "text": "x"}"#).expect("written");
        let path = file.path().display().to_string();
        let values = read_with(&["--inputs", &path, "-i", "text=y"]);
        assert_eq!(values, Ok(vec![pair("count", "9007199254740993"), pair("text", r#""y""#)]));
        std::fs::write(file.path(), "[1]").expect("written");
        assert!(read_with(&["--inputs", &path]).is_err(), "not an object");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for line in ["text", "count=x", "count:=\"1\"", "cuont=1", "text=@/nowhere/at/all", "data=%%"] {
            assert!(read_with(&["-i", line]).is_err(), "{line} must be refused");
        }
        assert!(read_with(&["-i", "text=a", "-i", "text=b"]).is_err(), "given twice");
    }
}
