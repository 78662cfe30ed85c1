//! How texts of the user are written into files.

use minijinja::Environment;

use crate::language::Language;
use crate::{literal, names};

pub fn add(environment: &mut Environment<'_>, language: Language) {
    environment.add_filter("camel", |text: &str| names::camel(text));
    environment.add_filter("pascal", |text: &str| names::pascal(text));
    // A text as a literal of the project's language.
    environment.add_filter("str", move |text: &str| literal::text(language, text));
    // A text in JSON, which TOML and YAML read alike.
    environment.add_filter("quoted", |text: &str| literal::visible(&serde_json::Value::from(text).to_string()));
    // A text inside of a Rust format string.
    environment.add_filter("braces", |text: &str| text.replace('{', "{{").replace('}', "}}"));
    environment.add_filter("markdown", markdown);
    environment.add_filter("block", move |text: &str, indent: usize| literal::block(language, text, indent));
    // `network:http` as the Rust SDK has it.
    environment.add_filter("variant", |label: &str| match label {
        "oauth" => "OAuth".to_owned(),
        label => names::pascal(&label.replace(':', "_")),
    });
}

/// Characters that mean something in Markdown lose their meaning.
fn markdown(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in literal::visible(text).chars() {
        if c.is_ascii_punctuation()
            && !matches!(c, ',' | '.' | ':' | ';' | '\'' | '(' | ')' | '"' | '=' | '?' | '/' | '-')
        {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}
