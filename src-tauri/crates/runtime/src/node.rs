//! A node file: its last good build and what is wrong with it now.

use std::path::PathBuf;
use std::sync::Arc;

use crate::artifact::Artifact;
use crate::definition::{Definition, Problem};
use crate::error::LoadError;
use crate::guest::Guest;
use crate::manifest::Manifest;

/// One compiled and linked build with its definitions. Immutable, shared by `Arc`: a run keeps the build it started
/// with.
pub struct LoadedNode {
    pub path: PathBuf,
    pub artifact: Artifact,
    pub guest: Guest,
    /// One for each node of the package, in the guest's order; never empty.
    pub definitions: Vec<Definition>,
    pub abi_version: Option<String>,
    pub manifest: Option<Manifest>,
    pub problems: Vec<Problem>,
}

impl LoadedNode {
    pub fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.name == name)
    }
}

/// A file in the library.
#[derive(Clone)]
pub struct Node {
    pub path: PathBuf,
    pub state: NodeState,
}

#[derive(Clone)]
pub enum NodeState {
    /// Read, compiled or asked for its definition; the last good build, if any, can still run.
    Loading {
        last: Option<Arc<LoadedNode>>,
    },
    Ready(Arc<LoadedNode>),
    /// The newest build is broken; the last good one still runs.
    Stale {
        last: Arc<LoadedNode>,
        error: LoadError,
    },
    /// There is nothing that could run.
    Broken {
        error: LoadError,
    },
}
