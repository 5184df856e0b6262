"""A definition as people read it: the labels of its schema, group by group, in the page's language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

Node = Mapping[str, Any]
COLUMNS = ("schema", "fields")


def groups(definition: Node, schema: Node) -> list[dict[str, Any]]:
    """Return the parts of a definition with label and value; its columns stand in a table of their own."""
    found = [{"title": tk._("Basics"), "items": list(_basics(definition, schema))}]
    for name, value in definition.items():
        node = schema["properties"].get(name, {})
        if isinstance(value, Mapping):
            found.append({"title": label(node, name), "items": list(_items(value, node, (name,)))})
    return [one for one in found if one["items"]]


def columns(definition: Node) -> list[dict[str, Any]]:
    """Return the declared columns."""
    fields = definition.get("schema", {}).get("fields", {})
    return [
        {"name": name, **(spec if isinstance(spec, Mapping) else {"path": spec})}
        for name, spec in fields.items()
    ]


def label(node: Node, name: str) -> str:
    """Return the label of a key in the language of the page."""
    shown = node.get("x-id", {}) if tk.h.lang() == "id" else node
    return str(shown.get("title") or node.get("title") or name.replace("_", " "))


def help_text(node: Node) -> str:
    """Return the explanation of a key in the language of the page."""
    shown = node.get("x-id", {}) if tk.h.lang() == "id" else node
    return str(shown.get("description") or node.get("description") or "")


def _basics(definition: Node, schema: Node) -> Iterator[tuple[str, str]]:
    for name, value in definition.items():
        if not isinstance(value, Mapping):
            yield label(schema["properties"].get(name, {}), name), written(value)


def _items(value: Node, node: Node, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if (*path, name) == COLUMNS:
            continue
        known = node.get("properties", {}).get(name, {})
        if isinstance(inner, Mapping) and known.get("properties"):
            for title, text in _items(inner, known, (*path, name)):
                yield f"{label(known, name)}: {title}", text
        else:
            yield label(known, name), written(inner)


def written(value: Any) -> str:
    """Write a value of a definition."""
    if isinstance(value, bool):
        return tk._("yes") if value else tk._("no")
    if isinstance(value, list):
        return ", ".join(written(one) for one in value)
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
