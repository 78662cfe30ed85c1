//! What a program opens once: the engines, the host's services, the remembered answers and the record.
//!
//! Loading a file ends here too: read, compile, link, ask for the definitions. Watching files is the library's.

mod loader;
mod manifests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use self::loader::WithEngine;

use self::manifests::Manifests;

use crate::artifact::{Artifact, ArtifactKind};
use crate::definition::{self, Problem};
use crate::engine::{Compiled, Engine, EngineConfig};
use crate::error::LoadError;
use crate::guest::Guest;
use crate::host::Services;
use crate::limits::Limits;
use crate::manifest::{self, Build, Manifest};
use crate::node::LoadedNode;
use crate::permission::Grants;
use crate::record::{RecordError, Recorder, Retention};
use crate::run::definitions;
use crate::text::quoted;

/// Compiling that takes longer is worth a word.
const SLOW: Duration = Duration::from_secs(5);

/// Where a workbench keeps its data and how it compiles.
#[derive(Clone, Debug)]
pub struct WorkbenchConfig {
    /// Variables, cache, storage, grants and the record. Made private (0700) where it is missing.
    pub data_dir: PathBuf,
    pub engine: EngineConfig,
}

/// Why a workbench cannot be opened. Damaged state is set aside and is not among the reasons.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot use the data folder \"{}\": {source}; name another one in NODEWB_DATA", path.display())]
    Data { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Engine(#[from] LoadError),
}

/// Clones share everything.
#[derive(Clone)]
pub struct Workbench {
    inner: Arc<Inner>,
}

struct Inner {
    config: WorkbenchConfig,
    engine: Engine,
    /// Made at the first wish to count fuel.
    fuel_engine: OnceLock<Engine>,
    services: Arc<Services>,
    grants: Arc<Grants>,
    recorder: Recorder,
    manifests: Arc<Manifests>,
    /// What a node may use while it is asked for its definition, in bytes; unset: what its manifest says.
    definition_memory: OnceLock<u64>,
}

impl Workbench {
    /// Opens the data folder and starts the engine. Blocking.
    pub fn open(config: WorkbenchConfig) -> Result<Self, OpenError> {
        let data = |source| OpenError::Data { path: config.data_dir.clone(), source };
        let services = Arc::new(Services::open(&config.data_dir).map_err(data)?);
        let grants = Arc::new(Grants::open(&config.data_dir).map_err(data)?);
        let recorder = Recorder::open(&config.data_dir, Retention::default())?;
        let engine = Engine::new(EngineConfig { fuel: false, ..config.engine.clone() })?;
        let (fuel_engine, manifests) = (OnceLock::new(), Arc::default());
        let definition_memory = OnceLock::new();
        let inner = Inner { config, engine, fuel_engine, services, grants, recorder, manifests, definition_memory };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What was found damaged or cannot be used, in words for the user. Nothing of it keeps nodes from running.
    pub fn problems(&self) -> Vec<String> {
        let Inner { engine, services, grants, recorder, .. } = &*self.inner;
        let mut problems = services.problems();
        problems.extend(grants.problem());
        problems.extend(recorder.notices().borrow().as_ref().map(ToString::to_string));
        problems.extend(engine.problem().borrow().clone());
        problems
    }

    pub fn services(&self) -> &Arc<Services> {
        &self.inner.services
    }

    pub fn grants(&self) -> &Arc<Grants> {
        &self.inner.grants
    }

    pub fn recorder(&self) -> &Recorder {
        &self.inner.recorder
    }

    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The engine whose code counts fuel: slower, so it is only made when somebody asks.
    pub fn fuel_engine(&self) -> Result<&Engine, LoadError> {
        if let Some(engine) = self.inner.fuel_engine.get() {
            return Ok(engine);
        }
        let engine = Engine::new(EngineConfig { fuel: true, ..self.inner.config.engine.clone() })?;
        Ok(self.inner.fuel_engine.get_or_init(|| engine))
    }

    /// What nodes may use while they are asked for their definitions, in bytes, whatever their manifests say. The first
    /// answer counts.
    pub fn limit_definitions(&self, memory: u64) {
        let _ = self.inner.definition_memory.set(memory);
    }

    /// Loads a `.wasm` or `.wat` file, or the one build of a project folder.
    pub async fn load(&self, path: &Path, cancel: &CancellationToken) -> Result<Arc<LoadedNode>, LoadError> {
        self.load_with(&self.inner.engine, path, cancel).await
    }

    /// [`Workbench::load`] with an engine of choice.
    pub async fn load_with(
        &self,
        engine: &Engine,
        path: &Path,
        cancel: &CancellationToken,
    ) -> Result<Arc<LoadedNode>, LoadError> {
        let read = read(path.to_path_buf());
        let source = cancel.run_until_cancelled(read).await.ok_or(LoadError::Abandoned)??;
        self.load_source(engine, source, cancel).await
    }

    /// The part of loading that comes after reading: compile, link, definitions.
    pub async fn load_source(
        &self,
        engine: &Engine,
        source: Source,
        cancel: &CancellationToken,
    ) -> Result<Arc<LoadedNode>, LoadError> {
        let Source { path, artifact, manifest, mut problems, .. } = source;
        let compiled = match compile(engine, &artifact, &path, cancel).await {
            Err(error @ LoadError::Compile { .. }) => return Err(precise(artifact, error).await),
            compiled => compiled?,
        };
        let guest = Guest::link(engine, compiled, &artifact)?;
        problems.extend(guest.problems());
        let limits = manifest.as_ref().map_or_else(Limits::default, Manifest::limits);
        let memory = self.inner.definition_memory.get().copied().unwrap_or(limits.memory);
        let (text, said) = definitions(engine, &guest, &self.inner.services, memory, cancel).await;
        let with_said = |error| said.explain(error);
        let text = text.map_err(with_said)?;
        problems.extend(text.notes.into_iter().map(|note| Problem::warning("definition-note", note)));
        problems.extend(text.fallback.map(|reason| fallback(&artifact, &reason)));
        let (definitions, found) = definition::parse(&text.json).map_err(with_said)?;
        problems.extend(found);
        problems.extend(said.problems());
        if let Some(manifest) = &manifest {
            problems.extend(manifest.compare(&definitions));
        }
        if let Some(version) = &text.abi_version {
            problems.extend(definition::abi_version_problem(version));
        }
        Ok(Arc::new(LoadedNode {
            engine: engine.clone(),
            path,
            artifact,
            guest,
            definitions,
            definition_text: text.json,
            abi_version: text.abi_version,
            manifest,
            problems,
        }))
    }
}

/// Compiles, and says on the way what takes so long.
async fn compile(
    engine: &Engine,
    artifact: &Artifact,
    path: &Path,
    cancel: &CancellationToken,
) -> Result<Compiled, LoadError> {
    let compiling = engine.compile(artifact, cancel);
    tokio::pin!(compiling);
    if let Ok(compiled) = tokio::time::timeout(SLOW, &mut compiling).await {
        return compiled;
    }
    let looked_at = artifact.clone();
    let (name, telling) = (path.display().to_string(), tokio::task::spawn_blocking(move || looked_at.slow_part()));
    let tell = async {
        if let Ok(part) = telling.await {
            tracing::warn!("still compiling {} (slow: {part})", quoted(&name));
        }
        std::future::pending().await
    };
    tokio::select! {
        compiled = &mut compiling => compiled,
        () = tell => Err(LoadError::Abandoned),
    }
}

/// A file as it was read: what was hashed is what is compiled.
pub struct Source {
    pub path: PathBuf,
    /// The path before links were followed: a manifest may lie beside either.
    given: PathBuf,
    pub artifact: Artifact,
    pub manifest: Option<Manifest>,
    pub problems: Vec<Problem>,
}

impl Source {
    /// What a build was made from, to make it again with another engine.
    pub fn of(node: &LoadedNode) -> Self {
        Self {
            path: node.path.clone(),
            given: node.path.clone(),
            artifact: node.artifact.clone(),
            manifest: node.manifest.clone(),
            problems: node.problems.clone(),
        }
    }
}

/// Reads a file, or the one build of a folder, with its manifest.
pub async fn read(path: PathBuf) -> Result<Source, LoadError> {
    read_with(path, Arc::default()).await
}

/// Reads a node from standard input (`-`) or from what is no file, such as a named pipe. Read once; it has no manifest.
pub async fn read_stream(path: PathBuf) -> Result<Source, LoadError> {
    let read = tokio::task::spawn_blocking(move || {
        let failed = |error: std::io::Error| LoadError::Read { path: path.clone(), reason: error.to_string() };
        let artifact = match path.to_str() {
            Some("-") => Artifact::read_from(std::io::stdin().lock(), &path)?,
            _ => Artifact::read_from(std::fs::File::open(&path).map_err(failed)?, &path)?,
        };
        Ok(Source { given: path.clone(), path, artifact, manifest: None, problems: Vec::new() })
    });
    read.await.map_err(|error| LoadError::Internal { reason: error.to_string() })?
}

/// [`read`], with what is known of manifests already.
async fn read_with(path: PathBuf, manifests: Arc<Manifests>) -> Result<Source, LoadError> {
    let read = tokio::task::spawn_blocking(move || {
        let chosen_by = manifests.chosen(&path);
        let Build { file: given, manifest } = the_build(path, chosen_by)?;
        let path =
            given.canonicalize().map_err(|error| LoadError::Read { path: given.clone(), reason: error.to_string() })?;
        // The one that chose the file, else the one beside the path as it was given, else beside the file that a link
        // leads to.
        let found = manifest.filter(|manifest| manifest.is_file());
        let found = found.or_else(|| Manifest::governing(&given)).or_else(|| Manifest::governing(&path));
        let (manifest, problems) = manifests.of(&given, found)?.unzip();
        refuse_outside(manifest.as_ref(), &given)?;
        let folder = given.parent().unwrap_or(Path::new(""));
        let is_foreign = !manifest::is_inside(folder, &path);
        let artifact =
            Artifact::read(&path).map_err(|error| if is_foreign { unquoted(error, &path) } else { error })?;
        Ok(Source { path, given, artifact, manifest, problems: problems.unwrap_or_default() })
    });
    read.await.map_err(|error| LoadError::Internal { reason: error.to_string() })?
}

/// The same error without what the file says: a link in somebody's project may lead to a file of the user's own.
fn unquoted(error: LoadError, path: &Path) -> LoadError {
    match error {
        LoadError::NotWasm { .. } | LoadError::Text { .. } => {
            let found = format!("something else; it is a link to {}", quoted(&path.display().to_string()));
            LoadError::NotWasm { found }
        }
        error => error,
    }
}

/// A link that a manifest names must not make a foreign file a node: what is said of it would quote that file.
fn refuse_outside(manifest: Option<&Manifest>, given: &Path) -> Result<(), LoadError> {
    let Some(manifest) = manifest.filter(|manifest| manifest.named_build().as_deref() == Some(given)) else {
        return Ok(());
    };
    let folder = manifest.path.parent().unwrap_or(Path::new(""));
    if manifest::is_inside(folder, given) {
        return Ok(());
    }
    let reason = "the manifest's wasm_path leads out of its folder; name a file inside it".to_owned();
    Err(LoadError::Read { path: given.to_owned(), reason })
}

/// What to do about a `get-nodes` that traps. The official Python template has none, and its build puts in one that does.
fn fallback(artifact: &Artifact, reason: &str) -> Problem {
    let language = artifact.producers.language.first().map(|(name, _)| name.as_str());
    let advice = match (artifact.kind, language) {
        (_, Some("Python")) => "add \"def get_nodes(self): return self.get_node()\" to the class WitWorld in app.py",
        (_, Some("JavaScript")) => "export a function getNodes that returns what getNode returns",
        (ArtifactKind::Component, _) => "export get-nodes with what get-node returns",
        (ArtifactKind::Core, _) => "take the export get_nodes out, or let it return what get_node returns",
    };
    let message = format!("get-nodes trapped ({reason}), so get-node was asked and answered; the node works, {advice}");
    Problem::warning("definition-fallback", message)
}

/// Reading looks at sections only; where code does not compile, a full validation says at which byte it is broken.
async fn precise(artifact: Artifact, error: LoadError) -> LoadError {
    match tokio::task::spawn_blocking(move || artifact.check_bodies()).await {
        Ok(Err(invalid)) => invalid,
        _ => error,
    }
}

/// The file itself, or the one build of a folder.
fn the_build(path: PathBuf, chosen_by: Option<PathBuf>) -> Result<Build, LoadError> {
    if !path.is_dir() {
        return Ok(Build { file: path, manifest: chosen_by });
    }
    let mut builds = manifest::builds_of(&path)?;
    if builds.len() > 1 {
        return Err(LoadError::SeveralBuilds { path, found: builds.into_iter().map(|build| build.file).collect() });
    }
    builds.pop().ok_or_else(|| LoadError::NoBuild {
        path,
        looked: "the manifest's wasm_path and the usual places of build outputs".into(),
    })
}

#[cfg(test)]
#[path = "workbench/tests.rs"]
mod tests;
