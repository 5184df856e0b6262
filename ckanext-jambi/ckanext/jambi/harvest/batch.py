"""What one import batch collects on its way, and how CKAN's chained actions meet it (importer.md).

The batch is handed to `package_create` and `package_update` in the context under `CONTEXT_KEY`:
only calls of ours are changed. Activity has no such context, so it asks `current()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import logic, model
from ckanext.activity.model import Activity

from ckanext.jambi import outbox
from ckanext.jambi.freshness import evidence
from ckanext.jambi.harvest import known, records
from ckanext.jambi.harvest.known import Known
from ckanext.jambi.harvest.showing import Showing
from ckanext.jambi.harvest.stock import gate as gates
from ckanext.jambi.harvest.work import Work

CONTEXT_KEY = "jambi_harvest_batch"
_current: ContextVar[Batch | None] = ContextVar("jambi_harvest_batch", default=None)


@dataclass(slots=True)
class Batch:
    """Rows that are written by one statement each at the end of a batch, and what is asked once for all."""

    work: Work
    user: model.User
    search: Any
    job_id: str
    showing: Showing
    known: Known
    records: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    observations: list[evidence.Observation] = field(default_factory=list)
    events: list[outbox.Event] = field(default_factory=list)
    attach: Callable[[str], None] | None = None

    def context(self, **values: Any) -> dict[str, Any]:
        """Return a context for one of CKAN's actions on behalf of the site user."""
        return {
            "user": self.user.name,
            "auth_user_obj": self.user,
            "ignore_auth": True,
            "model": model,
            "session": model.Session,
            "jambi_organizations": {self.work.organization_id: self.work.organization_id},
            "jambi_tags": self.known.tags,
            "jambi_free_names": self.known.free_names,
            **values,
        }

    def mark(self) -> tuple[int, ...]:
        """Return how far the buffers are filled."""
        return (self.search.mark(), *map(len, self._lists()))

    def cut_back(self, mark: tuple[int, ...]) -> None:
        """Forget what was collected after a mark."""
        self.search.rollback_to(mark[0])
        for buffer, length in zip(self._lists(), mark[1:], strict=True):
            del buffer[length:]

    def flush(self) -> None:
        """Write all buffers on CKAN's session."""
        self.search.flush()
        records.upsert(self.records)
        if self.activities:
            model.Session.execute(sa.insert(Activity.__table__), self.activities)
        evidence.observe(self.observations)
        outbox.emit_many(self.events)

    def _lists(self) -> tuple[list[Any], ...]:
        return self.activities, self.observations, self.events, self.records

    def add_activity(self, data_dict: dict[str, Any]) -> None:
        """Take a row of the activity stream."""
        self.activities.append(
            {
                "id": model.types.make_uuid(),
                "timestamp": self.work.now.astimezone(UTC).replace(tzinfo=None),
                "user_id": data_dict["user_id"],
                "object_id": data_dict["object_id"],
                "activity_type": data_dict["activity_type"],
                "data": data_dict.get("data") or {},
                "permission_labels": data_dict.get("permission_labels"),
            }
        )

    @contextmanager
    def active(self) -> Iterator[None]:
        """Be the batch that activity rows go to."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)


def current() -> Batch | None:
    """Return the batch in work in this thread, if any."""
    return _current.get()


@tk.chained_action
def package_create(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Create a dataset; in a harvest batch its harvest object comes before its search row."""
    batch = context.get(CONTEXT_KEY)
    if batch is None:
        return next_action(context, _judged(data_dict))
    schema = known.create_schema(batch.known, data_dict)
    dataset_id = next_action({**_deferred(context), "schema": schema}, data_dict)
    batch.attach(dataset_id)
    logic.index_insert_package_dicts(batch.showing.shown(context, dataset_id))
    return dataset_id


@tk.chained_action
def package_update(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Update a dataset; in a harvest batch its harvest object comes before its search row."""
    batch = context.get(CONTEXT_KEY)
    if batch is None:
        return next_action(context, _judged(data_dict))
    dataset_id = next_action(_deferred(context), data_dict)
    batch.attach(dataset_id)
    logic.index_update_package_dicts(batch.showing.shown(context, dataset_id))
    context.setdefault("changed_entities", {}).setdefault("packages", set()).add(dataset_id)
    return dataset_id


@tk.chained_action
def activity_create(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Write a row of the activity stream; in a harvest batch it waits for the batch's end."""
    batch = current()
    if batch is None:
        return next_action(context, data_dict)
    tk.check_access("activity_create", context, data_dict)
    if tk.config["ckan.activity_streams_enabled"]:
        batch.add_activity(data_dict)
    return None


def _judged(data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a dataset as it may be written: one of a harvester that is not ours passes the gate first."""
    gate = gates.current()
    return gate.admitted(data_dict) if gate else data_dict


def _deferred(context: Any) -> Any:
    # `defer_commit` alone would lose an update and index nothing; together with `return_id_only`
    # the action returns before both (ckan/logic/action/update.py, create.py).
    return {**context, "return_id_only": True, "defer_commit": True}
