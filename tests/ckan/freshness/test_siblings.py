"""Content is new to an item, whichever dataset brings it (F17, G4, G8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from daftar import outcomes, promise, stored

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import item_dataset
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


@pytest.fixture
def earned(seen: Callable) -> Callable[..., str]:
    """Return what brings content and tells what became of it."""

    def bring(one: dict[str, Any], content: str, **values: Any) -> str:
        reason = observe([seen(one, content, **values)])[0].reason.value
        model.Session.commit()
        return reason

    return bring


@pytest.fixture
def first(dataset: Callable, earned: Callable) -> dict[str, Any]:
    """Return a dataset that stands for an item and brought the content `a` of August."""
    one = dataset("bulanan")
    promise(one, frequency="bulanan")
    ticking.run()
    assert earned(one, "a", period_end=date(2026, 8, 31)) == "new_content"
    return one


def test_g04_same_rows_in_a_second_dataset_of_the_item_earn_nothing(
    first: dict[str, Any], dataset: Callable, earned: Callable
) -> None:
    second = dataset("bulanan", owner_org=first["owner_org"])
    promise(first, frequency="bulanan", datasets=[first["name"], second["name"]])

    assert earned(second, "a", period_end=date(2026, 8, 31)) == "repeated_content"
    assert earned(second, "b", period_end=date(2026, 8, 31)) == "new_content"


def test_g04_same_rows_of_both_datasets_in_one_batch_earn_once(
    first: dict[str, Any], dataset: Callable, seen: Callable
) -> None:
    second = dataset("bulanan", owner_org=first["owner_org"])
    promise(first, frequency="bulanan", datasets=[first["name"], second["name"]])
    ticking.run()

    both = [seen(each, "c", period_end=date(2026, 9, 1)) for each in (first, second)]

    assert [each.reason.value for each in observe(both)] == ["new_content", "repeated_content"]


@pytest.mark.parametrize("wait", [False, True])
def test_g08_dataset_deleted_and_made_anew_earns_by_a_later_period_alone(
    first: dict[str, Any], dataset: Callable, earned: Callable, portal_at: Callable, wait: bool
) -> None:
    tk.get_action("package_delete")({"ignore_auth": True, "user": ""}, {"id": first["id"]})
    again = dataset("bulanan", owner_org=first["owner_org"])
    promise(first, frequency="bulanan", datasets=[again["name"]])
    if wait:
        ticking.run()

    assert earned(again, "a", period_end=date(2026, 8, 31)) == "repeated_content"
    assert earned(again, "a, one cell changed", period_end=date(2026, 8, 31)) == "period_not_advanced"
    assert earned(again, "no period any more") == "period_missing"
    portal_at(35)
    assert earned(again, "b", period_end=date(2026, 9, 30)) == "new_content"


def test_g08_dataset_made_anew_under_the_same_name_stands_for_its_item_again(
    first: dict[str, Any], dataset: Callable, earned: Callable, portal_at: Callable
) -> None:
    ticking.run()
    context = {"ignore_auth": True, "user": ""}
    tk.get_action("package_delete")(dict(context), {"id": first["id"]})
    ticking.run()
    assert assigned() == [first["id"]]  # a deleted dataset scores nothing, and still stands for the item
    tk.get_action("dataset_purge")(dict(context), {"id": first["id"]})
    again = dataset("bulanan", owner_org=first["owner_org"], name=first["name"])
    ticking.run()

    assert assigned() == [again["id"]]
    assert earned(again, "a", period_end=date(2026, 8, 31)) == "repeated_content"
    portal_at(65)
    assert earned(again, "b", period_end=date(2026, 10, 31)) == "new_content"
    ticking.run()
    assert outcomes()[0] == "met"


def test_f10_what_a_dataset_delivered_stays_delivered_when_it_is_made_anew(
    first: dict[str, Any], dataset: Callable, earned: Callable, portal_at: Callable
) -> None:
    portal_at(65)
    earned(first, "b", period_end=date(2026, 10, 31))
    ticking.run()
    before = outcomes()
    assert before[0] == "met"
    context = {"ignore_auth": True, "user": ""}
    tk.get_action("dataset_purge")(dict(context), {"id": first["id"]})
    again = dataset("bulanan", owner_org=first["owner_org"], name=first["name"])
    ticking.run()

    assert (assigned(), outcomes()) == ([again["id"]], before)
    live = stored()
    ticking.rebuild()
    assert stored() == live


def assigned() -> list[str]:
    """Return the datasets that stand for items."""
    return list(model.Session.scalars(sa.select(item_dataset.c.package_id)))


def test_g08_dataset_of_another_item_has_a_history_of_its_own(
    first: dict[str, Any], dataset: Callable, earned: Callable
) -> None:
    other = dataset("bulanan", owner_org=first["owner_org"])
    promise(other, frequency="bulanan", code="B")

    assert earned(other, "a", period_end=date(2026, 8, 31)) == "new_content"


def test_g08_second_dataset_with_the_rows_of_the_first_closes_nothing(
    first: dict[str, Any], dataset: Callable, earned: Callable, portal_at: Callable
) -> None:
    second = dataset("bulanan", owner_org=first["owner_org"])
    promise(first, frequency="bulanan", datasets=[first["name"], second["name"]])
    portal_at(65)
    earned(first, "b", period_end=date(2026, 10, 31))
    earned(second, "b", period_end=date(2026, 10, 31))
    ticking.run()

    assert sorted(set(outcomes())) == ["met", "open"]
