//! Lenient parsing of definition documents.
//!
//! Published SDKs omit, rename and mistype fields in many ways. Whatever still tells what the node is like is taken,
//! and each oddity becomes a [`Problem`] with a stable code; nothing is replaced by a default in silence.

mod object;
mod pin;

use object::{Object, Problems};

use super::value::{self, Kind, elements, fields};
use super::{Definition, Problem, Scores, labels};
use crate::error::LoadError;
use crate::text::{nearest, one_line, quoted, shortened};

/// The largest document that is read.
pub const MAX_TEXT: usize = 16 << 20;
/// Nodes of a package, and pins of a node, that are kept.
const MAX_NODES: usize = 1_000;
const MAX_PINS: usize = 10_000;
/// Declared permissions that are kept.
const MAX_PERMISSIONS: usize = 100;
/// Characters of a name that still fit a form.
const MAX_NAME: usize = 200;
/// The newest ABI that is spoken here.
const ABI_VERSION: i64 = 2;

/// Parses what `get-nodes` or `get-node` returned: an array or one object, unknown fields ignored.
pub fn parse(text: &str) -> Result<(Vec<Definition>, Vec<Problem>), LoadError> {
    if text.len() > MAX_TEXT {
        return Err(LoadError::DefinitionTooLarge { size: text.len() as u64, limit: MAX_TEXT as u64 });
    }
    let raw: &serde_json::value::RawValue = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
    let mut problems = Problems::default();
    let items = match value::kind(raw.get()) {
        Kind::Array => {
            let (items, total) = elements(raw.get(), MAX_NODES).map_err(|error| not_json(text, &error))?;
            if total > MAX_NODES {
                problems.add(Problem::error(
                    "too-many-nodes",
                    format!("the package defines {total} nodes; only the first {MAX_NODES} are shown, split it"),
                ));
            }
            items
        }
        Kind::Object => vec![raw],
        _ => return Err(not_a_definition(format!("it is {}, not an object or an array", value::found(raw.get())))),
    };
    let nodes = nodes(&items, &mut problems)?;
    Ok((nodes, problems.finish()))
}

fn nodes(items: &[&serde_json::value::RawValue], problems: &mut Problems) -> Result<Vec<Definition>, LoadError> {
    let mut nodes: Vec<Definition> = Vec::new();
    let mut refused = None;
    let mut names = std::collections::HashSet::new();
    for (position, item) in items.iter().enumerate() {
        // A Rust package without a registered node answers `get-node` with an empty object.
        if value::kind(item.get()) == Kind::Object && fields(item.get(), 1).is_ok_and(|fields| fields.is_empty()) {
            continue;
        }
        match node(position, item.get(), problems) {
            Ok(node) if names.insert(node.name.clone()) => nodes.push(node),
            Ok(node) => problems.add(Problem::error(
                "duplicate-node",
                format!(
                    "the package defines the node {} more than once; only the first can be run, rename the others",
                    quoted(&node.name)
                ),
            )),
            Err(reason) => {
                problems.add(Problem::error("not-a-node", format!("entry {} is left out: {reason}", position + 1)));
                refused.get_or_insert(reason);
            }
        }
    }
    match (nodes.is_empty(), refused) {
        (true, Some(reason)) => Err(not_a_definition(reason)),
        (true, None) => Err(LoadError::NoNodes),
        (false, _) => Ok(nodes),
    }
}

/// One node, or why the value is none.
fn node(position: usize, raw: &str, problems: &mut Problems) -> Result<Definition, String> {
    if value::kind(raw) != Kind::Object {
        return Err(format!("it is {}, not an object", value::found(raw)));
    }
    let place = format!("node {}", position + 1);
    let mut object = Object::read(raw, place, problems).map_err(|error| error.to_string())?;
    let Some(name) = object.text("name") else {
        return Err("it has no \"name\"; a definition needs at least a name".into());
    };
    object.place = format!("node {}", quoted(&name));
    object.check_name("name", &name);
    let friendly_name = object.required_text("friendly_name", &name);
    Ok(Definition {
        friendly_name: if friendly_name.is_empty() { name.clone() } else { friendly_name },
        description: object.required_text("description", ""),
        category: object.required_text("category", ""),
        icon: object.text("icon"),
        pins: pins(&mut object),
        scores: scores(&mut object),
        long_running: object.flag("long_running"),
        docs: object.text("docs"),
        abi_version: abi_version(&mut object),
        permissions: permissions(&mut object),
        name,
    })
}

fn pins(object: &mut Object<'_, '_>) -> Vec<super::Pin> {
    let (items, total) = object.list("pins", MAX_PINS);
    if total > MAX_PINS {
        let message = format!("{total} pins; only the first {MAX_PINS} are shown, take an array or a struct instead");
        object.error("too-many-pins", message);
    }
    let node = object.place.clone();
    let mut names = std::collections::HashSet::new();
    let mut pins = Vec::new();
    for (position, raw) in items.into_iter().enumerate() {
        let Some(pin) = pin::pin(position, &node, raw, object.problems) else { continue };
        if names.insert((pin.direction, pin.name.clone())) {
            pins.push(pin);
        } else {
            let direction = pin.direction.name().to_ascii_lowercase();
            let message = format!("more than one {direction} pin {}; only the first counts, rename", quoted(&pin.name));
            object.warning("duplicate-pin", message);
        }
    }
    pins
}

fn scores(object: &mut Object<'_, '_>) -> Option<Scores> {
    let raw = object.raw("scores")?;
    if value::kind(raw) != Kind::Object {
        object.wrong_type("scores", "an object", raw);
        return None;
    }
    let place = format!("the scores of {}", object.place);
    let mut inner = match Object::read(raw, place, object.problems) {
        Ok(inner) => inner,
        Err(error) => {
            object.warning("wrong-type", format!("\"scores\" cannot be read: {error}"));
            return None;
        }
    };
    Some(Scores {
        privacy: score(&mut inner, "privacy"),
        security: score(&mut inner, "security"),
        performance: score(&mut inner, "performance"),
        governance: score(&mut inner, "governance"),
        reliability: score(&mut inner, "reliability"),
        cost: score(&mut inner, "cost"),
    })
}

fn score(object: &mut Object<'_, '_>, name: &str) -> u8 {
    let Some(number) = object.number(name) else { return 0 };
    let clamped = number.round().clamp(0.0, 10.0);
    if clamped != number {
        let message = format!("\"{name}\" is {number}, read as {clamped}; write a whole number from 0 to 10");
        object.warning("score-out-of-range", message);
    }
    // In 0..=10 by now.
    clamped as u8
}

fn abi_version(object: &mut Object<'_, '_>) -> Option<i64> {
    let raw = object.raw("abi_version")?;
    let Some(version) = value::integer(raw).and_then(|version| i64::try_from(version).ok()) else {
        object.wrong_type("abi_version", "1 or 2", raw);
        return None;
    };
    if !(1..=ABI_VERSION).contains(&version) {
        let message = format!("\"abi_version\" is {version}, known are 1 and 2; the node may not work here");
        object.warning("unknown-abi-version", message);
    }
    Some(version)
}

fn permissions(object: &mut Object<'_, '_>) -> Vec<String> {
    let (items, total) = object.list("permissions", MAX_PERMISSIONS);
    if total > MAX_PERMISSIONS {
        let message = format!("{total} permissions; only the first {MAX_PERMISSIONS} are read");
        object.warning("too-many-permissions", message);
    }
    let mut permissions: Vec<String> = Vec::new();
    for raw in items {
        let Some(declared) = object.string("permissions", raw) else {
            object.wrong_type("permissions", "an array of strings", raw);
            continue;
        };
        let label = labels::canonical(&declared);
        if permissions.iter().any(|known| known == label) {
            continue;
        }
        if labels::is_harmless(label) {
            object.info("unused-permission", format!("the permission {} needs no grant here", quoted(label)));
        } else if !labels::is_known(label) {
            let advice = match nearest(label, labels::KNOWN) {
                Some(known) => format!("did you mean \"{known}\"?"),
                None => format!("known are {}", labels::KNOWN.join(", ")),
            };
            let message = format!("the permission {} is unknown and grants nothing; {advice}", quoted(label));
            object.warning("unknown-permission", message);
        }
        permissions.push(label.into());
    }
    permissions
}

fn not_a_definition(reason: String) -> LoadError {
    LoadError::NotADefinition { reason }
}

fn not_json(text: &str, error: &serde_json::Error) -> LoadError {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = if error.is_eof() { text.len() } else { (before + error.column().saturating_sub(1)).min(text.len()) };
    let message = error.to_string();
    // The place stands in the error by itself.
    let reason = message.split(" at line ").next().unwrap_or_default();
    LoadError::DefinitionNotJson { offset, reason: format!("{reason}{}", at_the_place(text, offset)) }
}

/// The text around the place, and what is meant by words that are not JSON.
fn at_the_place(text: &str, offset: usize) -> String {
    const AROUND: usize = 24;
    let place = text.floor_char_boundary(offset);
    let (before, after) = text.split_at(place);
    let start = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let mark = if start > 0 { "…" } else { "" };
    let before = before.get(start..).unwrap_or_default();
    // A word may be found wrong in its middle.
    let word_start = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    let word = [before.get(word_start..).unwrap_or_default(), after].concat();
    const WORDS: [(&str, &str); 9] = [
        ("NaN", "JSON has no NaN; write null"),
        ("nan", "JSON has no NaN; write null"),
        ("Inf", "JSON has no infinity; write null"),
        ("inf", "JSON has no infinity; write null"),
        ("None", "write null"),
        ("undefined", "write null"),
        ("True", "write true"),
        ("False", "write false"),
        ("'", "JSON has double quotes only"),
    ];
    let advice = WORDS.iter().find(|(start, _)| word.starts_with(start));
    let advice = advice.map(|(_, advice)| format!("; {advice}")).unwrap_or_default();
    let after = if after.is_empty() { "its end".to_owned() } else { format!("\"{}\"", shortened(after, AROUND)) };
    format!(", after \"{mark}{}\" and before {after}{advice}", one_line(before))
}

#[cfg(test)]
#[path = "parse/tests.rs"]
mod tests;
