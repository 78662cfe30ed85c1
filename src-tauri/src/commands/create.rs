//! New nodes, what their languages need, and the way from a core module to a component.

use tauri::State;
use wire::window::{Choices, DoctorRow, MigrationStep, PlanForm, PlanView};

use crate::app::App;
use crate::error::Result;
use crate::session::create;

#[tauri::command]
pub fn choices() -> Choices {
    create::choices()
}

#[tauri::command]
pub async fn check_plan(plan: PlanForm) -> Result<PlanView> {
    create::check(plan).await
}

/// Returns the folder, which is open and watched then.
#[tauri::command]
pub async fn create_node(app: State<'_, App>, plan: PlanForm) -> Result<String> {
    app.session().await?.create(plan).await
}

#[tauri::command]
pub async fn doctor(language: &str) -> Result<DoctorRow> {
    create::doctor(language).await
}

#[tauri::command]
pub async fn migration(app: State<'_, App>, file: &str) -> Result<Vec<MigrationStep>> {
    app.session().await?.migration(file)
}
