//! Any bytes are an artifact or a typed refusal: never a panic, and what is said of them is consistent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::artifact::Artifact;

fuzz_target!(|bytes: &[u8]| {
    match Artifact::from_bytes(bytes) {
        Ok(artifact) => {
            assert!(!artifact.hash.is_empty(), "what was read has a hash");
            artifact.could_ask();
            let again = Artifact::from_bytes(&artifact.bytes).expect("what was accepted once is accepted again");
            assert_eq!(again.hash, artifact.hash, "the hash depends on the bytes only");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal has words"),
    }
});
