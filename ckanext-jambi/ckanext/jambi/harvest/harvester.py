"""The harvester type `jambi` as ckanext-harvest's forms know it; our runner does its work."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.harvest.sources import HARVESTER
from jambi_harvesters import definition as definitions
from jambi_harvesters.definition import DefinitionError

WRAPPER = "definition"


def info() -> dict[str, str]:
    """Describe the type."""
    return {
        "name": HARVESTER,
        "title": tk._("City system"),
        "description": tk._("A system of a city agency, described by a source definition."),
        "form_config_interface": "Text",
    }


def validate_config(config: str) -> str:
    """Return the definition as it is stored: `{"definition": …}`, given so or bare.

    It is wrapped because ckanext-harvest shows the keys of a config as fields of the source, where
    those of a definition (`id`, `organization`) would hide the source's own. A source that a file
    defines holds only the definition's name here.

    Raises:
        ValueError: naming each problem; the form shows the text.
    """
    try:
        raw = json.loads(config)
    except ValueError as err:
        raise ValueError(tk._("Write the definition as JSON: {reason}").format(reason=err)) from err
    stated = definition_in(raw)
    if not isinstance(stated, str):
        try:
            definitions.parse(stated, origin="form")
        except DefinitionError as err:
            problems = (f"{one.path}: {one.pesan} {one.suggestion or ''}".strip() for one in err.problems)
            raise ValueError(" | ".join(problems)) from err
    return json.dumps({WRAPPER: stated}, ensure_ascii=False)


def definition_in(config: Any) -> Any:
    """Return what a config says: a definition, or the name of one that a file gives."""
    return config[WRAPPER] if isinstance(config, dict) and set(config) == {WRAPPER} else config
