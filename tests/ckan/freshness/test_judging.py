"""What is read of the log: all that counts, each row once, and found by indexes (F33, section 16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from counting import statements
from daftar import promise

from ckanext.jambi.freshness import standings
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import judging, ticking
from ckanext.jambi.freshness.promises.replay import World

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
LOG = "jambi_freshness_observation"


@pytest.fixture
def one(dataset: Callable, seen: Callable, portal_at: Callable) -> dict[str, Any]:
    """Return a dataset of the Daftar Data with evidence of each kind, and one of another OPD beside it."""
    one, other = dataset("mingguan"), dataset("mingguan")
    promise(one)
    promise(other, code="B")
    ticking.run()
    for each in (one, other):
        observe([seen(each, "a", period_end=date(2026, 8, 31)), seen(each, None)])
        observe([seen(each, None, detail={"answers_since": "2026-08-01"})])
    portal_at(8)
    looked = {"kind": "remote_fetch", "resource_id": "file", "detail": {"available": True}}
    observe([seen(one, "b", period_end=date(2026, 9, 6), **looked), seen(one, None, **looked)])
    model.Session.commit()
    return one


def test_f33_what_is_read_of_an_organization_is_what_the_whole_log_tells_of_it(one: dict[str, Any]) -> None:
    now = standings.minute() + timedelta(minutes=1)
    whole, part = judging.known(now + timedelta(days=1)), judging.of_organizations([one["owner_org"]], now)
    assert told(part, one["id"]) == told(whole, one["id"])
    assert len(part.events[one["id"], None]) == 3
    assert len(part.looks[one["id"]]) == 2
    assert {item.organization_id for item in part.items.values()} == {one["owner_org"]}
    assert {key for key, _ in part.events} == {one["id"]}


def test_f33_what_a_process_has_read_already_tells_the_same(one: dict[str, Any]) -> None:
    judging.known(packages=[])
    with statements() as asked:
        shared = judging.known(packages=[one["id"]])
    assert len(asked) == 3
    assert told(shared, one["id"]) == told(judging.known(), one["id"])
    assert judging.known(packages=[]).events == {}


def told(found: World, key: str) -> tuple[Any, ...]:
    """Return what is known of a dataset and of its item."""
    items = [item for item, places in found.assigned.items() if key in {each.package_id for each in places}]
    own = [(found.items[each], found.said[each], found.touched[each]) for each in items]
    return found.events[key, None], found.looks[key], found.facts[key], found.touched[key], own


def test_section_16_what_counts_of_a_dataset_can_be_found_by_the_index_over_what_counts(
    one: dict[str, Any],
) -> None:
    content, _ = judging._evidence(None, [one["id"]])
    facts = sa.and_(judging.log.c.kind == "facts", judging.log.c.package_id.in_([one["id"]]))
    for found in (content, facts):
        assert f"Index Scan using {LOG}_counting" in plan(sa.select(judging.log.c.seq).where(found))
        looks = sa.select(judging.log.c.seq).where(judging.log.c.package_id == one["id"])
        assert f"Seq Scan on {LOG}" in plan(looks)


def plan(query: sa.Executable) -> str:
    """Return how the server finds rows of a log that has the index over what counts and no other.

    With all indexes a log of a few rows may well be read by another one, as its statistics happen to be.
    """
    of_index = "SELECT indexdef FROM pg_indexes WHERE indexname = :name"
    made = model.Session.execute(sa.text(of_index), {"name": f"{LOG}_counting"}).scalar_one()
    dialect = model.meta.engine.dialect
    asked = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    bare = model.Session.begin_nested()
    for each in (
        f"CREATE TEMPORARY TABLE {LOG} (LIKE public.{LOG})",  # found before the one of the schema
        made.replace("public.", "pg_temp."),
        "SET LOCAL enable_seqscan = off",
        "SET LOCAL enable_bitmapscan = off",
    ):
        model.Session.connection().exec_driver_sql(each)
    rows = model.Session.connection().exec_driver_sql(f"EXPLAIN {asked}").all()
    bare.rollback()
    return "\n".join(row[0] for row in rows)
