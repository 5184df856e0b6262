"""Items that are one resource of a dataset are judged by it alone (F10, G8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from daftar import outcomes, promise

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import observation
from ckanext.jambi.freshness.promises import adopting, ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


@pytest.fixture
def shared(dataset: Callable) -> SimpleNamespace:
    """Return a dataset with a weekly and a monthly resource, an item for each."""
    one = dataset("mingguan", resources=2)
    weekly, monthly = (each["id"] for each in one["resources"])
    promise(one, datasets=[{"name": one["name"], "resource_id": weekly}])
    promise(one, code="B", frequency="bulanan", datasets=[{"name": one["name"], "resource_id": monthly}])
    ticking.run()
    return SimpleNamespace(dataset=one, weekly=weekly, monthly=monthly)


def of_item(code: str) -> list[tuple[str, str, str]]:
    """Return the evidence of an item: of which resource, its kind, and what became of it."""
    query = sa.select(observation).where(
        observation.c.item_id == adopting.item_id(code), observation.c.content_hash.is_not(None)
    )
    rows = model.Session.execute(query.order_by(observation.c.seq)).mappings()
    return [(row["resource_id"], row["kind"], row["detail"]["credit"]) for row in rows]


def test_f10_an_item_of_one_resource_is_closed_by_its_own_content(
    shared: SimpleNamespace, seen: Callable, portal_at: Callable
) -> None:
    portal_at(34)  # 5 October: the week that ended on the fourth, and September
    weekly = {"resource_id": shared.weekly, "period_end": date(2026, 10, 4)}
    observe([seen(shared.dataset, "w", kind="upload", **weekly)])
    model.Session.commit()
    ticking.run()
    assert of_item("A") == [(shared.weekly, "upload", "new_content")]
    assert of_item("B") == []
    assert outcomes("A")[:4] == ["met_late", "met_late", "met_late", "met"]
    assert set(outcomes("B")) == {"open"}


def test_f10_content_of_the_other_resource_counts_for_its_item_though_its_period_is_older(
    shared: SimpleNamespace, seen: Callable, portal_at: Callable
) -> None:
    portal_at(65)  # 5 November; the first full month of the item is October
    for resource_id, content, last in (
        (shared.weekly, "w", date(2026, 11, 1)),
        (shared.monthly, "m", date(2026, 10, 31)),
    ):
        observe([seen(shared.dataset, content, resource_id=resource_id, period_end=last)])
        model.Session.commit()
        ticking.run()
    assert of_item("B") == [(shared.monthly, "harvest_ok", "new_content")]
    assert outcomes("B")[0] == "met"


def test_f10_a_tick_that_changes_nothing_measures_nothing_anew(
    shared: SimpleNamespace, seen: Callable, portal_at: Callable
) -> None:
    observe([seen(shared.dataset, "w", resource_id=shared.weekly, period_end=date(2026, 8, 30))])
    model.Session.commit()
    for _ in range(3):
        ticking.run()
    assert len(of_item("A")) == 1


def test_f10_one_resource_stands_for_one_item(shared: SimpleNamespace) -> None:
    same = [{"name": shared.dataset["name"], "resource_id": shared.weekly}]
    with pytest.raises(adopting.ItemError, match="stands for A already"):
        promise(shared.dataset, code="C", datasets=same)


def test_f18_an_unstable_linked_file_earns_an_item_of_it_nothing(
    shared: SimpleNamespace, seen: Callable, portal_at: Callable
) -> None:
    for day, stable in ((34, True), (35, True), (41, False)):
        portal_at(day)
        look = seen(shared.dataset, f"w{day}", kind="remote_fetch", resource_id=shared.weekly, stable=stable)
        observe([look])
        model.Session.commit()
        ticking.run()
    credits = [credit for _, _, credit in of_item("A")]
    assert credits == ["first_linked_content", "new_content", "unstable_content"]


def test_f29_who_brought_the_rows_of_an_item_is_known(shared: SimpleNamespace, seen: Callable) -> None:
    steward = factories.User()["id"]
    observe([seen(shared.dataset, "w", resource_id=shared.weekly, actor_id=steward, actor_class="person")])
    model.Session.commit()
    ticking.run()
    (row,) = model.Session.execute(
        sa.select(observation).where(
            observation.c.item_id == adopting.item_id("A"), observation.c.content_hash.is_not(None)
        )
    ).mappings()
    assert (row["actor_id"], row["actor_class"]) == (steward, "person")
