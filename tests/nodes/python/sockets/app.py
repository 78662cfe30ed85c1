"""Two nodes over the standard socket module: a TCP exchange and a look-up."""

import encodings.idna  # noqa: F401 - loaded lazily by socket, so it has to be in the build
import json
import socket

import wit_world
from flow_like_wasm_sdk import Context, ExecutionResult, NodeDefinition, PinDefinition
from flow_like_wasm_sdk.bridge import _make_bridge


def tcp_definition() -> NodeDefinition:
    node = NodeDefinition("tcp_client_py", "TCP Client", "Sends a message and reads the reply", "Network")
    node.add_pin(PinDefinition.input_pin("exec", "Exec"))
    node.add_pin(PinDefinition.input_pin("host", "String", default="127.0.0.1"))
    node.add_pin(PinDefinition.input_pin("port", "I64"))
    node.add_pin(PinDefinition.input_pin("message", "String", default="hello"))
    node.add_pin(PinDefinition.output_pin("exec_out", "Exec"))
    node.add_pin(PinDefinition.output_pin("reply", "String"))
    node.add_permission("tcp")
    return node


def dns_definition() -> NodeDefinition:
    node = NodeDefinition("dns_lookup_py", "DNS Lookup", "Looks up a name", "Network")
    node.add_pin(PinDefinition.input_pin("exec", "Exec"))
    node.add_pin(PinDefinition.input_pin("name", "String", default="localhost"))
    node.add_pin(PinDefinition.output_pin("exec_out", "Exec"))
    node.add_pin(PinDefinition.output_pin("addresses", "Generic"))
    node.add_permission("dns")
    return node


def left_open_definition() -> NodeDefinition:
    node = NodeDefinition("tcp_left_open_py", "Left Open", "Leaves a socket open that its peer broke off", "Network")
    node.add_pin(PinDefinition.input_pin("exec", "Exec"))
    node.add_pin(PinDefinition.input_pin("port", "I64"))
    node.add_pin(PinDefinition.output_pin("exec_out", "Exec"))
    node.add_pin(PinDefinition.output_pin("answers", "Generic"))
    node.add_permission("tcp")
    return node


def tcp(ctx: Context) -> ExecutionResult:
    try:
        peer = socket.create_connection((ctx.get_string("host", "127.0.0.1"), ctx.get_i64("port", 0)))
        with peer:
            peer.sendall((ctx.get_string("message", "hello") or "").encode())
            peer.shutdown(socket.SHUT_WR)
            blocks = []
            while block := peer.recv(4096):
                blocks.append(block)
    except OSError as error:
        return ctx.fail(f"tcp: {error}")
    ctx.set_output("reply", b"".join(blocks).decode())
    return ctx.success()


def dns(ctx: Context) -> ExecutionResult:
    try:
        answers = socket.getaddrinfo(ctx.get_string("name", "localhost"), 0, type=socket.SOCK_STREAM)
    except OSError as error:
        return ctx.fail(f"lookup: {error}")
    ctx.set_output("addresses", sorted({answer[4][0] for answer in answers}))
    return ctx.success()


def left_open(ctx: Context) -> ExecutionResult:
    peer = socket.create_connection(("127.0.0.1", ctx.get_i64("port", 0)))
    peer.sendall(b"hello")
    answers = []
    calls = [
        lambda: peer.recv(1),
        peer.getpeername,
        peer.getsockname,
        lambda: peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        lambda: peer.shutdown(socket.SHUT_RDWR),
        lambda: repr(peer),
    ]
    for call in calls:
        try:
            answers.append(repr(call()))
        except OSError as error:
            answers.append(f"Error: {error}")
    ctx.set_output("answers", answers)
    # Nobody closes it: when it is collected, Python writes a warning that names its addresses.
    del peer
    return ctx.success()


DEFINITIONS = [tcp_definition, dns_definition, left_open_definition]
NODES = {"tcp_client_py": tcp, "dns_lookup_py": dns, "tcp_left_open_py": left_open}


class WitWorld(wit_world.WitWorld):
    def get_node(self) -> str:
        return self.get_nodes()

    def get_nodes(self) -> str:
        return json.dumps([definition().to_dict() for definition in DEFINITIONS])

    def get_abi_version(self) -> int:
        return 1

    def run(self, input: str) -> str:
        ctx = Context.from_json(input, host=_make_bridge())
        node = NODES.get(ctx.node_name)
        if node is None:
            return ExecutionResult.fail(f"Unknown node: {ctx.node_name}").to_json()
        return node(ctx).to_json()
