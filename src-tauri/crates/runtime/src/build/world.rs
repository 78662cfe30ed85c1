//! The task that knows what is open: it finds projects, watches manifests and sources, and tells the projects.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use super::consents::Remembered;
use super::output::Output;
use super::plan::{self, Found, Plan};
use super::project::{Order, Project};
use super::{Answer, BuildError, Consent, Consents, Shared, Slot};
use crate::watch::{Change, Method, Watcher, What, absolute};

/// Commands that run at once: a build uses all cores by itself, a second one fills the gaps.
const AT_ONCE: usize = 2;

type Reply = oneshot::Sender<Result<(), BuildError>>;

pub(super) enum Command {
    Open(PathBuf),
    Close(PathBuf),
    Answer { manifest: PathBuf, command: String, answer: Answer, reply: Reply },
    Revoke { manifest: PathBuf, reply: Reply },
    Build { manifest: PathBuf, reply: Reply },
    Cancel { manifest: PathBuf, reply: Reply },
    CloseAll(oneshot::Sender<()>),
}

pub(super) struct World {
    shared: Arc<Shared>,
    consents: Consents,
    turns: Arc<Semaphore>,
    manifests: Watch,
    sources: Watch,
    roots: BTreeMap<PathBuf, Root>,
    projects: BTreeMap<PathBuf, Handle>,
    /// Tasks of projects that are no longer, as long as their commands may still be ending.
    ending: BTreeMap<PathBuf, Task>,
    looks: JoinSet<(PathBuf, Found)>,
}

/// A watcher and what it watches.
struct Watch {
    watcher: Watcher,
    changes: mpsc::Receiver<Change>,
    paths: BTreeSet<PathBuf>,
}

/// A path that is open.
#[derive(Default)]
struct Root {
    is_folder: bool,
    /// What may change which projects there are.
    watched: Vec<PathBuf>,
    plans: Vec<Plan>,
    looking: bool,
    /// Something happened meanwhile.
    again: bool,
}

struct Handle {
    plan: Plan,
    consent: Consent,
    /// Dropped, the task comes to its end.
    orders: mpsc::UnboundedSender<Order>,
    task: Task,
}

/// A task that is aborted, its command with it, when this is dropped.
pub(super) struct Task(JoinHandle<()>);

impl World {
    pub(super) fn start(shared: Arc<Shared>, consents: Consents) -> io::Result<Self> {
        let watch = || {
            let (watcher, changes) = Watcher::start(shared.config.watch.clone())?;
            io::Result::Ok(Watch { watcher, changes, paths: BTreeSet::new() })
        };
        let (manifests, sources) = (watch()?, watch()?);
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let (roots, projects, ending) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { shared, consents, turns, manifests, sources, roots, projects, ending, looks: JoinSet::new() })
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        loop {
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                Some(change) = self.manifests.changes.recv() => self.manifest_changed(&change.path),
                Some(change) = self.sources.changes.recv() => self.source_changed(&change.path),
                Some(Ok((root, found))) = self.looks.join_next() => self.apply(&root, found).await,
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Open(path) => self.open(&absolute(&path)).await,
            Command::Close(path) => {
                if self.roots.remove(&absolute(&path)).is_some() {
                    self.watch_manifests().await;
                    self.reconcile().await;
                }
            }
            Command::Answer { manifest, command, answer, reply } => {
                let answered = self.answer(&manifest, &command, answer).await;
                tell(reply, answered);
            }
            Command::Revoke { manifest, reply } => {
                let revoked = self.revoke(&manifest).await;
                tell(reply, revoked);
            }
            Command::Build { manifest, reply } => tell(reply, self.order(&manifest, Order::Build)),
            Command::Cancel { manifest, reply } => tell(reply, self.order(&manifest, Order::Cancel)),
            Command::CloseAll(reply) => {
                self.roots.clear();
                self.reconcile().await;
                for (_, task) in std::mem::take(&mut self.ending) {
                    task.ended().await;
                }
                // Whoever asked may have gone meanwhile.
                let _ = reply.send(());
            }
        }
    }

    async fn open(&mut self, path: &Path) {
        if self.roots.contains_key(path) {
            return;
        }
        let at = path.to_owned();
        let look = move || if at.is_dir() { (true, vec![at]) } else { (false, plan::candidates(&at)) };
        // It only fails where the program ends.
        let Ok((is_folder, watched)) = tokio::task::spawn_blocking(look).await else { return };
        self.roots.insert(path.to_owned(), Root { is_folder, watched, ..Root::default() });
        self.watch_manifests().await;
        self.look(path);
    }

    /// Looks at a root again, once what was seen of it before is known.
    fn look(&mut self, path: &Path) {
        let Some(root) = self.roots.get_mut(path) else { return };
        if std::mem::replace(&mut root.looking, true) {
            root.again = true;
            return;
        }
        let at = path.to_owned();
        self.looks.spawn_blocking(move || {
            let found = plan::find(&at);
            (at, found)
        });
    }

    async fn apply(&mut self, path: &Path, found: Found) {
        let Some(root) = self.roots.get_mut(path) else { return };
        let kept = root.plans.drain(..).filter(|plan| found.unreadable.contains(&plan.manifest));
        root.plans = kept.chain(found.plans).collect();
        root.looking = false;
        if std::mem::take(&mut root.again) {
            self.look(path);
        }
        self.reconcile().await;
    }

    fn manifest_changed(&mut self, path: &Path) {
        if path.extension().is_none_or(|extension| extension != "toml") {
            return;
        }
        let concerns = |root: &Root| {
            let below = |watched: &PathBuf| path.starts_with(watched);
            if root.is_folder { root.watched.iter().any(below) } else { root.watched.iter().any(|one| one == path) }
        };
        let roots: Vec<PathBuf> =
            self.roots.iter().filter(|(_, root)| concerns(root)).map(|(path, _)| path.clone()).collect();
        roots.iter().for_each(|root| self.look(root));
    }

    fn source_changed(&self, path: &Path) {
        let concerned = self.projects.values().filter(|handle| handle.plan.watches(path));
        concerned.for_each(|handle| handle.send(Order::Look));
    }

    /// Makes the projects those that the roots have.
    async fn reconcile(&mut self) {
        let mut wanted: BTreeMap<PathBuf, Plan> = BTreeMap::new();
        for plan in self.roots.values().flat_map(|root| &root.plans) {
            wanted.entry(plan.manifest.clone()).or_insert_with(|| plan.clone());
        }
        let is_gone = |handle: &Handle| wanted.get(&handle.plan.manifest) != Some(&handle.plan);
        let gone: Vec<Handle> =
            self.projects.extract_if(.., |_, handle| is_gone(handle)).map(|(_, gone)| gone).collect();
        let mut later = BTreeSet::new();
        for Handle { plan, consent, task, .. } in gone {
            self.shared.lock().remove(&plan.manifest);
            if consent == Consent::Later {
                later.insert((plan.manifest.clone(), plan.command));
            }
            self.ending.insert(plan.manifest, task);
        }
        self.ending.retain(|_, task| !task.0.is_finished());
        let new: Vec<Plan> = wanted.into_values().filter(|plan| !self.projects.contains_key(&plan.manifest)).collect();
        for plan in &new {
            let put_off = later.contains(&(plan.manifest.clone(), plan.command.clone()));
            self.begin(plan.clone(), put_off);
        }
        self.shared.changed();
        self.watch_sources().await;
        // Only now, when no change is missed.
        let new = new.iter().filter_map(|plan| self.projects.get(&plan.manifest));
        new.filter(|handle| handle.consent == Consent::Allowed).for_each(|handle| handle.send(Order::Allow));
    }

    fn begin(&mut self, plan: Plan, put_off: bool) {
        let consent = match self.consents.of(&plan.folder, &plan.command) {
            Some(Remembered::Allowed { .. }) => Consent::Allowed,
            Some(Remembered::Never) => Consent::Never,
            None if put_off => Consent::Later,
            None => Consent::Asked,
        };
        let slot = Slot { project: plan.project(consent), output: Output::default() };
        self.shared.lock().insert(plan.manifest.clone(), slot);
        let (orders, inbox) = mpsc::unbounded_channel();
        let (shared, consents, turns) = (self.shared.clone(), self.consents.clone(), self.turns.clone());
        let project = Project::new(plan.clone(), shared, consents, turns, inbox);
        let before = self.ending.remove(&plan.manifest);
        let task = Task(tokio::spawn(project.work(before)));
        self.projects.insert(plan.manifest.clone(), Handle { plan, consent, orders, task });
    }

    async fn answer(&mut self, manifest: &Path, command: &str, answer: Answer) -> Result<(), BuildError> {
        let plan = self.handle(manifest)?.plan.clone();
        if plan.command != command {
            return Err(BuildError::OtherCommand { command: plan.command });
        }
        let (consent, written) = match answer {
            Answer::Run => (Consent::Allowed, self.consents.allow(&plan.folder, command).await),
            Answer::Later => (Consent::Later, Ok(())),
            Answer::Never => (Consent::Never, self.consents.forbid(&plan.folder).await),
        };
        let concerns =
            |other: &Plan| other.folder == plan.folder && (answer == Answer::Never || other.command == command);
        self.consent(consent, concerns).await;
        Ok(written?)
    }

    async fn revoke(&mut self, manifest: &Path) -> Result<(), BuildError> {
        let folder = self.handle(manifest)?.plan.folder.clone();
        let written = self.consents.forget(&folder).await;
        self.consent(Consent::Asked, |other| other.folder == folder).await;
        Ok(written?)
    }

    async fn consent(&mut self, consent: Consent, concerns: impl Fn(&Plan) -> bool) {
        let mut concerned = Vec::new();
        for (manifest, handle) in &mut self.projects {
            if handle.consent != consent && concerns(&handle.plan) {
                handle.consent = consent;
                self.shared.alter(manifest, |slot| slot.project.consent = consent);
                concerned.push(manifest.clone());
            }
        }
        self.watch_sources().await;
        let order = if consent == Consent::Allowed { Order::Allow } else { Order::Forbid };
        concerned.iter().filter_map(|manifest| self.projects.get(manifest)).for_each(|handle| handle.send(order));
    }

    fn order(&self, manifest: &Path, order: Order) -> Result<(), BuildError> {
        let handle = self.handle(manifest)?;
        if order == Order::Build && handle.consent != Consent::Allowed {
            return Err(BuildError::NotAllowed);
        }
        handle.send(order);
        Ok(())
    }

    fn handle(&self, manifest: &Path) -> Result<&Handle, BuildError> {
        self.projects.get(manifest).ok_or_else(|| BuildError::Unknown(manifest.to_owned()))
    }

    async fn watch_manifests(&mut self) {
        let mut wanted = BTreeMap::new();
        for root in self.roots.values() {
            wanted.extend(root.watched.iter().map(|path| (path.clone(), root.is_folder)));
        }
        self.manifests.only(wanted, What::Nodes).await;
    }

    async fn watch_sources(&mut self) {
        let allowed = self.projects.values().filter(|handle| handle.consent == Consent::Allowed);
        let entries: Vec<PathBuf> = allowed.flat_map(|handle| &handle.plan.watch).cloned().collect();
        let look = move || entries.into_iter().map(|path| (path.is_dir(), path)).map(|(is, path)| (path, is)).collect();
        if let Ok(wanted) = tokio::task::spawn_blocking(look).await {
            self.sources.only(wanted, What::Sources).await;
        }
    }
}

impl Watch {
    /// Watches these paths, folders where that is said, and no others. What does not exist may become either.
    async fn only(&mut self, wanted: BTreeMap<PathBuf, bool>, what: What) {
        for unwanted in self.paths.extract_if(.., |path| !wanted.contains_key(path)) {
            // A watcher that has stopped watches nothing.
            let _ = self.watcher.forget(&unwanted).await;
        }
        for (path, is_folder) in wanted {
            if !self.paths.insert(path.clone()) {
                continue;
            }
            if !is_folder {
                let _ = self.watcher.file(&path, Method::Events).await;
            }
            if is_folder || what == What::Sources {
                let _ = self.watcher.folder(&path, what, Method::Events).await;
            }
        }
    }
}

impl Handle {
    fn send(&self, order: Order) {
        // A task that has ended has nothing left to do.
        let _ = self.orders.send(order);
    }
}

impl Task {
    /// Returns when the task has ended by itself.
    pub(super) async fn ended(mut self) {
        // That it was aborted is an end as well.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whoever asked may have gone meanwhile, which is no concern of ours.
fn tell(reply: Reply, answer: Result<(), BuildError>) {
    let _ = reply.send(answer);
}
