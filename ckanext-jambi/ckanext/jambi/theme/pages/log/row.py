"""One row of the evidence log in words: what a lost point or a closed obligation rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import names
from ckanext.jambi.theme.pages.log import case, facts, told
from ckanext.jambi.theme.pages.log.facts import Fact

_HASH = 64
"""So many letters of a line of the log are its hash; a space and the row follow."""


def page(seq: int) -> dict[str, Any] | None:
    """Return a row of the log with the hash before it; None where there is none of this number."""
    found = tk.get_action("jambi_freshness_log_export")({}, {"from_seq": seq, "to_seq": seq}) if seq else None
    if not found or not found["lines"]:
        return None
    line = found["lines"].rstrip("\n")
    row = json.loads(line[_HASH:])
    return {
        "seq": seq,
        "facts": [each for each in _facts(row) if each.text],
        "row_hash": line[:_HASH],
        "previous_hash": found["previous_hash"],
        "next_seq": found["next_seq"],
    }


def _facts(row: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact(tk._("What it shows"), told.headline(row))
    yield Fact(tk._("Does it count"), told.counts(row))
    yield Fact(tk._("Who"), told.who(row))
    yield facts.organization(row["organization_id"])
    yield _item(row)
    yield facts.dataset(row["package_id"])
    yield from (case.facts(row) if row["kind"] in told.CASES else facts.of(row))
    yield Fact(tk._("Happened"), tk.h.jambi_moment(row["valid_at"]))
    yield Fact(tk._("Recorded"), tk.h.jambi_moment(row["recorded_at"]))


def _item(row: Mapping[str, Any]) -> Fact:
    """Return the item of which a row speaks, with its title where its data is open (F24)."""
    known = names.items([row["item_id"]]).get(row["item_id"])
    if known is None:  # the tables follow the log within a minute
        return Fact(tk._("Item"), (row["detail"] or {}).get("item", {}).get("code", ""))
    return Fact(tk._("Item"), " · ".join(filter(None, known)))
