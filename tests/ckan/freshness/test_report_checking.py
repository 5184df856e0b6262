"""A report is held against the log by everybody who asks the portal to (F35)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from daftar import Cases

from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.reports import checking, records

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
_REPORTS = Cases("report")


@pytest.fixture
def drafted(city, portal_at) -> dict[str, Any]:
    """Return the draft of September."""
    portal_at(34)
    ticking.run()
    return _REPORTS.call("create", city.judge, organization_id=city.opd, period="2026-09")


def verified(made: dict[str, Any]) -> dict[str, Any]:
    return _REPORTS.call("verify", {}, id=made["id"])


def changed(made: dict[str, Any], **values: Any) -> list[tuple[int | None, str]]:
    """Return what is wrong with a report of which something else is kept."""
    row = records.find(made["id"])
    found = checking.verify({**row, **values})
    return [(each.seq, each.error) for each in found.errors]


def test_f35_a_draft_follows_from_the_log(drafted) -> None:
    found = verified(drafted)
    last = drafted["draft_seq"] - 1
    assert (found["ok"], list(found["errors"]), found["first_seq"], found["last_seq"]) == (True, [], 1, last)
    assert (found["rows"], found["root"]) == (last, drafted["root"])


def test_f35_a_final_report_with_its_files_does_too(city, drafted, portal_at) -> None:
    portal_at(42)
    final = _REPORTS.call("finalize", city.judge, id=drafted["id"])
    assert verified(final)["ok"]
    assert changed(final, final_seq=drafted["draft_seq"]) == [
        (drafted["draft_seq"], f"the report as {form} is not the one whose hash this row holds")
        for form in ("csv", "json", "pdf", "xlsx")
    ]


def test_f35_a_report_that_says_something_else_is_seen(drafted) -> None:
    content = {**records.find(drafted["id"])["content"], "index": 99.0}
    found = changed(drafted, content=content)
    assert (None, "report.json differs from what the log gives") in found
    assert found[-1] == (
        drafted["draft_seq"],
        "the report as json is not the one whose hash this row holds",
    )


def test_f35_a_log_too_long_for_the_web_is_left_to_the_command(drafted, monkeypatch) -> None:
    monkeypatch.setattr(records, "LONGEST_LOG", 0)
    assert "ckan jambi freshness report" in _REPORTS.refused("verify", {}, id=drafted["id"])["id"][0]


def test_f35_a_report_that_does_not_exist_cannot_be_checked() -> None:
    with pytest.raises(tk.ObjectNotFound):
        _REPORTS.call("verify", {}, id="none")
