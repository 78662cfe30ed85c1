//! Every fixture is valid: what a test sees of it is the host's doing.

use support::fixtures;

#[test]
fn every_fixture_parses_and_validates() {
    let names = fixtures::all();
    assert!(names.len() > 80, "the fixtures are where they are looked for: {names:?}");
    let engine = wasmtime::Engine::default();
    for name in names {
        let bytes = fixtures::wasm(&name);
        let checked = if bytes[4..6] == [0x0d, 0] {
            wasmtime::component::Component::validate(&engine, &bytes)
        } else {
            wasmtime::Module::validate(&engine, &bytes)
        };
        checked.unwrap_or_else(|error| panic!("fixture \"{name}\": {error:?}"));
    }
}
