"""A dataset of the Daftar Data is judged by its schedule wherever it is shown (specification 4, F41, F42, F48)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from counting import statements
from daftar import promise

from ckanext.jambi import clock
from ckanext.jambi.freshness.decisions import faults
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import dataset as judged
from ckanext.jambi.freshness.model import state
from ckanext.jambi.freshness.promises import adopting, ticking
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.model import event

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_search jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


@pytest.fixture
def index() -> None:
    """Leave the seam to the engine."""


@pytest.fixture
def weekly(dataset, seen, portal_at) -> dict[str, Any]:
    """Return a dataset whose first week (7 to 13 September) came in time; the second is owed."""
    one = dataset("mingguan", stored=True)
    promise(one)
    portal_at(13)
    observe([seen(one, "a", period_end=date(2026, 9, 13))])
    ticking.run()
    return one


def show(one: dict[str, Any]) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_show")({}, {"id": one["id"]})


def found(**asked: Any) -> list[str]:
    return [each["id"] for each in tk.get_action("package_search")({}, {"rows": 50, **asked})["results"]]


def indexed(count: list[str]) -> int:
    """Return how many times a search row was written."""
    return sum(
        "jambi_search_doc" in each and each.lstrip().startswith(("INSERT", "UPDATE")) for each in count
    )


def test_schedule_the_oldest_open_obligation_gives_the_four_instants(weekly) -> None:
    shown = show(weekly)
    (owed,) = tk.get_action("jambi_freshness_promise_list")({}, {"id": weekly["id"]})["results"]
    assert (shown["basis"], shown["state"]) == ("scheduled", "fresh")
    assert shown["owed"]["code"] == "A"
    assert (shown["owed"]["period_start"], shown["owed"]["period_end"]) == ("2026-09-14", "2026-09-20")
    for name in ("due_at", "overdue_at", "delinquent_at"):
        assert shown[name] == owed["judging"][name]
    assert shown["score"] == owed["score"] > 0


def test_schedule_badge_page_search_and_scoreboard_say_the_same_at_each_instant(
    app, weekly, portal_at
) -> None:
    seen_states = []
    for day in (14, 21.5, 23.5, 25, 34):
        portal_at(day)
        told = show(weekly)["state"]
        listed = tk.get_action("jambi_freshness_list")({}, {"state": told})
        board = tk.get_action("jambi_freshness_leaderboard_list")({}, {})["results"]
        (promised,) = tk.get_action("jambi_freshness_promise_list")({}, {"id": weekly["id"]})["results"]
        assert [each["id"] for each in listed["results"]] == [weekly["id"]]
        assert board[0]["states"][told] == 1
        assert found(fq=f"jambi_state:{told}") == [weekly["id"]]
        assert app.get(f"/dataset/{weekly['name']}/freshness.json").json["state"] == told
        assert promised["state"].replace("soon", "fresh") == told
        seen_states.append(told)
    assert seen_states == ["fresh", "due", "due", "overdue", "delinquent"]


def test_f48_the_sentence_names_the_period_and_the_working_days(weekly, portal_at) -> None:
    portal_at(28)  # Tuesday 29 September; the deadline was the end of Thursday the 24th
    shown = show(weekly)
    assert shown["owed"]["working_days_late"] == 2
    assert "data for 14 Sep – 20 Sep 2026 2 working days late" in shown["sentence"]
    assert shown["days_late"] == 4


def test_f41_time_alone_writes_nothing_to_the_index(weekly, portal_at) -> None:
    for day in (20, 23.5, 25, 34):
        portal_at(day)
        with statements() as asked:
            ticking.run()
        assert indexed(asked) == 0


def test_f41_content_writes_the_rows_that_changed_and_no_other(weekly, dataset, seen, portal_at) -> None:
    others = [dataset("mingguan", stored=True) for _ in range(3)]
    for number, other in enumerate(others):
        promise(other, code=f"B-{number}")
        observe([seen(other, "a")])
    ticking.run()
    portal_at(20)
    observe([seen(weekly, "b", period_end=date(2026, 9, 20))])
    model.Session.commit()
    with statements() as asked:
        ticking.run()
    assert indexed(asked) == 1
    assert show(weekly)["owed"]["period_start"] == "2026-09-21"
    portal_at(27.5)
    assert found(fq="jambi_state:fresh") == [weekly["id"]]


def test_f41_a_row_to_reindex_costs_as_many_statements_as_the_one_before(
    weekly, dataset, seen, portal_at
) -> None:
    costs = []
    for few in (1, 5):
        several = [dataset("mingguan", stored=True) for _ in range(few)]
        for number, one in enumerate(several):
            promise(one, code=f"{few}-{number}")
            observe([seen(one, "a")])
        with statements() as asked:
            ticking.run()
        costs.append(len(asked))
    each = (costs[1] - costs[0]) / 4
    assert each <= 30


def test_f41_the_score_is_a_text_of_fixed_width_that_orders(weekly, dataset, seen, portal_at) -> None:
    other = dataset("mingguan", stored=True, license_id="cc-by")
    promise(other, code="B")
    observe([seen(other, "x")])
    ticking.run()
    scores = {each["id"]: show(each)["score"] for each in (weekly, other)}
    assert len(set(scores.values())) == 2
    assert found(sort="jambi_score asc") == sorted(scores, key=lambda key: scores[key])
    best = max(scores, key=lambda key: scores[key])
    assert found(fq=f'jambi_score:"{scores[best]:05.1f}"') == [best]


def test_schedule_of_several_items_the_worst_judges(dataset, seen, portal_at) -> None:
    one = dataset("tahunan", stored=True)
    promise(one, code="SLOW", frequency="bulanan", datasets=[one["name"]])
    promise(one, code="FAST", datasets=[{"name": one["name"], "column": "kecamatan", "value": "1"}])
    portal_at(13)
    observe([seen(one, "a", resource_id=one["resources"][0]["id"])])
    ticking.run()
    portal_at(35)
    ticking.run()
    shown = show(one)
    rows = {
        each["code"]: each
        for each in tk.get_action("jambi_freshness_promise_list")({}, {"id": one["id"]})["results"]
    }
    assert shown["owed"]["code"] == "FAST"
    assert shown["overdue_at"] == min(each["judging"]["overdue_at"] for each in rows.values())
    assert shown["state"] == "delinquent"


def test_f15_taking_old_data_into_the_daftar_data_makes_it_no_fresher(dataset, seen, portal_at) -> None:
    one = dataset("mingguan", stored=True)
    observe([seen(one, "a")])
    portal_at(30)
    before = show(one)
    promise(one, frequency="tahunan")
    ticking.run()
    after = show(one)
    assert before["state"] == after["state"] == "delinquent"
    assert after["basis"] == "rolling"
    observe([seen(one, "b")])
    ticking.run()
    assert show(one)["state"] == "fresh"


def test_schedule_a_retired_item_judges_no_more(weekly, portal_at) -> None:
    portal_at(34)
    adopting.retire("A", clock.today().date(), "a reason")
    model.Session.commit()
    ticking.run()
    assert show(weekly)["basis"] == "rolling"
    assert show(weekly)["owed"] is None


def test_a_change_of_state_by_the_schedule_is_an_event(weekly, seen, portal_at) -> None:
    portal_at(35)
    observe([seen(weekly, "b", period_end=date(2026, 10, 4))])
    ticking.run()
    last = model.Session.execute(sa.select(event.c.payload).order_by(event.c.id.desc())).first()
    assert (last.payload["previous"], last.payload["state"]) == ("delinquent", "fresh")


def test_f53_rebuild_gives_the_same_judgements_and_writes_no_search_row(weekly, seen, portal_at) -> None:
    portal_at(25)
    observe([seen(weekly, "b", period_end=date(2026, 9, 25))])
    ticking.run()
    before = rows()
    with statements() as asked:
        ticking.rebuild()
    assert rows() == before
    assert indexed(asked) == 0


def rows() -> list[list[tuple]]:
    return [sorted(map(repr, model.Session.execute(sa.select(table)))) for table in (judged, state)]


def test_a_purged_dataset_stops_nothing(weekly, seen, portal_at) -> None:
    context = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}
    tk.get_action("dataset_purge")(context, {"id": weekly["id"]})
    portal_at(20)
    ticking.run()
    assert found() == []


def test_f10_the_item_says_how_old_data_without_periods_may_be_whatever_the_producer_writes(
    dataset, seen, portal_at
) -> None:
    one = dataset("sekali", stored=True)
    promise(one, frequency="realtime", max_delay_seconds=21_600)
    at = portal_at(2)
    observe([seen(one, "a", valid_at=at)])
    ticking.run()
    told = show(one)
    assert told["overdue_at"] == (at + timedelta(hours=12)).isoformat()
    portal_at(2.4)
    fault = Interval(at + timedelta(hours=2), at + timedelta(hours=5))
    faults.note(fault, faults.Cause.WEB, None, Words("Listrik padam."), adopting.SYSTEM)
    model.Session.commit()
    ticking.run()
    moved = (at + timedelta(hours=15)).isoformat()
    assert show(one)["overdue_at"] == moved
    assert model.Session.scalar(sa.select(state.c.overdue_at)).isoformat() == moved
    as_of = {"id": one["id"], "as_of": clock.now().isoformat()}
    assert tk.get_action("jambi_freshness_as_of_show")({}, as_of)["overdue_at"] == moved
    portal_at(3)
    assert found(fq="jambi_state:delinquent") == [one["id"]]
