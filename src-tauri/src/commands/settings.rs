//! Settings, models and tokens.

use tauri::State;
use wire::window::{ModelsView, ProviderRow, Settings};

use crate::app::App;
use crate::error::Result;

#[tauri::command]
pub async fn save_settings(app: State<'_, App>, settings: Settings) -> Result<()> {
    app.session().await?.settings.save(settings).await
}

#[tauri::command]
pub async fn models(app: State<'_, App>) -> Result<ModelsView> {
    app.session().await?.models().await
}

#[tauri::command]
pub async fn save_models(app: State<'_, App>, models: ModelsView) -> Result<()> {
    app.session().await?.save_models(models).await
}

#[tauri::command]
pub async fn save_models_key(app: State<'_, App>, key: Option<&str>) -> Result<()> {
    app.session().await?.save_models_key(key).await
}

#[tauri::command]
pub async fn providers(app: State<'_, App>) -> Result<Vec<ProviderRow>> {
    Ok(app.session().await?.providers().await)
}

#[tauri::command]
pub async fn save_token(app: State<'_, App>, provider: &str, token: &str) -> Result<()> {
    app.session().await?.save_token(provider, token).await
}

#[tauri::command]
pub async fn delete_token(app: State<'_, App>, provider: &str) -> Result<()> {
    app.session().await?.delete_token(provider).await
}
