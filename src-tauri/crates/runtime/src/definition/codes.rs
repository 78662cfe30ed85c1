//! The codes of problems with definitions, manifests and inputs; an input may also have one of a result's. Each has a
//! section in the help topic "problems".

use super::results::Code;

/// Sorted.
pub const ALL: [&str; 51] = [
    "default-mismatch",
    "default-not-allowed",
    "default-too-deep",
    "default-unused",
    "definition-fallback",
    "duplicate-input",
    "duplicate-node",
    "duplicate-pin",
    "exec-pin",
    "missing-field",
    "missing-import",
    "missing-wasm-path",
    "more-problems",
    "no-valid-values",
    "not-a-node",
    "not-a-pin",
    "not-a-valid-value",
    "not-json",
    "not-text",
    "odd-build-command",
    "odd-host",
    "odd-name",
    "odd-watch",
    "out-of-range",
    "output-pin",
    "range-reversed",
    "range-unused",
    "repeated-field",
    "schema-mismatch",
    "schema-not-json",
    "schema-not-text",
    "schema-not-used",
    "schema-partly-used",
    "score-out-of-range",
    "step-not-positive",
    "too-many-nodes",
    "too-many-permissions",
    "too-many-pins",
    "too-many-values",
    "undeclared-oauth-provider",
    "unknown-abi-version",
    "unknown-data-type",
    "unknown-manifest-version",
    "unknown-permission",
    "unknown-pin",
    "unknown-pin-type",
    "unknown-tier",
    "unknown-value-type",
    "unused-permission",
    "value-not-text",
    "wrong-type",
];

/// Every problem passes here, so that a new code cannot go without its section of help.
pub(super) fn check(code: &str) {
    let known = ALL.contains(&code) || Code::from_name(code).is_some();
    debug_assert!(known, "add \"{code}\" to definition::codes and a section to help/topics/problems.md");
}
