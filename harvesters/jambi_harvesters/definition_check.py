"""Judge a raw definition against the published schema and say what is wrong in words.

`definition.parse` calls `problems`; the schema file is the single list of keys.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from jambi_harvesters import documents, unsupported
from jambi_harvesters.errors import Problem

NOT_YET = "belum didukung"


@cache
def source_schema() -> Mapping[str, Any]:
    """Return the published JSON Schema of source definitions."""
    text = resources.files("jambi_harvesters").joinpath("source.schema.json").read_text("utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def problems(raw: object, kinds: frozenset[str]) -> list[Problem]:
    """Return what the schema has against a definition; empty if nothing.

    Args:
        kinds: kinds of source that are installed.
    """
    if documents.is_too_deep(raw):
        return [Problem("", "The definition is nested too deeply", "Susunan definisi terlalu dalam.")]
    found = [one for error in _errors(raw) for one in _explain(error)]
    if isinstance(raw, Mapping):
        found.extend(_kind_problems(raw.get("kind"), kinds))
    return list(dict.fromkeys(found))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(source_schema())


def _errors(raw: object) -> Iterator[ValidationError]:
    return iter(sorted(_validator().iter_errors(raw), key=lambda error: list(map(str, error.absolute_path))))


def _explain(error: ValidationError) -> Iterator[Problem]:
    path = _dotted(error)
    if "propertyNames" in error.absolute_schema_path:
        yield _bad_name(error, path)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(error, path)
    elif error.validator == "required":
        yield from _missing_keys(error, path)
    elif error.validator in ("oneOf", "anyOf"):
        yield from _explain_choice(error, path)
    else:
        yield _bad_value(error, path)


def _explain_choice(error: ValidationError, path: str) -> Iterator[Problem]:
    """Name the deepest fault among the alternatives, which is the one the author meant."""
    deeper = [one for one in error.context or () if one.validator != "type"]
    if not isinstance(error.instance, Mapping) or not deeper:
        yield _bad_value(error, path)
    for one in deeper if isinstance(error.instance, Mapping) else ():
        yield from _explain(one)


def _unknown_keys(error: ValidationError, path: str) -> Iterator[Problem]:
    known = list(_node(error).get("properties", ()))
    instance: Any = error.instance
    for key in sorted(map(str, set(instance) - set(known))):
        where = f"{path}.{key}" if path else key
        yield _unknown_key(where, key, known)


def _not_yet(where: str, what: str, reason: str) -> Problem:
    return Problem(
        where,
        f"{what} is not supported yet: {reason}. Remove it",
        f"{what} {NOT_YET}; hapus dari definisi.",
    )


def _unknown_key(where: str, key: str, known: list[str]) -> Problem:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        return Problem(
            where,
            f"Unknown key {key}; did you mean {near[0]}?",
            f"Kunci {key} tidak dikenal; mungkin maksudnya {near[0]}?",
            near[0],
        )
    names = ", ".join(sorted(known))
    return Problem(
        where, f"Unknown key {key}; known: {names}", f"Kunci {key} tidak dikenal; yang ada: {names}."
    )


def _missing_keys(error: ValidationError, path: str) -> Iterator[Problem]:
    wanted: Any = error.validator_value
    instance: Any = error.instance
    for key in wanted:
        if key in instance:
            continue
        where = f"{path}.{key}" if path else str(key)
        node = _labelled(error).get("properties", {}).get(key, {})
        hint, hint_id = _example(node)
        yield Problem(where, f"{where} is required{hint}", f"{where} wajib diisi{hint_id}.")


def _bad_name(error: ValidationError, path: str) -> Problem:
    name = error.instance
    return Problem(
        f"{path}.{name}" if path else str(name),
        "This is no name: column names have small letters, digits and _, headers letters and -",
        "Ini bukan nama: nama kolom memakai huruf kecil, angka, dan _; nama kepala memakai huruf dan -.",
    )


def _bad_value(error: ValidationError, path: str) -> Problem:
    """Say what a value must be. Never quotes the value: it may be a secret."""
    reason = unsupported.VALUES.get((path, str(error.instance)))
    if reason:
        return _not_yet(path, f"{path}: {error.instance}", reason)
    node = _labelled(error)
    if error.validator in ("enum", "const"):
        return _bad_choice(error, path, node)
    hint, hint_id = _example(node)
    rule, rule_id = _rule(error, node)
    return Problem(
        path, f"{path or 'The definition'} {rule}{hint}", f"{path or 'Definisi'} {rule_id}{hint_id}."
    )


def _rule(error: ValidationError, node: Mapping[str, Any]) -> tuple[str, str]:
    if "secret:" in str(_node(error).get("pattern", "")):
        return "must name a stored secret, never hold it", "harus menyebut nama rahasia, bukan isinya"
    if error.validator in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
        bound, value = str(error.validator), error.validator_value
        low = bound.startswith("min")
        return (f"must be {'at least' if low else 'at most'} {value}",
                f"harus paling {'sedikit' if low else 'banyak'} {value}")  # fmt: skip
    if error.validator == "type":
        wanted = error.validator_value
        return f"must be of type {wanted}", f"harus bertipe {wanted}"
    return "has not the right form", "bentuknya tidak sesuai"


def _bad_choice(error: ValidationError, path: str, node: Mapping[str, Any]) -> Problem:
    choices = [str(one) for one in node.get("enum", [node.get("const", error.validator_value)])]
    near = difflib.get_close_matches(str(error.instance), choices, n=1)
    listed = ", ".join(choices)
    return Problem(path, f"{path} must be one of: {listed}", f"{path} harus salah satu dari: {listed}.",
                   near[0] if near else None)  # fmt: skip


def _labelled(error: ValidationError) -> Mapping[str, Any]:
    node: Any = source_schema()
    for step in error.absolute_path:
        if "properties" in node and step in node["properties"]:
            node = node["properties"][step]
        elif isinstance(node.get("additionalProperties"), Mapping):
            node = node["additionalProperties"]
            node = next((one for one in node.get("oneOf", ()) if "properties" in one), node)
        else:
            return _node(error)
    return node if isinstance(node, Mapping) else {}


def _node(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _example(node: Mapping[str, Any]) -> tuple[str, str]:
    examples = node.get("examples")
    if not examples:
        return "", ""
    shown = json.dumps(examples[0], ensure_ascii=False)
    return f", for example {shown}", f", misalnya {shown}"


def _dotted(error: ValidationError) -> str:
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path]
    return "".join(parts).lstrip(".")


def _kind_problems(kind: object, kinds: frozenset[str]) -> Iterator[Problem]:
    if not isinstance(kind, str) or kind in kinds:
        return
    near = difflib.get_close_matches(kind, sorted(kinds), n=1)
    listed = ", ".join(sorted(kinds))
    yield Problem(
        "kind",
        f"Unknown kind {kind}; installed: {listed}",
        f"Jenis {kind} tidak dikenal; yang ada: {listed}.",
        near[0] if near else None,
    )
