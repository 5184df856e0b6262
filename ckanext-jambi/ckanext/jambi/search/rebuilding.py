"""Make the index anew without a moment without results: documents are replaced, never cleared first.

Each batch locks its datasets against writers, so that no edit between reading and writing is lost, and
commits by itself: CKAN's own `search-index rebuild` holds one transaction for everything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import search
from ckan.logic import NotFound, index_update_package

from ckanext.jambi.search import batch, session, writer

log = logging.getLogger(__name__)

BATCH = 100
MOST_WAITING = 5_000  # changes of counters, which each search for everything sums up: about a millisecond

_LOCK = "SELECT id FROM package WHERE id = ANY(%(ids)s) ORDER BY id FOR SHARE"
_ORPHANS = """
SELECT d.id FROM jambi_search_doc d
WHERE d.site_id = %(site_id)s
    AND NOT EXISTS (SELECT FROM package p WHERE p.id = d.id AND p.state = ANY(%(states)s))
"""


def rebuild(progress: Callable[[int, int], None]) -> dict[str, str]:
    """Index all datasets again, delete what has none, count anew; return the errors by dataset."""
    states = _states()
    datasets = [
        dataset
        for (dataset,) in model.Session.query(model.Package.id)
        .filter(model.Package.state.in_(states))
        .order_by(model.Package.id)
    ]
    errors: dict[str, str] = {}
    for start in range(0, len(datasets), BATCH):
        errors |= _index(datasets[start : start + BATCH])
        progress(min(start + BATCH, len(datasets)), len(datasets))
    _delete_orphans(states)
    session.run(writer.recount)
    model.Session.commit()
    return errors


def compact() -> None:
    """Sum the counters up where many changes wait, and commit."""
    session.run(lambda connection: writer.compact(connection, MOST_WAITING))
    session.commit()


def _states() -> list[str]:
    removed = [] if not tk.config["ckan.search.remove_deleted_packages"] else [model.State.DELETED]
    return [state for state in ("active", "draft", "deleted") if state not in removed]


def _index(datasets: Sequence[str]) -> dict[str, str]:
    errors = {}
    model.Session.connection().exec_driver_sql(_LOCK, {"ids": list(datasets)})
    with batch.collect():
        for dataset in datasets:
            try:
                index_update_package({"ignore_auth": True}, dataset, True)
            except (NotFound, search.SearchIndexError) as err:
                errors[dataset] = f"{type(err).__name__}: {err}"
                log.warning("Dataset %s was not indexed: %s", dataset, errors[dataset])
    model.Session.commit()
    model.Session.remove()
    return errors


def _delete_orphans(states: list[str]) -> None:
    values = {"site_id": tk.config["ckan.site_id"], "states": states}
    orphans = session.run(lambda c: list(c.exec_driver_sql(_ORPHANS, values).scalars()))
    for orphan in orphans:
        search.index_for("Package").remove_dict({"id": orphan})
