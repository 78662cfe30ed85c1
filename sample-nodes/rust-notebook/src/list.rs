//! Lists notes with their titles. Those that the cache knows need no reading.

use std::collections::BTreeMap;

use flow_like_wasm_sdk::{cache_ns, log, *};

use crate::{day, node, notes, title, title_key};

#[register_node]
#[derive(Default)]
pub struct ListNotes;

impl WasmNode for ListNotes {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("list_notes", "List Notes", "Finds all notes since a day");
        node.add_input_pin("since", "Since", "The first day; without one, all", VariableType::Date);
        node.add_output_pin("paths", "Paths", "Where they are kept, oldest first", VariableType::PathBuf)
            .set_value_type(ValueType::Array);
        node.add_output_pin("titles", "Titles", "Of each path", VariableType::String)
            .set_value_type(ValueType::HashMap);
        node.add_output_pin("newest", "Newest", "The day of the last one", VariableType::Date);
        node.add_output_pin("read", "Read", "Files that had to be read for it", VariableType::Integer);
        node.add_permission(NodePermission::StorageRead);
        node.add_permission(NodePermission::Cache);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        match list(&ctx) {
            Ok(found) => {
                log::debug(&format!("{} notes, {} files read", found.titles.len(), found.read));
                if let Some(newest) = found.titles.keys().next_back().and_then(|path| day_of(path)) {
                    ctx.set_output("newest", newest);
                }
                ctx.set_output("paths", json!(found.titles.keys().collect::<Vec<_>>()));
                ctx.set_output("titles", json!(found.titles));
                ctx.set_output("read", found.read);
                ctx.success()
            }
            Err(error) => ctx.fail(error),
        }
    }
}

struct Found {
    titles: BTreeMap<String, String>,
    read: usize,
}

fn list(ctx: &Context) -> Result<Found, String> {
    let since = ctx.get_string("since").unwrap_or_default();
    let since = if since.is_empty() { "" } else { day::of(&since)? };
    let mut found = Found { titles: BTreeMap::new(), read: 0 };
    for note in notes(ctx)?.list(ctx).unwrap_or_default() {
        if day_of(&note.path).is_none_or(|day| day < since) {
            continue;
        }
        let key = title_key(&note.path);
        let title = match cache_ns::cache_get(&key).and_then(|title| title.as_str().map(str::to_owned)) {
            Some(title) => title,
            None => {
                found.read += 1;
                let content = note.get_string(ctx).unwrap_or_default();
                cache_ns::cache_set(&key, &json!(title(&content)));
                title(&content).to_owned()
            }
        };
        found.titles.insert(note.path, title);
    }
    Ok(found)
}

fn day_of(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.get(..10).filter(|day| day::of(day).is_ok())
}
