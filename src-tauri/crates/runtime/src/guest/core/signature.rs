//! Function types as text, `(i32, i32) -> i64`: for people, and to compare an import with what the host has.

use std::borrow::Cow;
use std::fmt::Write as _;

use wasmtime::{ExternType, FuncType};

pub(super) fn function(ty: &FuncType) -> String {
    let mut text = String::from("(");
    for (at, param) in ty.params().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}{param}");
    }
    text.push_str(") -> ");
    match ty.results().len() {
        0 => text.push_str("()"),
        1 => text.extend(ty.results().map(|result| result.to_string())),
        _ => {
            let results: Vec<String> = ty.results().map(|result| result.to_string()).collect();
            let _ = write!(text, "({})", results.join(", "));
        }
    }
    text
}

/// Any import or export, in a few words.
pub(super) fn item(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) => function(ty),
        ExternType::Global(ty) => format!("a global of type {}", ty.content()),
        ExternType::Table(_) => "a table".to_owned(),
        ExternType::Memory(ty) if ty.is_64() => "a 64-bit memory".to_owned(),
        ExternType::Memory(ty) if ty.is_shared() => "a shared memory".to_owned(),
        ExternType::Memory(_) => "a memory".to_owned(),
        ExternType::Tag(_) => "an exception tag".to_owned(),
    }
}

/// How much of a guest's name is shown.
const MOST_SHOWN: usize = 200;

/// A name that fits a message: a name can have the length of the file.
pub(super) fn short(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}

/// A module can have a million exports; what was meant is rarely behind the first thousand.
const MOST_COMPARED: usize = 1000;

/// The one of `names` that `name` was most likely meant to be.
pub(super) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = plain(name);
    let near = names.into_iter().take(MOST_COMPARED).map(|candidate| (distance(&wanted, &plain(candidate)), candidate));
    let (distance, candidate) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= wanted.len() / 3).then_some(candidate)
}

/// Without what languages change in names: case, dashes, underscores.
fn plain(name: &str) -> Vec<u8> {
    // A name can have the length of the file; two long names are not worth a comparison.
    name.bytes().filter(|byte| !matches!(byte, b'_' | b'-')).take(80).map(|byte| byte.to_ascii_lowercase()).collect()
}

/// How many bytes must be put in, taken out or changed to get from one to the other.
fn distance(from: &[u8], to: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, a) in from.iter().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(to) {
            let changed = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_edit_distances() {
        for (from, to, expected) in [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0)] {
            assert_eq!(distance(from.as_bytes(), to.as_bytes()), expected, "{from} to {to}");
        }
    }

    #[test]
    fn the_nearest_name_ignores_the_spelling_of_words() {
        let names = ["flowlike_log.info", "flowlike_pins.get_input", "env.abort"];
        let near = |name| nearest(name, names);
        assert_eq!(near("flowlike_pins.getInput"), Some("flowlike_pins.get_input"), "camel case is the same name");
        assert_eq!(near("flowlike_log.inf"), Some("flowlike_log.info"), "a letter is missing");
        assert_eq!(near("bluetooth.scan"), None, "nothing is near");
    }

    #[test]
    fn endless_names_are_no_burden() {
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, ["env.abort"]), None, "a long name is near to nothing");
        assert_eq!(short(&long).chars().count(), MOST_SHOWN + 1, "it is cut for people");
        assert_eq!(short("env.abort"), "env.abort", "others are whole");
    }
}
