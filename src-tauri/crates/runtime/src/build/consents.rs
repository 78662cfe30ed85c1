//! Which commands may run: the user's answers, in `builds.json` in the data folder.
//!
//! An answer is for one folder and one command, word for word: a manifest that names another command is asked about
//! again. "Never" is for a folder, whatever its manifest says. One program at a time uses a data folder for this: the
//! window. `nodewb` takes its flag for the answer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::private;

const FILE_NAME: &str = "builds.json";
const VERSION: u32 = 1;

/// What the user answered once and for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remembered {
    Allowed {
        /// Digest of the sources that were last built; none where no build came to a good end.
        built: Option<String>,
    },
    Never,
}

/// Clones share everything.
#[derive(Clone, Debug)]
pub struct Consents {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// `None`: every command may run.
    state: Option<Mutex<State>>,
    /// One write at a time, in the order in which they were asked for.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    file: PathBuf,
    answers: Vec<Answer>,
    problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    folder: PathBuf,
    /// The command that may run; none: never any.
    command: Option<String>,
    /// Milliseconds since 1970.
    at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    built: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    answers: Vec<Answer>,
}

impl Consents {
    /// Opens `builds.json` in the data folder; a damaged file is set aside and reported. Blocking.
    pub fn open(data: &Path) -> io::Result<Self> {
        let file = data.join(FILE_NAME);
        let (answers, problem) = read(&file).unwrap_or_else(|error| {
            let problem = format!("cannot read which build commands may run: {}", private::named(&file, &error));
            (Vec::new(), Some(format!("{problem}; folders ask again")))
        });
        Ok(Self::over(Some(Mutex::new(State { file, answers, problem }))))
    }

    /// Every command of what is opened may run, and nothing is remembered: whoever calls this was told so by the user.
    pub fn given() -> Self {
        Self::over(None)
    }

    fn over(state: Option<Mutex<State>>) -> Self {
        Self { inner: Arc::new(Inner { state, writing: tokio::sync::Mutex::new(()) }) }
    }

    /// What is wrong with the file, in words for the user.
    pub fn problem(&self) -> Option<String> {
        self.lock().and_then(|state| state.problem.clone())
    }

    /// The answer for a command in a folder; `None`: to be asked.
    pub(super) fn of(&self, folder: &Path, command: &str) -> Option<Remembered> {
        let Some(state) = self.lock() else { return Some(Remembered::Allowed { built: None }) };
        let mut own = state.answers.iter().filter(|answer| answer.folder == folder);
        let answer = own.find(|answer| answer.command.as_deref().is_none_or(|allowed| allowed == command))?;
        Some(match answer.command {
            Some(_) => Remembered::Allowed { built: answer.built.clone() },
            None => Remembered::Never,
        })
    }

    /// It applies at once; an error means that it will be forgotten when the program ends.
    pub(super) async fn allow(&self, folder: &Path, command: &str) -> io::Result<()> {
        let answer = Answer { folder: folder.into(), command: Some(command.into()), at: now(), built: None };
        self.change(folder, |answers| {
            answers.retain(|old| old.folder != folder);
            answers.push(answer);
        })
        .await
    }

    pub(super) async fn forbid(&self, folder: &Path) -> io::Result<()> {
        let answer = Answer { folder: folder.into(), command: None, at: now(), built: None };
        self.change(folder, |answers| {
            answers.retain(|old| old.folder != folder);
            answers.push(answer);
        })
        .await
    }

    /// The folder is asked about again.
    pub(super) async fn forget(&self, folder: &Path) -> io::Result<()> {
        self.change(folder, |answers| answers.retain(|old| old.folder != folder)).await
    }

    /// Sources with this digest were built.
    pub(super) async fn built(&self, folder: &Path, command: &str, digest: &str) -> io::Result<()> {
        self.change(folder, |answers| {
            let is_it = |answer: &&mut Answer| answer.folder == folder && answer.command.as_deref() == Some(command);
            if let Some(answer) = answers.iter_mut().find(is_it) {
                answer.built = Some(digest.into());
            }
        })
        .await
    }

    async fn change(&self, folder: &Path, change: impl FnOnce(&mut Vec<Answer>)) -> io::Result<()> {
        let _turn = self.inner.writing.lock().await;
        let (file, answers) = {
            let Some(mut state) = self.lock() else { return Ok(()) };
            let before = state.answers.clone();
            change(&mut state.answers);
            if state.answers == before {
                return Ok(());
            }
            let named = |answer: &&Answer| answer.folder.to_str().is_some();
            (state.file.clone(), state.answers.iter().filter(named).cloned().collect())
        };
        if folder.to_str().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the folder's name is not UTF-8"));
        }
        let written = tokio::task::spawn_blocking(move || write(&file, answers)).await;
        written.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    // Short sections only, never across an await.
    fn lock(&self) -> Option<MutexGuard<'_, State>> {
        self.inner.state.as_ref().map(|state| state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn read(file: &Path) -> io::Result<(Vec<Answer>, Option<String>)> {
    let Some(text) = private::read(file)? else { return Ok((Vec::new(), None)) };
    let reason = match serde_json::from_slice::<Document>(&text) {
        Ok(document) if document.version == VERSION => return Ok((document.answers, None)),
        Ok(document) => format!("version {} is not known here", document.version),
        Err(error) => error.to_string(),
    };
    let aside = private::set_aside(file)?;
    let problem = format!(
        "which build commands may run was damaged ({reason}) and is set aside as \"{}\"; folders ask again",
        aside.display()
    );
    Ok((Vec::new(), Some(problem)))
}

fn write(file: &Path, answers: Vec<Answer>) -> io::Result<()> {
    private::replace(file, &serde_json::to_vec_pretty(&Document { version: VERSION, answers })?, None)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ALLOWED: Option<Remembered> = Some(Remembered::Allowed { built: None });

    #[tokio::test]
    async fn an_answer_is_for_one_folder_and_one_command() {
        let data = tempfile::tempdir().expect("a folder");
        let (own, other) = (Path::new("/p/own"), Path::new("/p/other"));
        let consents = Consents::open(data.path()).expect("a store");
        assert_eq!(consents.of(own, "make"), None, "nothing runs unasked");
        consents.allow(own, "make").await.expect("written");
        let again = Consents::open(data.path()).expect("a store");
        assert_eq!(again.of(own, "make"), ALLOWED);
        assert_eq!((again.of(own, "make all"), again.of(other, "make")), (None, None), "asked again");

        again.allow(own, "make all").await.expect("written");
        assert_eq!(again.of(own, "make"), None, "the newest answer of a folder is the one");
        again.built(own, "make", "stale").await.expect("nothing to write");
        again.built(own, "make all", "d1").await.expect("written");
        again.forbid(other).await.expect("written");
        let again = Consents::open(data.path()).expect("a store");
        assert_eq!(again.of(own, "make all"), Some(Remembered::Allowed { built: Some("d1".into()) }));
        assert_eq!(again.of(other, "anything"), Some(Remembered::Never));
        again.forget(other).await.expect("written");
        assert_eq!(Consents::open(data.path()).expect("a store").of(other, "anything"), None);
    }

    #[tokio::test]
    async fn a_damaged_file_allows_nothing() {
        let data = tempfile::tempdir().expect("a folder");
        for text in ["{", r#"{"version":2,"answers":[]}"#, r#"{"version":1,"answers":[{"folder":1}]}"#] {
            fs::write(data.path().join(FILE_NAME), text).expect("written");
            let consents = Consents::open(data.path()).expect("a store");
            assert_eq!(consents.of(Path::new("/p"), "make"), None, "{text}");
            assert!(consents.problem().is_some_and(|problem| problem.contains(".damaged-")), "{text}");
            consents.allow(Path::new("/p"), "make").await.expect("a new file begins");
        }
    }

    #[test]
    fn a_flag_is_the_answer() {
        assert_eq!(Consents::given().of(Path::new("/p"), "make"), ALLOWED);
    }
}
