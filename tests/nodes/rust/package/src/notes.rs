//! An object in the package's memory, reached from other nodes of the run through its handle.

use flow_like_wasm_sdk::*;

struct Notes {
    lines: Vec<String>,
}

#[register_node]
#[derive(Default)]
pub struct OpenNotes;

impl WasmNode for OpenNotes {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new("notes_open", "Open Notes", "Makes an empty list of notes", "Resources");
        node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
        node.add_output_pin("exec_out", "Done", "Fires when the list is there", VariableType::Execution);
        node.add_output_pin("handle", "Handle", "Names the list in this run", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        match resources::insert(Notes { lines: Vec::new() }) {
            Ok(handle) => {
                ctx.set_output("handle", handle);
                ctx.success()
            }
            Err(error) => ctx.fail(error.to_string()),
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct AddNote;

impl WasmNode for AddNote {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new("notes_add", "Add Note", "Appends one line", "Resources");
        node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
        node.add_input_pin("handle", "Handle", "From Open Notes", VariableType::String);
        node.add_input_pin("line", "Line", "What to append", VariableType::String);
        node.add_output_pin("exec_out", "Done", "Fires when the line is kept", VariableType::Execution);
        node.add_output_pin("text", "Text", "All lines", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let handle = ctx.get_string("handle").unwrap_or_default();
        let line = ctx.get_string("line").unwrap_or_default();
        let text = resources::with_mut::<Notes, _>(&handle, |notes| {
            notes.lines.push(line);
            notes.lines.join("\n")
        });
        match text {
            Ok(text) => {
                ctx.set_output("text", text);
                ctx.success()
            }
            Err(error) => ctx.fail(error.to_string()),
        }
    }
}
