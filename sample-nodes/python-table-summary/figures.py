"""The figures of a table's columns, free of the SDK."""

import math
from typing import Any

Row = dict[str, Any]


def column_names(rows: list[Row]) -> list[str]:
    """All columns that any row has, in the order in which they first appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def group(rows: list[Row], column: str) -> dict[str, list[Row]]:
    """The rows by what they have in a column; the empty text stands for nothing."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(label(row.get(column)), []).append(row)
    return groups


def label(value: Any) -> str:
    """A value as the name of its group."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def describe(rows: list[Row], column: str, digits: int) -> dict[str, Any]:
    """Kind and figures of one column; whole numbers stay exact, however large they are."""
    values = [row[column] for row in rows if row.get(column) is not None]
    kinds = {kind(value) for value in values}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    figures: dict[str, Any] = {
        "kind": kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "empty",
        "count": len(values),
        "missing": len(rows) - len(values),
        "different": len({label(value) for value in values}),
    }
    if figures["kind"] in ("integer", "number"):
        figures |= numeric(values, digits)
    elif figures["kind"] == "text":
        figures |= {"first": min(values), "last": max(values)}
    return figures


def kind(value: Any) -> str:
    match value:
        case bool():  # before int: a bool is one in Python
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "text"
        case _:
            return "object"


def numeric(values: list[int | float], digits: int) -> dict[str, Any]:
    exact = all(isinstance(value, int) for value in values)
    total = sum(values) if exact else math.fsum(values)
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    mean = total / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    return {
        "sum": total if exact else round(total, digits),
        "min": ordered[0],
        "max": ordered[-1],
        "mean": round(mean, digits),
        "median": round(median, digits),
        "deviation": round(deviation, digits),
    }
