//! `flow-like.toml` and where a project's build output lies.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::definition::Problem;
use crate::error::LoadError;
use crate::limits::Limits;

/// What a manifest says that matters for running the node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    pub path: PathBuf,
    pub id: Option<String>,
    pub name: Option<String>,
    pub version: Option<String>,
    /// Bytes.
    pub memory: Option<u64>,
    pub time: Option<Duration>,
    /// `None`: the manifest does not restrict hosts. Patterns such as `api.example.com` or `*.example.com`.
    pub allowed_hosts: Option<Vec<String>>,
    /// Labels that the manifest's permission table grants, such as `network:http`.
    pub permissions: Vec<String>,
    pub oauth_scopes: Vec<OAuthScope>,
    /// Relative to the manifest.
    pub wasm_path: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthScope {
    pub provider: String,
    pub scopes: Vec<String>,
    pub reason: String,
    pub required: bool,
}

impl Manifest {
    /// Parses the text; what is odd but harmless becomes a problem.
    pub fn parse(_path: &Path, _text: &str) -> Result<(Self, Vec<Problem>), LoadError> {
        todo!()
    }

    /// The manifest that governs a `.wasm` file: `<stem>.toml` beside it, else `flow-like.toml` in its folder or one of
    /// the folders above it (up to 8). Blocking.
    pub fn find(_wasm: &Path) -> Result<Option<(Self, Vec<Problem>)>, LoadError> {
        todo!()
    }

    /// The default limits with the manifest's tiers.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(memory) = self.memory {
            limits.memory = memory;
        }
        if let Some(time) = self.time {
            limits.time = time;
        }
        limits
    }
}

/// The built node of a project folder. Blocking. For a folder without a manifest: every `.wasm` of the usual places.
pub fn find_builds(_folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    todo!()
}
