//! New nodes: written, opened, and built on save from then on.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use runtime::artifact::{Artifact, ArtifactKind};
use runtime::manifest;
use scaffold::{Language, doctor, migration};
use wire::window::{Choices, DoctorRow, MigrationStep, PlanForm, PlanProblem, PlanView};

use super::Session;
use crate::error::{Error, Result};

/// Whether a plan can be carried out; looks at its folder.
pub async fn check(form: PlanForm) -> Result<PlanView> {
    Ok(tokio::task::spawn_blocking(move || match form.plan() {
        Ok(plan) => PlanView {
            problems: plan.check().into_iter().map(PlanProblem::from).collect(),
            slug: plan.slug(),
            build: plan.build_command(),
        },
        Err(problems) => PlanView { problems, slug: String::new(), build: String::new() },
    })
    .await?)
}

pub async fn doctor(language: &str) -> Result<DoctorRow> {
    let language = Language::from_str(language).map_err(|error| Error::new("language", error))?;
    Ok(tokio::task::spawn_blocking(move || doctor::examine(language)).await?.into())
}

/// What a new node can be. Its folder is proposed in one of the user's home.
pub fn choices() -> Choices {
    let parent = std::env::home_dir().unwrap_or_default().join("nodes");
    Choices::new(parent.to_string_lossy().into_owned())
}

impl Session {
    /// Writes a project, opens its folder and builds it. The user asked for it, so its build command may run.
    pub async fn create(self: &Arc<Self>, form: PlanForm) -> Result<String> {
        let plan = form.plan().map_err(|problems| refused(&problems))?;
        let written = tokio::task::spawn_blocking(move || plan.write())
            .await?
            .map_err(|error| Error::new("create", error.to_string()))?;
        // By its real path, as everything that is open is known.
        let unusable = |error| Error::file(&written.folder, &error);
        let folder = tokio::fs::canonicalize(&written.folder).await.map_err(unusable)?;
        self.files.open(vec![folder.clone()]).await?;
        let manifest = folder.join(manifest::FILE_NAME);
        self.builds.allow(&manifest, &written.build).await?;
        Ok(folder.to_string_lossy().into_owned())
    }

    /// The steps from the core module in this file to a component; none for components, and for languages that have no
    /// tools for them.
    pub fn migration(&self, file: &str) -> Result<Vec<MigrationStep>> {
        let build = self.files.build(file)?;
        let language = (build.artifact.kind == ArtifactKind::Core).then(|| language_of(&build.artifact, &build.path));
        let steps = language.flatten().map(migration::migration).unwrap_or_default();
        Ok(steps.into_iter().map(MigrationStep::from).collect())
    }
}

fn refused(problems: &[PlanProblem]) -> Error {
    let listed: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
    Error::new("plan", listed.join("; "))
}

/// What the file says that it was written in, else what lies beside it.
fn language_of(artifact: &Artifact, path: &Path) -> Option<Language> {
    let producers = &artifact.producers;
    let made = producers.language.iter().chain(&producers.processed_by).chain(&producers.sdk);
    let words = made.map(|(name, _)| name.to_ascii_lowercase());
    let told = words.filter_map(|word| {
        let known =
            [("tinygo", Language::Go), ("clang", Language::Cpp), ("c11", Language::Cpp), ("c++", Language::Cpp)];
        let known = known.into_iter().find(|(start, _)| word.starts_with(start)).map(|(_, language)| language);
        known.or_else(|| Language::from_str(word.split(' ').next()?).ok())
    });
    let beside = || {
        let marks = [
            ("Cargo.toml", Language::Rust),
            ("asconfig.json", Language::AssemblyScript),
            ("assembly", Language::AssemblyScript),
            ("build.zig", Language::Zig),
            ("go.mod", Language::Go),
        ];
        path.ancestors().skip(1).take(5).find_map(|folder| {
            marks.into_iter().find(|(name, _)| folder.join(name).exists()).map(|(_, language)| language)
        })
    };
    told.into_iter().next().or_else(beside)
}
