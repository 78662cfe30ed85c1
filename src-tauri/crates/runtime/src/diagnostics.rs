//! What goes with a report of a problem: versions, system, settings, the newest lines of the log. It holds no secret,
//! and the home folder appears as `~`.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::engine::wasmtime_version;
use crate::text::{one_line, shortened};

/// Lines of the log that are shown.
const LINES: usize = 60;
const LINE: usize = 400;
const SETTINGS: u64 = 1 << 20;
const TAIL: u64 = 64 << 10;

/// What a program knows of itself.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// Such as `nodewb 0.1.0`.
    pub program: String,
    /// Further versions and facts, each with its name.
    pub facts: Vec<(&'static str, String)>,
    pub data: &'a Path,
    /// The newest lines of the log, oldest first; without them the log's file is read.
    pub log: Option<&'a [String]>,
}

/// The report as text. Blocking.
pub fn report(about: &About<'_>) -> String {
    let mut text = format!("{}\nwasmtime: {}\n", one_line(&about.program), wasmtime_version());
    for (name, fact) in about.facts.iter().chain(&system()) {
        let _ = writeln!(text, "{name}: {}", shortened(fact, LINE));
    }
    let _ = writeln!(text, "data folder: {}", one_line(&about.data.display().to_string()));
    text.push_str("\nSettings\n");
    text.push_str(&settings(&about.data.join("settings.json")));
    text.push_str("\nNewest lines of the log\n");
    let read = if about.log.is_none() { newest_log(&about.data.join("logs")) } else { Vec::new() };
    let lines = about.log.unwrap_or(&read);
    for line in &lines[lines.len().saturating_sub(LINES)..] {
        let _ = writeln!(text, "  {}", shortened(line, LINE));
    }
    if lines.is_empty() {
        text.push_str("  none\n");
    }
    without_home(&text, std::env::home_dir().as_deref())
}

fn system() -> Vec<(&'static str, String)> {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let release = read("/etc/os-release");
    let named = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = named.map_or_else(|| std::env::consts::OS.to_owned(), |name| name.trim_matches('"').to_owned());
    let kernel = read("/proc/sys/kernel/osrelease");
    let memory = read("/proc/meminfo");
    let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or("unknown").trim();
    let cores = std::thread::available_parallelism().map_or("unknown".into(), |cores| cores.to_string());
    vec![
        ("system", format!("{name}, kernel {}, {}", kernel.trim(), std::env::consts::ARCH)),
        ("processors", cores),
        ("memory", memory.to_owned()),
    ]
}

/// The settings that are single values, each on a line. What may be a secret is left out, and so is the layout.
fn settings(file: &Path) -> String {
    let mut text = String::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(SETTINGS).read_to_string(&mut text));
    if read.is_err() {
        return "  the defaults\n".into();
    }
    let Ok(serde_json::Value::Object(settings)) = serde_json::from_str(&text) else {
        return "  cannot be read\n".into();
    };
    let secret = |name: &str| ["token", "key", "secret", "password"].iter().any(|word| name.contains(word));
    let plain = settings.iter().filter(|(name, value)| {
        *name != "layout" && !secret(&name.to_lowercase()) && !value.is_object() && !value.is_array()
    });
    plain.map(|(name, value)| format!("  {}: {}\n", one_line(name), shortened(&value.to_string(), LINE))).collect()
}

/// The end of the newest file in the log's folder, in lines.
fn newest_log(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let logs = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".log"));
    // The date is part of the name.
    let newest: Option<PathBuf> = logs.map(|entry| entry.path()).max();
    let tail = |file: &Path| -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(file)?;
        let start = file.metadata()?.len().saturating_sub(TAIL);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = newest.and_then(|file| tail(&file).ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

/// The folder of the account is named in many paths, and with it the account.
fn without_home(text: &str, home: Option<&Path>) -> String {
    match home.and_then(Path::to_str).map(|home| home.trim_end_matches('/')) {
        Some(home) if home.len() > 1 => text.replace(home, "~"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_the_home_folder_stay_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings =
            r#"{"theme":"dark","zoom":1.5,"editor":"code {file}","layout":"{}","api_key":"s3cret","a":{"b":"s3cret"}}"#;
        std::fs::write(folder.path().join("settings.json"), settings).expect("written");
        let log = ["started data=/home/mira/.local/share".to_owned(), "a\u{1b}[2J\nb".to_owned()];
        let about = About {
            program: "nodewb 0.1.0".into(),
            facts: vec![("webview", "2.44".into())],
            data: folder.path(),
            log: Some(&log),
        };
        let text = report(&about);
        assert!(text.starts_with("nodewb 0.1.0\nwasmtime: "), "{text}");
        assert!(text.contains("  theme: \"dark\"\n") && text.contains("  zoom: 1.5\n"), "{text}");
        assert!(!text.contains("s3cret") && !text.contains("layout") && !text.contains('\u{1b}'), "{text}");
        assert!(text.contains("webview: 2.44\n") && text.contains("memory: "), "{text}");
        let short = without_home(&text, Some(Path::new("/home/mira/")));
        assert!(short.contains("data=~/.local/share") && !short.contains("mira"), "{short}");
        assert_eq!(without_home("/a/b", Some(Path::new("/"))), "/a/b", "a home that is the root hides nothing");
    }

    #[test]
    fn the_log_is_the_newest_file_and_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).expect("made");
        std::fs::write(logs.join("workbench.2026-11-29.log"), "yesterday\n").expect("written");
        let lines: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
        std::fs::write(logs.join("workbench.2026-11-30.log"), lines).expect("written");
        let text = report(&About { program: "nodewb".into(), facts: Vec::new(), data: folder.path(), log: None });
        assert!(text.contains("  line 19999\n") && text.contains("  line 19940\n"), "{text}");
        assert!(!text.contains("line 19939\n") && !text.contains("yesterday"), "{text}");
        assert!(text.contains("  the defaults\n"), "{text}");
    }
}
