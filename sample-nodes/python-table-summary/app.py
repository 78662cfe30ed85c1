"""The component's exports: what the world `flow-like-node` asks for, handed on to the SDK's registry of nodes."""

import json

import table_summary  # noqa: F401 - registers the node
import wit_world
from flow_like_wasm_sdk import ABI_VERSION, Context, get_all_definitions, run_node
from flow_like_wasm_sdk.bridge import _make_bridge


class WitWorld(wit_world.WitWorld):
    def get_node(self) -> str:
        return get_all_definitions()[0].to_json()

    def get_nodes(self) -> str:
        return json.dumps([definition.to_dict() for definition in get_all_definitions()])

    def run(self, input: str) -> str:
        context = Context.from_json(input, host=_make_bridge())
        return run_node(context.node_name, context).to_json()

    def get_abi_version(self) -> int:
        return ABI_VERSION
