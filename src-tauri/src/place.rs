//! Where the workbench keeps its data: the same folders as the `nodewb` program, so that grants, the record and
//! compiled code are shared.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

const FOLDER: &str = "node-workbench";

/// The two folders of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub data: PathBuf,
    pub compiled: PathBuf,
}

impl Place {
    /// `NODEWB_DATA`, else what the desktop says is the user's.
    pub fn find() -> anyhow::Result<Self> {
        Self::from(|variable| std::env::var_os(variable))
    }

    fn from(variable: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(data) = set("NODEWB_DATA") {
            let data = std::path::absolute(data)?;
            return Ok(Self { compiled: data.join("compiled"), data });
        }
        let folder = |name: &str, fallback: &str| {
            let named = set(name).filter(|path| path.is_absolute());
            let home = || set("HOME").map(|home| home.join(fallback));
            Some(named.or_else(home)?.join(FOLDER))
        };
        let find = || {
            let data = folder("XDG_DATA_HOME", ".local/share")?;
            Some(Self { data, compiled: folder("XDG_CACHE_HOME", ".cache")? })
        };
        find().context("there is no home folder; name a data folder in NODEWB_DATA")
    }
}

/// Creates a folder that only the user can enter; one that exists keeps its mode.
pub fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(variables: &[(&str, &str)]) -> Option<Place> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Place::from(find).ok()
    }

    #[test]
    fn folders_are_those_of_the_command_line() {
        let named = place(&[("NODEWB_DATA", "/d"), ("HOME", "/h")]).expect("a place");
        assert_eq!((named.data, named.compiled), ("/d".into(), "/d/compiled".into()));
        let home = place(&[("HOME", "/h"), ("XDG_DATA_HOME", "relative"), ("XDG_CACHE_HOME", "/c")]).expect("a place");
        assert_eq!(home.data, PathBuf::from("/h/.local/share/node-workbench"), "a relative folder is not one");
        assert_eq!(home.compiled, PathBuf::from("/c/node-workbench"));
        assert_eq!(place(&[]), None);
    }
}
