"""What the form draws: groups of fields with label, help, example, value and errors, all from the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages.sources import outline
from ckanext.jambi.theme.pages.sources.form import nodes
from ckanext.jambi.theme.pages.sources.form.reading import at

MAIN = ("dataset.title", "dataset.notes", "dataset.tags", "dataset.name", "id")
PARTLY_MAIN = ("schema", "dataset")
"""Groups whose most important keys stand above."""
BLANK_COLUMNS = 1
COLUMN_TYPES = (
    "text",
    "integer",
    "decimal",
    "boolean",
    "date",
    "timestamp",
    "area",
    "organization",
    "geometry",
)
Errors = Mapping[str, list[str]]


def problems_by_path(problems: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the messages in the language of the page by dotted key."""
    found: dict[str, list[str]] = {}
    for one in problems:
        text = one["message"] if tk.h.lang() == "en" else one["pesan"]
        hint = f" ({one['suggestion']}?)" if one.get("suggestion") else ""
        found.setdefault(one["path"], []).append(f"{text}{hint}")
    return found


def groups(raw: Mapping[str, Any], schema: nodes.Node, errors: Errors) -> list[dict[str, Any]]:
    """Return the groups of keys beside the main ones, as the schema parts them."""
    found: dict[str, dict[str, Any]] = {}
    for leaf in nodes.leaves(schema):
        if leaf.name in MAIN or leaf.name in ("kind", "organization"):
            continue
        key = leaf.path[0]
        group = found.setdefault(key, _group(schema["properties"][key], key))
        group["fields"].append(field(leaf, raw, errors, schema))
    for group in found.values():
        group["open"] = any(one["errors"] for one in group["fields"])
    return list(found.values())


def main(raw: Mapping[str, Any], schema: nodes.Node, errors: Errors) -> list[dict[str, Any]]:
    """Return the fields that every source needs."""
    by_name = {leaf.name: leaf for leaf in nodes.leaves(schema)}
    return [field(by_name[name], raw, errors, schema) for name in MAIN if name in by_name]


def field(leaf: nodes.Leaf, raw: Mapping[str, Any], errors: Errors, schema: nodes.Node) -> dict[str, Any]:
    """Return one field."""
    examples = leaf.node.get("examples") or [None]
    return {
        "name": leaf.name,
        "form": leaf.form,
        "label": _label(leaf, schema),
        "help": outline.help_text(leaf.node),
        "example": nodes.as_text(examples[0], leaf.form),
        "value": nodes.as_text(at(raw, leaf.path), leaf.form),
        "choices": [str(one) for one in leaf.node.get("enum", ())],
        "default": nodes.as_text(leaf.node.get("default"), leaf.form),
        "required": leaf.required or leaf.name == "dataset.title",
        "errors": _errors_of(leaf.name, errors),
    }


def columns(raw: Mapping[str, Any], errors: Errors, more: int = BLANK_COLUMNS) -> list[dict[str, Any]]:
    """Return the declared columns, and blank ones to add further columns."""
    fields = at(raw, ("schema", "fields"))
    stated = outline.columns(raw) if isinstance(fields, Mapping) else []
    rows = [*stated, *({"name": "", "public": True} for _ in range(more))]
    return [
        {**row, "number": number, "errors": _errors_of(f"schema.fields.{row['name']}", errors, below=True)}
        for number, row in enumerate(rows)
    ]


def unplaced(errors: Errors, shown: Sequence[str]) -> list[str]:
    """Return the keys with errors that no field of the form shows."""
    return [key for key in errors if key not in shown and not key.startswith("schema.fields.")]


def _errors_of(name: str, errors: Errors, *, below: bool = False) -> list[str]:
    """Return the errors at a key; those of a list's items stand at the list."""
    inner = (f"{name}.", f"{name}[") if below else (f"{name}[", f"{name}.")
    if not name or name.endswith("."):
        return []
    return [text for key, texts in errors.items() if key == name or key.startswith(inner) for text in texts]


def _group(node: nodes.Node, key: str) -> dict[str, Any]:
    title = outline.label(node, key)
    if key in PARTLY_MAIN:
        title = tk._("{title}, the rest").format(title=title)
    return {"key": key, "title": title, "help": outline.help_text(node), "fields": []}


def _label(leaf: nodes.Leaf, schema: nodes.Node) -> str:
    """Return the label of a key, with the label of the group it stands in below the first level."""
    own = outline.label(leaf.node, leaf.path[-1])
    if len(leaf.path) < 3:
        return own
    node: Any = schema
    for step in leaf.path[:-1]:
        node = node["properties"][step]
    return f"{outline.label(node, leaf.path[-2])}: {own}"
