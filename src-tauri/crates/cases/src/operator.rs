//! What is expected of one value.

use regex::Regex;

use crate::exact::Exact;
use crate::observed::{Difference, shown};

/// Says what is wrong with a value (the second text) under a JSON Schema (the first), both as JSON.
pub type SchemaCheck<'a> = dyn Fn(&str, &str) -> Option<String> + 'a;

/// An expectation of one value.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// The value itself; of an object each member that is named.
    Equal(Exact),
    /// An object with other expectations in it, member by member.
    Members(Vec<(String, Matcher)>),
    /// A list of as many elements as there are expectations.
    List(Vec<Matcher>),
    /// An object with exactly these members.
    Exactly(Exact),
    /// A text in which the pattern is found.
    Matches(Regex),
    /// A text, list or object that holds this.
    Contains(Exact),
    /// Any value of a type.
    Any(String),
    /// A number near this.
    CloseTo(f64, f64),
    /// One of these.
    OneOf(Vec<Matcher>),
    /// So many characters, elements or members.
    Length(usize),
    /// The value at each of these pointers.
    At(Vec<String>, Box<Matcher>),
    /// The value without what these pointers name.
    Ignore(Vec<String>, Box<Matcher>),
    /// A value that fits a JSON Schema, which is kept as text.
    Schema(String),
    /// All of these.
    All(Vec<Matcher>),
}

const OPERATORS: [&str; 13] = [
    "equals", "exactly", "matches", "contains", "any", "close_to", "within", "one_of", "length", "at", "ignore",
    "schema", "not_null",
];
const TYPES: [&str; 8] = ["string", "number", "integer", "boolean", "array", "object", "null", "value"];
/// How near a number has to be where nothing is said.
const NEAR: f64 = 1e-9;

impl Matcher {
    /// Reads an expectation: an object of operators, or a value that is expected itself. `equals` is for a value that
    /// looks like operators.
    pub fn read(value: &Exact) -> Result<Self, String> {
        let members = match value {
            Exact::Object(members) => members,
            Exact::List(elements) => {
                return Ok(Self::List(elements.iter().map(Self::read).collect::<Result<_, _>>()?));
            }
            other => return Ok(Self::Equal(other.clone())),
        };
        let known = members.iter().filter(|(name, _)| OPERATORS.contains(&name.as_str())).count();
        if members.is_empty() || known == 0 {
            let read = |(name, value): &(String, Exact)| Ok((name.clone(), Self::read(value)?));
            return Ok(Self::Members(members.iter().map(read).collect::<Result<_, String>>()?));
        }
        if known < members.len() {
            let (stranger, _) =
                members.iter().find(|(name, _)| !OPERATORS.contains(&name.as_str())).expect("not all are known");
            return Err(format!(
                "\"{}\" is next to operators and is not one itself; write {{\"equals\": …}} for a value like this",
                stranger.escape_debug()
            ));
        }
        Self::read_operators(value, members)
    }

    fn read_operators(value: &Exact, members: &[(String, Exact)]) -> Result<Self, String> {
        let outer = |name: &str| matches!(name, "at" | "ignore");
        let mut inner = Vec::new();
        for (name, operand) in members.iter().filter(|(name, _)| !outer(name)) {
            inner.extend(Self::read_operator(name, operand, value)?);
        }
        let mut matcher = match <[Self; 1]>::try_from(inner) {
            Ok([only]) => only,
            Err(inner) => Self::All(inner),
        };
        if let Some(pointers) = value.get("ignore") {
            matcher = Self::Ignore(read_pointers("ignore", pointers)?, Box::new(matcher));
        }
        if let Some(pointers) = value.get("at") {
            matcher = Self::At(read_pointers("at", pointers)?, Box::new(matcher));
        }
        Ok(matcher)
    }

    fn read_operator(name: &str, operand: &Exact, value: &Exact) -> Result<Option<Self>, String> {
        let number = |name: &str| value.get(name).and_then(Exact::number);
        Ok(Some(match (name, operand) {
            ("equals", operand) if value.get("exactly").is_some() => Self::Exactly(operand.clone()),
            ("exactly", Exact::Bool(true)) if value.get("equals").is_some() => return Ok(None),
            ("equals", operand) => Self::Equal(operand.clone()),
            ("exactly", operand) => Self::Exactly(operand.clone()),
            ("contains", operand) => Self::Contains(operand.clone()),
            ("schema", Exact::Text(text)) => Self::Schema(text.clone()),
            ("schema", operand) => Self::Schema(operand.to_string()),
            ("matches", Exact::Text(pattern)) => {
                Self::Matches(Regex::new(pattern).map_err(|error| format!("\"matches\" is not a pattern: {error}"))?)
            }
            ("any", Exact::Text(kind)) if TYPES.contains(&kind.as_str()) => Self::Any(kind.clone()),
            ("any", _) => return Err(format!("\"any\" takes one of {}", TYPES.join(", "))),
            ("close_to", Exact::Number(_)) => {
                Self::CloseTo(number("close_to").unwrap_or(f64::NAN), number("within").unwrap_or(NEAR))
            }
            ("within", Exact::Number(_)) if value.get("close_to").is_some() => return Ok(None),
            ("within", _) => return Err("\"within\" takes a number, beside \"close_to\"".to_owned()),
            ("one_of", Exact::List(choices)) => Self::OneOf(choices.iter().map(Self::read).collect::<Result<_, _>>()?),
            ("length", Exact::Number(spelling)) => match spelling.parse() {
                Ok(length) => Self::Length(length),
                Err(_) => return Err("\"length\" takes a whole number from 0".to_owned()),
            },
            ("not_null", Exact::Bool(true)) => {
                let kinds = TYPES.iter().filter(|kind| !["null", "value", "integer"].contains(kind));
                Self::OneOf(kinds.map(|kind| Self::Any((*kind).to_owned())).collect())
            }
            (name, _) => return Err(format!("the operand of \"{name}\" does not fit")),
        }))
    }

    /// Adds what differs. `place` is the path of the value.
    pub fn check(&self, place: &str, found: &Exact, schemas: &SchemaCheck<'_>, differences: &mut Vec<Difference>) {
        let mut differ = |expected: String| {
            differences.push(Difference { place: place.to_owned(), expected, found: shown(found) });
        };
        match self {
            Self::Equal(Exact::Object(members)) => {
                let members = members.iter().map(|(name, value)| (name.clone(), Self::Equal(value.clone()))).collect();
                Self::Members(members).check(place, found, schemas, differences);
            }
            Self::Equal(Exact::List(elements)) => {
                let elements: Vec<Self> = elements.iter().map(|element| Self::Equal(element.clone())).collect();
                check_list(place, &elements, found, schemas, differences);
            }
            Self::List(elements) => check_list(place, elements, found, schemas, differences),
            Self::Equal(wanted) if wanted == found => {}
            Self::Equal(wanted) => differ(shown(wanted)),
            Self::Exactly(wanted) if wanted == found => {}
            Self::Exactly(wanted) => differ(format!("exactly {}", shown(wanted))),
            Self::Members(members) => check_members(place, members, found, schemas, differences),
            Self::Matches(pattern) => match found {
                Exact::Text(text) if pattern.is_match(text) => {}
                _ => differ(format!("a text that matches /{pattern}/")),
            },
            Self::Contains(part) if contains(found, part) => {}
            Self::Contains(part) => differ(format!("something that contains {}", shown(part))),
            Self::Any(kind) if is_a(found, kind) => {}
            Self::Any(kind) => differ(format!("any {kind}")),
            Self::CloseTo(wanted, within) => match found.number() {
                Some(number) if (number - wanted).abs() <= *within => {}
                _ => differ(format!("{wanted}, within {within}")),
            },
            Self::OneOf(choices) if choices.iter().any(|choice| choice.holds(found, schemas)) => {}
            Self::OneOf(choices) => differ(format!("one of {} choices", choices.len())),
            Self::Length(length) => match measure(found) {
                Some(measured) if measured == *length => {}
                Some(measured) => differ(format!("a length of {length}, not {measured}")),
                None => differ(format!("something with a length of {length}")),
            },
            Self::At(pointers, matcher) => {
                for pointer in pointers {
                    match found.at(pointer) {
                        Some(inner) => matcher.check(&format!("{place}{pointer}"), inner, schemas, differences),
                        None => differences.push(Difference::missing(&format!("{place}{pointer}"))),
                    }
                }
            }
            Self::Ignore(pointers, matcher) => {
                let mut rest = found.clone();
                pointers.iter().for_each(|pointer| rest.remove(pointer));
                matcher.without(pointers).check(place, &rest, schemas, differences);
            }
            Self::Schema(schema) => {
                if let Some(problem) = schemas(schema, &found.to_string()) {
                    differ(format!("a value that fits the schema ({problem})"));
                }
            }
            Self::All(matchers) => {
                matchers.iter().for_each(|matcher| matcher.check(place, found, schemas, differences));
            }
        }
    }

    fn holds(&self, found: &Exact, schemas: &SchemaCheck<'_>) -> bool {
        let mut differences = Vec::new();
        self.check("", found, schemas, &mut differences);
        differences.is_empty()
    }

    /// The same without what is ignored on the other side.
    fn without(&self, pointers: &[String]) -> Self {
        let strip = |value: &Exact| {
            let mut value = value.clone();
            pointers.iter().for_each(|pointer| value.remove(pointer));
            value
        };
        match self {
            Self::Equal(value) => Self::Equal(strip(value)),
            Self::Exactly(value) => Self::Exactly(strip(value)),
            Self::All(matchers) => Self::All(matchers.iter().map(|matcher| matcher.without(pointers)).collect()),
            other => other.clone(),
        }
    }
}

fn read_pointers(name: &str, value: &Exact) -> Result<Vec<String>, String> {
    let pointer = |value: &Exact| match value {
        Exact::Text(text) if text.is_empty() || text.starts_with('/') => Ok(text.clone()),
        _ => Err(format!("\"{name}\" takes JSON Pointers, such as \"/items/0\"")),
    };
    match value {
        Exact::List(pointers) => pointers.iter().map(pointer).collect(),
        one => Ok(vec![pointer(one)?]),
    }
}

fn check_members(
    place: &str,
    members: &[(String, Matcher)],
    found: &Exact,
    schemas: &SchemaCheck<'_>,
    differences: &mut Vec<Difference>,
) {
    if !matches!(found, Exact::Object(_)) {
        let expected = if members.is_empty() { "an empty object" } else { "an object" }.to_owned();
        differences.push(Difference { place: place.to_owned(), expected, found: shown(found) });
        return;
    }
    for (name, matcher) in members {
        let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
        match found.get(name) {
            Some(value) => matcher.check(&place, value, schemas, differences),
            None => differences.push(Difference::missing(&place)),
        }
    }
}

/// Element by element, so that a difference names its place.
fn check_list(
    place: &str,
    wanted: &[Matcher],
    found: &Exact,
    schemas: &SchemaCheck<'_>,
    differences: &mut Vec<Difference>,
) {
    let Exact::List(elements) = found else {
        differences.push(Difference { place: place.to_owned(), expected: "a list".to_owned(), found: shown(found) });
        return;
    };
    if elements.len() != wanted.len() {
        let expected = format!("{} elements", wanted.len());
        differences.push(Difference { place: place.to_owned(), expected, found: format!("{}", elements.len()) });
        return;
    }
    for (index, (wanted, found)) in wanted.iter().zip(elements).enumerate() {
        wanted.check(&format!("{place}/{index}"), found, schemas, differences);
    }
}

fn contains(found: &Exact, part: &Exact) -> bool {
    match (found, part) {
        (Exact::Text(text), Exact::Text(part)) => text.contains(part.as_str()),
        (Exact::List(elements), part) => elements.contains(part),
        (Exact::Object(_), Exact::Object(members)) => {
            members.iter().all(|(name, value)| found.get(name) == Some(value))
        }
        (Exact::Object(_), Exact::Text(name)) => found.get(name).is_some(),
        _ => false,
    }
}

fn is_a(found: &Exact, kind: &str) -> bool {
    kind == "value" || found.kind() == kind || (kind == "number" && found.kind() == "integer")
}

fn measure(found: &Exact) -> Option<usize> {
    match found {
        Exact::Text(text) => Some(text.chars().count()),
        Exact::List(elements) => Some(elements.len()),
        Exact::Object(members) => Some(members.len()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
