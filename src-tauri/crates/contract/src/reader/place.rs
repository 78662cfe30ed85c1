//! Where a reader stopped, and what it wants there.

use serde::de::DeserializeOwned;

/// The reason for a refusal: the field by its path, what is wrong, and what to write. `what` is the document's name.
/// `None` where the reader takes the text after all.
pub(crate) fn reason<T: DeserializeOwned>(text: &str, what: &str) -> Option<String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(_) => reader.end().err().map(|error| said(&error, "", what)),
        Err(error) => {
            let path = error.path().to_string();
            Some(said(error.inner(), if path == "." { "" } else { &path }, what))
        }
    }
}

fn said(error: &serde_json::Error, path: &str, what: &str) -> String {
    let words = without_place(&error.to_string());
    let place = format!("line {} column {}", error.line(), error.column());
    if let Some(field) = quoted(&words, "missing field `") {
        let path = if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
        return format!("\"{path}\" is missing; {}", advice(field));
    }
    if let Some(field) = quoted(&words, "duplicate field `") {
        return format!("\"{field}\" is there twice ({place}); keep one");
    }
    if let Some(label) = quoted(&words, "unknown variant `") {
        return unknown(path, label);
    }
    if error.is_data() && !path.is_empty() {
        let field = path.rsplit('.').next().unwrap_or(path);
        let field = field.split('[').next().unwrap_or(field);
        return format!("\"{path}\" does not fit: {words}; {}", advice(field));
    }
    if error.is_data() {
        return format!("the {what} does not fit: {words}");
    }
    match words.as_str() {
        "trailing characters" if !path.is_empty() => {
            format!("\"{path}\" has too many elements; {}", advice(last(path)))
        }
        "trailing characters" => format!("there is text after the {what} ({place}); remove it"),
        _ if text_is_empty(error) => format!("the {what} is empty"),
        _ => format!("the {what} is not JSON at {place}: {words}"),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn text_is_empty(error: &serde_json::Error) -> bool {
    error.is_eof() && error.line() == 1 && error.column() == 0
}

/// The words of an error without " at line 1 column 2".
pub(crate) fn without_place(words: &str) -> String {
    words.rsplit_once(" at line ").map_or(words, |(words, _)| words).to_owned()
}

fn quoted<'a>(words: &'a str, before: &str) -> Option<&'a str> {
    words.strip_prefix(before)?.split('`').next()
}

fn unknown(path: &str, label: &str) -> String {
    let folded: String = label.trim().to_ascii_lowercase().replace('_', ":");
    let near = policy::Label::ALL.into_iter().find(|known| {
        let known = known.text();
        known == folded || known.strip_prefix("network:") == Some(&folded) || known.replace(':', "") == folded
    });
    let place = if path.is_empty() { "\"permissions\"".to_owned() } else { format!("\"{path}\"") };
    let instead = near.map_or_else(
        || "remove it, or write one of Flow-Like's labels".to_owned(),
        |known| format!("write \"{known}\""),
    );
    format!("{place} is \"{}\", which is not a permission; {instead}", label.escape_debug())
}

/// What belongs into a field.
fn advice(field: &str) -> String {
    let wanted = match field.split('[').next().unwrap_or(field) {
        "name" | "friendly_name" | "category" | "id" | "version" => "a string",
        "description" => "a string, which may be empty",
        "pins" => "an array of pins",
        "pin_type" => "\"Input\" or \"Output\"",
        "data_type" => "the name of a type, such as \"String\" or \"Execution\"",
        "value_type" => "\"Normal\", \"Array\", \"HashMap\" or \"HashSet\", or leave it out",
        "permissions" => "an array of labels, or leave it out",
        "icon" | "docs" => "a string, or leave it out",
        "schema" => "the schema as one string of JSON, or leave it out",
        "valid_values" => "an array of strings, or leave it out",
        "range" => "two numbers, [least, most], or leave it out",
        "step" => "a number, or leave it out",
        "sensitive" | "enforce_schema" | "enforce_generic_value_type" | "long_running" | "pending" => {
            "true or false, or leave it out"
        }
        "abi_version" => "a whole number from 0, or leave it out",
        "scores" => "an object of scores, or leave it out",
        "privacy" | "security" | "performance" | "governance" | "reliability" | "cost" => {
            "a whole number from 0 to 255, or leave it out"
        }
        "outputs" => "an object, {} for no outputs",
        "error" => "a string, or null for none",
        "activate_exec" => "an array of the names of exec outputs, or leave it out",
        "limit" | "offset" => "a whole number, or leave it out",
        "cache_key" => "the handle's text",
        _ => "a value of the wanted type",
    };
    format!("write {wanted}")
}
