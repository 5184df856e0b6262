"""How a key of the schema is typed into a form: one walk for drawing and for reading."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]
Path = tuple[str, ...]
SKIPPED = frozenset({("version",), ("schema", "fields"), ("dataset", "fields"), ("state",)})
NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A key that is typed: `form` is text, number, choice, flag, lines, pairs or json."""

    path: Path
    node: Node
    form: str
    required: bool

    @property
    def name(self) -> str:
        """The dotted key, which is the field's name and id."""
        return ".".join(self.path)


def leaves(node: Node, path: Path = ()) -> Iterator[Leaf]:
    """Yield the keys below a node that are typed, in the schema's order."""
    required = node.get("required", ())
    for name, inner in node.get("properties", {}).items():
        here = (*path, name)
        if here in SKIPPED or "title" not in inner:
            continue
        if _is_group(inner):
            yield from leaves(inner, here)
        else:
            yield Leaf(here, inner, _form(inner), name in required and not path)


def _is_group(node: Node) -> bool:
    titled = [one for one in node.get("properties", {}).values() if "title" in one]
    return bool(titled)


def _form(node: Node) -> str:
    if "enum" in node:
        return "choice"
    kinds = _kinds(node)
    if "array" in kinds:
        return "json" if node.get("items", {}).get("type") == "object" else "lines"
    if "object" in kinds:
        return "pairs" if "additionalProperties" in node and not node.get("properties") else "json"
    if kinds == {"boolean"}:
        return "flag"
    return "number" if kinds and kinds <= {"integer", "number"} else "text"


def _kinds(node: Node) -> set[str]:
    if "type" in node:
        return {node["type"]} if isinstance(node["type"], str) else set(node["type"])
    choices: Sequence[Node] = node.get("oneOf") or node.get("anyOf") or ()
    return {kind for one in choices for kind in _kinds(one)}


def as_text(value: Any, form: str) -> str:
    """Write a value as it stands in its field; what does not fit its form is shown as it was typed."""
    if value is None:
        return ""
    if form == "lines" and isinstance(value, list):
        return "\n".join(str(one) for one in value)
    if form == "pairs" and isinstance(value, Mapping):
        return "\n".join(f"{name}: {_plain(one)}" for name, one in value.items())
    if isinstance(value, Mapping | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def as_value(text: str, form: str) -> Any:
    """Read a field; a text that does not fit its form stays a text, so that the rules can say so."""
    stripped = text.replace("\r\n", "\n").strip()
    if form == "lines":
        return [line.strip() for line in stripped.split("\n") if line.strip()]
    if form == "pairs":
        return _pairs(stripped)
    if form == "flag":
        return {"true": True, "false": False}.get(stripped, stripped)
    if form == "number" and NUMBER.fullmatch(stripped):
        return float(stripped) if "." in stripped else int(stripped)
    return _json(stripped) if form == "json" else stripped


def _pairs(text: str) -> Any:
    lines = [line for line in text.split("\n") if line.strip()]
    if any(":" not in line for line in lines):
        return text
    parts = (line.partition(":") for line in lines)
    return {name.strip(): _scalar(value.strip()) for name, _, value in parts}


def _scalar(text: str) -> Any:
    """Read what may be a number, a flag or an object; everything else is a text."""
    return _json(text) if re.match(r"[{\[\"]|-?\d+(\.\d+)?$|true$|false$", text) else text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _plain(value: Any) -> str:
    """Write a value of a pair so that it is read back as it was."""
    if isinstance(value, str):
        return json.dumps(value) if _scalar(value) != value else value
    return json.dumps(value, ensure_ascii=False)
