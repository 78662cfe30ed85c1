"""Figures of a table, column by column, for all rows and for each group of them."""

import json
from collections.abc import Iterable

from flow_like_wasm_sdk import Context, ExecutionResult, NodeDefinition, PinDefinition, PinType, ValueType, WasmNode

from figures import Row, column_names, describe, group

ROW_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Row",
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}

COLUMN_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Column",
    "type": "object",
    "properties": {
        "kind": {"enum": ["integer", "number", "text", "boolean", "object", "mixed", "empty"]},
        "count": {"type": "integer", "description": "Rows that have a value"},
        "missing": {"type": "integer", "description": "Rows without one"},
        "different": {"type": "integer"},
        "sum": {"type": "number"},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "mean": {"type": "number"},
        "median": {"type": "number"},
        "deviation": {"type": "number", "description": "Standard deviation of the values"},
        "first": {"type": "string", "description": "First in alphabetical order"},
        "last": {"type": "string", "description": "Last in alphabetical order"},
    },
    "required": ["kind", "count", "missing", "different"],
}

EXAMPLE = [
    {"city": "Köln", "visitors": 1200, "rating": 4.5},
    {"city": "Zürich", "visitors": 800, "rating": 4.8},
    {"city": "Köln", "visitors": 1500, "rating": None},
]


class TableSummary(WasmNode):
    def get_node(self) -> NodeDefinition:
        node = NodeDefinition(
            "table_summary", "Table Summary", "Figures of a table's columns, by group if you like", "Data/Tables"
        )
        node.add_pin(PinDefinition.input_exec("exec"))
        node.add_pin(
            PinDefinition.input_pin("rows", PinType.STRUCT, description="The table, a row an object", default=EXAMPLE)
            .with_value_type(ValueType.ARRAY)
            .with_schema(json.dumps(ROW_SCHEMA))
        )
        node.add_pin(
            PinDefinition.input_pin(
                "columns", PinType.STRING, description="Which columns to look at; none means all", default=[]
            ).with_value_type(ValueType.HASH_SET)
        )
        node.add_pin(
            PinDefinition.input_pin(
                "group_by", PinType.STRING, description="A column whose values make groups, or nothing", default=""
            )
        )
        node.add_pin(
            PinDefinition.input_pin("digits", PinType.I64, description="Digits after the point", default=3)
            .with_range(0, 12)
            .with_step(1)
        )
        node.add_pin(PinDefinition.output_exec("exec_out"))
        node.add_pin(PinDefinition.output_pin("row_count", PinType.I64, description="Rows in all"))
        node.add_pin(
            PinDefinition.output_pin("summary", PinType.STRUCT, description="Figures of each column")
            .with_value_type(ValueType.HASH_MAP)
            .with_schema(json.dumps(COLUMN_SCHEMA))
        )
        node.add_pin(
            PinDefinition.output_pin(
                "groups", PinType.STRUCT, description="For each group its rows and the figures of its columns"
            ).with_value_type(ValueType.HASH_MAP)
        )
        node.add_permission("streaming")
        return node

    def run(self, ctx: Context) -> ExecutionResult:
        rows = ctx.get_input("rows")
        if rows is None:
            rows = EXAMPLE
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, dict):  # against the pin's schema: a bug of the caller, which may be loud
                raise TypeError(f"row {number} is no object but {row!r}")
        known = column_names(rows)
        wanted = set(ctx.get_input("columns") or known)
        by = ctx.get_string("group_by", "")
        digits = ctx.get_i64("digits", 3)
        ctx.debug(f"{len(rows)} rows with the columns {quoted(known)}")

        unknown = sorted(wanted.union([by] if by else []).difference(known))
        if unknown:
            message = f"there is no column {quoted(unknown)}; the table has {quoted(known) or 'none'}"
            ctx.error(message)
            return ctx.fail(message)

        columns = [name for name in known if name in wanted]
        groups = group(rows, by) if by else {}
        parts: list[tuple[str, list[Row]]] = [("all rows", rows), *groups.items()]
        figures = []
        for done, (name, members) in enumerate(parts, start=1):
            figures.append({column: describe(members, column, digits) for column in columns})
            ctx.stream_text(f"{name}: {len(members)}\n")
            ctx.stream_progress(done / len(parts), name)
        summary, *by_group = figures

        for column, values in summary.items():
            if values["kind"] == "mixed":
                ctx.warn(f'the column "{column}" has values of several kinds, so that there are no figures of it')
        ctx.info(f"{len(rows)} rows, {len(columns)} columns, {len(groups)} groups")
        ctx.set_output("row_count", len(rows))
        ctx.set_output("summary", summary)
        ctx.set_output(
            "groups",
            {
                name: {"rows": len(members), "columns": values}
                for (name, members), values in zip(groups.items(), by_group)
            },
        )
        return ctx.success()


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
