//! New nodes: written, opened, and built on save from then on.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use runtime::artifact::{ArtifactKind, Producers};
use runtime::manifest;
use scaffold::{Language, doctor, migration};
use wire::window::{Choices, DoctorRow, MigrationStep, PlanForm, PlanProblem, PlanView};

use super::Session;
use crate::error::{Error, Result};
use crate::login;

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
    Ok(tokio::task::spawn_blocking(move || doctor::examine_in(language, login::search_path())).await?.into())
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
        let language =
            (build.artifact.kind == ArtifactKind::Core).then(|| language_of(&build.artifact.producers, &build.path));
        let steps = language.flatten().map(migration::migration).unwrap_or_default();
        Ok(steps.into_iter().map(MigrationStep::from).collect())
    }
}

fn refused(problems: &[PlanProblem]) -> Error {
    let listed: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
    Error::new("plan", listed.join("; "))
}

/// What the file says that it was written in, else whose sources lie beside it. Nim, Lua and Zig come through C, and
/// their files name only that.
fn language_of(producers: &Producers, path: &Path) -> Option<Language> {
    let made = producers.language.iter().chain(&producers.processed_by).chain(&producers.sdk);
    let told: Vec<Language> = made.filter_map(|(name, _)| named(&name.to_ascii_lowercase())).collect();
    let certain = told.iter().copied().find(|language| *language != Language::Cpp);
    certain.or_else(|| sources_beside(path)).or(told.first().copied())
}

/// Looks no further up than the project's folder.
fn sources_beside(path: &Path) -> Option<Language> {
    for folder in path.ancestors().skip(1).take(5) {
        let language = written_here(folder);
        if language.is_some() || folder.join(manifest::FILE_NAME).exists() {
            return language;
        }
    }
    None
}

fn named(word: &str) -> Option<Language> {
    let known = [
        ("tinygo", Language::Go),
        ("clang", Language::Cpp),
        ("c11", Language::Cpp),
        ("c99", Language::Cpp),
        ("c++", Language::Cpp),
        ("c_plus_plus", Language::Cpp),
    ];
    let known = known.into_iter().find(|(start, _)| word.starts_with(start)).map(|(_, language)| language);
    known.or_else(|| Language::from_str(word.split(' ').next()?).ok())
}

/// The language whose sources lie in this folder where its projects have them.
fn written_here(folder: &Path) -> Option<Language> {
    let holds = |source: &Path| {
        let files = folder.join(source.parent()?).read_dir().ok()?;
        let found = files.flatten().any(|file| file.path().extension() == source.extension());
        found.then_some(())
    };
    Language::ALL.into_iter().find(|language| holds(Path::new(language.facts().source)).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn producers(languages: &[&str], processed_by: &[&str]) -> Producers {
        let pairs = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        Producers { language: pairs(languages), processed_by: pairs(processed_by), sdk: Vec::new() }
    }

    /// The language of `build/node.wasm` in a project with these files.
    fn told(producers: &Producers, sources: &[&str]) -> Option<Language> {
        let folder = tempfile::tempdir().expect("a folder");
        let project = folder.path().join("project");
        std::fs::write(folder.path().join("main.go"), "").expect("the file of somebody else");
        for source in sources.iter().chain(&[manifest::FILE_NAME]) {
            let file = project.join(source);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, "").expect("written");
        }
        language_of(producers, &project.join("build/node.wasm"))
    }

    #[test]
    fn a_file_says_what_it_was_written_in() {
        for (languages, processed_by, language) in [
            (&["Rust", "C11"][..], &["rustc", "clang"][..], Language::Rust),
            (&["Go"], &["Go cmd/compile"], Language::Go),
            (&[], &["TinyGo"], Language::Go),
            (&["C11", "Swift"], &["clang"], Language::Swift),
            (&["C11", "C99", "C_plus_plus_14"], &["clang"], Language::Cpp),
            (&[], &["clang 22.1.8"], Language::Cpp),
        ] {
            assert_eq!(
                told(&producers(languages, processed_by), &[]),
                Some(language),
                "{languages:?} {processed_by:?}"
            );
        }
        assert_eq!(told(&producers(&["COBOL"], &["wit-component"]), &[]), None);
    }

    #[test]
    fn where_a_file_names_c_or_nothing_its_sources_say_it() {
        let through_c = producers(&["C11", "C99"], &["clang"]);
        let silent = producers(&[], &[]);
        for language in Language::ALL {
            let source = [language.facts().source];
            assert_eq!(told(&through_c, &source), Some(language));
            assert_eq!(told(&silent, &source), Some(language));
        }
        assert_eq!(told(&silent, &["assembly/index.ts"]), Some(Language::AssemblyScript), "whatever its name is");
        assert_eq!(told(&producers(&["Go"], &[]), &["src/node.zig"]), Some(Language::Go), "the file knows best");
        assert_eq!(told(&silent, &["README.md"]), None);
    }
}
