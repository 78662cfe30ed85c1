//! Files and folders of the catalog.

use std::path::{Path, PathBuf};

use runtime::text::quoted;
use tauri::{State, WebviewWindow};

use crate::app::App;
use crate::desktop::{self, At};
use crate::dialogs::{Dialog, choose};
use crate::error::Result;

#[tauri::command]
pub async fn open_files(app: State<'_, App>, window: WebviewWindow) -> Result<()> {
    app.session().await?.files.open(choose(&window, Dialog::Files).await).await
}

#[tauri::command]
pub async fn open_folder(app: State<'_, App>, window: WebviewWindow) -> Result<()> {
    app.session().await?.files.open(choose(&window, Dialog::Folder).await).await
}

/// Nodes and folders are opened; other files were dropped by mistake.
#[tauri::command]
pub async fn open_dropped(app: State<'_, App>) -> Result<()> {
    let is_node = |path: &PathBuf| {
        path.is_dir() || path.extension().is_some_and(|extension| extension == "wasm" || extension == "wat")
    };
    let (nodes, others): (Vec<PathBuf>, Vec<PathBuf>) = app.dropped().into_iter().partition(is_node);
    for other in others {
        let name = quoted(&other.to_string_lossy());
        app.feed.notice("info", format!("{name} is neither a node (.wasm, .wat) nor a folder"));
    }
    app.session().await?.files.open(nodes).await
}

#[tauri::command]
pub async fn remove_path(app: State<'_, App>, path: &str) -> Result<()> {
    app.session().await?.files.remove(path).await
}

#[tauri::command]
pub async fn reload_path(app: State<'_, App>, path: &str) -> Result<()> {
    app.session().await?.files.reload(path).await
}

#[tauri::command]
pub async fn open_editor(app: State<'_, App>, path: &Path, line: Option<u32>, column: Option<u32>) -> Result<()> {
    let at = At { line: line.unwrap_or(1), column: column.unwrap_or(1) };
    desktop::edit(&app.session().await?.settings.get().editor, path, at)
}

#[tauri::command]
pub fn reveal_path(path: &Path) -> Result<()> {
    desktop::reveal(path)
}
