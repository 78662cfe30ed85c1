//! Flow-Like's readers, restated: structures with the same fields, the same defaults and the same strictness, read by the
//! same library, so that the verdict and its words are the same.

pub(crate) mod database;
pub(crate) mod definition;
pub(crate) mod place;
pub(crate) mod result;

use serde::de::DeserializeOwned;

/// Reads a document; the error is the reader's own.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}
