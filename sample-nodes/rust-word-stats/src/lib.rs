//! Counts the words of a text, streams them as it goes, and gives the figures as one object with a schema.

mod count;

use flow_like_wasm_sdk::{log, stream, *};

use crate::count::{Stats, count};

#[register_node]
#[derive(Default)]
pub struct WordStats;

impl WasmNode for WordStats {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new(
            "word_stats",
            "Word Statistics",
            "Counts lines, words and characters, and finds the most frequent words",
            "Text/Analysis",
        );
        node.add_input_pin("exec", "Run", "Starts the count", VariableType::Execution);
        node.add_input_pin("text", "Text", "What to count", VariableType::String)
            .set_default_value(json!("the quick brown fox jumps over the lazy dog"));
        node.add_input_pin("top", "Top", "How many frequent words to list", VariableType::Integer)
            .set_default_value(json!(3))
            .set_range(0.0, 100.0)
            .set_step(1.0);
        node.add_input_pin("case", "Case", "Whether \"The\" and \"the\" are one word", VariableType::String)
            .set_valid_values(vec!["ignore".into(), "respect".into()])
            .set_default_value(json!("ignore"));
        node.add_output_pin("exec_out", "Done", "Fires when everything is counted", VariableType::Execution);
        node.add_output_pin("empty", "Empty", "Fires instead where there is no word", VariableType::Execution);
        node.add_output_pin("stats", "Statistics", "All figures", VariableType::Struct).set_schema::<Stats>();
        node.add_permission(NodePermission::Streaming);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let text = ctx.get_string("text").unwrap_or_default();
        let top = usize::try_from(ctx.get_i64("top").unwrap_or(3)).unwrap_or(0);
        let ignore_case = ctx.get_string("case").is_none_or(|case| case == "ignore");
        log::debug(&format!("{} bytes, case {}", text.len(), if ignore_case { "ignored" } else { "respected" }));

        let lines = text.lines().count();
        let stats = count(&text, ignore_case, top, |done, line| {
            stream::stream_text(&format!("line {done}: {line} words\n"));
            stream::stream_progress(done as f32 / lines.max(1) as f32, "counting");
        });
        if stats.words == 0 {
            log::warn("there is no word in the text");
        } else {
            log::info(&format!("{} words, {} of them different", stats.words, stats.different));
        }

        ctx.activate_exec(if stats.words == 0 { "empty" } else { "exec_out" });
        ctx.set_output_json("stats", &stats);
        ctx.finish()
    }
}

wasm_main!();
