"""The harvester type `jambi` as ckanext-harvest's forms know it; our runner does its work."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk

from ckanext.jambi.harvest.sources import HARVESTER
from jambi_harvesters import definition as definitions
from jambi_harvesters.definition import DefinitionError


def info() -> dict[str, str]:
    """Describe the type."""
    return {
        "name": HARVESTER,
        "title": tk._("City system"),
        "description": tk._("A system of a city agency, described by a source definition."),
        "form_config_interface": "Text",
    }


def validate_config(config: str) -> str:
    """Return the definition as it was typed, if it is one.

    A source that a file defines holds only `{"definition": "<id>"}` here, and is accepted as it is.

    Raises:
        ValueError: naming each problem; the form shows the text.
    """
    try:
        raw = json.loads(config)
    except ValueError as err:
        raise ValueError(tk._("Write the definition as JSON: {reason}").format(reason=err)) from err
    if isinstance(raw, dict) and set(raw) == {"definition"}:
        return config
    try:
        definitions.parse(raw, origin="form")
    except DefinitionError as err:
        problems = (f"{one.path}: {one.pesan} {one.suggestion or ''}".strip() for one in err.problems)
        raise ValueError(" | ".join(problems)) from err
    return config
