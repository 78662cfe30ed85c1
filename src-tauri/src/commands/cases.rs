//! Named inputs, and those that were in the form last.

use tauri::State;
use wire::window::Cases;

use crate::app::App;
use crate::error::Result;

#[tauri::command]
pub async fn cases(app: State<'_, App>, file: &str, node: &str) -> Result<Cases> {
    app.session().await?.cases(file, node).await
}

#[tauri::command]
pub async fn save_case(app: State<'_, App>, file: &str, node: &str, name: &str, inputs: &str) -> Result<Cases> {
    app.session().await?.save_case(file, node, name, inputs).await
}

#[tauri::command]
pub async fn delete_case(app: State<'_, App>, file: &str, node: &str, name: &str) -> Result<Cases> {
    app.session().await?.delete_case(file, node, name).await
}

#[tauri::command]
pub async fn save_last(app: State<'_, App>, file: &str, node: &str, inputs: &str) -> Result<()> {
    app.session().await?.save_last(file, node, inputs).await
}
