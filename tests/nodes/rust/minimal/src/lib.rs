//! One small text node with a log line at every level and streamed output.

use flow_like_wasm_sdk::{log, stream, *};

#[register_node]
#[derive(Default)]
pub struct Repeat;

impl WasmNode for Repeat {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new("my_custom_node", "My Custom Node", "Repeats a text", "Custom/WASM");
        node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
        node.add_input_pin("input_text", "Input Text", "The text to repeat", VariableType::String)
            .set_default_value(json!(""));
        node.add_input_pin("multiplier", "Multiplier", "How many times", VariableType::Integer)
            .set_default_value(json!(1))
            .set_range(0.0, 1_000_000.0);
        node.add_output_pin("exec_out", "Done", "Fires when the text is ready", VariableType::Execution);
        node.add_output_pin("output_text", "Output Text", "The repeated text", VariableType::String);
        node.add_output_pin("char_count", "Character Count", "Its length in characters", VariableType::Integer);
        node.add_permission(NodePermission::Streaming);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let text = ctx.get_string("input_text").unwrap_or_default();
        let times = usize::try_from(ctx.get_i64("multiplier").unwrap_or(1)).unwrap_or(0);
        log::debug("at debug");
        log::info("at info");
        log::warn("at warn");
        log::error("at error");
        log::fatal("at fatal");
        log::log_json(1, "with data", &json!({ "times": times }));

        let output = text.repeat(times);
        stream::stream_text(&text);
        stream::stream_text_raw("raw text");
        stream::stream_json(&json!({ "length": output.len() }));
        stream::stream_progress(1.0, "done");

        let count = output.chars().count() as i64;
        ctx.set_output("output_text", output);
        ctx.set_output("char_count", count);
        ctx.success()
    }
}

wasm_main!();
