//! A TCP listener that lives as long as its run, shared by three nodes through a handle.

mod echo;

use std::net::TcpListener;
use std::time::Duration;

use flow_like_wasm_sdk::{log, *};

fn node(name: &str, friendly_name: &str, description: &str) -> NodeDefinition {
    let mut node = NodeDefinition::new(name, friendly_name, description, "Network/Server");
    node.add_input_pin("exec", "Run", "Starts", VariableType::Execution);
    node.add_output_pin("exec_out", "Done", "Fires when it worked", VariableType::Execution);
    node.add_permission(NodePermission::NetworkTcp);
    node
}

fn add_handle(node: &mut NodeDefinition) {
    node.add_input_pin("listener", "Listener", "The handle that \"Listen\" gave", VariableType::String);
}

fn handle(ctx: &Context) -> String {
    ctx.get_string("listener").unwrap_or_default()
}

#[register_node]
#[derive(Default)]
pub struct Listen;

impl WasmNode for Listen {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("listen", "Listen", "Opens a TCP listener for the nodes that follow");
        node.add_input_pin("address", "Address", "Where to listen", VariableType::String)
            .set_default_value(json!("127.0.0.1"));
        node.add_input_pin("port", "Port", "0 takes a free one", VariableType::Integer)
            .set_default_value(json!(0))
            .set_range(0.0, 65535.0)
            .set_step(1.0);
        node.add_output_pin("listener", "Listener", "Names the listener in this run", VariableType::String);
        node.add_output_pin("port_out", "Port", "The port that was taken", VariableType::Integer);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let address = ctx.get_string("address").unwrap_or_else(|| "127.0.0.1".into());
        let port = ctx.get_i64("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
        let opened = TcpListener::bind((address.as_str(), port)).and_then(|listener| {
            // "Serve One" waits no longer than it is told.
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (address, listener) = match opened {
            Ok(opened) => opened,
            Err(error) => return ctx.fail(format!("cannot listen on {address}:{port}: {error}")),
        };
        match resources::insert(listener) {
            Ok(handle) => {
                log::info(&format!("listening on {address}"));
                ctx.set_output("listener", handle);
                ctx.set_output("port_out", address.port());
                ctx.success()
            }
            Err(error) => ctx.fail(error.to_string()),
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct ServeOne;

impl WasmNode for ServeOne {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("serve_one", "Serve One", "Waits for a visitor and sends back what it writes");
        add_handle(&mut node);
        node.add_input_pin("wait", "Wait", "For a visitor, in seconds", VariableType::Float)
            .set_default_value(json!(30.0))
            .set_range(0.0, 60.0)
            .set_step(0.5);
        node.add_output_pin("nobody", "Nobody", "Fires where no visitor came", VariableType::Execution);
        node.add_output_pin("visitor", "Visitor", "Its address", VariableType::String);
        node.add_output_pin("text", "Text", "What it wrote", VariableType::String);
        node.add_output_pin("bytes", "Bytes", "How much that was", VariableType::Integer);
        node.add_permission(NodePermission::Streaming);
        node.set_long_running(true);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let wait = ctx.get_f64("wait").unwrap_or(30.0).clamp(0.0, 60.0);
        let wait = Duration::from_secs_f64(wait);
        let served = resources::with::<TcpListener, _>(&handle(&ctx), |listener| {
            echo::serve_one(listener, wait, |text| ctx.stream_text(text))
        });
        match served {
            Ok(Ok(Some(visit))) => {
                log::info(&format!("{} wrote {} bytes", visit.visitor, visit.received.len()));
                ctx.set_output("visitor", visit.visitor.to_string());
                ctx.set_output("bytes", visit.received.len());
                ctx.set_output("text", String::from_utf8_lossy(&visit.received).into_owned());
                ctx.success()
            }
            Ok(Ok(None)) => {
                log::warn("nobody came");
                ctx.activate_exec("nobody");
                ctx.finish()
            }
            Ok(Err(error)) => ctx.fail(error.to_string()),
            Err(error) => ctx.fail(error.to_string()),
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct Close;

impl WasmNode for Close {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("close", "Close", "Ends a listener");
        add_handle(&mut node);
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        match resources::close::<TcpListener>(&handle(&ctx)) {
            Ok(()) => ctx.success(),
            Err(error) => ctx.fail(error.to_string()),
        }
    }
}

wasm_main!();
