"""Kinds of rows that a harvest brings bear one name each."""

from __future__ import annotations

from pathlib import Path

import ckanext.jambi
from ckanext.jambi.freshness import kinds
from ckanext.jambi.freshness.rules.credit import CONTENT_KINDS

OURS = Path(next(iter(ckanext.jambi.__path__)))
WRITTEN_OUT = {"freshness/kinds.py", "freshness/rules/credit.py"}
"""The name itself, and the pure rules, which import nothing of the room."""


def test_section_5_the_kind_of_a_harvest_is_written_out_in_one_place() -> None:
    assert kinds.HARVESTED in CONTENT_KINDS
    found = {
        str(each.relative_to(OURS))
        for each in OURS.rglob("*.py")
        if "migration" not in each.parts and f'"{kinds.HARVESTED}"' in each.read_text("utf-8")
    }
    assert found == WRITTEN_OUT
