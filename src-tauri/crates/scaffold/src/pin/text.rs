//! `name:direction:type[=default]`, as the command line has it.

use std::str::FromStr;

use serde_json::Value;

use super::{DataType, Direction, Pin, ValueType};

impl FromStr for Pin {
    type Err = String;

    /// Reads such as `text:in:string=hello`, `count:in:integer=3`, `rows:out:array of struct`, `tags:in:string[]=["a"]`.
    /// The default of a text is taken as it is, any other as JSON.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = "write name:direction:type or name:direction:type=default, such as count:in:integer=3";
        let (declared, default) = match text.split_once('=') {
            Some((declared, default)) => (declared, Some(default)),
            None => (text, None),
        };
        let mut parts = declared.splitn(3, ':');
        let (Some(name), Some(direction), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form.into());
        };
        let (value_type, data_type) = types(kind)?;
        let mut pin = Self { value_type, ..Self::new(name.trim(), direction.parse()?, data_type) };
        pin.default = default.map(|default| pin.read_default(default)).transpose()?;
        Ok(pin)
    }
}

impl Pin {
    /// Reads a default as it is typed: a single text as it is, everything else as JSON.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON; whether it fits the type is for [`Pin::default_problem`].
    pub fn read_default(&self, text: &str) -> Result<Value, String> {
        let is_text = matches!(self.data_type, DataType::String | DataType::Date | DataType::PathBuf | DataType::Byte);
        if is_text && self.value_type == ValueType::Normal {
            return Ok(Value::String(text.into()));
        }
        serde_json::from_str(text).map_err(|error| format!("the default of \"{}\" is not JSON: {error}", self.name))
    }
}

impl FromStr for Direction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "in" | "input" => Ok(Self::Input),
            "out" | "output" => Ok(Self::Output),
            other => Err(format!("\"{}\" is not a direction; write in or out", other.escape_debug())),
        }
    }
}

impl FromStr for DataType {
    type Err = String;

    /// Reads the contract's names and the spellings that its SDKs use, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "exec" | "execution" => Ok(Self::Execution),
            "string" | "text" => Ok(Self::String),
            "int" | "integer" | "i64" => Ok(Self::Integer),
            "float" | "f64" | "number" => Ok(Self::Float),
            "bool" | "boolean" => Ok(Self::Boolean),
            "date" | "datetime" => Ok(Self::Date),
            "path" | "pathbuf" => Ok(Self::PathBuf),
            "byte" | "bytes" => Ok(Self::Byte),
            "struct" | "object" => Ok(Self::Struct),
            "generic" | "any" | "json" => Ok(Self::Generic),
            other => {
                let known = DataType::ALL.map(|kind| kind.name().to_ascii_lowercase()).join(", ");
                Err(format!(
                    "\"{}\" is not a type; known are {known}, and \"array of\", \"map of\", \"set of\" each",
                    other.escape_debug()
                ))
            }
        }
    }
}

/// `integer`, `integer[]`, `array of integer`, `map-of-integer`, `hashset of integer`.
fn types(text: &str) -> Result<(ValueType, DataType), String> {
    let text = text.trim().to_ascii_lowercase().replace(['-', '_'], " ");
    if let Some(item) = text.strip_suffix("[]") {
        return Ok((ValueType::Array, item.parse()?));
    }
    match text.split_once(" of ") {
        Some(("array" | "list", item)) => Ok((ValueType::Array, item.parse()?)),
        Some(("map" | "hashmap", item)) => Ok((ValueType::HashMap, item.parse()?)),
        Some(("set" | "hashset", item)) => Ok((ValueType::HashSet, item.parse()?)),
        _ => Ok((ValueType::Normal, text.parse()?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pins_are_read_from_their_short_form() {
        let pin: Pin = "text:in:string=a=b: \"c\"".parse().expect("a pin");
        assert_eq!((pin.name.as_str(), pin.direction, pin.data_type), ("text", Direction::Input, DataType::String));
        assert_eq!(pin.default, Some(json!("a=b: \"c\"")), "a text needs no quotes");
        let pin: Pin = "n:out:i64=-9223372036854775808".parse().expect("a pin");
        assert_eq!(pin.default, Some(json!(i64::MIN)), "64 bits stay exact");
        for (text, value_type) in [("array of integer", ValueType::Array), ("Integer[]", ValueType::Array)] {
            let pin: Pin = format!("n:in:{text}=[1,2]").parse().expect("a pin");
            assert_eq!((pin.value_type, pin.data_type), (value_type, DataType::Integer), "{text}");
        }
        let pin: Pin = "n:in:map-of-float".parse().expect("a pin");
        assert_eq!((pin.value_type, pin.data_type, pin.default), (ValueType::HashMap, DataType::Float, None));
        for wrong in ["", "n", "n:in", "n:up:string", "n:in:colour", "n:in:integer=x", "n:in:bag of string"] {
            assert!(wrong.parse::<Pin>().is_err(), "{wrong:?} is not a pin");
        }
    }

    #[test]
    fn defaults_fit_their_types() {
        let problem = |text: &str| text.parse::<Pin>().expect("a pin").default_problem();
        let right = [
            "a:in:date=2026-01-31",
            "a:in:date=2026-01-31T12:00:00+02:00",
            "a:in:byte=aGk=",
            "a:in:byte=",
            "a:in:float=1",
            "a:in:struct={\"a\":1}",
            "a:in:generic=null",
            "a:in:set of string=[\"a\",\"b\"]",
            "a:in:map of integer={\"x\":1}",
        ];
        for text in right {
            assert_eq!(problem(text), None, "{text}");
        }
        let wrong = [
            "a:in:date=soon",
            "a:in:date=2026-1-31",
            "a:in:byte=a",
            "a:in:integer=1.5",
            "a:in:integer=9223372036854775808",
            "a:in:boolean=1",
            "a:in:struct=[]",
            "a:in:set of string=[\"a\",\"a\"]",
            "a:in:array of integer=[\"x\"]",
            "a:in:map of integer=[1]",
            "a:in:exec=null",
        ];
        for text in wrong {
            assert!(problem(text).is_some(), "{text}");
        }
    }
}
