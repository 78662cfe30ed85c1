// A package of twenty small nodes.

import { Context, node, pack, pin, unpackInput } from "./flowlike";

function define(name: string, category: string, inputs: string[], outputs: string[]): string {
  const pins = [pin("Input", "exec", "Exec")];
  for (let at = 0; at < inputs.length; at += 2) pins.push(pin("Input", inputs[at], inputs[at + 1]));
  pins.push(pin("Output", "exec_out", "Exec"));
  for (let at = 0; at < outputs.length; at += 2) pins.push(pin("Output", outputs[at], outputs[at + 1]));
  return node(name, name, category, pins);
}

const TWO_NUMBERS = ["a", "F64", "b", "F64"];
const ONE_NUMBER = ["a", "F64"];
const NUMBER = ["result", "F64"];
const TWO_TEXTS = ["a", "String", "b", "String"];
const ONE_TEXT = ["text", "String"];
const TEXT = ["result", "String"];

export function get_nodes(): i64 {
  const nodes = [
    define("math_add_as", "Math", TWO_NUMBERS, NUMBER),
    define("math_subtract_as", "Math", TWO_NUMBERS, NUMBER),
    define("math_multiply_as", "Math", TWO_NUMBERS, NUMBER),
    define("math_divide_as", "Math", TWO_NUMBERS, ["result", "F64", "is_valid", "Bool"]),
    define("math_min_as", "Math", TWO_NUMBERS, NUMBER),
    define("math_max_as", "Math", TWO_NUMBERS, NUMBER),
    define("math_clamp_as", "Math", ["a", "F64", "low", "F64", "high", "F64"], NUMBER),
    define("math_abs_as", "Math", ONE_NUMBER, NUMBER),
    define("math_floor_as", "Math", ONE_NUMBER, NUMBER),
    define("math_sqrt_as", "Math", ONE_NUMBER, NUMBER),
    define("string_uppercase_as", "Text", ONE_TEXT, TEXT),
    define("string_lowercase_as", "Text", ONE_TEXT, TEXT),
    define("string_trim_as", "Text", ONE_TEXT, TEXT),
    define("string_length_as", "Text", ONE_TEXT, ["result", "I64"]),
    define("string_concat_as", "Text", ["a", "String", "b", "String", "separator", "String"], TEXT),
    define("string_contains_as", "Text", TWO_TEXTS, ["result", "Bool"]),
    define("string_repeat_as", "Text", ["text", "String", "times", "I64"], TEXT),
    define("equals_as", "Control", TWO_TEXTS, ["result", "Bool"]),
    branch(),
    gate(),
  ];
  return pack("[" + nodes.join(",") + "]");
}

function branch(): string {
  return node("if_branch_as", "If", "Control", [
    pin("Input", "exec", "Exec"),
    pin("Input", "condition", "Bool", "false"),
    pin("Output", "true_branch", "Exec"),
    pin("Output", "false_branch", "Exec"),
  ]);
}

function gate(): string {
  return node("gate_as", "Gate", "Control", [
    pin("Input", "exec", "Exec"),
    pin("Input", "open", "Bool", "true"),
    pin("Output", "exec_out", "Exec"),
  ]);
}

function calculate(name: string, ctx: Context): bool {
  const a = ctx.number("a", 0);
  const b = ctx.number("b", 0);
  let result: f64 = 0;
  if (name == "math_add_as") result = a + b;
  else if (name == "math_subtract_as") result = a - b;
  else if (name == "math_multiply_as") result = a * b;
  else if (name == "math_divide_as") {
    ctx.setFlag("is_valid", b != 0);
    result = b == 0 ? 0 : a / b;
  } else if (name == "math_min_as") result = Math.min(a, b);
  else if (name == "math_max_as") result = Math.max(a, b);
  else if (name == "math_clamp_as") result = Math.max(ctx.number("low", 0), Math.min(ctx.number("high", 1), a));
  else if (name == "math_abs_as") result = Math.abs(a);
  else if (name == "math_floor_as") result = Math.floor(a);
  else if (name == "math_sqrt_as") result = Math.sqrt(a);
  else return false;
  ctx.setNumber("result", result);
  return true;
}

function write(name: string, ctx: Context): bool {
  const text = ctx.text("text");
  if (name == "string_uppercase_as") ctx.setText("result", text.toUpperCase());
  else if (name == "string_lowercase_as") ctx.setText("result", text.toLowerCase());
  else if (name == "string_trim_as") ctx.setText("result", text.trim());
  else if (name == "string_length_as") ctx.setNumber("result", text.length);
  else if (name == "string_repeat_as") ctx.setText("result", text.repeat(<i32>ctx.number("times", 1)));
  else if (name == "string_concat_as") ctx.setText("result", ctx.text("a") + ctx.text("separator") + ctx.text("b"));
  else if (name == "string_contains_as") ctx.setFlag("result", ctx.text("a").includes(ctx.text("b")));
  else if (name == "equals_as") ctx.setFlag("result", ctx.text("a") == ctx.text("b"));
  else return false;
  return true;
}

export function run(ptr: i32, len: i32): i64 {
  const ctx = new Context(unpackInput(ptr, len));
  const name = ctx.nodeName;
  if (name == "if_branch_as") ctx.fire(ctx.flag("condition") ? "true_branch" : "false_branch");
  else if (name == "gate_as") {
    if (ctx.raw("open") != "false") ctx.fire("exec_out");
  } else if (calculate(name, ctx) || write(name, ctx)) ctx.fire("exec_out");
  else ctx.fail("Unknown node: " + name);
  return pack(ctx.result());
}

export function get_abi_version(): i32 {
  return 1;
}

export function alloc(size: i32): i32 {
  return <i32>heap.alloc(size);
}

export function dealloc(ptr: i32, _size: i32): void {
  heap.free(<usize>ptr);
}
