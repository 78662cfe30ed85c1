//! What leaves the program: serialisable counterparts of the runtime's types.
//!
//! The names and shapes here are promises to scripts and to the window; snapshots keep them. A counterpart is made
//! with `From`, holds no logic, and keeps node data as the JSON text it came in, so that 64-bit integers stay exact.

mod build;
mod command;
mod event;
mod inspect;
mod raw;
pub mod window;

pub use build::Build;
pub use command::Call;
pub use event::{Body, Event, Finished, Frame, ResultProblem, events};
pub use inspect::{AbiVersion, Import, Inspection, Node, Pin, Problem, Producer, Producers, Scores};
pub use raw::{Outputs, Raw};
