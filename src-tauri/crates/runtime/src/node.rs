//! A node file: its last good build and what is wrong with it now.

use std::path::PathBuf;
use std::sync::Arc;

use crate::artifact::Artifact;
use crate::definition::{Definition, Problem};
use crate::engine::Engine;
use crate::error::LoadError;
use crate::guest::Guest;
use crate::manifest::Manifest;

/// One compiled and linked build with its definitions. Immutable, shared by `Arc`: a run keeps the build it started
/// with.
pub struct LoadedNode {
    /// What it was compiled with and runs on.
    pub engine: Engine,
    pub path: PathBuf,
    pub artifact: Artifact,
    pub guest: Guest,
    /// One for each node of the package, in the guest's order; never empty.
    pub definitions: Vec<Definition>,
    /// The document that the definitions were read from, as the guest answered it.
    pub definition_text: String,
    pub abi_version: Option<String>,
    pub manifest: Option<Manifest>,
    pub problems: Vec<Problem>,
}

impl LoadedNode {
    pub fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.name == name)
    }
}

/// A file in the library. `B` is what a build is: a [`LoadedNode`], except in tests.
pub struct Node<B = LoadedNode> {
    pub path: PathBuf,
    pub state: NodeState<B>,
}

pub enum NodeState<B = LoadedNode> {
    /// Read, compiled or asked for its definition; the last good build, if any, can still run.
    Loading {
        last: Option<Arc<B>>,
    },
    Ready(Arc<B>),
    /// The newest build is broken; the last good one still runs.
    Stale {
        last: Arc<B>,
        error: LoadError,
    },
    /// There is nothing that could run.
    Broken {
        error: LoadError,
    },
}

impl<B> NodeState<B> {
    /// The build that a run would use now.
    pub fn build(&self) -> Option<&Arc<B>> {
        match self {
            Self::Loading { last } => last.as_ref(),
            Self::Ready(build) | Self::Stale { last: build, .. } => Some(build),
            Self::Broken { .. } => None,
        }
    }

    /// What is wrong with the newest build.
    pub fn error(&self) -> Option<&LoadError> {
        match self {
            Self::Stale { error, .. } | Self::Broken { error } => Some(error),
            Self::Loading { .. } | Self::Ready(_) => None,
        }
    }

    /// A stable word for each state.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Loading { .. } => "loading",
            Self::Ready(_) => "ready",
            Self::Stale { .. } => "stale",
            Self::Broken { .. } => "broken",
        }
    }
}

// Derived, these would ask for a build that can be cloned.
impl<B> Clone for Node<B> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), state: self.state.clone() }
    }
}

impl<B> Clone for NodeState<B> {
    fn clone(&self) -> Self {
        match self {
            Self::Loading { last } => Self::Loading { last: last.clone() },
            Self::Ready(build) => Self::Ready(build.clone()),
            Self::Stale { last, error } => Self::Stale { last: last.clone(), error: error.clone() },
            Self::Broken { error } => Self::Broken { error: error.clone() },
        }
    }
}
