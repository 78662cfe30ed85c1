//! Any result of any node can be looked at: it ends, changes nothing, and every finding is bounded and escaped.
#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::definition::results::{Code, Returned, check};
use runtime::definition::{self, inputs};
use runtime::json::Json;

// A definition and an object of outputs, a line break between them.
fuzz_target!(|text: &str| {
    let Some((definition, outputs)) = text.split_once('\n') else { return };
    let Ok((definitions, _)) = definition::parse(definition) else { return };
    let Ok(outputs) = inputs::read_object(outputs) else { return };
    for (_, value) in &outputs {
        let again = Json::parse(value.as_str()).expect("a value is JSON");
        assert_eq!(again, *value, "compact text stays as it is");
        assert!(!value.as_str().contains('\n'), "and is one line");
    }
    let fired: Vec<String> = outputs.iter().map(|(pin, _)| pin.clone()).collect();
    for definition in &definitions {
        let found = check(definition, Returned { outputs: &outputs, fired: &fired, complete: true });
        for finding in &found {
            assert_eq!(Code::from_name(finding.code.name()), Some(finding.code));
            assert!(!finding.found.is_empty() && !finding.wanted.is_empty(), "a finding has words");
            assert!(finding.found.len() < 4096 && finding.wanted.len() < 65_536, "and few of them");
            assert!(!finding.found.contains(char::is_control) && !finding.wanted.contains(char::is_control));
        }
        inputs::check(definition, &outputs);
    }
});
