//! Values of sensitive inputs where they turn up inside something else: the URL, a header or the body of an exchange.

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex::bytes::{NoExpand, Regex, RegexBuilder};
use serde_json::Value;
use url::form_urlencoded;

use crate::event::MASKED;
use crate::json::Json;

/// A shorter value would blot out half of every text, and is no secret.
const SHORTEST: usize = 4;
/// Values that compile to more than this are not looked for one by one.
const PATTERN_BYTES: usize = 4 << 20;

/// What must not be kept in clear. Says nothing of it when it is printed.
#[derive(Clone)]
pub(super) enum Hidden {
    Nothing,
    Values(Regex),
    /// The values are too large to look for, so that no text is known to be free of them.
    All,
}

impl Hidden {
    /// The texts and numbers in these values: as they are, and as they stand in JSON, in a form and in a URL.
    pub(super) fn of<'a>(values: impl Iterator<Item = &'a Json>) -> Self {
        let mut forms = BTreeSet::new();
        for value in values {
            match serde_json::from_str(value.as_str()) {
                Ok(value) => collect(&value, &mut forms),
                Err(_) => return Self::All,
            }
        }
        if forms.is_empty() {
            return Self::Nothing;
        }
        // The longest first: a value may be the beginning of another.
        let mut forms: Vec<String> = forms.iter().map(|form| regex::escape(form)).collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        let pattern = RegexBuilder::new(&forms.join("|")).size_limit(PATTERN_BYTES).build();
        pattern.map_or(Self::All, Self::Values)
    }

    pub(super) fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match self {
            Self::Nothing => Cow::Borrowed(bytes),
            Self::Values(values) => values.replace_all(bytes, NoExpand(MASKED.as_bytes())),
            Self::All if bytes.is_empty() => Cow::Borrowed(bytes),
            Self::All => Cow::Borrowed(MASKED.as_bytes()),
        }
    }

    pub(super) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASKED)
    }
}

fn collect(value: &Value, forms: &mut BTreeSet<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => add(&number.to_string(), forms),
        Value::String(text) => add(text, forms),
        Value::Array(items) => items.iter().for_each(|item| collect(item, forms)),
        Value::Object(members) => members.values().for_each(|member| collect(member, forms)),
    }
}

fn add(text: &str, forms: &mut BTreeSet<String>) {
    if text.chars().count() < SHORTEST {
        return;
    }
    let in_json = Value::from(text).to_string();
    let in_form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    forms.insert(in_json[1..in_json.len() - 1].to_owned());
    forms.insert(in_form.replace('+', "%20"));
    forms.insert(in_form);
    forms.insert(text.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(value: &Value) -> Hidden {
        Hidden::of(std::iter::once(&Json::parse(&value.to_string()).expect("JSON")))
    }

    #[test]
    fn a_value_is_found_in_every_spelling() {
        let hidden = hidden(&Value::from("a \"b\"/c"));
        for text in [r#"x a "b"/c y"#, r#"x a \"b\"/c y"#, "x a+%22b%22%2Fc y", "x a%20%22b%22%2Fc y"] {
            assert_eq!(hidden.text(text), "x ••• y", "{text}");
        }
        assert_eq!(
            &*hidden.bytes(b"\xffa \"b\"/c"),
            b"\xff\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2",
            "bytes that are no text stay"
        );
    }

    #[test]
    fn all_texts_within_a_value_are_hidden() {
        let hidden = hidden(&serde_json::json!({ "user": "anna", "codes": [123_456, 7], "on": true }));
        assert_eq!(hidden.text("anna 123456 7 true user"), "••• ••• 7 true user", "names and trifles are no secrets");
    }

    #[test]
    fn what_cannot_be_looked_for_hides_all() {
        let hidden = hidden(&Value::from("x".repeat(PATTERN_BYTES)));
        assert_eq!(hidden.text("anything"), MASKED);
        assert_eq!(hidden.text(""), "");
        assert_eq!(format!("{hidden:?}"), MASKED, "nothing is printed");
    }
}
