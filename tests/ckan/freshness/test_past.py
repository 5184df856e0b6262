"""What was said of a dataset at an instant is said again whenever somebody asks for it (F33)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from daftar import promise

from ckanext.jambi import clock
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
SAID = ("state", "basis", "label", "due_at", "overdue_at", "owed", "evidence", "score", "parts")


def show(one: dict[str, Any]) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_show")({}, {"id": one["id"]})


def as_of(one: dict[str, Any], instant: str) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_as_of_show")({}, {"id": one["name"], "as_of": instant})


@pytest.mark.parametrize("in_daftar_data", [True, False])
def test_f33_each_day_is_told_later_as_it_was_told_then(dataset, seen, portal_at, in_daftar_data) -> None:
    one = dataset("mingguan", stored=True)
    if in_daftar_data:
        promise(one)
    told = []
    for day in range(1, 45, 3):
        portal_at(day + 0.5)
        if day in (13, 28):
            observe([seen(one, f"{day}", period_end=clock.today().date() - timedelta(days=1))])
        ticking.run()
        told.append(show(one))
    assert len({each["state"] for each in told}) > 2
    portal_at(60)
    observe([seen(one, "late")])
    model.Session.commit()
    ticking.run()
    for each in told:
        then = as_of(one, each["as_of"])
        assert {name: then[name] for name in SAID} == {name: each[name] for name in SAID}, each["as_of"]


def test_f33_the_score_of_a_midnight_is_that_of_the_tables(dataset, seen, portal_at) -> None:
    one = dataset("mingguan", stored=True)
    promise(one)
    portal_at(13)
    observe([seen(one, "a")])
    ticking.run()
    midnight = portal_at(32 + 14 / 24)  # 17:00 UTC, 00:00 WIB
    ticking.run()
    told = show(one)
    assert told["parts"]["t"] < 1
    portal_at(60)
    then = as_of(one, midnight.isoformat())
    assert then["score"] == pytest.approx(told["score"], abs=1e-6)
    assert then["parts"] == told["parts"]


def test_f33_the_future_is_told_as_the_present(dataset, seen) -> None:
    one = dataset("mingguan")
    observe([seen(one, "a")])
    assert as_of(one, "2099-01-01")["as_of"] < "2027"


def test_f33_a_private_dataset_has_no_past_for_strangers(dataset) -> None:
    one = dataset("mingguan", private=True)
    who = {"user": factories.User()["name"]}
    then = {"as_of": "2026-09-01"}
    for name, asked in (("as_of_show", then), ("history_list", {}), ("obligation_list", {})):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action(f"jambi_freshness_{name}")(dict(who), {"id": one["id"], **asked})


def test_f49_the_weeks_of_a_dataset_are_listed_within_days(dataset, seen, portal_at) -> None:
    one = dataset("mingguan", stored=True)
    promise(one)
    portal_at(13)
    observe([seen(one, "a")])
    ticking.run()
    portal_at(35)
    ticking.run()
    asked = {"id": one["name"], "from": "2026-09-21", "to": "2026-09-30"}
    (found,) = tk.get_action("jambi_freshness_history_list")({}, asked)["results"]
    assert found["day"] == "2026-09-27"
    assert 0 < found["score"] <= 100


def test_f10_obligations_are_listed_by_dataset_and_period(dataset, portal_at) -> None:
    one, other = dataset("mingguan"), dataset("mingguan")
    promise(one)
    promise(other, code="B")
    portal_at(50)
    ticking.run()

    def listed(**asked: str) -> list[tuple[str, str]]:
        rows = tk.get_action("jambi_freshness_obligation_list")({}, asked)["results"]
        return [(each["code"], each["period_end"]) for each in rows]

    assert {code for code, _ in listed(id=one["name"])} == {"A"}
    september = [("A", "2026-09-27"), ("A", "2026-09-20"), ("A", "2026-09-13")]
    assert listed(id=one["id"], period="2026-09")[: len(september)] == september
    assert all("2026-10-01" <= end < "2026-11" for _, end in listed(period="2026-10"))
