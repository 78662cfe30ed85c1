//! Arithmetic and a branch.

use flow_like_wasm_sdk::*;

fn binary(name: &str, friendly: &str) -> NodeDefinition {
    let mut node = NodeDefinition::new(name, friendly, "Arithmetic on two numbers", "Math/Arithmetic");
    node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
    node.add_input_pin("a", "A", "The first number", VariableType::Float).set_default_value(json!(0.0));
    node.add_input_pin("b", "B", "The second number", VariableType::Float).set_default_value(json!(0.0));
    node.add_output_pin("exec_out", "Done", "Fires when the result is ready", VariableType::Execution);
    node.add_output_pin("result", "Result", "The result", VariableType::Float);
    node
}

fn operands(ctx: &Context) -> (f64, f64) {
    (ctx.get_f64("a").unwrap_or(0.0), ctx.get_f64("b").unwrap_or(0.0))
}

#[register_node]
#[derive(Default)]
pub struct Add;

impl WasmNode for Add {
    fn get_node(&self) -> NodeDefinition {
        binary("math_add", "Add")
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (a, b) = operands(&ctx);
        ctx.set_output("result", a + b);
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct Multiply;

impl WasmNode for Multiply {
    fn get_node(&self) -> NodeDefinition {
        binary("math_multiply", "Multiply")
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (a, b) = operands(&ctx);
        ctx.set_output("result", a * b);
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct Divide;

impl WasmNode for Divide {
    fn get_node(&self) -> NodeDefinition {
        let mut node = binary("math_divide", "Divide");
        node.add_output_pin("is_valid", "Is Valid", "False where the divisor is zero", VariableType::Boolean);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (a, b) = operands(&ctx);
        let valid = b != 0.0;
        ctx.set_output("is_valid", valid);
        ctx.set_output("result", if valid { a / b } else { 0.0 });
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct Branch;

impl WasmNode for Branch {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new("if_branch", "If", "Fires one of two pins", "Control");
        node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
        node.add_input_pin("condition", "Condition", "Which pin fires", VariableType::Boolean)
            .set_default_value(json!(false));
        node.add_output_pin("true_branch", "True", "Fires where the condition holds", VariableType::Execution);
        node.add_output_pin("false_branch", "False", "Fires where it does not", VariableType::Execution);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let holds = ctx.get_bool("condition").unwrap_or(false);
        ctx.activate_exec(if holds { "true_branch" } else { "false_branch" });
        ctx.finish()
    }
}
