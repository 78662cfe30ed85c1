"""One text node, written as the language's template is: without get_nodes, so that this export traps."""

import json

from flow_like_wasm_sdk import Context, ExecutionResult, NodeDefinition, PinDefinition
from flow_like_wasm_sdk.bridge import _make_bridge


def definition() -> NodeDefinition:
    node = NodeDefinition("my_custom_node_py", "My Custom Node", "Repeats a text", "Custom/WASM")
    node.add_pin(PinDefinition.input_pin("exec", "Exec"))
    node.add_pin(PinDefinition.input_pin("input_text", "String", default=""))
    node.add_pin(PinDefinition.input_pin("multiplier", "I64", default=1))
    node.add_pin(PinDefinition.output_pin("exec_out", "Exec"))
    node.add_pin(PinDefinition.output_pin("output_text", "String"))
    node.add_pin(PinDefinition.output_pin("char_count", "I64"))
    node.add_permission("streaming")
    return node


def repeat(ctx: Context) -> ExecutionResult:
    text = ctx.get_string("input_text", "") or ""
    times = ctx.get_i64("multiplier", 1) or 0
    if text == "raise":
        raise ValueError("raised on purpose")
    ctx.debug("at debug")
    ctx.info("at info")
    ctx.warn("at warn")
    ctx.error("at error")
    ctx.stream_text(text)
    print("printed by Python")
    output = text * times
    ctx.set_output("output_text", output)
    ctx.set_output("char_count", len(output))
    return ctx.success()


class WitWorld:  # no base class: that one would insist on get_nodes at build time
    def get_node(self) -> str:
        return json.dumps([definition().to_dict()])

    def get_abi_version(self) -> int:
        return 1

    def run(self, input: str) -> str:
        return repeat(Context.from_json(input, host=_make_bridge())).to_json()
