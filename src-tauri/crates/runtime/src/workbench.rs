//! What a program opens once: the engines, the host's services, the remembered answers and the record.
//!
//! Loading a file ends here too: read, compile, link, ask for the definitions. Watching files is the library's.

mod loader;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio_util::sync::CancellationToken;

pub use self::loader::WithEngine;

use crate::artifact::Artifact;
use crate::definition::{self, Problem};
use crate::engine::{Engine, EngineConfig};
use crate::error::LoadError;
use crate::guest::Guest;
use crate::host::Services;
use crate::limits::Limits;
use crate::manifest::{self, Build, Manifest};
use crate::node::LoadedNode;
use crate::permission::Grants;
use crate::record::{RecordError, Recorder, Retention};
use crate::run::definitions;

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
    /// Which manifest chose a file of a watched folder.
    chosen: Mutex<HashMap<PathBuf, PathBuf>>,
}

impl Workbench {
    /// Opens the data folder and starts the engine. Blocking.
    pub fn open(config: WorkbenchConfig) -> Result<Self, OpenError> {
        let data = |source| OpenError::Data { path: config.data_dir.clone(), source };
        let services = Arc::new(Services::open(&config.data_dir).map_err(data)?);
        let grants = Arc::new(Grants::open(&config.data_dir).map_err(data)?);
        let recorder = Recorder::open(&config.data_dir, Retention::default())?;
        let engine = Engine::new(EngineConfig { fuel: false, ..config.engine.clone() })?;
        let (fuel_engine, chosen) = (OnceLock::new(), Mutex::default());
        let inner = Inner { config, engine, fuel_engine, services, grants, recorder, chosen };
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

    /// The builds of a folder; remembers what chose each, for when the files are read.
    fn builds_of(&self, folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
        let builds = manifest::builds_of(folder)?;
        let mut chosen = self.inner.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        for Build { file, manifest } in &builds {
            match manifest {
                Some(manifest) => chosen.insert(file.clone(), manifest.clone()),
                None => chosen.remove(file),
            };
        }
        Ok(builds.into_iter().map(|build| build.file).collect())
    }

    fn chosen_by(&self, file: &Path) -> Option<PathBuf> {
        self.inner.chosen.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned()
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
        let compiled = match engine.compile(&artifact, cancel).await {
            Err(error @ LoadError::Compile { .. }) => return Err(precise(artifact, error).await),
            compiled => compiled?,
        };
        let guest = Guest::link(engine, compiled, &artifact)?;
        problems.extend(guest.problems());
        let limits = manifest.as_ref().map_or_else(Limits::default, Manifest::limits);
        let text = definitions(engine, &guest, &self.inner.services, limits.memory, cancel).await?;
        let notes = text.notes.into_iter();
        problems.extend(notes.map(|message| Problem::warning("definition-fallback", message)));
        let (definitions, found) = definition::parse(&text.json)?;
        problems.extend(found);
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
    read_chosen(path, None).await
}

/// [`read`], with the manifest that chose the file where one did.
async fn read_chosen(path: PathBuf, chosen_by: Option<PathBuf>) -> Result<Source, LoadError> {
    let read = tokio::task::spawn_blocking(move || {
        let Build { file, manifest } = the_build(path, chosen_by)?;
        let path =
            file.canonicalize().map_err(|error| LoadError::Read { path: file.clone(), reason: error.to_string() })?;
        let artifact = Artifact::read(&path)?;
        let (manifest, problems) = governing(manifest.as_deref(), &file, &path)?.unzip();
        Ok(Source { path, given: file, artifact, manifest, problems: problems.unwrap_or_default() })
    });
    read.await.map_err(|error| LoadError::Internal { reason: error.to_string() })?
}

/// The manifest that chose the file, else the one beside the path as it was given, else beside the file that a link
/// leads to.
fn governing(
    chosen_by: Option<&Path>,
    given: &Path,
    file: &Path,
) -> Result<Option<(Manifest, Vec<Problem>)>, LoadError> {
    if let Some(manifest) = chosen_by.filter(|manifest| manifest.is_file()) {
        return Manifest::read(manifest).map(Some);
    }
    match Manifest::find(given)? {
        None => Manifest::find(file),
        found => Ok(found),
    }
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
