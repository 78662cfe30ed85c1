//! Whether Flow-Like takes a node.
//!
//! Owns what Flow-Like's readers accept: definitions ([`definition`]), run results ([`result`]), manifests
//! ([`manifest`]), database queries and handles ([`database`]), and its lint ([`lint()`]). Text goes in, a verdict comes
//! out; nothing is read or run. What the workbench itself does with a node is more lenient and lives elsewhere.
//!
//! A refusal has two texts: `message` is the reader's own, which an author sees in Flow-Like and searches for; `reason`
//! names the element, the field and what to write.
//!
//! ```
//! let verdict = contract::result(r#"{"error": null}"#);
//! assert!(!verdict.accept);
//! assert_eq!(verdict.message.as_deref(), Some("missing field `outputs` at line 1 column 15"));
//! assert_eq!(verdict.reason.as_deref(), Some("\"outputs\" is missing; write an object, {} for no outputs"));
//! ```
#![deny(missing_docs)]

mod lint;
mod manifest;
mod reader;
mod request;
mod tiers;
mod verdict;
mod widget;

pub use self::lint::{Issue, Level, lint};
pub use self::manifest::{CATEGORIES, Manifest, OauthScope, Permissions, derived_warnings, manifest, read_manifest};
pub use self::reader::database::{handle, query};
pub use self::reader::definition::{DeclaredLabel, Def, DefinitionVerdict, Pin, Scores, definition};
pub use self::reader::result::{RunResult, result};
pub use self::request::{CALLS, predict_line};
pub use self::tiers::{MemoryTier, TimeoutTier};
pub use self::verdict::Verdict;
