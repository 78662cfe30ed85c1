//! Any text is a rule or a refusal with advice; a rule has one spelling, and words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::permission::Rule;

fuzz_target!(|text: &str| match text.parse::<Rule>() {
    Ok(rule) => {
        let shown = rule.to_string();
        assert_eq!(shown.parse::<Rule>().as_ref(), Ok(&rule), "\"{shown}\" is read as it was written");
        assert!(!rule.words().is_empty() && !rule.as_allow().is_empty() && !rule.as_deny().is_empty());
    }
    Err(error) => assert!(error.reason.contains("; "), "a refusal says what to do: {error}"),
});
