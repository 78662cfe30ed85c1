//! Calls every host function of the component world and reports what each one gave back.
//!
//! Every node has one output, `report`: an object with one entry a function. What a refusal looks like to a guest
//! (`null`, `false`) is part of the report, so that the same nodes serve tests that allow and tests that deny.

mod data;
mod files;
mod outside;

use flow_like_wasm_sdk::flow_like::node::pins;
use flow_like_wasm_sdk::*;
use serde_json::{Map, Value};

type Report = Map<String, Value>;

fn define(name: &str, description: &str, permissions: &[NodePermission]) -> NodeDefinition {
    let mut node = NodeDefinition::new(name, name, description, "Host");
    node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
    node.add_output_pin("exec_out", "Done", "Fires at the end", VariableType::Execution);
    node.add_output_pin("report", "Report", "One entry a function", VariableType::Struct);
    for permission in permissions {
        node.add_permission(permission.clone());
    }
    node
}

fn done(mut ctx: Context, report: Report) -> ExecutionResult {
    ctx.set_output("report", Value::Object(report));
    ctx.success()
}

#[register_node]
#[derive(Default)]
pub struct Everything;

impl WasmNode for Everything {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("everything", "Calls every function once", &[]);
        node.add_input_pin("url", "URL", "For HTTP", VariableType::String)
            .set_default_value(json!("http://127.0.0.1:9/"));
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let mut report = Report::new();
        for part in [metadata, data::variables, data::cache, files::storage, files::chunked, data::image] {
            report.extend(part(&ctx));
        }
        for part in [outside::models, outside::auth, outside::web, data::schema, data::database, pin_calls] {
            report.extend(part(&ctx));
        }
        stream::stream("custom", "{\"a\":1}");
        stream::stream_text_raw("streamed");
        log::log_json(2, "all called", &json!({ "functions": report.len() }));
        done(ctx, report)
    }
}

#[register_node]
#[derive(Default)]
pub struct Metadata;

impl WasmNode for Metadata {
    fn get_node(&self) -> NodeDefinition {
        define("metadata", "What the host says of the run", &[])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = metadata(&ctx);
        done(ctx, report)
    }
}

fn metadata(ctx: &Context) -> Report {
    let mut report = Report::new();
    report.insert("node_id".into(), json!(host::get_node_id_from_host()));
    report.insert("run_id".into(), json!(host::get_run_id_from_host()));
    report.insert("app_id".into(), json!(host::get_app_id_from_host()));
    report.insert("board_id".into(), json!(host::get_board_id_from_host()));
    report.insert("user_id".into(), json!(host::get_user_id_from_host()));
    report.insert("time_now".into(), json!(host::now()));
    report.insert("random".into(), json!(host::random()));
    report.insert("is_streaming".into(), json!(host::is_streaming_from_host()));
    report.insert("log_level".into(), json!(host::get_log_level_from_host()));
    report.insert("handle".into(), json!(host::new_resource_handle()));
    report.insert("input_node_id".into(), json!(ctx.node_id()));
    report.insert("input_node_name".into(), json!(ctx.node_name()));
    report
}

#[register_node]
#[derive(Default)]
pub struct Pins;

impl WasmNode for Pins {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("pins", "Reads and sets pins through the host", &[]);
        node.add_input_pin("text", "Text", "Read through the host", VariableType::String);
        node.add_output_pin("early", "Early", "Set through the host only", VariableType::Integer);
        node.add_output_pin("late", "Late", "Set through the host, then by the result", VariableType::String);
        node.add_output_pin("other", "Other", "Fires through the host", VariableType::Execution);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let report = pin_calls(&ctx);
        ctx.set_output("late", "from the result");
        done(ctx, report)
    }
}

fn pin_calls(_ctx: &Context) -> Report {
    let mut report = Report::new();
    report.insert("get_input".into(), json!(pins::get_input("text")));
    report.insert("get_absent_input".into(), json!(pins::get_input("absent")));
    pins::set_output("early", "1");
    pins::set_output("early", "2");
    pins::set_output("late", "\"from the host\"");
    pins::set_output("late", "not json");
    pins::activate_exec("other");
    pins::activate_exec("exec_out");
    pins::activate_exec("other");
    report
}

wasm_main!();
