"""A period in which no row falls is skipped, and rows that come after a nil statement undo it (F13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from daftar import Cases, outcomes, promise

from ckanext.jambi.freshness import content, uploads
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import obligation
from ckanext.jambi.freshness.promises import facts, ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
KAMUS = [{"nama": "bulan", "tipe": "bulan"}, {"nama": "n", "tipe": "bilangan"}]
DECLARED = content.Declared.of({"kamus_data": KAMUS, "kolom_periode": "bulan"})


@pytest.fixture
def send(tmp_path: Any) -> Callable[..., None]:
    """Return what brings a CSV file with a row for each of these months, as an upload does."""

    def bring(one: dict[str, Any], *months: str) -> None:
        file = tmp_path / "berkas.csv"
        file.write_text("bulan,n\n" + "".join(f"{month},1\n" for month in months))
        measured = content.of_file(file, "CSV", DECLARED)
        resource_id = one["resources"][0]["id"]
        now = ticking.clock.now()
        observe([uploads.observation("upload", one["id"], resource_id, measured, (None, "person"), now)])
        model.Session.commit()
        ticking.run()

    return bring


@pytest.fixture
def monthly(dataset: Callable, portal_at: Callable) -> dict[str, Any]:
    """Return a dataset that owes its months from October on; it is 5 January."""
    one = dataset("bulanan", owner_org=factories.Organization()["id"])
    promise(one, frequency="bulanan")
    portal_at(126)
    ticking.run()
    return one


@pytest.mark.parametrize("is_table", [False, True])
@pytest.mark.parametrize("month", ["2026-10", "besok"])
def test_f22_facts_of_new_rows_alone_are_those_that_measuring_all_gives(
    monthly: dict[str, Any], send: Callable, is_table: bool, month: str
) -> None:
    key, resource = monthly["id"], model.Session.get(model.Resource, monthly["resources"][0]["id"])
    resource.extras = {"kamus_data": [each | {"definisi": "d"} for each in KAMUS]}
    model.Session.commit()
    held = facts.measure([key])
    assert held[key].checks.dictionary_complete
    resource.extras = resource.extras | {"datastore_active": is_table}
    send(monthly, month)
    assert facts.measure_rows(held) == facts.measure([key])
    assert facts.measure([key])[key].checks.rows_valid is (month == "2026-10")


def closed() -> dict[str, str]:
    query = sa.select(obligation.c.period_start, obligation.c.outcome).where(obligation.c.outcome != "open")
    return {f"{row.period_start:%Y-%m}": row.outcome for row in model.Session.execute(query)}


def test_f13_month_without_a_row_is_skipped(monthly: dict[str, Any], send: Callable) -> None:
    send(monthly, "2026-09", "2026-10", "2026-12")

    assert closed() == {"2026-10": "met_late", "2026-11": "skipped", "2026-12": "met"}


def test_f13_rows_of_the_newest_month_alone_skip_those_before(
    monthly: dict[str, Any], send: Callable
) -> None:
    send(monthly, "2026-12")

    assert closed() == {"2026-10": "skipped", "2026-11": "skipped", "2026-12": "met"}


def test_f13_without_a_gap_no_month_is_skipped(monthly: dict[str, Any], send: Callable) -> None:
    send(monthly, "2026-10", "2026-11", "2026-12")

    assert closed() == {"2026-10": "met_late", "2026-11": "met_late", "2026-12": "met"}


def test_f13_rows_that_appear_for_a_nil_month_turn_it_late(
    dataset: Callable, send: Callable, portal_at: Callable, person: Callable, walidata: dict[str, Any]
) -> None:
    one = dataset("bulanan", owner_org=factories.Organization()["id"])
    promise(one, frequency="bulanan")
    portal_at(62)
    ticking.run()
    statements = Cases("attestation")
    editor, admin = person(one["owner_org"], "editor"), person(one["owner_org"])
    asked = statements.call("create", editor, code="A", period="2026-10", statement="Nihil.", nil=True)
    statements.call("decide", admin, id=asked["id"], outcome="diterima", reason="Benar.")
    ticking.run()
    before = outcomes()[0]
    portal_at(95)
    send(one, "2026-11")
    unchanged = outcomes()[:2]
    send(one, "2026-10", "2026-11", "2026-12-01")

    assert (before, unchanged) == ("met", ["met", "met"])
    assert closed()["2026-10"] == "met_late"


def test_f13_row_of_the_log_names_the_parts_with_rows(monthly: dict[str, Any], send: Callable) -> None:
    send(monthly, "2026-09", "2026-10", "2026-12")

    row = model.Session.execute(
        sa.text("SELECT detail, period_start FROM jambi_freshness_observation WHERE kind = 'upload'")
    ).one()
    assert row.detail["rows_in"] == [["2026-09-01", "2026-10-31"], ["2026-12-01", "2026-12-31"]]
    assert row.period_start == date(2026, 9, 1)
