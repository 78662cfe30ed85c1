//! Loading and running Flow-Like nodes.
//!
//! This crate owns everything between a `.wasm` file and the outcome of a run: what the bytes are ([`artifact`]),
//! what the node declares ([`definition`]), how it is compiled ([`engine`]) and run ([`run`]), what it may reach
//! ([`permission`]), what the host does for it (`host`), and what stays of it ([`record`]). It knows nothing of
//! windows, terminals or serialised shapes: those live in `wire`, the `nodewb` program and the desktop app.

pub mod artifact;
pub mod build;
pub mod clock;
pub mod definition;
pub mod diagnostics;
pub mod engine;
pub mod error;
pub mod event;
pub mod guest;
pub mod host;
pub mod json;
pub mod library;
pub mod limits;
pub mod manifest;
pub mod node;
pub mod permission;
pub mod place;
pub mod private;
pub mod record;
pub mod run;
pub mod text;
#[cfg(test)]
mod told;
pub mod trap;
pub mod watch;
pub mod workbench;
