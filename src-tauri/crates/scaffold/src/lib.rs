//! New node projects: what there is to choose from, whether a plan can be carried out, and the files it becomes.
//!
//! Everything is data or text: nothing here runs a node or a build, and only [`doctor`] starts programs, to ask for
//! their versions. Running the build command and loading its result is left to who calls.

pub mod doctor;
pub mod language;
mod literal;
pub mod migration;
mod names;
pub mod pin;
pub mod plan;
mod render;
mod write;

pub use self::language::{Kind, Language};
pub use self::pin::{DataType, Direction, Pin, ValueType};
pub use self::plan::{Plan, Problem};
pub use self::write::{WriteError, Written};
