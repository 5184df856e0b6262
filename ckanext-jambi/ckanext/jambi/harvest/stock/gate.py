"""What a harvester that is not ours may write (metadata.md M11, HV22, HV25): judged before it is stored.

Lives in the child process of a run; everywhere else there is no gate and nothing is judged. An object's
content is judged when it is gathered, a dataset when it is written, so that what a harvester adds in
between is judged too. Held records wait in quarantines, as those of our own sources do; what a reviewer
accepts is a content of an object, known by its keyed hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestObject
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import diff, screening
from ckanext.jambi.harvest.errors import RecordError
from ckanext.jambi.harvest.guard import Reason
from ckanext.jambi.harvest.leases import Lease
from ckanext.jambi.harvest.model import incoming, quarantine
from ckanext.jambi.harvest.screening import Withheld
from ckanext.jambi.harvest.stock import approvals, deletions
from ckanext.jambi.metadata import publication, requirements
from ckanext.jambi.metadata.pii import Finding, Screen, Severity, keyed_hash, worst

FIELD = "personal_data"
_open: Gate | None = None


class HeldError(RecordError):
    """A record holds personal data and is kept back."""

    code = "personal_data"


class Gate:
    """Judges what one run of a source writes."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._key = screening.key()
        self._known: set[tuple[str, str]] = set()
        self._guid: str | None = None
        with lease.engine.connect() as connection:
            self._approved = approvals.approved(connection, lease.source_id)
            self._accepted = _accepted(connection, lease.source_id)

    def open(self) -> None:
        """Be the gate of this process."""
        global _open
        _open = self

    def begin(self, found: HarvestObject) -> None:
        """Take an object in hand: what was judged in its content is not judged again in its dataset."""
        self._guid = found.guid
        self._known = _marks(self._findings(_parsed(found.content)))

    def content(self, guid: str, content: str) -> Withheld | None:
        """Return why the content of an object is held, or None if it may be stored."""
        findings = self._findings({"guid": guid, **_parsed(content)})
        return self._withheld(guid, findings, keyed_hash(self._key, content)) if findings else None

    def admitted(self, data_dict: Mapping[str, Any]) -> dict[str, Any]:
        """Return a dataset as it may be written: public if the source may publish and nothing is missing.

        Raises:
            ValidationError: if it holds personal data, or belongs to somebody else.
        """
        self._require_own(data_dict.get("id"))
        self._require_clean(self._findings(data_dict), str(data_dict.get("name") or ""))
        dataset = {**data_dict}
        if dataset.get("state") == "deleted" and dataset.get("id"):
            deletions.put_off(self._lease, dataset["id"])
            dataset["state"] = "active"
        gaps = requirements.gaps({**dataset, "private": False})
        present = model.Package.get(data_dict.get("id"))
        before = present.extras.get("status_pemeriksaan") if present else None
        may_publish = self._approved and not gaps
        return dataset | publication.of_harvested(dataset, before, may_publish=may_publish)

    def rows(self, data_dict: Mapping[str, Any]) -> None:
        """Let rows for a table pass.

        Raises:
            ValidationError: if they hold personal data.
        """
        records = [one for one in data_dict.get("records") or () if isinstance(one, Mapping)]
        columns = list(dict.fromkeys(str(name) for one in records for name in one))
        screen = Screen(columns, key=self._key)
        screen.add_rows([[one.get(name) for name in columns] for one in records])
        self._require_clean(screen.verdicts(), str(data_dict.get("resource_id") or ""))

    def remove(self, package_id: str) -> None:
        """Note that a dataset of this source is to be deleted, once the run's end has judged all deletions.

        Raises:
            ValidationError: if it is none of its own.
        """
        self._require_own(package_id)
        deletions.put_off(self._lease, package_id)

    def hold(self, held: Withheld) -> NoReturn:
        """Keep back what a harvester fetched for an object.

        Raises:
            HeldError: always; the object ends with it as its error.
        """
        self._write(held)
        raise HeldError(told(held))

    def _write(self, held: Withheld) -> None:
        with self._lease.transaction() as connection:
            keep(connection, self._lease.run_id, held)

    def _findings(self, fields: Mapping[str, Any]) -> tuple[Finding, ...]:
        screen = Screen(key=self._key)
        screen.add_fields(fields)
        return screen.verdicts()

    def _withheld(self, guid: str, findings: Sequence[Finding], digest: str) -> Withheld | None:
        blocked = worst(findings) is Severity.BLOCK
        if not blocked and digest in self._accepted:
            return None
        reason = Reason.PERSONAL_DATA if blocked else Reason.PERSONAL_DATA_REVIEW
        personal = self._findings({"guid": guid})
        shown = keyed_hash(self._key, diff.key(guid)) if personal else diff.key(guid)
        return Withheld(reason, shown, digest, tuple(findings))

    def _require_clean(self, findings: Sequence[Finding], name: str) -> None:
        fresh = [one for one in findings if not _marks([one]) <= self._known]
        digest = keyed_hash(self._key, repr(sorted(_marks(fresh))))
        held = self._withheld(self._guid or name, fresh, digest) if fresh else None
        if held is None:
            return
        # As CKAN's own actions do before they refuse: nothing half done stays in the session.
        model.Session.rollback()
        self._write(held)
        raise tk.ValidationError({FIELD: [told(held)]})

    def _require_own(self, package_id: str | None) -> None:
        """Refuse a dataset that is there and came from elsewhere, whatever id a source gives its own.

        What is committed counts: a harvester lays claim to a dataset before it writes it.
        """
        each, package = HarvestObject.__table__, model.Package.__table__
        own = sa.exists().where(
            each.c.package_id == package_id, each.c.harvest_source_id == self._lease.source_id
        )
        there = sa.exists().where(package.c.id == package_id)
        with self._lease.engine.connect() as connection:
            foreign = package_id and connection.scalar(sa.select(sa.and_(there, sa.not_(own))))
        if foreign:
            model.Session.rollback()
            raise tk.ValidationError(
                {"id": [tk._("This dataset belongs to another source or to a steward.")]}
            )


def current() -> Gate | None:
    """Return the gate of this process, if it is that of a harvester's run."""
    return _open


def keep(connection: Connection, run_id: str, held: Withheld) -> None:
    """Write down what may be kept of a held record; done again, it stays one row."""
    values = {"kind": "new", "position": 0, **held.values()}
    connection.execute(
        insert(incoming)
        .values(run_id=run_id, **values)
        .on_conflict_do_update(index_elements=["run_id", "guid"], set_=values)
    )


def told(held: Withheld) -> str:
    """Return what stewards read of a held record: rules and fields, never a value."""
    found = ", ".join(f"{one.rule} {screening.safe(one.column)}" for one in held.findings)
    return tk._("Held: personal data ({found}). Decide under the quarantines of the source.").format(
        found=found
    )


@tk.chained_action
def package_delete(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Delete a dataset; a harvester that is not ours deletes what it brought, at the end of its run."""
    return None if _put_off("package_delete", context, data_dict) else next_action(context, data_dict)


@tk.chained_action
def dataset_purge(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Purge a dataset; where a harvester that is not ours asks for it, it is deleted only."""
    return None if _put_off("dataset_purge", context, data_dict) else next_action(context, data_dict)


def _put_off(name: str, context: Any, data_dict: dict[str, Any]) -> bool:
    """Note that a harvester that is not ours deletes a dataset; return whether it is one that is there."""
    found = model.Package.get(tk.get_or_bust(data_dict, "id")) if _open else None
    if _open is None or found is None or found.state != model.State.ACTIVE:
        return False
    tk.check_access(name, context, data_dict)
    _open.remove(found.id)
    return True


@tk.chained_action
def datastore_create(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Write a table; rows of a harvester that is not ours are screened first."""
    if _open:
        _open.rows(data_dict)
    return next_action(context, data_dict)


@tk.chained_action
def datastore_upsert(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Write rows; those of a harvester that is not ours are screened first."""
    if _open:
        _open.rows(data_dict)
    return next_action(context, data_dict)


def _accepted(connection: Connection, source_id: str) -> frozenset[str]:
    """Return the contents of a source that reviewers have accepted."""
    query = sa.select(quarantine.c.summary).where(
        quarantine.c.source_id == source_id,
        quarantine.c.reason == Reason.PERSONAL_DATA_REVIEW.value,
        quarantine.c.state == "approved",
    )
    return frozenset(one for summary in connection.scalars(query) for one in summary["contents"])


def _marks(findings: Sequence[Finding]) -> set[tuple[str, str]]:
    """Return what was found, wherever it stands: rule and keyed hash, the column where no value is known."""
    return {mark for one in findings for mark in _marks_of(one)}


def _marks_of(one: Finding) -> Iterator[tuple[str, str]]:
    yield from ((one.rule, each) for each in one.hashes)
    if one.count > len(one.hashes) or not one.hashes:
        yield one.rule, f"{one.column}:{one.count}"


def _parsed(content: str | None) -> dict[str, Any]:
    """Return a content as fields; one that is no JSON is one text."""
    try:
        found = json.loads(content or "")
    except ValueError:
        return {"content": content or ""}
    return found if isinstance(found, dict) else {"content": found}
