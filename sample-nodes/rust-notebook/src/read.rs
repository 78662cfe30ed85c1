//! Reads one note.

use flow_like_wasm_sdk::*;

use crate::{day, node, note, title};

#[register_node]
#[derive(Default)]
pub struct ReadNote;

impl WasmNode for ReadNote {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("read_note", "Read Note", "Gives a note back");
        node.add_input_pin("path", "Path", "Where it is kept, as \"Write Note\" gave it", VariableType::PathBuf);
        node.add_output_pin("missing", "Missing", "Fires instead where there is none", VariableType::Execution);
        node.add_output_pin("title", "Title", "What it is about", VariableType::String);
        node.add_output_pin("text", "Text", "The note", VariableType::String);
        node.add_output_pin("date", "Date", "Its day", VariableType::Date);
        node.add_permission(NodePermission::StorageRead);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let path = ctx.get_string("path").unwrap_or_default();
        let content = match note(&ctx, &path) {
            Ok(note) => note.get_string(&ctx),
            Err(error) => return ctx.fail(error),
        };
        let Some(content) = content else {
            ctx.activate_exec("missing");
            return ctx.finish();
        };
        let (head, text) = content.split_once("\n\n").unwrap_or((&content, ""));
        ctx.set_output("title", title(head));
        ctx.set_output("text", text.trim_end());
        let name = path.rsplit('/').next().unwrap_or_default();
        if let Some(Ok(day)) = name.get(..10).map(day::of) {
            ctx.set_output("date", day);
        }
        ctx.success()
    }
}
