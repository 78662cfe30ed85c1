//! How the program ends.

use std::process::ExitCode;

use runtime::run::{Outcome, Status};

use crate::terminal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Ok,
    /// The node reported an error.
    NodeError,
    Usage,
    /// The file could not be loaded.
    Load,
    /// The node trapped, or passed a limit.
    Trap,
    /// A permission was denied and the node failed.
    Denied,
    Cancelled,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::NodeError => 1,
            Self::Usage => 2,
            Self::Load => 3,
            Self::Trap => 4,
            Self::Denied => 5,
            Self::Cancelled => 130,
        }
    }

    /// A success whose output was lost is none.
    pub fn unless_output_failed(self) -> Self {
        if self == Self::Ok && terminal::has_failed() { Self::Load } else { self }
    }

    /// Says why on standard error.
    pub fn because(self, reason: &str) -> Self {
        terminal::complain(reason);
        self
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl From<&Outcome> for Exit {
    fn from(outcome: &Outcome) -> Self {
        match outcome.status {
            Status::Ok => Self::Ok,
            Status::Error => Self::NodeError,
            Status::Denied => Self::Denied,
            Status::Trap | Status::Limit => Self::Trap,
            Status::Cancelled => Self::Cancelled,
            // What only the record says of runs that ended long ago.
            Status::Interrupted | Status::NotRecorded => Self::Load,
        }
    }
}

#[cfg(test)]
mod tests {
    use runtime::run::Figures;

    use super::*;

    #[test]
    fn every_outcome_has_its_code() {
        let code = |status, denied| {
            let figures = Figures { denied, ..Figures::default() };
            let outcome = Outcome {
                status,
                outputs: Vec::new(),
                fired: Vec::new(),
                error: None,
                pending: false,
                trap: None,
                problems: Vec::new(),
                figures,
            };
            Exit::from(&outcome).code()
        };
        assert_eq!([code(Status::Ok, 0), code(Status::Ok, 3)], [0, 0], "a denial that the node could do without");
        assert_eq!([code(Status::Error, 0), code(Status::Denied, 1)], [1, 5]);
        assert_eq!([code(Status::Trap, 0), code(Status::Limit, 0), code(Status::Limit, 1)], [4, 4, 4]);
        assert_eq!([code(Status::Cancelled, 0), code(Status::Cancelled, 1)], [130, 130]);
    }
}
