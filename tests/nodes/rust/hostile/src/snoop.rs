//! What a guest finds when it looks around, and what it prints.

use std::io::{Read, Write};

use flow_like_wasm_sdk::*;

use crate::define;

#[register_node]
#[derive(Default)]
pub struct Print;

impl WasmNode for Print {
    fn get_node(&self) -> NodeDefinition {
        define("print", "Writes to the standard streams")
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        println!("first line\nsecond line");
        eprintln!("a complaint");
        // Neither a line's end nor text: both have to arrive in some form.
        print!("no line end");
        let _ = std::io::stdout().flush();
        let _ = std::io::stderr().write_all(b"not text: \xff\xfe\n");
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct LookAround;

impl WasmNode for LookAround {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("look_around", "Reports what it can see of its host");
        node.add_output_pin("seen", "Seen", "What it found", VariableType::Struct);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let environment: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
        let arguments: Vec<String> = std::env::args().collect();
        let files: Vec<String> = [".", "/", "/etc", "/tmp"]
            .iter()
            .filter(|folder| std::fs::read_dir(folder).is_ok())
            .map(|folder| (*folder).to_owned())
            .collect();
        let passwd = std::fs::read_to_string("/etc/passwd").is_ok();
        let written = std::fs::write("left-behind.txt", "x").is_ok() || std::fs::write("/tmp/left-behind", "x").is_ok();
        let mut stdin = Vec::new();
        let read = std::io::stdin().read_to_end(&mut stdin).unwrap_or(0);
        ctx.set_output(
            "seen",
            json!({
                "environment": environment,
                "arguments": arguments.len(),
                "folders": files,
                "passwd": passwd,
                "written": written,
                "stdin": read,
            }),
        );
        ctx.success()
    }
}
