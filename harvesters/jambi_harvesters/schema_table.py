"""Show the keys of a definition as a Markdown table: `python -m jambi_harvesters.schema_table`.

A test compares the table in `docs/sources/README.md` with this one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from jambi_harvesters import unsupported
from jambi_harvesters.definition_check import source_schema


def table() -> str:
    """Return all keys with type, default, example and explanation."""
    lines = ["| key | form | default | example | meaning |", "|---|---|---|---|---|"]
    lines += [_line(path, node) for path, node in _keys(source_schema(), "")]
    return "\n".join(lines) + "\n"


def not_yet() -> str:
    """Return the values that are refused as "belum didukung"."""
    lines = [f"- `{key}: {value}`: {reason}" for (key, value), reason in unsupported.VALUES.items()]
    return "\n".join(lines) + "\n"


def _keys(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    required = set(node.get("required", ()))
    for name, inner in node.get("properties", {}).items():
        path = f"{prefix}{name}"
        if "title" not in inner:
            continue
        yield path, {**inner, "required": name in required}
        yield from _keys(inner, f"{path}.")
        entries = inner.get("additionalProperties")
        for choice in entries.get("oneOf", ()) if isinstance(entries, Mapping) else ():
            yield from _keys(choice, f"{path}.*.")


def _line(path: str, node: Mapping[str, Any]) -> str:
    default = "required" if node["required"] else _code(node["default"]) if "default" in node else ""
    example = _code(node["examples"][0]) if node.get("examples") else ""
    cells = (f"`{path}`", _form(node), default, example, node["description"])
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _form(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(map(str, node["enum"]))
    if "const" in node:
        return str(node["const"])
    if "oneOf" in node:
        return " or ".join(str(choice.get("type", "")) for choice in node["oneOf"])
    return str(node.get("type", ""))


def _code(value: object) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`"


if __name__ == "__main__":
    sys.stdout.write(table())
