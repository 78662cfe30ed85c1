//! Cases of a node: inputs, what a run may ask for, and what is expected of it.
//!
//! Owns the file `<node>.cases.json` as a text ([`CasesFile`]), its expectations ([`Expectations`]), and the comparison
//! of a run with them. It is pure: it reads no file and runs nothing. Numbers keep their spelling, so that integers of
//! 64 bits stay exact.
//!
//! ```
//! let file = cases::CasesFile::parse(r#"{"cases": [{
//!     "name": "three words", "inputs": {"text": "a b c"}, "expect": {"outputs": {"words": 3}}
//! }]}"#).unwrap();
//! let observed = cases::Observed { outcome: "ok".into(), outputs: vec![("words".into(), "4".into())], ..Default::default() };
//! let case = &file.cases[0].rows(None).unwrap()[0];
//! let differences = case.expect.check(&observed, &|_, _| None);
//! assert_eq!(differences[0].to_string(), "outputs.words: expected 3, found 4");
//! ```

mod exact;
mod expect;
mod file;
mod observed;
mod operator;

pub use self::exact::Exact;
pub use self::expect::Expectations;
pub use self::file::{Case, CasesFile, FileError, Limits, Row, Rows, Rules};
pub use self::observed::{Difference, Line, Observed};
pub use self::operator::{Matcher, SchemaCheck};
