//! Every fixture is valid: what a test sees of it is the host's doing.

use support::fixtures;

#[test]
fn every_fixture_parses_and_validates() {
    let names = fixtures::all();
    assert!(names.len() > 80, "the fixtures are where they are looked for: {names:?}");
    for name in names {
        let bytes = fixtures::wasm(&name);
        let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
        validator.validate_all(&bytes).unwrap_or_else(|error| panic!("fixture \"{name}\": {error:?}"));
    }
}
