//! Who answers questions: a window, a terminal, a script, or nobody.

mod scripted;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::scripted::Scripted;
use super::{Answer, Question};

/// Asked by the gate, one call for each question. The returned future is dropped when the question is withdrawn
/// (the run ended or was cancelled): the prompter then takes its dialog away.
#[async_trait]
pub trait Prompter: Send + Sync {
    async fn ask(&self, question: Arc<Question>) -> Result<Answer, Unanswered>;

    /// Whether there is anybody. Where nobody is, nothing is asked, and nothing is recorded as asked.
    fn is_anybody(&self) -> bool {
        true
    }
}

/// Why a question has no answer. What it asked for is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Nobody could be asked.
    Nobody,
    /// Nobody answered in time.
    TimedOut,
}

/// Nobody is there: everything is denied.
pub struct DenyAll;

#[async_trait]
impl Prompter for DenyAll {
    async fn ask(&self, _question: Arc<Question>) -> Result<Answer, Unanswered> {
        Err(Unanswered::Nobody)
    }

    fn is_anybody(&self) -> bool {
        false
    }
}
