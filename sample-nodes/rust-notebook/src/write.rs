//! Writes a note, and counts in a variable how many that makes.

use flow_like_wasm_sdk::{cache_ns, log, var, *};

use crate::{day, node, notes, title_key};

/// The variable that counts.
const WRITTEN: &str = "notes_written";

#[register_node]
#[derive(Default)]
pub struct WriteNote;

impl WasmNode for WriteNote {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("write_note", "Write Note", "Keeps a text under its day and title");
        node.add_input_pin("title", "Title", "What it is about", VariableType::String)
            .set_default_value(json!("A first note"));
        node.add_input_pin("text", "Text", "The note", VariableType::String);
        node.add_input_pin("date", "Date", "Its day; without one, today", VariableType::Date);
        node.add_output_pin("path", "Path", "Where it is kept", VariableType::PathBuf);
        node.add_output_pin("replaced", "Replaced", "Whether one was there before", VariableType::Boolean);
        node.add_output_pin("written", "Written", "Notes that were ever written", VariableType::Integer);
        for permission in [
            NodePermission::StorageRead,
            NodePermission::StorageWrite,
            NodePermission::Variables,
            NodePermission::Cache,
        ] {
            node.add_permission(permission);
        }
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        match write(&ctx) {
            Ok((path, replaced)) => {
                let written = var::get_variable(WRITTEN).and_then(|count| count.as_i64()).unwrap_or(0) + 1;
                var::set_variable(WRITTEN, &json!(written));
                log::info(&format!("{path} is note number {written}"));
                ctx.set_output("path", path);
                ctx.set_output("replaced", replaced);
                ctx.set_output("written", written);
                ctx.success()
            }
            Err(error) => ctx.fail(error),
        }
    }
}

fn write(ctx: &Context) -> Result<(String, bool), String> {
    let title = ctx.get_string("title").unwrap_or_else(|| "A first note".into());
    let text = ctx.get_string("text").unwrap_or_default();
    let date = ctx.get_string("date").filter(|date| !date.is_empty()).unwrap_or_else(|| day::at(util::now()));
    let name = file_name(&title).ok_or("a title needs a letter or a digit")?;
    let note = notes(ctx)?.child(&format!("{} {name}.md", day::of(&date)?));
    let replaced = note.exists(ctx);
    if !note.put_string(ctx, &format!("# {title}\n\n{text}\n")) {
        return Err(format!("{} cannot be written", note.path));
    }
    cache_ns::cache_set(&title_key(&note.path), &json!(title));
    Ok((note.path, replaced))
}

/// Letters and digits of the title, joined by dashes.
fn file_name(title: &str) -> Option<String> {
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_lowercase();
    let name: String = name.chars().take(40).collect();
    (!name.is_empty()).then_some(name)
}
