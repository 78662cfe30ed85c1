//! Starting the page, and what is about the window itself.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::text::shortened;
use tauri::ipc::Channel;
use tauri::{AppHandle, State, WebviewWindow};
use wire::window::{Batch, PickedFile, Snapshot};

use crate::app::App;
use crate::dialogs::{Dialog, choose};
use crate::error::{Error, Result};
use crate::{menu, window};

/// Bytes of a file for a Byte pin.
const MAX_BYTES: u64 = 64 << 20;

#[tauri::command]
pub async fn start(app: State<'_, App>, channel: Channel<Batch>) -> Result<Snapshot> {
    app.session().await?.start(Arc::new(channel)).await
}

#[tauri::command]
pub fn seen(app: State<'_, App>, number: u64) {
    app.feed.seen(number);
}

#[tauri::command]
pub fn set_title(window: WebviewWindow, title: &str) -> Result<()> {
    Ok(window.set_title(&shortened(title, 200))?)
}

#[tauri::command]
pub fn set_menu(app: AppHandle, disabled: Vec<String>) -> Result<()> {
    Ok(menu::disable(&app, &disabled)?)
}

#[tauri::command]
pub fn set_theme(window: WebviewWindow, theme: &str) -> Result<()> {
    Ok(window::set_theme(&window, theme)?)
}

#[tauri::command]
pub fn edit(window: WebviewWindow, verb: &str) -> Result<()> {
    window::edit(&window, verb)
}

#[tauri::command]
pub fn host_log(app: State<'_, App>) -> Vec<String> {
    app.log.lines()
}

#[tauri::command]
pub async fn pick_path(window: WebviewWindow, folder: bool) -> Result<Option<String>> {
    let dialog = if folder { Dialog::Folder } else { Dialog::File };
    Ok(choose(&window, dialog).await.first().map(|path| path.display().to_string()))
}

#[tauri::command]
pub async fn pick_bytes(window: WebviewWindow) -> Result<Option<PickedFile>> {
    match choose(&window, Dialog::File).await.first() {
        Some(path) => Ok(Some(picked(path).await?)),
        None => Ok(None),
    }
}

/// The first of the files that were dropped last.
#[tauri::command]
pub async fn dropped_bytes(app: State<'_, App>) -> Result<PickedFile> {
    let dropped = app.dropped();
    let first = dropped.first().ok_or_else(|| Error::new("no-file", "no file was dropped; drop one on the field"))?;
    picked(first).await
}

async fn picked(path: &Path) -> Result<PickedFile> {
    let unreadable = |error| Error::file(path, &error);
    let size = tokio::fs::metadata(path).await.map_err(unreadable)?.len();
    if size > MAX_BYTES {
        return Err(Error::new("large-file", format!("\"{}\" has more than {MAX_BYTES} bytes", path.display())));
    }
    let bytes = tokio::fs::read(path).await.map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(PickedFile { name, size: bytes.len() as u64, base64: STANDARD.encode(bytes) })
}
