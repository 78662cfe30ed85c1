//! Other programs of the desktop: an editor, and the file manager.
//!
//! Paths may come from a node (a trap's frames name source files), so only files that exist are opened, never by a
//! shell, and by the system's choice only what is source text: a file that would be run is not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// What the system's choice may open.
const SOURCES: [&str; 30] = [
    "as", "c", "cc", "cpp", "cs", "cxx", "go", "gr", "h", "hpp", "java", "js", "json", "kt", "lua", "md", "mbt", "mjs",
    "nim", "py", "rs", "swift", "toml", "ts", "txt", "wat", "wit", "xml", "yaml", "zig",
];

/// Opens a file, at a line where the command knows how: `{file}` and `{line}` are filled in.
pub fn edit(editor: &str, path: &Path, line: Option<u32>) -> Result<()> {
    let file = existing(path)?;
    let mut words = words(editor, &file, line.unwrap_or(1));
    if words.is_empty() {
        let extension = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if !SOURCES.contains(&extension.as_str()) {
            let message = format!("\"{}\" is no source file; set an editor in the settings to open it", file.display());
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

/// The words of a command, with quotes where a word has spaces. The file stands last where it is not named.
fn words(editor: &str, file: &Path, line: u32) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (position, part) in editor.split('"').enumerate() {
        if position % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    if words.is_empty() {
        return words;
    }
    let named = words.iter().any(|word| word.contains("{file}"));
    let (file, line) = (file.to_string_lossy(), line.to_string());
    let mut words: Vec<String> =
        words.iter().map(|word| word.replace("{line}", &line).replace("{file}", &file)).collect();
    if !named {
        words.push(file.into_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_words_and_no_shell() {
        let file = Path::new("/src/a b; rm.rs");
        assert_eq!(words("code -g {file}:{line}", file, 7), ["code", "-g", "/src/a b; rm.rs:7"]);
        assert_eq!(words("\"my editor\" --wait", file, 7), ["my editor", "--wait", "/src/a b; rm.rs"]);
        assert!(words("  ", file, 7).is_empty());
    }

    #[test]
    fn only_source_files_are_opened_by_the_systems_choice() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("evil.desktop");
        std::fs::write(&file, "").expect("writable");
        assert_eq!(edit("", &file, None).expect_err("refused").code, "editor");
        assert_eq!(edit("", Path::new("/does/not/exist.rs"), None).expect_err("not there").code, "file");
    }
}
