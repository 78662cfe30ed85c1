//! A question to a language model. The workbench knows where the model is and has the key; the node has neither.

use flow_like_wasm_sdk::{log, *};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the model made of the question.
#[derive(Deserialize)]
struct Answer {
    content: Option<String>,
    error: Option<String>,
    #[serde(default)]
    usage: Usage,
}

/// Tokens, as the endpoint counts them; 0 where it does not say.
#[derive(Default, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

#[register_node]
#[derive(Default)]
pub struct AskModel;

impl WasmNode for AskModel {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new(
            "ask_model",
            "Ask Model",
            "Puts a question to a language model and streams its answer",
            "AI/Chat",
        );
        node.add_input_pin("exec", "Run", "Asks", VariableType::Execution);
        node.add_input_pin("model", "Model", "Its name at the endpoint", VariableType::String)
            .set_default_value(json!("default"));
        node.add_input_pin("instructions", "Instructions", "How to answer", VariableType::String)
            .set_default_value(json!("Answer in one sentence."));
        node.add_input_pin("question", "Question", "What to ask", VariableType::String)
            .set_default_value(json!("What is a node?"));
        node.add_output_pin("exec_out", "Done", "Fires when the answer is whole", VariableType::Execution);
        node.add_output_pin("failed", "Failed", "Fires where there is none", VariableType::Execution);
        node.add_output_pin("answer", "Answer", "The whole of it", VariableType::String);
        node.add_output_pin("usage", "Usage", "Tokens", VariableType::Struct).set_schema::<Usage>();
        node.add_permission(NodePermission::Models);
        node.add_permission(NodePermission::Streaming);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let question = ctx.get_string("question").unwrap_or_default();
        if question.trim().is_empty() {
            ctx.activate_exec("failed");
            return ctx.fail("there is no question");
        }
        let mut messages = vec![ChatMessage::user(question)];
        if let Some(instructions) = ctx.get_string("instructions").filter(|text| !text.is_empty()) {
            messages.insert(0, ChatMessage::system(instructions));
        }
        match ask(&ctx, &messages) {
            Ok(answer) => {
                log::info(&format!("the answer took {} tokens", answer.usage.completion_tokens));
                ctx.set_output_json("usage", &answer.usage);
                ctx.set_output("answer", answer.content.unwrap_or_default());
                ctx.success()
            }
            Err(error) => {
                log::error(&error);
                ctx.activate_exec("failed");
                ctx.fail(error)
            }
        }
    }
}

fn ask(ctx: &Context, messages: &[ChatMessage]) -> Result<Answer, String> {
    let model = model(ctx.get_string("model").unwrap_or_default());
    let answer =
        if ctx.stream_enabled() { model.prompt_stream(ctx, messages) } else { model.prompt(ctx, messages) };
    let answer = answer.ok_or("the model may not be asked")?;
    let answer: Answer = serde_json::from_str(&answer).map_err(|error| format!("an odd answer: {error}"))?;
    match answer.error {
        Some(error) => Err(error),
        None => Ok(answer),
    }
}

/// A model that is known by nothing but its name.
fn model(name: String) -> Bit {
    Bit {
        parameters: json!({ "provider": { "model_id": name } }),
        id: name,
        bit_type: "Llm".into(),
        hub: String::new(),
        hash: String::new(),
        file_name: None,
        version: None,
        license: None,
        extra: serde_json::Map::new(),
    }
}
