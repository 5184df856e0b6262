"""An import, an upload and the duty lock documents and the log in one order, so that no two end in a deadlock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from ckan import model
from ckan.lib.search import rebuild
from daftar import promise

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.search import batch

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_search jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
Work = Callable[[], Any]


@pytest.fixture
def index() -> None:
    """Leave the seam to the engine."""


@pytest.fixture
def one(dataset, seen, portal_at) -> dict[str, Any]:
    """Return a dataset with new content that the duty has not followed yet."""
    made = dataset("mingguan")
    promise(made)
    ticking.run()
    portal_at(14)
    observe([seen(made, "a", period_end=clock.today().date() - timedelta(days=1))])
    model.Session.commit()
    rebuild(made["id"])
    return made


@contextmanager
def meanwhile(work: Work) -> Iterator[Future[Any]]:
    """Let somebody else do something, who waits for what this transaction holds."""

    def apart() -> None:
        try:
            work()
            model.Session.commit()
        finally:
            model.Session.remove()

    with ThreadPoolExecutor() as threads:
        done = threads.submit(apart)
        while not _somebody_waits():
            assert not done.done(), "it did not wait"
        yield done
        model.Session.commit()
        done.result(20)


def _somebody_waits() -> bool:
    held = model.Session.connection().exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return bool(held.scalar_one())


@pytest.mark.parametrize("other", ["the duty", "an upload"])
def test_f40_who_waits_for_a_document_holds_no_log(one, seen, other: str) -> None:
    new = seen(one, "b")
    works: dict[str, Work] = {
        "the duty": ticking.keep_up,
        "an upload": lambda: (observe([new]), rebuild(one["id"])),
    }
    batch.hold([one["id"]])
    with meanwhile(works[other]):
        model.Session.connection().exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        assert ledger.lock().seq
