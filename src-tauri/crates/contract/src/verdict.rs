//! What a reader says of a document.

/// Whether a reader takes a document, and why not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the document is taken.
    pub accept: bool,
    /// How many nodes a definition holds, where it is taken.
    pub nodes: Option<usize>,
    /// The reader's own words.
    pub message: Option<String>,
    /// Which element, which field, and what to write.
    pub reason: Option<String>,
}

impl Verdict {
    pub(crate) fn taken() -> Self {
        Self { accept: true, ..Self::default() }
    }

    pub(crate) fn refused(message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { accept: false, nodes: None, message: Some(message.into()), reason: Some(reason.into()) }
    }
}
