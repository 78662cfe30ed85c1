//! JSON over HTTP, and rows out of JSON.

mod fetch;
mod pick;

flow_like_wasm_sdk::wasm_main!();
