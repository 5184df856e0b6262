"""Give the search engine a dataset's multiple-valued fields as several values. Imports no CKAN."""

from __future__ import annotations

from functools import cache
from typing import Any

from ckanext.jambi.metadata import values
from ckanext.jambi.metadata.fields import kind_of

PREFIX = "vocab_"


def split_lists(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the indexed form with `vocab_<field>` for each field that holds several codes.

    CKAN's search schema knows names with this prefix as multiple-valued.
    """
    for name in _list_fields():
        value = pkg_dict.get(name)
        if not values.blank(value):
            pkg_dict[PREFIX + name] = values.as_list(value)
    return pkg_dict


@cache
def _list_fields() -> tuple[str, ...]:
    return tuple(
        one["field_name"]
        for one in kind_of("dataset").fields
        if one.get("output_validators") == "scheming_load_json" and "vocabulary" in one
    )
