//! Notes in files, one a day and title. All three nodes share the package's storage.

mod day;
mod list;
mod read;
mod write;

use flow_like_wasm_sdk::*;

fn node(name: &str, friendly_name: &str, description: &str) -> NodeDefinition {
    let mut node = NodeDefinition::new(name, friendly_name, description, "Notes");
    node.add_input_pin("exec", "Run", "Starts", VariableType::Execution);
    node.add_output_pin("exec_out", "Done", "Fires when it worked", VariableType::Execution);
    node
}

/// The folder of all notes.
fn notes(ctx: &Context) -> Result<FlowPath, String> {
    let folder = ctx.storage_path(false).ok_or("there is no storage, or it may not be used")?;
    Ok(folder.child("notes"))
}

/// A note by the path that its pin carries, which the host keeps inside of the storage.
fn note(ctx: &Context, path: &str) -> Result<FlowPath, String> {
    Ok(FlowPath { path: path.to_owned(), ..notes(ctx)? })
}

/// The first line without its mark.
fn title(note: &str) -> &str {
    note.lines().next().unwrap_or_default().trim_start_matches("# ")
}

/// Under which the cache keeps a note's title.
fn title_key(path: &str) -> String {
    format!("title:{path}")
}

wasm_main!();
