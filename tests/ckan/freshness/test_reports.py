"""Reports over a period, from the log alone: equal arguments, equal bytes (F39, F46, F47)."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from click.testing import CliRunner, Result
from daftar import promise

from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.reports import files

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
AS_OF = "2026-10-01T03:00:00+00:00"


def run(*arguments: str, **options: str) -> Result:
    given = {"opd": "all", "period": "2026-09", "as-of": AS_OF} | options
    named = [part for name, value in given.items() for part in (f"--{name}", value)]
    return CliRunner().invoke(freshness, ["report", *named, *arguments])


@pytest.fixture
def quarter(city, seen, portal_at) -> Any:
    """Return the city with one week late, appealed against and upheld, and one open, on 1 October."""
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    portal_at(18)
    filed = {"code": "A", "period": "2026-W37", "reason": "Portal menolak", "legal_basis": "Surat 5/2026"}
    made = tk.get_action("jambi_freshness_appeal_create")(dict(city.admin), filed)
    ruled = {"id": made["id"], "outcome": "diterima", "reason": "Benar", "legal_basis": "Surat 9/2026"}
    tk.get_action("jambi_freshness_appeal_decide")(dict(city.judge), ruled)
    portal_at(30.1)
    ticking.run()
    city.name = model.Group.get(city.opd).name
    return city


def test_f46_a_report_holds_figures_obligations_appeals_versions_and_the_root(quarter) -> None:
    result = run(opd=quarter.name)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout_bytes)
    assert [(each["period_end"], each["outcome"], each["appeal"]) for each in found["obligations"]] == [
        ("2026-09-13", "excused", "diterima"),
        ("2026-09-20", "open", None),
    ]
    assert (found["judged"], found["met"], found["on_time_rate"]) == (1, 0, 0.0)
    assert [each["outcome"] for each in found["appeals"]] == ["diterima"]
    assert (found["organization"], found["policy_version"], found["calendar_version"]) == (
        quarter.name,
        "1",
        "1",
    )
    assert len(found["log"]["row_hash"]) == 64
    assert found["index"] is not None


def test_f46_a_report_holds_rank_change_what_is_worst_and_what_to_do(quarter) -> None:
    found = json.loads(run(opd=quarter.name).stdout_bytes)
    assert (found["rank"], found["ranked"]) == (1, 1)
    assert found["before"] == {"at": "2026-08-31T17:00:00+00:00", "index": None, "rank": None, "ranked": 0}
    assert [(each["period_end"], each["working_days_late"], each["title"]) for each in found["worst"]] == [
        ("2026-09-20", 4, "T")
    ]
    assert found["todo"][0]["code"] == "A"
    assert found["index_without_exemptions"] == found["index"]
    assert found["period"]["name"] == "2026-09"


def test_f24_titles_of_data_that_is_not_open_stay_out_of_a_report(city, seen, portal_at) -> None:
    promise(city.dataset, access="terbatas", title="Rahasia")
    portal_at(40)
    ticking.run()
    made = run(period="2026-Q3", **{"as-of": "2026-10-10T00:00:00+00:00"})
    assert json.loads(made.stdout_bytes)["worst"]
    assert b"Rahasia" not in made.stdout_bytes


def test_f46_a_report_of_all_has_no_rank_and_no_steps(quarter) -> None:
    found = json.loads(run().stdout_bytes)
    assert (found["organization"], found["organization_title"], found["rank"]) == ("all", None, None)
    assert found["todo"] == []


@pytest.mark.parametrize("form", files.FORMATS)
def test_f47_the_same_arguments_give_the_same_bytes_whatever_came_later(
    quarter, seen, portal_at, form
) -> None:
    before = run("--format", form).stdout_bytes
    portal_at(45)
    observe([seen(quarter.dataset, "b", period_end=date(2026, 10, 11))])
    model.Session.commit()
    ticking.run()
    assert run("--format", form).stdout_bytes == before
    portal_at(46)
    later = run("--format", form, **{"as-of": "2026-10-16T12:00:00+00:00"}).stdout_bytes
    assert later != before
    if form in ("json", "csv"):
        assert b"met_late" in later


def test_f47_csv_has_a_line_for_each_obligation_and_no_formula(quarter) -> None:
    text = run("--format", "csv").stdout_bytes.decode()
    assert text.count("\r\n") == len(text.splitlines()) == 3
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["code"] for row in rows] == ["A", "A"]
    assert rows[0]["closing_seq"].isdigit()


def test_f39_a_report_can_be_written_to_a_file(quarter, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    assert run("--output", str(target)).stdout_bytes == b""
    assert target.read_bytes() == run().stdout_bytes


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"period": "soon"}, "--period"),
        ({"opd": "nobody"}, "--opd"),
        ({"as-of": "2036-01-01"}, "--as-of"),
        ({"as-of": "then"}, "--as-of"),
    ],
)
def test_f39_what_cannot_be_read_is_named(quarter, options: dict[str, str], text: str) -> None:
    result = run(**options)
    assert result.exit_code == 2
    assert text in result.output


@pytest.mark.parametrize("as_of", ["2026-01-01", "0001-01-01"])
def test_f39_before_there_were_rules_there_is_no_report(quarter, as_of: str) -> None:
    result = run(**{"as-of": as_of})
    assert result.exit_code == 1
    assert "No policy" in result.output
