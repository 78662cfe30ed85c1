//! A package of several nodes: arithmetic, a branch, and objects that live as long as the run.

mod math;
mod notes;
mod types;

flow_like_wasm_sdk::wasm_main!();
