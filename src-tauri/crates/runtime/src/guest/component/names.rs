//! Component types as text, and the nearest of several names.

use wasmtime::component::Type;
use wasmtime::component::types::{ComponentFunc, ComponentItem};

/// For people, as WIT spells it.
pub(super) fn describe(item: &ComponentItem) -> String {
    match item {
        ComponentItem::ComponentFunc(function) => signature(function),
        ComponentItem::CoreFunc(_) => "a core function".into(),
        ComponentItem::Module(_) => "a core module".into(),
        ComponentItem::Component(_) => "a component".into(),
        ComponentItem::ComponentInstance(_) => "an interface".into(),
        ComponentItem::Type(_) => "a type".into(),
        ComponentItem::Resource(_) => "a resource".into(),
    }
}

/// `func(level: u8, message: string)`.
pub(super) fn signature(function: &ComponentFunc) -> String {
    let parameters: Vec<String> = function.params().map(|(name, ty)| format!("{name}: {}", type_text(&ty))).collect();
    let keyword = if function.async_() { "async func" } else { "func" };
    format!("{keyword}({}){}", parameters.join(", "), result_text(function))
}

/// The types alone: `(u8, string)`.
pub(super) fn shape(function: &ComponentFunc) -> String {
    let parameters: Vec<String> = function.params().map(|(_, ty)| type_text(&ty)).collect();
    format!("({}){}", parameters.join(", "), result_text(function))
}

/// The same of a signature as text. Its parameters must be of types without commas.
pub(super) fn shape_of(signature: &str) -> String {
    let Some((parameters, result)) = signature.strip_prefix("func(").and_then(|rest| rest.split_once(')')) else {
        return signature.to_owned();
    };
    let types: Vec<&str> = parameters.split(", ").map(|one| one.split_once(": ").map_or(one, |(_, ty)| ty)).collect();
    format!("({}){result}", types.join(", "))
}

fn result_text(function: &ComponentFunc) -> String {
    let results: Vec<String> = function.results().map(|ty| type_text(&ty)).collect();
    if results.is_empty() { String::new() } else { format!(" -> {}", results.join(", ")) }
}

fn type_text(ty: &Type) -> String {
    let optional = |ty: Option<Type>| ty.map_or_else(|| "_".to_owned(), |ty| type_text(&ty));
    match ty {
        Type::Bool => "bool".into(),
        Type::S8 => "s8".into(),
        Type::U8 => "u8".into(),
        Type::S16 => "s16".into(),
        Type::U16 => "u16".into(),
        Type::S32 => "s32".into(),
        Type::U32 => "u32".into(),
        Type::S64 => "s64".into(),
        Type::U64 => "u64".into(),
        Type::Float32 => "f32".into(),
        Type::Float64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::List(list) => format!("list<{}>", type_text(&list.ty())),
        Type::Option(option) => format!("option<{}>", type_text(&option.ty())),
        Type::Tuple(tuple) => {
            let types: Vec<String> = tuple.types().map(|ty| type_text(&ty)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        Type::Result(result) => match (result.ok(), result.err()) {
            (None, None) => "result".into(),
            (ok, None) => format!("result<{}>", optional(ok)),
            (ok, err) => format!("result<{}, {}>", optional(ok), optional(err)),
        },
        Type::Own(_) => "own<resource>".into(),
        Type::Borrow(_) => "borrow<resource>".into(),
        Type::Record(_) => "record".into(),
        Type::Variant(_) => "variant".into(),
        Type::Enum(_) => "enum".into(),
        Type::Flags(_) => "flags".into(),
        Type::Map(_) => "map".into(),
        Type::Future(_) => "future".into(),
        Type::Stream(_) => "stream".into(),
        Type::ErrorContext => "error-context".into(),
        Type::FixedLengthList(_) => "list of a fixed length".into(),
    }
}

/// The candidate that differs in the fewest letters, if that is at most a third of the name.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.len() / 3;
    candidates
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements of bytes between two names.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (b, cell) in right.bytes().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            before = replaced.min(before + 1).min(diagonal + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(left.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_changes() {
        for (left, right, expected) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("", "ab", 2),
            ("get-node", "get_node", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(left, right), expected, "between {left:?} and {right:?}");
        }
    }

    #[test]
    fn nearest_is_near() {
        let names = ["get-node", "run", "wasi:cli/run@0.2.6"];
        assert_eq!(nearest("get_node", names.into_iter()), Some("get-node"));
        assert_eq!(nearest("definitions", names.into_iter()), None, "nothing is near");
    }

    #[test]
    fn shapes_leave_out_parameter_names() {
        assert_eq!(shape_of("func(level: u8, message: string)"), "(u8, string)");
        assert_eq!(shape_of("func() -> string"), "() -> string");
        assert_eq!(shape_of("func(data: option<list<u8>>) -> bool"), "(option<list<u8>>) -> bool");
    }
}
