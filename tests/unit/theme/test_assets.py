"""The theme's own files: what is served, and that the look keeps its rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ckanext.jambi.theme import assets

TEMPLATES = sorted((Path(assets.__file__).parent / "templates").rglob("*.html"))


def test_address_changes_with_the_content():
    assert len({assets.digest(name) for name in assets.SERVED}) == len(assets.SERVED)


def test_only_listed_files_are_served():
    with pytest.raises(KeyError):
        assets.content("symbols.svg")


def test_every_state_has_a_symbol_of_its_own():
    states = {"fresh", "soon", "due", "overdue", "delinquent", "unknown", "archive"}
    drawn = {
        name.removeprefix("i-"): markup for name, markup in assets.symbols().items() if name.startswith("i-")
    }
    assert states <= set(drawn)
    assert len({re.sub(r'id="[^"]*"', "", drawn[state]) for state in states}) == len(states)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_template_has_no_inline_style_or_handler(path):
    text = path.read_text(encoding="utf-8").replace('<code style=\\"word-break:break-all;\\">', "")
    assert not re.search(r'\s(style|on[a-z]+)="', text)


def test_stylesheet_overrules_nothing_by_force():
    assert "!important" not in assets.content("jambi.css").decode()


STACKED = [path for path in TEMPLATES if "jambi-table--stack" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", STACKED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_f49_each_cell_of_a_table_that_stacks_on_a_telephone_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    for body in re.findall(r"jambi-table--stack.*?<tbody>(.*?)</tbody>", text, re.DOTALL):
        assert re.findall(r"<td(?![^>]* data-label=)[^>]*>", body) == []
    assert ".jambi-table--stack td::before {content:attr(data-label)" in assets.content("jambi.css").decode()


def test_f49_the_wide_tables_of_freshness_stack():
    names = {f"{path.parent.name}/{path.stem}" for path in STACKED}
    assert names == {
        *("promises/obligations", "promises/cases"),
        *("freshness/obligations", "freshness/evidence", "reports/worst"),
    }
