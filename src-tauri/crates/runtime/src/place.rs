//! Where one user's workbench keeps its things: data (answers, runs, variables, files, settings), and compiled code. The
//! window and `nodewb` find the same two folders. Neither is a condition for anything: where the data folder cannot be
//! written, a temporary one stands in for it, and a note says so.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::private;

const FOLDER: &str = "node-workbench";
/// What is probed: an empty file fits on a full disk.
static PROBE: [u8; 64 << 10] = [0; 64 << 10];
/// What the user answered and set holds also where it cannot be changed.
const ANSWERS: [&str; 5] = ["grants.json", "builds.json", "models.json", "secrets.json", "settings.json"];

/// The two folders of one user.
#[derive(Clone, Debug)]
pub struct Place {
    pub data: PathBuf,
    pub compiled: PathBuf,
    /// In words for the user.
    pub notes: Vec<String>,
    stand_in: Option<Arc<TempDir>>,
}

impl Place {
    /// `named`, else `NODEWB_DATA`, else what the desktop says is the user's. Makes the data folder (0700) where it is
    /// missing. Blocking.
    pub fn find(named: Option<PathBuf>) -> io::Result<Self> {
        match Self::named(named) {
            Some(place) => place.usable(),
            None => Self::stand_in(None, "there is no home folder"),
        }
    }

    /// The folders as they are named, whether they can be used or not; `None` where there is no home folder.
    pub fn named(named: Option<PathBuf>) -> Option<Self> {
        Self::from(named, |variable| std::env::var_os(variable))
    }

    pub fn at(data: PathBuf, compiled: PathBuf) -> Self {
        Self { data, compiled, notes: Vec::new(), stand_in: None }
    }

    fn from(named: Option<PathBuf>, variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(data) = named.or_else(|| set("NODEWB_DATA")) {
            let data = std::path::absolute(&data).unwrap_or(data);
            return Some(Self::at(data.clone(), data.join("compiled")));
        }
        let folder = |name: &str, fallback: &str| {
            let named = set(name).filter(|path| path.is_absolute());
            Some(named.or_else(|| set("HOME").map(|home| home.join(fallback)))?.join(FOLDER))
        };
        Some(Self::at(folder("XDG_DATA_HOME", ".local/share")?, folder("XDG_CACHE_HOME", ".cache")?))
    }

    fn usable(mut self) -> io::Result<Self> {
        if let Ok(found) = fs::metadata(&self.data)
            && !found.is_dir()
        {
            let problem = format!("\"{}\" is no folder; name another data folder", self.data.display());
            return Err(io::Error::new(io::ErrorKind::NotADirectory, problem));
        }
        if let Err(error) = private::create_folder(&self.data).and_then(|()| probe(&self.data)) {
            let why = format!("cannot write to the data folder \"{}\": {}", self.data.display(), error.kind());
            return Self::stand_in(Some(self), &why);
        }
        self.notes.extend(private::exposed(&self.data));
        Ok(self)
    }

    fn stand_in(place: Option<Self>, why: &str) -> io::Result<Self> {
        let folder = private::temporary().map_err(|error| {
            io::Error::new(error.kind(), format!("{why}, and there is no temporary folder either: {error}"))
        })?;
        let data = folder.path().to_owned();
        let mut compiled = data.join("compiled");
        if let Some(place) = place {
            for name in ANSWERS {
                if let Ok(Some(content)) = private::read(&place.data.join(name)) {
                    private::replace(&data.join(name), &content, None)?;
                }
            }
            // As long as it can be used it saves time.
            if private::create_folder(&place.compiled).and_then(|()| probe(&place.compiled)).is_ok() {
                compiled = place.compiled;
            }
        }
        let note = format!(
            "{why}; nothing is kept: runs, variables, files and new answers last until the program ends. Make room there, \
             or name another folder in NODEWB_DATA"
        );
        Ok(Self { data, compiled, notes: vec![note], stand_in: Some(Arc::new(folder)) })
    }

    /// Removes the folder that stood in: for a program that ends without dropping what it holds.
    pub fn end(&self) {
        if let Some(folder) = &self.stand_in
            && let Err(error) = fs::remove_dir_all(folder.path())
        {
            tracing::warn!(%error, "a temporary folder is left behind");
        }
    }
}

/// Whether something can be written to a folder.
fn probe(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?.write_all(&PROBE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(variables: &[(&str, &str)]) -> Option<Place> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Place::from(None, find)
    }

    #[test]
    fn folders_are_those_that_the_environment_names() {
        let named = place(&[("NODEWB_DATA", "/d"), ("HOME", "/h")]).expect("a place");
        assert_eq!((named.data, named.compiled), ("/d".into(), "/d/compiled".into()));
        let home = place(&[("HOME", "/h"), ("XDG_DATA_HOME", "relative"), ("XDG_CACHE_HOME", "/c")]).expect("a place");
        assert_eq!(home.data, PathBuf::from("/h/.local/share/node-workbench"), "a relative folder is not one");
        assert_eq!(home.compiled, PathBuf::from("/c/node-workbench"));
        assert!(place(&[]).is_none());
    }

    #[test]
    fn f02_without_a_home_a_temporary_folder_stands_in() {
        let place = Place::stand_in(None, "there is no home folder").expect("a temporary folder");
        assert!(place.data.is_dir() && place.notes.len() == 1, "{:?}", place.notes);
        let data = place.data.clone();
        drop(place);
        assert!(!data.exists(), "it goes with the program");
    }

    #[test]
    fn f02_where_the_data_folder_cannot_be_made_answers_hold_and_nothing_is_kept() {
        // Nobody can make folders there, not even root.
        let nowhere = Place::find(Some("/proc/node-workbench".into())).expect("a temporary folder");
        assert!(nowhere.data.is_dir() && !nowhere.data.starts_with("/proc"));
        let [note] = &nowhere.notes[..] else { panic!("one clear note: {:?}", nowhere.notes) };
        assert!(note.contains("\"/proc/node-workbench\"") && note.contains("NODEWB_DATA"), "{note}");

        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("grants.json"), "{}").expect("written");
        let place = Place::at(folder.path().into(), folder.path().join("compiled"));
        let standing_in = Place::stand_in(Some(place), "the disk is full").expect("a temporary folder");
        assert_eq!(fs::read_to_string(standing_in.data.join("grants.json")).expect("copied"), "{}");
        assert_eq!(standing_in.compiled, folder.path().join("compiled"), "what can be used is used");
    }

    #[test]
    fn f50_a_data_folder_that_is_no_folder_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = Place::find(Some(file.path().into())).expect_err("not a folder").to_string();
        assert!(error.contains(&file.path().display().to_string()) && error.contains("no folder"), "{error}");
    }
}
