//! What the window may ask: one thin function for each command of `ui/src/lib/ipc/api.ts`.

pub mod builds;
pub mod cases;
pub mod create;
pub mod files;
pub mod help;
pub mod permissions;
pub mod runs;
pub mod settings;
pub mod state;
pub mod window;

#[cfg(test)]
mod tests;
