"""What a run asks of the databases, by the number of its records (section 13): counts, so that they gate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from harvest_source import PLUGINS, count

from ckanext.jambi.harvest.importer import CREATES
from ckanext.jambi.harvest.leases import HEARTBEAT_THREAD

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
FEW, MANY = 3, 13
STATEMENTS_A_DATASET = 29
STATEMENTS_A_CHANGE = 35
COMMITS_OF_A_FIRST_RUN = 10


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count statements and commits of all engines, less those of the heartbeat, which go by time."""
    seen = {"before_cursor_execute": 0, "commit": 0}

    def counter(event: str) -> Callable[..., None]:
        def note(*_: Any) -> None:
            seen[event] += threading.current_thread().name != HEARTBEAT_THREAD

        return note

    noting = {event: counter(event) for event in seen}
    for event, note in noting.items():
        sa.event.listen(sa.Engine, event, note)
    try:
        yield seen
    finally:
        for event, note in noting.items():
            sa.event.remove(sa.Engine, event, note)


@pytest.fixture
def cost(catalogue: Any, harvest: Any) -> Callable[..., tuple[int, int, dict[str, Any]]]:
    """Return a function that harvests records and returns its statements, its commits and its run."""
    source_id, listing = catalogue

    def harvested(*numbers: int, **names: str) -> tuple[int, int, dict[str, Any]]:
        listing(*numbers, **names)
        with counted() as seen:
            run = harvest(source_id, mode="complete")
        return seen["before_cursor_execute"], seen["commit"], run

    return harvested


def test_a_new_dataset_costs_a_limited_number_of_statements_and_no_commit(cost: Any) -> None:
    few, commits, first = cost(*range(1, FEW))
    many, more_commits, second = cost(*range(1, FEW + MANY))
    assert (first["new"], second["new"]) == (FEW - 1, MANY)
    assert (many - few) / (second["new"] - first["new"]) <= STATEMENTS_A_DATASET
    # Tags are made beforehand where they are missing, which is the only further transaction of a first run.
    assert commits <= COMMITS_OF_A_FIRST_RUN
    assert more_commits == commits - 1
    assert count("package", "type = 'dataset'") == FEW + MANY - 1


def test_commits_of_a_long_list_are_those_of_its_batches(cost: Any) -> None:
    cost(1)
    _, of_one_batch, _ = cost(1, 2)
    _, of_two, run = cost(*range(1, 3 + 2 * CREATES))
    assert run["new"] == 2 * CREATES
    assert of_two == of_one_batch + 1


def test_hv01_statements_of_an_unchanged_run_do_not_grow_with_its_records(cost: Any) -> None:
    cost(1)
    few, _, first = cost(1)
    cost(*range(1, 1 + MANY))
    many, _, second = cost(*range(1, 1 + MANY))
    assert (first["state"], second["state"], second["unchanged"]) == ("unchanged", "unchanged", MANY)
    assert many == few


def test_a_changed_dataset_costs_a_limited_number_of_statements(cost: Any) -> None:
    cost(**{f"satu-{at}": str(at) for at in range(1, 13)})
    few, _, first = cost(**{f"satu-{at}": str(at + (at < 3) * 50) for at in range(1, 13)})
    many, _, second = cost(**{f"satu-{at}": str(at + 70) for at in range(1, 13)})
    assert (first["changed"], second["changed"]) == (2, 12)
    assert (many - few) / 10 <= STATEMENTS_A_CHANGE
