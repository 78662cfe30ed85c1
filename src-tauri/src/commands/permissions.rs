//! Questions, grants and the audit list.

use tauri::State;
use wire::window::{AnswerRow, AuditRow, CapabilityRow, GrantRow};

use crate::app::App;
use crate::error::Result;

#[tauri::command]
pub async fn answer(app: State<'_, App>, run: &str, id: u64, answer: AnswerRow) -> Result<()> {
    app.session().await?.questions.answer(run, id, &answer)
}

#[tauri::command]
pub async fn capabilities(app: State<'_, App>, file: &str, node: &str) -> Result<Vec<CapabilityRow>> {
    app.session().await?.capabilities(file, node).await
}

#[tauri::command]
pub async fn grants(app: State<'_, App>) -> Result<Vec<GrantRow>> {
    Ok(app.session().await?.grants())
}

#[tauri::command]
pub async fn revoke(app: State<'_, App>, id: u64) -> Result<()> {
    app.session().await?.revoke(id).await
}

#[tauri::command]
pub async fn audit(
    app: State<'_, App>,
    file: Option<&str>,
    node: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRow>> {
    app.session().await?.audit(file, node, before, limit).await
}
