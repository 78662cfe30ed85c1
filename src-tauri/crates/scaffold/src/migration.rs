//! From a core module to a component: the steps, for the languages that can make components.

use serde::Serialize;

use crate::language::Language;

mod steps;

/// One step of the way.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Imperative, such as "Add the contract".
    pub title: &'static str,
    /// What to do and why, in one or two sentences.
    pub text: String,
    /// What to write or to run; empty where the text says it all.
    pub code: String,
    /// What the code is written in, such as `rust`, `sh` or `toml`; empty where there is none.
    pub code_language: &'static str,
}

/// The way of a language's core modules to a component, in order; empty where the language has no tools for components.
///
/// AssemblyScript's leads to TypeScript, whose sources look alike.
pub fn migration(language: Language) -> Vec<Step> {
    steps::of(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_goes_from_the_contract_to_a_component() {
        let possible = |language| !migration(language).is_empty();
        let ways =
            [Language::Rust, Language::Cpp, Language::Zig, Language::Go, Language::Swift, Language::AssemblyScript];
        assert!(ways.into_iter().all(possible));
        assert!(![Language::Kotlin, Language::Java, Language::Lua, Language::Grain].into_iter().any(possible));
        for language in Language::ALL {
            for step in migration(language) {
                assert!(!step.text.is_empty(), "{language}: \"{}\" says what to do", step.title);
                assert_eq!(step.code.is_empty(), step.code_language.is_empty(), "{language}: \"{}\"", step.title);
            }
        }
    }
}
