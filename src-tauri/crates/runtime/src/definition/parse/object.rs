//! Reading the fields of one object, with a problem for each that is not what it should be.

use serde_json::value::RawValue;

use super::super::value::{self, Kind, elements, fields};
use super::super::{Problem, Severity};
use super::MAX_NAME;
use crate::text::quoted;

/// Fields of one object that are looked at.
const MAX_FIELDS: usize = 1_000;
/// Problems that are kept: whoever has more has one big one.
const MAX_PROBLEMS: usize = 500;

/// What is wrong with a text such as `"\ud83d"`.
const HALVES: &str = "an escape in it is half of a surrogate pair, which is no character, and is read as \u{fffd}; write \
                      whole characters";

#[derive(Default)]
pub struct Problems {
    list: Vec<Problem>,
    left_out: usize,
}

impl Problems {
    pub fn add(&mut self, problem: Problem) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    pub fn finish(mut self) -> Vec<Problem> {
        if self.left_out > 0 {
            let message = format!("{} more problems are not listed", self.left_out);
            self.list.push(Problem::warning("more-problems", message));
        }
        self.list
    }
}

pub struct Object<'a, 'p> {
    fields: Vec<(String, &'a RawValue)>,
    /// What the object is, for messages: `node "x"`, `pin "a" of node "x"`.
    pub place: String,
    pub problems: &'p mut Problems,
}

impl<'a, 'p> Object<'a, 'p> {
    pub fn read(raw: &'a str, place: String, problems: &'p mut Problems) -> Result<Self, serde_json::Error> {
        let mut object = Self { fields: fields(raw, MAX_FIELDS)?, place, problems };
        let mut names: Vec<&str> = object.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let repeated = names.windows(2).find_map(|pair| match pair {
            [one, two] if one == two => Some(quoted(one)),
            _ => None,
        });
        if let Some(name) = repeated {
            object.warning("repeated-field", format!("the field {name} is there more than once; the last one counts"));
        }
        Ok(object)
    }

    /// The field's value; `None` where it is absent or null.
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.fields.iter().rev().find(|(field, _)| field == name)?;
        Some(value.get()).filter(|raw| value::kind(raw) != Kind::Null)
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        let raw = self.raw(name)?;
        let text = self.string(name, raw);
        if text.is_none() {
            self.wrong_type(name, "a string", raw);
        }
        text
    }

    /// The text of a JSON string of the field; one with halves of surrogate pairs is pointed out.
    pub fn string(&mut self, field: &str, raw: &str) -> Option<String> {
        let Some(text) = value::text_of_halves(raw) else { return value::text(raw) };
        self.warning("lone-surrogate", format!("\"{field}\" holds {}; {HALVES}", value::found(raw)));
        Some(text)
    }

    pub fn required_text(&mut self, name: &str, instead: &str) -> String {
        if self.raw(name).is_none() {
            self.info("missing-field", format!("\"{name}\" is missing; read as {}", quoted(instead)));
        }
        self.text(name).unwrap_or_else(|| instead.into())
    }

    pub fn flag(&mut self, name: &str) -> bool {
        match self.raw(name) {
            None | Some("false") => false,
            Some("true") => true,
            Some(raw) => {
                self.wrong_type(name, "true or false", raw);
                false
            }
        }
    }

    pub fn number(&mut self, name: &str) -> Option<f64> {
        let raw = self.raw(name)?;
        let number = number(raw);
        if number.is_none() {
            self.wrong_type(name, "a number", raw);
        }
        number
    }

    /// The elements of an array field, at most `keep`, and how many there are; empty where the field is absent.
    pub fn list(&mut self, name: &str, keep: usize) -> (Vec<&'a str>, usize) {
        let Some(raw) = self.raw(name) else { return Default::default() };
        if value::kind(raw) != Kind::Array {
            self.wrong_type(name, "an array", raw);
            return Default::default();
        }
        match elements(raw, keep) {
            Ok((items, total)) => (items.into_iter().map(RawValue::get).collect(), total),
            Err(error) => {
                self.warning("wrong-type", format!("\"{name}\" cannot be read: {error}"));
                Default::default()
            }
        }
    }

    /// Names are kept exactly, because they are identities; odd ones are pointed out.
    pub fn check_name(&mut self, field: &str, name: &str) {
        let advice = if name.is_empty() {
            "is empty; give it one"
        } else if name.chars().nth(MAX_NAME).is_some() {
            "is very long; choose a shorter one"
        } else if crate::text::one_line(name) != name {
            "has control or invisible characters; remove them"
        } else if name.trim() != name {
            "starts or ends with white space; remove it"
        } else {
            return;
        };
        self.warning("odd-name", format!("the \"{field}\" {} {advice}", quoted(name)));
    }

    pub fn wrong_type(&mut self, field: &str, wanted: &str, raw: &str) {
        let found = value::found(raw);
        self.warning("wrong-type", format!("\"{field}\" is {found}, not {wanted}; it is not used"));
    }

    pub fn info(&mut self, code: &'static str, message: String) {
        self.add(Severity::Info, code, &message);
    }

    pub fn warning(&mut self, code: &'static str, message: String) {
        self.add(Severity::Warning, code, &message);
    }

    pub fn error(&mut self, code: &'static str, message: String) {
        self.add(Severity::Error, code, &message);
    }

    fn add(&mut self, severity: Severity, code: &'static str, message: &str) {
        self.problems.add(Problem::new(severity, code, format!("{}: {message}", self.place)));
    }
}

/// A JSON number that is finite as a float.
pub fn number(raw: &str) -> Option<f64> {
    (value::kind(raw) == Kind::Number).then(|| raw.parse::<f64>().ok()).flatten().filter(|number| number.is_finite())
}
