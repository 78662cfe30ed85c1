//! Native file dialogs. In a debug build a test may answer them: see [`PICK`].

use std::path::PathBuf;

use rfd::AsyncFileDialog;
use tauri::WebviewWindow;

/// Names a file of paths, one a line; each dialog takes the first line off. An empty line, or none, cancels.
#[cfg(debug_assertions)]
const PICK: &str = "NODE_WORKBENCH_PICK";

/// What a dialog is for.
pub enum Dialog<'a> {
    Files,
    Folder,
    File,
    Save { name: &'a str, kind: &'a str, extension: &'a str },
}

/// What the user chose; nothing where it was cancelled.
pub async fn choose(window: &WebviewWindow, dialog: Dialog<'_>) -> Vec<PathBuf> {
    #[cfg(debug_assertions)]
    if let Some(file) = std::env::var_os(PICK) {
        return scripted(file).into_iter().collect();
    }
    let base = AsyncFileDialog::new().set_parent(window);
    let one = |handle: Option<rfd::FileHandle>| handle.into_iter().map(|handle| handle.path().to_owned()).collect();
    match dialog {
        Dialog::Files => {
            let dialog =
                base.set_title("Open nodes").add_filter("Nodes", &["wasm", "wat"]).add_filter("All files", &["*"]);
            let handles = dialog.pick_files().await.unwrap_or_default();
            handles.iter().map(|handle| handle.path().to_owned()).collect()
        }
        Dialog::Folder => one(base.set_title("Choose a folder").pick_folder().await),
        Dialog::File => one(base.set_title("Choose a file").pick_file().await),
        Dialog::Save { name, kind, extension } => {
            let dialog = base.set_title("Save").set_file_name(name).add_filter(kind, &[extension]);
            one(dialog.save_file().await)
        }
    }
}

#[cfg(debug_assertions)]
fn scripted(file: impl AsRef<std::path::Path>) -> Option<PathBuf> {
    let text = std::fs::read_to_string(&file).ok()?;
    let (first, rest) = text.split_once('\n').unwrap_or((text.as_str(), ""));
    if let Err(error) = std::fs::write(file, rest) {
        tracing::warn!(%error, "the script of dialogs cannot be written");
    }
    (!first.trim().is_empty()).then(|| PathBuf::from(first.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_line_by_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pick");
        std::fs::write(&file, "/a.wasm\n\n/b").expect("writable");
        assert_eq!(scripted(&file), Some("/a.wasm".into()));
        assert_eq!(scripted(&file), None, "cancelled");
        assert_eq!(scripted(&file), Some("/b".into()));
        assert_eq!(scripted(&file), None);
    }
}
