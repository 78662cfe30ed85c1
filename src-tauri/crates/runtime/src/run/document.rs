//! The result document of a node's `run`, read leniently and without losing digits.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::host::pins::{MAX_NAME, MAX_PINS};
use crate::json::Json;

#[derive(Debug, Default, PartialEq)]
pub struct ResultDocument {
    /// In the order of the document; a pin that is there twice keeps its last value.
    pub outputs: Vec<(String, Json)>,
    pub error: Option<String>,
    pub activate_exec: Vec<String>,
    pub pending: bool,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    outputs: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    activate_exec: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pending: Option<&'a RawValue>,
}

impl ResultDocument {
    /// Missing and null members have their defaults; unknown ones are ignored. The error is for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let not_a_document = |reason: &dyn fmt::Display| {
            format!("the node's result is not a result document: {reason}; it starts with {:?}", excerpt(text))
        };
        if !text.trim_start().starts_with('{') {
            return Err(not_a_document(&"it must be a JSON object"));
        }
        let raw: Raw<'_> = serde_json::from_str(text).map_err(|error| not_a_document(&error))?;
        let wrong = |member: &str, found: &RawValue, error: &serde_json::Error| {
            format!("the node's result has a wrong \"{member}\": {error}; it starts with {:?}", excerpt(found.get()))
        };
        let outputs = match raw.outputs {
            None => Vec::new(),
            Some(raw) => serde_json::from_str::<Option<Outputs>>(raw.get())
                .map_err(|error| wrong("outputs", raw, &error))?
                .map_or_else(Vec::new, |outputs| outputs.0),
        };
        let activate_exec = match raw.activate_exec {
            None => Vec::new(),
            Some(raw) => serde_json::from_str::<Option<Fired>>(raw.get())
                .map_err(|error| wrong("activate_exec", raw, &error))?
                .map_or_else(Vec::new, |fired| fired.0),
        };
        // An error that is not text is an error all the same.
        let error = raw
            .error
            .map(RawValue::get)
            .filter(|text| *text != "null")
            .map(|text| serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned()));
        let pending = raw.pending.is_some_and(|raw| raw.get() == "true");
        Ok(Self { outputs, error, activate_exec, pending })
    }
}

/// The start of a text, for messages.
fn excerpt(text: &str) -> String {
    text.chars().take(120).collect()
}

/// The limits that the host's own pin functions have.
fn bounded(count: usize, pin: &str) -> Result<(), String> {
    if count > MAX_PINS {
        return Err(format!("more than {MAX_PINS} pins"));
    }
    if pin.len() > MAX_NAME {
        return Err(format!("a pin's name of {} bytes, the limit is {MAX_NAME}", pin.len()));
    }
    Ok(())
}

/// Names of exec pins.
struct Fired(Vec<String>);

impl<'de> Deserialize<'de> for Fired {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Fired;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of exec pins")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Fired, A::Error> {
                let mut names = Vec::new();
                while let Some(pin) = list.next_element::<String>()? {
                    bounded(names.len(), &pin).map_err(serde::de::Error::custom)?;
                    names.push(pin);
                }
                Ok(Fired(names))
            }
        }

        deserializer.deserialize_seq(Names)
    }
}

/// An object's members in order, as text.
struct Outputs(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Outputs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Outputs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of output pins")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outputs, A::Error> {
                let mut outputs = indexed::Pins::default();
                while let Some(pin) = map.next_key::<String>()? {
                    let value: Box<RawValue> = map.next_value()?;
                    bounded(outputs.list.len(), &pin).map_err(serde::de::Error::custom)?;
                    outputs.set(pin, Json::from_raw(&value));
                }
                Ok(Outputs(outputs.list))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

mod indexed {
    use std::collections::HashMap;

    use crate::json::Json;

    /// Keeps the order of first appearance and the last value, without searching the list.
    #[derive(Default)]
    pub struct Pins {
        pub list: Vec<(String, Json)>,
        at: HashMap<String, usize>,
    }

    impl Pins {
        pub fn set(&mut self, pin: String, value: Json) {
            match self.at.get(&pin).and_then(|&at| self.list.get_mut(at)) {
                Some(entry) => entry.1 = value,
                None => {
                    self.at.insert(pin.clone(), self.list.len());
                    self.list.push((pin, value));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_null_members_have_their_defaults() {
        for text in ["{}", r#"{"outputs":null,"error":null,"activate_exec":null,"pending":null,"later":1}"#] {
            assert_eq!(ResultDocument::parse(text), Ok(ResultDocument::default()), "{text}");
        }
    }

    #[test]
    fn keeps_order_digits_and_the_last_of_two() {
        let text =
            r#"{"outputs":{"b":9007199254740993,"a":1.50,"b":2},"activate_exec":["x"],"error":"no","pending":true}"#;
        let document = ResultDocument::parse(text).expect("a document");
        let outputs: Vec<(&str, &str)> =
            document.outputs.iter().map(|(pin, value)| (pin.as_str(), value.as_str())).collect();
        assert_eq!(outputs, [("b", "2"), ("a", "1.50")]);
        assert_eq!(document.error.as_deref(), Some("no"));
        assert_eq!(document.activate_exec, ["x"]);
        assert!(document.pending);
    }

    #[test]
    fn a_flood_of_pins_is_refused_early() {
        let many = vec!["\"x\""; MAX_PINS + 2].join(",");
        let error = ResultDocument::parse(&format!(r#"{{"activate_exec":[{many}]}}"#)).expect_err("too many");
        assert!(error.contains("more than 10000 pins"), "{error}");
        let members: Vec<String> = (0..MAX_PINS + 2).map(|number| format!("\"p{number}\":1")).collect();
        let error =
            ResultDocument::parse(&format!(r#"{{"outputs":{{{}}}}}"#, members.join(","))).expect_err("too many");
        assert!(error.contains("more than 10000 pins"), "{error}");
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, word) in [
            ("", "not a result"),
            ("[]", "not a result"),
            (r#"{"outputs":[1]}"#, "outputs"),
            (r#"{"activate_exec":[1]}"#, "activate_exec"),
        ] {
            let error = ResultDocument::parse(text).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
