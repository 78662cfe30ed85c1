//! Small JSON files in the data folder: read leniently, written whole or not at all.

use std::io;
use std::path::Path;

use runtime::private;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a file. One that is not there is the default; a damaged one is set aside, and the second value says so in
/// words for the user.
pub fn read<T: Default + DeserializeOwned>(file: &Path) -> (T, Option<String>) {
    let text = match private::read(file) {
        Ok(Some(text)) => text,
        Ok(None) => return (T::default(), None),
        Err(error) => return (T::default(), Some(format!("cannot read \"{}\": {error}", file.display()))),
    };
    match serde_json::from_slice(&text) {
        Ok(value) => (value, None),
        Err(error) => (T::default(), Some(put_away(file, &error.to_string()))),
    }
}

fn put_away(file: &Path, reason: &str) -> String {
    match private::set_aside(file) {
        Ok(aside) => format!(
            "\"{}\" was damaged ({reason}); it was kept as \"{}\", and a new one was started",
            file.display(),
            aside.display()
        ),
        Err(error) => format!("\"{}\" is damaged ({reason}) and cannot be set aside: {error}", file.display()),
    }
}

/// Writes a private file (0600) as indented JSON: a reader finds the old text or the new. Blocking.
pub fn write<T: Serialize>(file: &Path, value: &T) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    private::replace(file, text.as_bytes(), None)
}

#[cfg(test)]
mod tests {
    use std::fs;

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
