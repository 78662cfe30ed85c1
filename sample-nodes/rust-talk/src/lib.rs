//! Conversations with WebSocket servers and with language models.

mod model;
mod websocket;

flow_like_wasm_sdk::wasm_main!();
