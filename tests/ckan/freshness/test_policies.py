"""The policy of the log judges the age of data everywhere, as of any instant (F5, F33)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import yaml
from ckan import model
from daftar import CONFIG

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import adopting, ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def stricter(tmp_path: Path) -> Callable[..., None]:
    """Return what adopts a policy by which data that comes as needed is due after ten days."""

    def adopt(**over: Any) -> None:
        body = yaml.safe_load((CONFIG / "policy" / "v1.yaml").read_text("utf-8"))
        days = {"days": [[10, 11, 20]], "soon_at_most_days": 7, "as_needed_days": 10}
        file = tmp_path / "v2.yaml"
        file.write_text(
            yaml.safe_dump(body | {"version": 2, "valid_from": "2026-09-01", "rolling": days} | over), "utf-8"
        )
        adopting.adopt(file)
        model.Session.commit()

    return adopt


def show(one: dict[str, Any]) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_show")({}, {"id": one["id"]})


def as_of(one: dict[str, Any], instant: str) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_as_of_show")({}, {"id": one["id"], "as_of": instant})


def overdue() -> list[str]:
    found = tk.get_action("jambi_freshness_list")({}, {"state": "overdue"})["results"]
    return [each["id"] for each in found]


def test_f05_before_a_policy_was_adopted_the_shipped_one_judges(dataset, seen, portal_at) -> None:
    one = dataset("insidental")
    observe([seen(one, "a")])
    portal_at(11.5)
    assert (show(one)["state"], show(one)["policy_version"]) == ("fresh", "1")


def test_f33_an_adopted_policy_judges_from_then_on_and_not_before(
    rules, dataset, seen, portal_at, stricter
) -> None:
    one = dataset("insidental")
    observe([seen(one, "a")])
    model.Session.commit()
    ticking.run()
    portal_at(11.5)
    stricter()
    portal_at(11.6)
    assert (show(one)["state"], show(one)["policy_version"]) == ("overdue", "2")
    before, after = as_of(one, "2026-09-12T14:00:00+00:00"), as_of(one, "2026-09-12T17:00:00+00:00")
    assert [(each["state"], each["policy_version"]) for each in (before, after)] == [
        ("fresh", "1"),
        ("overdue", "2"),
    ]


def test_f41_states_and_search_rows_follow_a_policy_with_the_next_tick(
    rules, dataset, seen, portal_at, stricter, index
) -> None:
    one = dataset("insidental")
    observe([seen(one, "a")])
    model.Session.commit()
    ticking.run()
    portal_at(11.5)
    stricter(valid_from="2026-09-14")
    ticking.run()
    assert overdue() == []
    portal_at(12.9)  # 14 September, 7:36 WIB
    index.rows.clear()
    ticking.run()
    assert overdue() == [one["id"]]
    assert list(index.rows) == [one["id"]]
    index.rows.clear()
    ticking.run()
    assert index.rows == {}
