//! Any text is a list of definitions or a typed refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::definition;

fuzz_target!(|text: &str| {
    match definition::parse(text) {
        Ok((definitions, problems)) => {
            for definition in &definitions {
                assert!(definition.inputs().count() + definition.outputs().count() == definition.pins.len());
            }
            assert!(problems.iter().all(|problem| !problem.code.is_empty() && !problem.message.is_empty()));
        }
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal has words"),
    }
});
