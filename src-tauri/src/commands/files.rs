//! Files and folders of the catalog.

use std::path::{Path, PathBuf};

use tauri::{State, WebviewWindow};

use crate::app::App;
use crate::desktop;
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

#[tauri::command]
pub async fn add_paths(app: State<'_, App>, paths: Vec<PathBuf>) -> Result<()> {
    app.session().await?.files.open(paths).await
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
pub async fn open_editor(app: State<'_, App>, path: &Path, line: Option<u32>) -> Result<()> {
    desktop::edit(&app.session().await?.settings.get().editor, path, line)
}

#[tauri::command]
pub fn reveal_path(path: &Path) -> Result<()> {
    desktop::reveal(path)
}
