// One text node, like the language's template.

import { Context, emit, getVariable, log, logWithData, node, pack, pin, setVariable, stream, unpackInput } from "./flowlike";

export function get_node(): i64 {
  return pack(
    node("my_custom_node_as", "My Custom Node", "Custom/WASM", [
      pin("Input", "exec", "Exec"),
      pin("Input", "input_text", "String", '""'),
      pin("Input", "multiplier", "I64", "1"),
      pin("Output", "exec_out", "Exec"),
      pin("Output", "output_text", "String"),
      pin("Output", "char_count", "I64"),
    ]),
  );
}

export function run(ptr: i32, len: i32): i64 {
  const ctx = new Context(unpackInput(ptr, len));
  const text = ctx.text("input_text");
  if (text == "abort") throw new Error("thrown on purpose: ä€");
  if (text == "spin") while (true) log(0, "spinning");

  log(0, "at debug");
  log(1, "at info");
  log(2, "at warn");
  log(3, "at error");
  logWithData(1, "with data", '{"a":1}');
  stream(text);
  emit("text", "plain text");
  emit("progress", '{"progress":1.0,"message":"done"}');
  setVariable("from AssemblyScript", '"kept: ä€😀"');
  ctx.setRaw("variable", getVariable("from AssemblyScript"));
  ctx.setFlag("absent", getVariable("never set").length == 0);

  const output = text.repeat(<i32>ctx.number("multiplier", 1));
  ctx.setText("output_text", output);
  ctx.setNumber("char_count", output.length);
  ctx.fire("exec_out");
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
