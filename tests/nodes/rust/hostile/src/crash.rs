//! Ends that are none: panics, exits, a stack that runs out.

use std::hint::black_box;

use flow_like_wasm_sdk::*;

use crate::define;

#[register_node]
#[derive(Default)]
pub struct Panic;

impl WasmNode for Panic {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("panic", "Panics with the given message");
        node.add_input_pin("message", "Message", "What the panic says", VariableType::String);
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        log::info("before the panic");
        let message = ctx.get_string("message").unwrap_or_else(|| "on purpose".into());
        give_up(&message)
    }
}

#[inline(never)]
fn give_up(message: &str) -> ! {
    panic!("{message}")
}

#[register_node]
#[derive(Default)]
pub struct OutOfRange;

impl WasmNode for OutOfRange {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("out_of_range", "Reads past the end of a list");
        node.add_input_pin("index", "Index", "Where to read", VariableType::Integer);
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let list = [1, 2, 3];
        let index = crate::amount(&ctx, "index", 7);
        black_box(list[black_box(index)]);
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct OverflowStack;

impl WasmNode for OverflowStack {
    fn get_node(&self) -> NodeDefinition {
        define("overflow_stack", "Calls itself without end")
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        ctx.set_output("depth", descend(0));
        ctx.success()
    }
}

#[inline(never)]
fn descend(depth: i64) -> i64 {
    // No locals on the shadow stack: it is the host's stack that has to run out.
    if black_box(depth) < 0 {
        return depth;
    }
    descend(depth + 1).wrapping_add(1)
}

#[register_node]
#[derive(Default)]
pub struct Exit;

impl WasmNode for Exit {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("exit", "Ends the process it thinks it is in");
        node.add_input_pin("code", "Code", "The exit status", VariableType::Integer).set_default_value(json!(3));
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        std::process::exit(ctx.get_i64("code").unwrap_or(3) as i32)
    }
}
