//! Never done: in a loop, in host calls, asleep.

use std::hint::black_box;
use std::time::Duration;

use flow_like_wasm_sdk::*;

use crate::define;

#[register_node]
#[derive(Default)]
pub struct LoopForever;

impl WasmNode for LoopForever {
    fn get_node(&self) -> NodeDefinition {
        define("loop_forever", "Counts without end")
    }

    fn run(&self, _ctx: Context) -> ExecutionResult {
        log::info("before the loop");
        let mut count = 0_u64;
        loop {
            count = black_box(count.wrapping_add(1));
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct LoopHost;

impl WasmNode for LoopHost {
    fn get_node(&self) -> NodeDefinition {
        define("loop_host", "Asks the host for the time without end")
    }

    fn run(&self, _ctx: Context) -> ExecutionResult {
        log::info("before the loop");
        loop {
            black_box(util::now());
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct Sleep;

impl WasmNode for Sleep {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("sleep", "Sleeps in a host call");
        node.add_input_pin("seconds", "Seconds", "How long", VariableType::Integer).set_default_value(json!(3600));
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        log::info("before the sleep");
        std::thread::sleep(Duration::from_secs(crate::amount(&ctx, "seconds", 3600) as u64));
        ctx.success()
    }
}
