//! Other programs of the desktop: an editor, and the file manager.
//!
//! Paths may come from a node (a trap's frames name source files), so only files that exist are opened, never by a
//! shell, and by the system's choice only what is source text: a file that would be run is not.

mod editor;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
pub use editor::At;

/// What the system's choice may open.
const SOURCES: [&str; 30] = [
    "as", "c", "cc", "cpp", "cs", "cxx", "go", "gr", "h", "hpp", "java", "js", "json", "kt", "lua", "md", "mbt", "mjs",
    "nim", "py", "rs", "swift", "toml", "ts", "txt", "wat", "wit", "xml", "yaml", "zig",
];

/// Opens a file with the command of the settings, at a place where that knows how.
pub fn edit(setting: &str, path: &Path, at: At) -> Result<()> {
    let file = existing(path)?;
    if !file.is_file() {
        return Err(Error::new("editor", format!("\"{}\" is not a file; choose one", file.display())));
    }
    let mut words = editor::command(setting, &file, at);
    if words.is_empty() {
        let extension = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if !SOURCES.contains(&extension.as_str()) {
            let message =
                format!("\"{}\" is not a source file; set an editor in the settings to open it", file.display());
            return Err(Error::new("editor", message));
        }
        return open(&file);
    }
    let program = words.remove(0);
    spawn(Command::new(&program).args(words), &program)
}

/// Shows the folder of a file.
pub fn reveal(path: &Path) -> Result<()> {
    let path = existing(path)?;
    open(if path.is_dir() { &path } else { path.parent().unwrap_or(&path) })
}

fn existing(path: &Path) -> Result<PathBuf> {
    // Absolute, so that no program takes it for an option.
    path.canonicalize().map_err(|error| Error::file(path, &error))
}

fn open(path: &Path) -> Result<()> {
    spawn(Command::new("xdg-open").arg(path), "xdg-open")
}

fn spawn(command: &mut Command, program: &str) -> Result<()> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|error| {
        Error::new("editor", format!("cannot start \"{program}\": {error}; set another editor in the settings"))
    })?;
    // Somebody has to hear of its end.
    std::thread::spawn(move || match child.wait() {
        Ok(status) if !status.success() => tracing::warn!(%status, "a program of the desktop ended badly"),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "a program of the desktop cannot be waited for"),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_source_files_are_opened_by_the_systems_choice() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("evil.desktop");
        std::fs::write(&file, "").expect("writable");
        assert_eq!(edit("", &file, At { line: 1, column: 1 }).expect_err("refused").code, "editor");
        assert_eq!(
            edit("", Path::new("/does/not/exist.rs"), At { line: 1, column: 1 }).expect_err("not there").code,
            "file"
        );
    }
}
