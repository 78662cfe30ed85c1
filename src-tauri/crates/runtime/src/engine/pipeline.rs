//! From an artifact to code that can run: in parts where that pays, each from the cache or through a compiler.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::cache::{self, Cache};
use super::compiler::Compiler;
use super::folder::{self, Folder};
use super::lanes::Lanes;
use super::load::{Code, load, load_code};
use super::parts::{Parts, Split, split};
use super::workers::{Failure, Made, Workers};
use super::{Compiled, EngineConfig, settings, worker};
use crate::artifact::{Artifact, ArtifactKind};
use crate::error::LoadError;

pub(super) struct Pipeline {
    engine: wasmtime::Engine,
    fingerprint: blake3::Hash,
    limit: Duration,
    fuel: bool,
    folder: Option<Folder>,
    cache: Option<Cache>,
    /// Why compiled code is not kept, in words for the user.
    problem: watch::Sender<Option<String>>,
    workers: Option<Workers>,
    lanes: Lanes,
    // Made at the first compilation in this process; most never see one.
    compiler: std::sync::OnceLock<Result<Compiler, String>>,
}

/// One piece of code: what it is, and how to come by its wasm.
struct Piece {
    kind: ArtifactKind,
    key: String,
    wasm: Wasm,
}

#[derive(Clone)]
enum Wasm {
    Whole,
    Part(Range<usize>),
    Rest(Arc<Split>),
}

/// What a compiler wrote.
enum Output {
    File(NamedTempFile),
    Memory(Vec<u8>),
}

/// What came of a turn: code of the cache, or new code and how long it took.
enum Produced {
    Known(Code),
    New(Output, Duration),
}

/// How a component is compiled: its parts and the rest, or as a whole.
struct Plan {
    parts: Vec<(String, Piece)>,
    rest: Piece,
}

impl Pipeline {
    pub(super) fn new(engine: wasmtime::Engine, config: EngineConfig) -> Self {
        let opened = config.cache_dir.as_deref().map(|path| {
            let folder = Folder::open(path)?;
            let cache = Cache::open(&folder, config.cache_bytes)?;
            Ok::<_, folder::Unusable>((folder, cache))
        });
        let (folder, cache, problem) = match opened {
            Some(Ok((folder, cache))) => (Some(folder), Some(cache), None),
            Some(Err(error)) => (None, None, Some(not_kept(&error))),
            None => (None, None, None),
        };
        let mut pipeline = Self {
            fingerprint: settings::fingerprint(&engine),
            engine,
            limit: config.compile_limit,
            fuel: config.fuel,
            folder,
            cache,
            problem: watch::Sender::new(problem),
            workers: None,
            lanes: Lanes::new(),
            compiler: std::sync::OnceLock::new(),
        };
        pipeline.workers = config.worker.map(|program| Workers::new(program, pipeline.worker_arguments()));
        pipeline
    }

    /// Why compiled code is not kept, from now on.
    pub(super) fn problem(&self) -> watch::Receiver<Option<String>> {
        self.problem.subscribe()
    }

    fn worker_arguments(&self) -> Vec<OsString> {
        let settings = if self.fuel { worker::FUEL } else { worker::PLAIN };
        let results = self.cache.as_ref().map(|cache| cache.folder().as_os_str().to_owned()).unwrap_or_default();
        let mut arguments = vec![OsString::from(settings), results];
        arguments.extend(self.folder.as_ref().map(|folder| folder.path().as_os_str().to_owned()));
        arguments
    }

    pub(super) async fn compile(self: &Arc<Self>, artifact: &Artifact) -> Result<Compiled, LoadError> {
        let mut left = self.limit;
        if artifact.kind == ArtifactKind::Core {
            let piece = Piece { kind: ArtifactKind::Core, key: self.whole(artifact), wasm: Wasm::Whole };
            return match self.piece(artifact, piece, &mut left).await? {
                Code::Core(module) => Ok(Compiled::Core(module)),
                Code::Component(_) => Err(mismatch()),
            };
        }
        if let Some(plan) = self.plan(artifact).await? {
            match self.parts(artifact, plan, &mut left).await {
                Ok(compiled) => return Ok(compiled),
                // A part alone may break a rule that the whole keeps; then the whole decides.
                Err(LoadError::Compile { reason }) => {
                    tracing::debug!(hash = %artifact.hash, %reason, "the component is compiled as a whole");
                }
                Err(error) => return Err(error),
            }
        }
        let piece = Piece { kind: ArtifactKind::Component, key: self.whole(artifact), wasm: Wasm::Whole };
        match self.piece(artifact, piece, &mut left).await? {
            Code::Component(component) => Ok(Compiled::Component(component, Parts::default())),
            Code::Core(_) => Err(mismatch()),
        }
    }

    fn whole(&self, artifact: &Artifact) -> String {
        cache::key(&self.fingerprint, artifact.kind, &artifact.hash)
    }

    async fn plan(self: &Arc<Self>, artifact: &Artifact) -> Result<Option<Plan>, LoadError> {
        let (bytes, hash, fingerprint) = (artifact.bytes.clone(), artifact.hash.clone(), self.fingerprint);
        blocking(move || {
            let split = Arc::new(split(&bytes)?);
            let parts = split.parts.iter().map(|part| {
                let content = blake3::hash(bytes.get(part.bytes.clone()).unwrap_or_default()).to_hex();
                let key = cache::key(&fingerprint, ArtifactKind::Core, &content);
                (part.name.clone(), Piece { kind: ArtifactKind::Core, key, wasm: Wasm::Part(part.bytes.clone()) })
            });
            // What is left follows from the whole, so the whole's hash names it.
            let key = cache::key(&fingerprint, ArtifactKind::Component, &format!("rest of {hash}"));
            let rest = Piece { kind: ArtifactKind::Component, key, wasm: Wasm::Rest(split.clone()) };
            Some(Plan { parts: parts.collect(), rest })
        })
        .await
    }

    async fn parts(
        self: &Arc<Self>,
        artifact: &Artifact,
        plan: Plan,
        left: &mut Duration,
    ) -> Result<Compiled, LoadError> {
        let mut parts = Parts::default();
        for (name, piece) in plan.parts {
            match self.piece(artifact, piece, left).await? {
                Code::Core(module) => parts.add(name, module),
                Code::Component(_) => return Err(mismatch()),
            }
        }
        match self.piece(artifact, plan.rest, left).await? {
            Code::Component(component) => Ok(Compiled::Component(component, parts)),
            Code::Core(_) => Err(mismatch()),
        }
    }

    /// One piece, from the cache or compiled. `left` is what remains of the time for compiling; waiting for a turn and
    /// the cache do not count.
    async fn piece(
        self: &Arc<Self>,
        artifact: &Artifact,
        piece: Piece,
        left: &mut Duration,
    ) -> Result<Code, LoadError> {
        let Piece { kind, key, wasm } = piece;
        if let Some(code) = self.cached(kind, &key).await? {
            return Ok(code);
        }
        if left.is_zero() {
            return Err(LoadError::CompileTimeout { limit: self.limit });
        }
        let limit = *left;
        let job = || async {
            // Whoever had the turn before may have compiled the same.
            if let Some(code) = self.cached(kind, &key).await? {
                return Ok(Produced::Known(code));
            }
            let (this, wasm, bytes) = (self.clone(), wasm.clone(), artifact.bytes.clone());
            let (file, wasm) = blocking(move || (this.unfinished(), wasm.bytes(bytes))).await?;
            let started = Instant::now();
            let produced = tokio::time::timeout(limit, self.produce(kind, file, &wasm)).await;
            let output = produced.map_err(|_| LoadError::CompileTimeout { limit: self.limit })??;
            Ok(Produced::New(output, started.elapsed()))
        };
        // Only a worker can be ended half way.
        let may_give_up = self.workers.as_ref().is_some_and(Workers::are_usable);
        match self.lanes.run(may_give_up, job).await? {
            Produced::Known(code) => Ok(code),
            Produced::New(output, took) => {
                *left = left.saturating_sub(took);
                let this = self.clone();
                blocking(move || this.take(kind, &key, output)).await?
            }
        }
    }

    async fn cached(self: &Arc<Self>, kind: ArtifactKind, key: &str) -> Result<Option<Code>, LoadError> {
        let (this, key) = (self.clone(), key.to_owned());
        blocking(move || {
            let cache = this.cache.as_ref()?;
            let file = cache.find(&key)?;
            match load(&this.engine, kind, file) {
                Ok(code) => Some(code),
                Err(error) => {
                    tracing::warn!(%key, "compiled code does not load; it is compiled again: {error:#}");
                    cache.forget(&key);
                    None
                }
            }
        })
        .await
    }

    /// Where the code is written: a file of the cache, if it can have one.
    fn unfinished(&self) -> Option<NamedTempFile> {
        let folder = self.cache.as_ref()?.folder();
        folder::unfinished(folder).map_err(|error| self.cannot_keep(&error)).ok()
    }

    /// The cache is no condition for anything: code that cannot be kept is used from memory, and that is said.
    fn cannot_keep(&self, error: &dyn Display) {
        let folder = self.folder.as_ref().map_or(Path::new(""), Folder::path);
        let problem =
            not_kept(&format!("cannot write to \"{}\": {error}; free the disk or choose another", folder.display()));
        self.problem.send_if_modified(|told| told.replace(problem.clone()).is_none_or(|before| before != problem));
    }

    /// Lets a compiler write the code to `file`, or into memory.
    async fn produce(
        self: &Arc<Self>,
        kind: ArtifactKind,
        file: Option<NamedTempFile>,
        wasm: &Bytes,
    ) -> Result<Output, LoadError> {
        if let Some(workers) = &self.workers {
            let name = file.as_ref().and_then(|file| file.path().file_name()?.to_str()).unwrap_or_default();
            match (workers.compile(kind, name, wasm).await, file) {
                (Ok(Made::InFile), Some(file)) => return Ok(Output::File(file)),
                (Ok(Made::InFile), None) => return Err(mismatch()),
                (Ok(Made::Code(code, unwritten)), _) => {
                    if !unwritten.is_empty() {
                        self.cannot_keep(&unwritten);
                    }
                    return Ok(Output::Memory(code));
                }
                (Err(Failure::Refused(reason)), _) => return Err(LoadError::Compile { reason }),
                (Err(Failure::NoWorker(reason)), file) => {
                    tracing::debug!(%reason, "compiling in this process");
                    return self.produce_here(kind, file, wasm).await;
                }
            }
        }
        self.produce_here(kind, file, wasm).await
    }

    async fn produce_here(
        self: &Arc<Self>,
        kind: ArtifactKind,
        file: Option<NamedTempFile>,
        wasm: &Bytes,
    ) -> Result<Output, LoadError> {
        let (this, wasm) = (self.clone(), wasm.clone());
        blocking(move || {
            let compiler = this.compiler()?;
            compiler.begin();
            let code =
                compiler.compile(kind, &wasm).map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?;
            let written = file.map(|mut file| file.write_all(&code).map(|()| file));
            let output = match written {
                Some(Ok(file)) => Output::File(file),
                Some(Err(error)) => {
                    this.cannot_keep(&error);
                    Output::Memory(code)
                }
                None => Output::Memory(code),
            };
            let this = this.clone();
            // Nobody waits for the functions to be kept; what goes wrong is logged there.
            spawn_blocking(move || this.compiler().map(Compiler::finish));
            Ok(output)
        })
        .await?
    }

    fn compiler(&self) -> Result<&Compiler, LoadError> {
        self.compiler
            .get_or_init(|| Compiler::new(self.fuel, self.folder.as_ref()).map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|reason| LoadError::Internal { reason: format!("the compiler does not start: {reason}") })
    }

    /// Takes what a compiler wrote into the cache, and loads it. What is sealed is what is loaded.
    fn take(&self, kind: ArtifactKind, key: &str, output: Output) -> Result<Code, LoadError> {
        let code = match (output, &self.cache) {
            (Output::File(file), Some(cache)) => {
                // The same open file, which stays good whatever becomes of its name.
                let open = file.as_file().try_clone().map_err(|error| unloadable(&error))?;
                if let Err(error) = cache.keep(key, file) {
                    self.cannot_keep(&error);
                }
                load(&self.engine, kind, open)
            }
            (Output::File(_), None) => return Err(mismatch()),
            (Output::Memory(code), _) => load_code(&self.engine, kind, &code),
        };
        code.map_err(|error| unloadable(&format!("{error:#}")))
    }
}

impl Wasm {
    fn bytes(&self, whole: Arc<[u8]>) -> Bytes {
        match self {
            Self::Whole => Bytes::from_owner(whole),
            Self::Part(range) => Bytes::from_owner(whole).slice(range.clone()),
            Self::Rest(split) => Bytes::from(split.rest(&whole)),
        }
    }
}

fn not_kept(why: &dyn Display) -> String {
    format!("compiled code is not kept, so that loading takes longer: {why}")
}

fn unloadable(error: &dyn Display) -> LoadError {
    LoadError::Internal { reason: format!("compiled code does not load: {error}") }
}

fn mismatch() -> LoadError {
    LoadError::Internal { reason: "compiled code is of the other kind".to_owned() }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, LoadError> {
    spawn_blocking(work).await.map_err(|error| LoadError::Internal { reason: format!("while compiling: {error}") })
}
