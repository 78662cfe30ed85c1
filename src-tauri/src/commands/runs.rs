//! Runs, their lines, values and exports.

use serde::Deserialize;
use tauri::{State, WebviewWindow};
use wire::window::{
    CommandLine, Comparison, InputProblem, LinesPage, LinesQuery, NetworkRow, OutputRow, RunLimits, RunRow, RunView,
};

use crate::app::App;
use crate::dialogs::{Dialog, choose};
use crate::error::Result;
use crate::session::outputs::OutputLines;

/// What a run is exported as.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    Ndjson,
    Har,
}

#[tauri::command]
pub async fn check_inputs(app: State<'_, App>, file: &str, node: &str, inputs: &str) -> Result<Vec<InputProblem>> {
    app.session().await?.check_inputs(file, node, inputs)
}

#[tauri::command]
pub async fn start_run(
    app: State<'_, App>,
    file: &str,
    node: &str,
    inputs: &str,
    force: bool,
    limits: RunLimits,
) -> Result<RunRow> {
    app.session().await?.start_run(file, node, inputs, force, limits).await
}

#[tauri::command]
pub async fn run_command(app: State<'_, App>, run: &str) -> Result<CommandLine> {
    app.session().await?.run_command(run).await
}

#[tauri::command]
pub async fn form_command(
    app: State<'_, App>,
    file: &str,
    node: &str,
    inputs: &str,
    limits: RunLimits,
) -> Result<CommandLine> {
    app.session().await?.form_command(file, node, inputs, limits)
}

#[tauri::command]
pub async fn cancel_run(app: State<'_, App>, run: &str) -> Result<()> {
    app.session().await?.cancel_run(run)
}

#[tauri::command]
pub async fn runs(
    app: State<'_, App>,
    file: Option<&str>,
    node: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<RunRow>> {
    app.session().await?.recorded(file, node, before, limit).await
}

#[tauri::command]
pub async fn run_view(app: State<'_, App>, run: &str) -> Result<RunView> {
    app.session().await?.run_view(run).await
}

#[tauri::command]
pub async fn run_lines(
    app: State<'_, App>,
    run: &str,
    query: LinesQuery,
    offset: u32,
    limit: u32,
) -> Result<LinesPage> {
    app.session().await?.lines(run, &query, offset, limit).await
}

#[tauri::command]
pub async fn run_network(app: State<'_, App>, run: &str) -> Result<Vec<NetworkRow>> {
    app.session().await?.network(run).await
}

#[tauri::command]
pub async fn output_lines(app: State<'_, App>, run: &str, pin: &str, from: usize, to: usize) -> Result<OutputLines> {
    app.session().await?.output_lines(run, pin, from, to).await
}

#[tauri::command]
pub async fn output_text(app: State<'_, App>, run: &str, pin: &str) -> Result<OutputRow> {
    app.session().await?.output_text(run, pin).await
}

#[tauri::command]
pub async fn compare_runs(app: State<'_, App>, left: &str, right: &str) -> Result<Comparison> {
    app.session().await?.compare(left, right).await
}

#[tauri::command]
pub async fn delete_run(app: State<'_, App>, run: &str) -> Result<()> {
    app.session().await?.delete_run(run).await
}

#[tauri::command]
pub async fn export_run(app: State<'_, App>, window: WebviewWindow, run: &str, form: Form) -> Result<bool> {
    let (name, kind, extension) = match form {
        Form::Ndjson => ("run.ndjson", "Lines of JSON", "ndjson"),
        Form::Har => ("run.har", "HTTP archive", "har"),
    };
    let Some(to) = choose(&window, Dialog::Save { name, kind, extension }).await.pop() else { return Ok(false) };
    let session = app.session().await?;
    match form {
        Form::Ndjson => session.export_ndjson(run, to).await?,
        Form::Har => session.export_har(run, to).await?,
    }
    Ok(true)
}

#[tauri::command]
pub async fn save_lines(app: State<'_, App>, window: WebviewWindow, run: &str, query: LinesQuery) -> Result<bool> {
    let dialog = Dialog::Save { name: "lines.ndjson", kind: "Lines of JSON", extension: "ndjson" };
    let Some(to) = choose(&window, dialog).await.pop() else { return Ok(false) };
    app.session().await?.save_lines(run, &query, to).await?;
    Ok(true)
}

#[tauri::command]
pub async fn save_output(app: State<'_, App>, window: WebviewWindow, run: &str, pin: &str) -> Result<bool> {
    let dialog = Dialog::Save { name: "output.json", kind: "JSON", extension: "json" };
    let Some(to) = choose(&window, dialog).await.pop() else { return Ok(false) };
    app.session().await?.save_output(run, pin, to).await?;
    Ok(true)
}
