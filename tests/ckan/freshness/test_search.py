"""States as search filters and counts on the real engine (F41)."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib.search import rebuild
from ckan.tests import factories, helpers

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.search_dates import NAMES

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_search jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def index() -> None:
    """Leave the seam to the engine."""


@pytest.fixture
def states(dataset, seen, portal_at) -> dict[str, str]:
    """Return a dataset in each state by its state."""
    made = {state: dataset("mingguan")["id"] for state in NAMES}
    for state, day in {"delinquent": 0, "overdue": 8, "due": 15, "fresh": 22}.items():
        portal_at(day)
        observe([seen({"id": made[state]}, "a")])
    for id in made.values():
        model.Session.commit()
        rebuild(id)
    portal_at(22.5)
    return made


def found(**params) -> list[str]:
    """Return the ids that a search finds."""
    return [each["id"] for each in helpers.call_action("package_search", rows=100, **params)["results"]]


@pytest.mark.parametrize("state", NAMES)
@pytest.mark.parametrize("spelling", ['kemutakhiran:"{}"', "+jambi_state:{}"])
def test_f41_filter_finds_the_datasets_in_a_state(states, state: str, spelling: str) -> None:
    assert found(fq=spelling.format(state)) == [states[state]]


def test_f41_several_states_are_any_of_them(states) -> None:
    both = found(fq='kemutakhiran:"due" kemutakhiran:"unknown"')
    assert set(both) == {states["due"], states["unknown"]}
    assert set(found(fq="-jambi_state:(fresh OR due OR overdue)")) == {
        states["delinquent"],
        states["unknown"],
    }


def test_f41_time_alone_moves_a_dataset_without_a_write(states, portal_at) -> None:
    portal_at(30)
    assert found(fq="jambi_state:due") == [states["fresh"]]
    assert set(found(fq="jambi_state:delinquent")) == {states["delinquent"], states["overdue"]}


def test_f41_counts_are_those_of_the_search_without_its_state(states) -> None:
    counts = tk.h.jambi_freshness_facet_counts({"q": "", "fq": 'kemutakhiran:"due"'})
    assert counts == dict.fromkeys(NAMES, 1)
    assert set(tk.h.jambi_freshness_facet_counts({"q": "tidakadasamasekali"}).values()) == {0}


def test_f41_longest_overdue_comes_first(states) -> None:
    order = found(sort="jambi_overdue_date asc")
    assert order[:4] == [states[state] for state in ("delinquent", "overdue", "due", "fresh")]


def test_f41_unknown_state_is_a_validation_error(states) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        found(fq="jambi_state:terlambat")
    assert "delinquent" in caught.value.error_dict["fq"][0]


def test_f41_search_row_of_an_edit_holds_the_dates(dataset, seen) -> None:
    one = dataset("mingguan")
    observe([seen(one, "a")])
    context = {"user": factories.Sysadmin()["name"]}
    helpers.call_action("package_patch", context, id=one["id"], notes="baru")
    assert found(fq="jambi_state:fresh") == [one["id"]]
