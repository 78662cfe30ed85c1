//! Build on save.

use std::path::Path;

use tauri::State;
use wire::window::{BuildAnswer, BuildLines};

use crate::app::App;
use crate::error::Result;

#[tauri::command]
pub async fn answer_build(app: State<'_, App>, manifest: &Path, command: &str, answer: BuildAnswer) -> Result<()> {
    app.session().await?.builds.answer(manifest, command, answer).await
}

#[tauri::command]
pub async fn revoke_build(app: State<'_, App>, manifest: &Path) -> Result<()> {
    app.session().await?.builds.revoke(manifest).await
}

#[tauri::command]
pub async fn start_build(app: State<'_, App>, manifest: &Path) -> Result<()> {
    app.session().await?.builds.build(manifest).await
}

#[tauri::command]
pub async fn cancel_build(app: State<'_, App>, manifest: &Path) -> Result<()> {
    app.session().await?.builds.cancel(manifest).await
}

#[tauri::command]
pub async fn build_lines(
    app: State<'_, App>,
    manifest: &Path,
    run: u64,
    offset: u64,
    limit: usize,
) -> Result<BuildLines> {
    app.session().await?.builds.lines(manifest, run, offset, limit).await
}
