//! Small JSON files in the data folder: read leniently, written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a file. One that is not there is the default; a damaged one is set aside, and the second value says so in
/// words for the user.
pub fn read<T: Default + DeserializeOwned>(file: &Path) -> (T, Option<String>) {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (T::default(), None),
        Err(error) => return (T::default(), Some(format!("cannot read \"{}\": {error}", file.display()))),
    };
    match serde_json::from_slice(&text) {
        Ok(value) => (value, None),
        Err(error) => (T::default(), Some(put_away(file, &error.to_string()))),
    }
}

fn put_away(file: &Path, reason: &str) -> String {
    match set_aside(file) {
        Ok(aside) => format!(
            "\"{}\" was damaged ({reason}); it was kept as \"{}\", and a new one was started",
            file.display(),
            aside.display()
        ),
        Err(error) => format!("\"{}\" is damaged ({reason}) and cannot be set aside: {error}", file.display()),
    }
}

fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let name = |counter: u32| {
        let mut name = file.as_os_str().to_owned();
        name.push(if counter == 0 { format!(".damaged-{now}") } else { format!(".damaged-{now}-{counter}") });
        PathBuf::from(name)
    };
    let aside = (0..1000).map(name).find(|aside| !aside.exists()).unwrap_or_else(|| name(1000));
    fs::rename(file, &aside)?;
    Ok(aside)
}

/// Writes a private file (0600) as indented JSON: a reader finds the old text or the new. Blocking.
pub fn write<T: Serialize>(file: &Path, value: &T) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    replace(file, text.as_bytes(), None)
}

/// Puts `content` in a file's place. Without `permissions` the file is private.
pub fn replace(file: &Path, content: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    fresh.write_all(content)?;
    if let Some(permissions) = permissions {
        fresh.as_file().set_permissions(permissions)?;
    }
    fresh.as_file().sync_all()?;
    fresh.persist(file).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use wire::window::Settings;

    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.json");
        assert_eq!(read::<Settings>(&file), (Settings::default(), None), "nothing is set at first");
        let settings = Settings { theme: "dark".into(), count_fuel: true, ..Settings::default() };
        write(&file, &settings).expect("writable");
        assert_eq!(read::<Settings>(&file), (settings, None));
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.json");
        fs::write(&file, "{\"theme\": \"da").expect("writable");
        let (settings, notice) = read::<Settings>(&file);
        assert_eq!(settings, Settings::default());
        assert!(notice.is_some_and(|notice| notice.contains(".damaged-")), "the user is told where it is");
        assert!(!file.exists(), "it has another name now");
        let kept: Vec<_> = fs::read_dir(folder.path()).expect("readable").collect();
        assert_eq!(kept.len(), 1, "what it held is not lost");
    }

    #[test]
    fn settings_of_an_older_version_keep_what_they_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.json");
        fs::write(&file, r#"{"zoom": 1.5, "unknown": true}"#).expect("writable");
        let (settings, notice) = read::<Settings>(&file);
        assert_eq!((settings.zoom, settings.theme.as_str(), notice), (1.5, "system", None));
    }
}
