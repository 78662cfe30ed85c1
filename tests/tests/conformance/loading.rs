//! Items 1 to 4: what the bytes are.

use runtime::artifact::{Artifact, ArtifactKind};
use runtime::error::LoadError;
use support::{bench, fixtures, nodes};

#[test]
fn c01_tells_components_from_core_modules_by_eight_bytes() {
    let component = Artifact::from_bytes(&fixtures::wasm("component/plain")).expect("a component");
    assert_eq!(component.kind, ArtifactKind::Component);
    let core = Artifact::from_bytes(&fixtures::wasm("language/rust")).expect("a core module");
    assert_eq!(core.kind, ArtifactKind::Core);
    for short in [&b""[..], b"\0", b"\0asm", b"\0asm\x01\0\0"] {
        assert!(Artifact::from_bytes(short).is_err(), "{short:?} is too short to be anything");
    }
    let unknown = Artifact::from_bytes(b"\0asm\x07\0\x09\0").expect_err("an unknown version is refused");
    assert!(matches!(unknown, LoadError::Malformed { .. } | LoadError::NotWasm { .. }), "{unknown:?}");
}

#[test]
fn c02_refuses_what_is_damaged() {
    for name in ["component/plain", "language/kotlin"] {
        let whole = fixtures::wasm(name);
        for end in (0..whole.len()).step_by(37) {
            // A core module may end at a section's end and still be one; it never is anything that panics.
            if let Ok(artifact) = Artifact::from_bytes(&whole[..end]) {
                assert!(end >= 8, "{name}: {end} bytes are no module: {artifact:?}");
            }
        }
        let mut damaged = whole.clone();
        damaged[whole.len() / 2..].fill(0xff);
        let error = Artifact::from_bytes(&damaged).expect_err("damaged bytes are refused");
        assert!(matches!(error, LoadError::Malformed { .. }), "{name}: {error:?}");
    }
    for (bytes, code) in [(&b""[..], "empty"), (b"#!/bin/sh\nexit 0\n", "not-wasm"), (b"(module (func", "text")] {
        let error = Artifact::from_bytes(bytes).expect_err("no module");
        assert_eq!(error.code(), code, "{error}");
    }
}

#[tokio::test]
async fn c03_names_the_exports_that_are_missing() {
    let bench = bench();
    for (fixture, missing) in [
        ("broken/no_definition", "get_node"),
        ("broken/no_run", "run"),
        ("broken/no_memory", "memory"),
        ("component/no_run", "run"),
    ] {
        let error = bench.try_fixture(fixture).await.err().unwrap_or_else(|| panic!("{fixture} is refused"));
        let LoadError::Exports { items } = &error else { panic!("{fixture}: {error:?}") };
        assert!(items.iter().any(|item| item.name.contains(missing)), "{fixture} names \"{missing}\": {error}");
        assert!(items.iter().all(|item| !item.advice.is_empty()), "{fixture} says what to do: {error}");
    }
}

#[tokio::test]
async fn c03_lists_all_exports_of_a_wrong_type() {
    let error = bench().try_fixture("broken/mistyped_exports").await.err().expect("nothing fits");
    let LoadError::Exports { items } = &error else { panic!("{error:?}") };
    for name in ["memory", "get_node", "run", "alloc"] {
        let item =
            items.iter().find(|item| item.name == name).unwrap_or_else(|| panic!("\"{name}\" is listed: {error}"));
        assert!(item.found.is_some(), "\"{name}\" is there, with another type: {error}");
    }
}

#[tokio::test]
async fn c04_picks_the_runtime_model_by_itself() {
    let bench = bench();
    let component = bench.load(nodes::rust("minimal")).await;
    assert_eq!(component.artifact.kind, ArtifactKind::Component);
    let core = bench.load(nodes::assemblyscript("template")).await;
    assert_eq!(core.artifact.kind, ArtifactKind::Core);
    let text = bench.file("plain.wat", fixtures::text("component/plain"));
    assert_eq!(bench.load(text).await.artifact.kind, ArtifactKind::Component, "the text format is told apart, too");
}
