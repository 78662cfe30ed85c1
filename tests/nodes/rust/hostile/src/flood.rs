//! Too much of everything: memory, lines, events, output.

use std::hint::black_box;

use flow_like_wasm_sdk::*;

use crate::{amount, define};

#[register_node]
#[derive(Default)]
pub struct EatMemory;

impl WasmNode for EatMemory {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("eat_memory", "Allocates until it gets no more, and says how much it got");
        node.add_input_pin("abort", "Abort", "Allocate without a way back", VariableType::Boolean);
        node.add_output_pin("megabytes", "Megabytes", "What it got", VariableType::Integer);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let abort = ctx.get_bool("abort").unwrap_or(false);
        let mut kept: Vec<Vec<u8>> = Vec::with_capacity(8192);
        while kept.len() < 4096 {
            let mut block = Vec::new();
            if abort {
                block = vec![1; 1 << 20];
            } else if block.try_reserve_exact(1 << 20).is_err() {
                break;
            }
            kept.push(black_box(block));
        }
        let megabytes = kept.len() as i64;
        drop(kept);
        ctx.set_output("megabytes", megabytes);
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct FloodLogs;

impl WasmNode for FloodLogs {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("flood_logs", "Logs many lines");
        node.add_input_pin("lines", "Lines", "How many", VariableType::Integer).set_default_value(json!(100_000));
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        for line in 0..amount(&ctx, "lines", 100_000) {
            log::info(&format!("line {line}"));
        }
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct FloodStream;

impl WasmNode for FloodStream {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("flood_stream", "Streams many events");
        node.add_input_pin("events", "Events", "How many", VariableType::Integer).set_default_value(json!(10_000));
        node.add_permission(NodePermission::Streaming);
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        for event in 0..amount(&ctx, "events", 10_000) {
            stream::stream_json(&json!({ "event": event }));
        }
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct LongLine;

impl WasmNode for LongLine {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("long_line", "Logs one very long line and prints another without an end");
        node.add_input_pin("megabytes", "Megabytes", "How long", VariableType::Integer).set_default_value(json!(8));
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let line = "x".repeat(amount(&ctx, "megabytes", 8) << 20);
        log::info(&line);
        print!("{line}");
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct LargeOutput;

impl WasmNode for LargeOutput {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("large_output", "Returns a very long text");
        node.add_input_pin("megabytes", "Megabytes", "How long", VariableType::Integer).set_default_value(json!(8));
        node.add_output_pin("text", "Text", "The text", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        ctx.set_output("text", "x".repeat(amount(&ctx, "megabytes", 8) << 20));
        ctx.success()
    }
}
