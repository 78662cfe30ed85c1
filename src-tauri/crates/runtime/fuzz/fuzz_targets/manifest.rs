//! Any text is a manifest or a typed refusal; what it says of limits stays in bounds.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use runtime::manifest::Manifest;

fuzz_target!(|text: &str| {
    match Manifest::parse(Path::new("flow-like.toml"), text) {
        Ok((manifest, _)) => {
            let limits = manifest.limits();
            assert!(limits.memory > 0 && limits.memory <= 4 << 30, "a tier has at most 4 GiB");
            assert!(limits.time.as_secs() <= 1800, "a tier has at most half an hour");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal has words"),
    }
});
