//! A pin's JSON Schema, and values checked against it. No reference leads out of the document, and no value is looked at
//! longer than a budget allows: what cannot be told counts as fitting, because the node decides.
//!
//! The keywords of drafts 4 to 2020-12 are known, except those in [`UNKNOWN`]. These, and patterns that cannot be
//! followed, are left out, and nothing that hangs on them counts against a value; of `format`, dates, times, IP addresses
//! and UUIDs are looked at, as text that other hosts parse. A schema in another dialect, or of nonsense, is not used at
//! all. Reading the definition tells both.

mod check;
mod pattern;

use std::collections::HashMap;

use regex::Regex;
use serde_json::Value;

use crate::text::{quoted, shortened};

/// The text of a schema, in bytes.
const MAX_SCHEMA: usize = 1 << 20;
/// The text of a value that is looked at, in bytes.
const MAX_VALUE: usize = 16 << 20;
/// Parts of a value times parts of a schema that are looked at.
pub const STEPS: u32 = 1_000_000;
const MAX_PATTERNS: usize = 200;

const DIALECTS: [&str; 5] =
    ["draft-04/schema", "draft-06/schema", "draft-07/schema", "draft/2019-09/schema", "draft/2020-12/schema"];
/// Where only the reference counts, and what stands beside it does not.
const LONELY_REFERENCES: usize = 3;
/// Keywords that cannot be followed.
const UNKNOWN: [&str; 4] = ["$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties"];
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

#[derive(Debug)]
pub struct Schema {
    root: Value,
    /// None where it cannot be followed.
    patterns: HashMap<String, Option<Regex>>,
    lonely_references: bool,
    /// What is left out of it, and where.
    left_out: Vec<String>,
}

/// The first part of a value that does not fit.
#[derive(Debug, PartialEq, Eq)]
pub struct Misfit {
    /// JSON pointer; empty for the value itself.
    pub place: String,
    pub wanted: String,
    pub found: String,
}

impl Schema {
    /// The error says what in the schema cannot be used, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_SCHEMA {
            return Err(format!("it has {} bytes, the limit is {MAX_SCHEMA}", text.len()));
        }
        let root: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let dialect = root.get("$schema").map(dialect).transpose()?;
        let lonely_references = dialect.is_some_and(|dialect| dialect < LONELY_REFERENCES);
        let mut schema = Self { root: Value::Null, patterns: HashMap::new(), lonely_references, left_out: Vec::new() };
        schema.examine(&root, &root, "#")?;
        schema.root = root;
        Ok(schema)
    }

    /// What in the schema is not looked at, in words.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// What does not fit in a value, as JSON text; `steps` are what is left of [`STEPS`].
    pub fn misfit(&self, raw: &str, steps: &mut u32) -> Option<Misfit> {
        if raw.len() > MAX_VALUE {
            return None;
        }
        let value: Value = serde_json::from_str(raw).ok()?;
        check::misfit(self, &value, steps)
    }

    /// Whether every keyword of a part is one that can be followed; compiles its patterns.
    fn examine(&mut self, root: &Value, part: &Value, place: &str) -> Result<(), String> {
        let object = match part {
            Value::Bool(_) => return Ok(()),
            Value::Object(object) => object,
            _ => return Err(format!("{place} is neither an object nor true or false")),
        };
        for (keyword, value) in object {
            let here = format!("{place}/{}", escaped(keyword));
            self.examine_keyword(root, keyword, value, &here)?;
        }
        Ok(())
    }

    fn examine_keyword(&mut self, root: &Value, keyword: &str, value: &Value, here: &str) -> Result<(), String> {
        let fits = match keyword {
            "$ref" => return reference(root, value, here),
            "$id" => value.is_string() && here.matches('/').count() == 1,
            "type" => is_type(value),
            "enum" => value.is_array(),
            "required" => is_names(value),
            "dependentRequired" => value.as_object().is_some_and(|names| names.values().all(is_names)),
            "minimum" | "maximum" => value.is_number(),
            "multipleOf" => value.as_f64().is_some_and(|step| step > 0.0),
            "exclusiveMinimum" | "exclusiveMaximum" => value.is_number() || value.is_boolean(),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" | "minContains"
            | "maxContains" => whole(value).is_some(),
            "uniqueItems" | "nullable" => value.is_boolean(),
            "pattern" => match value.as_str() {
                Some(pattern) => return self.compile(pattern, here),
                None => false,
            },
            "patternProperties" => {
                for pattern in value.as_object().into_iter().flat_map(|patterns| patterns.keys()) {
                    self.compile(pattern, here)?;
                }
                return self.examine_members(root, value, here);
            }
            "properties" | "$defs" | "definitions" | "dependentSchemas" => {
                return self.examine_members(root, value, here);
            }
            "dependencies" => return self.examine_dependencies(root, value, here),
            "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "additionalProperties"
            | "additionalItems" => {
                return self.examine(root, value, here);
            }
            "items" if !value.is_array() => return self.examine(root, value, here),
            "items" | "prefixItems" => return self.examine_list(root, value, here),
            "allOf" | "anyOf" | "oneOf" => {
                self.examine_list(root, value, here)?;
                value.as_array().is_some_and(|list| !list.is_empty())
            }
            _ if UNKNOWN.contains(&keyword) => {
                self.left_out.push(format!("{here} is a keyword that is not known here"));
                true
            }
            _ => true,
        };
        if fits { Ok(()) } else { Err(format!("{here} cannot be {}", shortened(&value.to_string(), 40))) }
    }

    fn examine_members(&mut self, root: &Value, value: &Value, place: &str) -> Result<(), String> {
        let members = value.as_object().ok_or_else(|| format!("{place} is not an object"))?;
        members.iter().try_for_each(|(name, part)| self.examine(root, part, &format!("{place}/{}", escaped(name))))
    }

    fn examine_dependencies(&mut self, root: &Value, value: &Value, place: &str) -> Result<(), String> {
        let members = value.as_object().ok_or_else(|| format!("{place} is not an object"))?;
        let parts = members.iter().filter(|(_, part)| !is_names(part));
        parts.into_iter().try_for_each(|(name, part)| self.examine(root, part, &format!("{place}/{}", escaped(name))))
    }

    fn examine_list(&mut self, root: &Value, value: &Value, place: &str) -> Result<(), String> {
        let list = value.as_array().ok_or_else(|| format!("{place} is not an array"))?;
        list.iter().enumerate().try_for_each(|(at, part)| self.examine(root, part, &format!("{place}/{at}")))
    }

    fn compile(&mut self, pattern: &str, place: &str) -> Result<(), String> {
        if self.patterns.contains_key(pattern) {
            return Ok(());
        }
        if self.patterns.len() >= MAX_PATTERNS {
            return Err(format!("it has more than {MAX_PATTERNS} patterns"));
        }
        let compiled = pattern::compile(pattern);
        if compiled.is_none() {
            self.left_out.push(format!("{place}: the pattern {} cannot be followed here", quoted(pattern)));
        }
        self.patterns.insert(pattern.to_owned(), compiled);
        Ok(())
    }
}

/// The number of a known dialect.
fn dialect(value: &Value) -> Result<usize, String> {
    let name = value.as_str().unwrap_or_default().trim_end_matches('#');
    let known = |place: &str| name.split_once("://json-schema.org/").is_some_and(|(_, path)| path == place);
    DIALECTS.iter().position(|place| known(place)).ok_or_else(|| format!("the dialect {value:.60} is not known"))
}

/// A count, however it is spelled: 2, 2.0 or 1e2.
fn whole(value: &Value) -> Option<u64> {
    let float = || value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..9e15).contains(number));
    value.as_u64().or_else(|| float().map(|number| number as u64))
}

fn is_type(value: &Value) -> bool {
    let known = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    known(value) || value.as_array().is_some_and(|names| names.iter().all(known))
}

fn is_names(value: &Value) -> bool {
    value.as_array().is_some_and(|names| names.iter().all(Value::is_string))
}

fn reference(root: &Value, value: &Value, place: &str) -> Result<(), String> {
    let target = value.as_str().ok_or_else(|| format!("{place} is not a text"))?;
    match follow(root, target) {
        Some(_) => Ok(()),
        None => Err(format!("{place} leads to {}, which is not in it", quoted(target))),
    }
}

/// The part that a local reference names.
fn follow<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    let pointer = reference.strip_prefix('#')?;
    let pointer = percent_decoded(pointer)?;
    root.pointer(&pointer).filter(|part| part.is_object() || part.is_boolean())
}

/// `%25` and the like, as fragments of addresses have them.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// A name as a step of a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
