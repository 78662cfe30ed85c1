//! Variables, caches and files of nodes.

use tauri::State;
use wire::window::NodeState;

use crate::app::App;
use crate::error::Result;

#[tauri::command]
pub async fn node_state(app: State<'_, App>, file: &str) -> Result<NodeState> {
    app.session().await?.node_state(file).await
}

#[tauri::command]
pub async fn set_variable(app: State<'_, App>, name: &str, value: &str) -> Result<()> {
    app.session().await?.set_variable(name, value).await
}

#[tauri::command]
pub async fn delete_variable(app: State<'_, App>, name: &str) -> Result<()> {
    app.session().await?.delete_variable(name).await
}

#[tauri::command]
pub async fn set_cached(app: State<'_, App>, file: &str, key: &str, value: &str) -> Result<()> {
    app.session().await?.set_cached(file, key, value).await
}

#[tauri::command]
pub async fn delete_cached(app: State<'_, App>, file: &str, key: &str) -> Result<()> {
    app.session().await?.delete_cached(file, key).await
}

#[tauri::command]
pub async fn delete_stored(app: State<'_, App>, file: &str, path: &str) -> Result<()> {
    app.session().await?.delete_stored(file, path).await
}

#[tauri::command]
pub async fn reset_state(app: State<'_, App>, file: &str, what: &str) -> Result<()> {
    app.session().await?.reset_state(file, what).await
}
