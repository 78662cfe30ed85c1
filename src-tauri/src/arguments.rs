//! What the program is started with: files and folders to open, or a question that is answered in the terminal.

use std::ffi::OsString;
use std::path::PathBuf;

const HELP: &str = "\
Try Flow-Like nodes while you write them: load a .wasm file, fill in its pins, run it.

Usage: node-workbench [FILE | FOLDER]…

Files are opened and folders watched; what was open last time comes back. Where the window is open already, it gets
them. The same for a terminal: nodewb --help

Options:
  -h, --help     print this
  -V, --version  print the version

Environment:
  NODEWB_DATA             another data folder
  NODE_WORKBENCH_SAMPLES  another folder of sample nodes
  RUST_LOG                what the workbench logs";

#[derive(Debug, PartialEq, Eq)]
pub enum Arguments {
    /// To be shown in a window.
    Open(Vec<PathBuf>),
    /// To be printed.
    Print(String),
    /// Not understood, and why.
    Wrong(String),
}

impl Arguments {
    pub fn parse(arguments: impl Iterator<Item = OsString>) -> Self {
        let mut paths = Vec::new();
        let mut options = true;
        for argument in arguments {
            match argument.to_str().filter(|text| options && text.starts_with('-')) {
                None => paths.push(path(argument)),
                Some("--") => options = false,
                Some("-h" | "--help") => return Self::Print(HELP.into()),
                Some("-V" | "--version") => {
                    return Self::Print(format!("node-workbench {}", env!("CARGO_PKG_VERSION")));
                }
                Some(option) => {
                    let advice = "see \"node-workbench --help\"; a file of that name goes after \"--\"";
                    return Self::Wrong(format!("there is no option \"{option}\"; {advice}"));
                }
            }
        }
        Self::Open(paths)
    }
}

/// A path as it was given: by a shell, or by a desktop as an address.
fn path(argument: OsString) -> PathBuf {
    let address = argument.to_str().filter(|text| text.starts_with("file://"));
    let local = address.and_then(|text| tauri::Url::parse(text).ok()).and_then(|url| url.to_file_path().ok());
    let path = local.unwrap_or_else(|| argument.into());
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Arguments {
        Arguments::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn f37_options_are_not_files() {
        for help in [&["--help"][..], &["-h"], &["a.wasm", "--help"]] {
            assert!(matches!(parse(help), Arguments::Print(text) if text.contains("Usage")), "{help:?}");
        }
        for version in ["--version", "-V"] {
            let Arguments::Print(text) = parse(&[version]) else { panic!("{version} is answered") };
            assert_eq!(text, format!("node-workbench {}", env!("CARGO_PKG_VERSION")));
        }
        for wrong in ["--halp", "-x", "-", "--help=1"] {
            assert!(matches!(parse(&[wrong]), Arguments::Wrong(text) if text.contains(wrong)), "{wrong}");
        }
    }

    #[test]
    fn paths_are_absolute_and_may_be_addresses_or_look_like_options() {
        let given = ["/a b/n.wasm", "file:///a%20b/n.wasm", "n.wasm", "--", "--help", "-"];
        let Arguments::Open(paths) = parse(&given) else { panic!("these are files") };
        assert_eq!(paths[..2], [PathBuf::from("/a b/n.wasm"), PathBuf::from("/a b/n.wasm")]);
        assert!(paths.iter().all(|path| path.is_absolute()), "{paths:?}");
        assert!(paths[3].ends_with("--help") && paths[4].ends_with("-"), "{paths:?}");
    }
}
