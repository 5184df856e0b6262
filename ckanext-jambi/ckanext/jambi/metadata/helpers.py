"""Template helpers of metadata."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.languages import language
from ckanext.jambi.metadata import requirements, vocabularies
from ckanext.jambi.metadata.fields import field_of, kind_of

__all__ = ["jambi_dataset_gaps", "jambi_gap_rows", "jambi_vocabulary_choices", "jambi_vocabulary_label"]


def jambi_vocabulary_choices(field: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the choices of a scheming field from the list that its key `vocabulary` names."""
    return _choices(field["vocabulary"], tuple(field.get("without", ())))


def jambi_vocabulary_label(vocabulary: str, kode: str) -> str:
    """Return the label of a code in the reader's language."""
    return vocabularies.label(vocabulary, kode, language())


def jambi_dataset_gaps(pkg_dict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a dataset misses to be public, in the reader's language."""
    return jambi_gap_rows(requirements.gaps(pkg_dict), "dataset")


def jambi_gap_rows(gaps: list[requirements.Gap], kind: str) -> list[dict[str, Any]]:
    """Return gaps as plain values: `field`, `label`, `place`, `code`, `message`, `path`."""
    return [
        {
            "field": gap.field,
            "label": _label(gap, kind),
            "place": _place(gap),
            "code": gap.code,
            "message": tk._(gap.message_id).format(**gap.values),
            "path": list(gap.path),
        }
        for gap in gaps
    ]


def _label(gap: requirements.Gap, kind: str) -> str:
    fields = kind_of(kind)
    group = {1: fields.fields, 3: fields.resource_fields, 5: fields.column_fields}[len(gap.path)]
    if gap.field == "resources":
        return tk._("Files")
    labels = field_of(group, gap.field)["label"]
    return labels.get(language(), labels["en"])


def _place(gap: requirements.Gap) -> str:
    """Return which file, and which column of it, a gap lies in; empty for the dataset itself."""
    parts = []
    if len(gap.path) > 1:
        parts.append(tk._("File {number}").format(number=int(gap.path[1]) + 1))
    if gap.column:
        parts.append(tk._("Column {name}").format(name=gap.column))
    elif len(gap.path) > 3:
        parts.append(tk._("Column {number}").format(number=int(gap.path[3]) + 1))
    return ", ".join(parts)


@cache
def _choices(vocabulary: str, without: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"value": term.kode, "label": {"id": term.label, "en": term.label_en}}
        for term in vocabularies.terms(vocabulary)
        if term.kode not in without and not term.ended
    ]
