//! Help, and what goes with a report.

use tauri::State;
use wire::window::{HelpGroup, HelpHit, HelpPlace};

use crate::app::App;
use crate::error::{Error, Result};

#[tauri::command]
pub fn help_index() -> Vec<HelpGroup> {
    ::help::groups().iter().map(HelpGroup::from).collect()
}

/// `place` is a topic, `topic#section`, or the code of a problem.
#[tauri::command]
pub fn help_place(place: &str) -> Result<HelpPlace> {
    let found = ::help::find(place).ok_or_else(|| Error::new("no-help", format!("there is no help on \"{place}\"")))?;
    Ok(found.into())
}

#[tauri::command]
pub fn help_search(words: &str) -> Vec<HelpHit> {
    ::help::search(words).iter().map(HelpHit::from).collect()
}

/// Versions, system, settings and the newest lines of the log, as text for a report.
#[tauri::command]
pub async fn diagnostics(app: State<'_, App>) -> Result<String> {
    Ok(app.session().await?.diagnostics(&app.log.lines()).await)
}
