//! One rule: what it covers, its text form, and whether it covers a request.

/// See [`Rule::parse`] for the text form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {}

impl std::fmt::Display for Rule {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
