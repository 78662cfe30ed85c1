//! A run as the command that repeats it in a terminal: `nodewb run …`, quoted for `sh`.
//!
//! Values go as the JSON that they are, so that every number keeps its digits. Sensitive values are never in it: the
//! shell asks for them in a variable.

use std::collections::BTreeSet;

use runtime::json::Json;
use runtime::text::quoted;

use crate::window::{CommandLine, RunLimits};

/// A system takes so many bytes in one argument, and somewhat more in all; what is longer goes through standard input.
const MAX_ARGUMENTS: usize = 96 << 10;

/// What is to be repeated.
pub struct Call<'a> {
    pub file: &'a str,
    pub node: &'a str,
    pub inputs: Vec<(String, String)>,
    /// Inputs whose values are not to be told.
    pub secret: Vec<String>,
    pub allow: Vec<String>,
    pub deny: Vec<String>,
    pub limits: RunLimits,
    pub log_level: u8,
}

impl Call<'_> {
    pub fn line(&self) -> CommandLine {
        let mut words = vec!["nodewb".to_owned(), "run".to_owned(), word(self.file)];
        let mut option = |name: &str, value: &str| words.push(format!("{name}={}", word(value)));
        option("--node", self.node);
        self.allow.iter().for_each(|rule| option("--allow", rule));
        self.deny.iter().for_each(|rule| option("--deny", rule));
        let limits =
            [("--timeout", &self.limits.time), ("--memory", &self.limits.memory), ("--fuel", &self.limits.fuel)];
        for (name, value) in limits {
            if let Some(value) = value.as_deref().map(str::trim).filter(|value| !value.is_empty()) {
                option(name, value);
            }
        }
        if self.log_level > 0 {
            option("--log-level", &self.log_level.to_string());
        }
        let (secret, open): (Vec<_>, Vec<_>) = self.inputs.iter().partition(|(name, _)| self.secret.contains(name));
        let open: Vec<(&str, String)> = open.into_iter().map(|(name, json)| (name.as_str(), compact(json))).collect();
        let mut notes = Vec::new();
        let mut variables = BTreeSet::new();
        for (name, _) in secret {
            let mut variable = variable(name);
            while !variables.insert(variable.clone()) {
                variable.push('_');
            }
            words.push(format!("--input={}\"${{{variable}:?is to be set first}}\"", word(&format!("{name}="))));
            notes.push(format!("the value of {} is not in it; set {variable} before you run it", quoted(name)));
        }
        // A name with "=" in it cannot be written in front of a value.
        let length: usize = open.iter().map(|(name, json)| name.len() + json.len() + 16).sum();
        let through_input = length > MAX_ARGUMENTS || open.iter().any(|(name, _)| name.contains('='));
        if through_input {
            let members: Vec<String> =
                open.iter().map(|(name, json)| format!("{}:{json}", compact(Json::string(name).as_str()))).collect();
            // The text is on one line, so no line of it is the word that ends it.
            let text = format!("{} --inputs=- <<'INPUTS'\n{{{}}}\nINPUTS\n", words.join(" "), members.join(","));
            return CommandLine { text, notes };
        }
        words.extend(open.iter().map(|(name, json)| format!("--input={}", word(&format!("{name}:={json}")))));
        CommandLine { text: words.join(" "), notes }
    }
}

/// One word for `sh`, whatever is in it.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@%+=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn variable(pin: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("NODEWB_{}", pin.chars().take(60).map(plain).collect::<String>())
}

/// The same value on one line, with everything escaped that a terminal would act on. What is no JSON stays as it is.
fn compact(json: &str) -> String {
    let value = Json::parse(json);
    value.map_or_else(|_| json.to_owned(), |value| runtime::text::json(value.as_str()).into_owned())
}

#[cfg(test)]
#[path = "command/tests.rs"]
mod tests;
