"""Hold back records with personal data before anything of them is stored (harvesting.md 8, row PII).

Screened is what a run is about to keep: the rows of public columns, the fields with all that is nested in
them, warnings, and the record's own id. Columns that are dropped or not public have left memory with
their chunk (`spool`): they are neither kept nor published, and a source that lists them is not held for
it. A record that did not change keeps nothing, so it is not screened again.

Small counts of persons and precise coordinates hold nothing: the copy that is kept, and so the public one,
goes without them, also where a reviewer accepted the rest.

A held record leaves one row in `jambi_harvest_incoming` without content: rules, columns, row numbers and
keyed hashes. What a reviewer accepts is a content, known by its keyed hash; it is read anew then.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.jambi.harvest import diff
from ckanext.jambi.harvest.guard import Hold, Reason
from ckanext.jambi.harvest.model import quarantine
from ckanext.jambi.harvest.spool import Spool, decode, public_places
from ckanext.jambi.harvest.work import Work
from ckanext.jambi.metadata.pii import (
    MOST_ROWS,
    Finding,
    Screen,
    ScreenColumn,
    Severity,
    keyed_hash,
    masked,
    protection,
    worst,
)
from jambi_harvesters.record import Column, Record, RowChunk

REASONS = (Reason.PERSONAL_DATA, Reason.PERSONAL_DATA_REVIEW)
ROUNDING = frozenset({Severity.ROUND})
SUPPRESSING = ROUNDING | {Severity.SUPPRESS}
SHOWN_RECORDS, SHOWN_FINDINGS = 20, 30
_PURPOSE = b"ckanext.jambi.metadata.pii"


@dataclass(frozen=True, slots=True)
class Withheld:
    """A record that is held: what may be kept of it.

    Attributes:
        guid: its id as records are compared; hashed where the id itself is personal.
        content_hash: keyed hash of its content.
    """

    reason: Reason
    guid: str
    content_hash: str
    findings: tuple[Finding, ...]

    def values(self) -> dict[str, Any]:
        """Return the columns of its row in `jambi_harvest_incoming`."""
        shown = [finding.as_dict() for finding in self.findings[:SHOWN_FINDINGS]]
        return {
            "guid": self.guid,
            "hash": self.content_hash,
            "content": {"findings": shown},
            "held": True,
            "reason": self.reason.value,
        }


class Gate:
    """Judges the records of one run."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._key = key()

    def judge(self, one: Record, spool: Spool | None, *, whole: bool = True) -> Withheld | None:
        """Return why a record is held, or None if it may go on; its rows then are as they may be public.

        Args:
            whole: the rows are all of the table. Of a part nobody can say what a sum would tell.
        """
        found = self._findings(one, spool)
        mild = SUPPRESSING if whole and (spool is None or spool.count <= MOST_ROWS) else ROUNDING
        held = self._withheld(one, tuple(each for each in found if each.severity not in mild))
        changing = [each for each in found if each.severity in mild]
        if spool and changing and held is None:
            rows = (row for body in spool.bodies() for row in decode(body))
            spool.protect(protection(_declared(spool.columns), changing, rows))
        return held

    def _withheld(self, one: Record, findings: tuple[Finding, ...]) -> Withheld | None:
        if not findings:
            return None
        content_hash = keyed_hash(self._key, one.content_hash or "")
        blocked = worst(findings) is Severity.BLOCK
        if not blocked and content_hash in self._accepted:
            return None
        reason = Reason.PERSONAL_DATA if blocked else Reason.PERSONAL_DATA_REVIEW
        return Withheld(reason, self._guid(one, findings), content_hash, findings)

    def is_free(self, value: Any) -> bool:
        """Return whether a value, with all that is nested in it, holds no personal data."""
        screen = Screen(key=self._key)
        screen.add_fields({"value": value})
        return not screen.verdicts()

    def _findings(self, one: Record, spool: Spool | None) -> tuple[Finding, ...]:
        screen = Screen(_declared(spool.columns if spool else ()), key=self._key)
        for body in spool.bodies() if spool else ():
            screen.add_rows(decode(body))
        warnings = [warning.detail for warning in one.warnings]
        screen.add_fields({"guid": one.guid, "warnings": warnings, **one.fields})
        return screen.verdicts()

    def _guid(self, one: Record, findings: Sequence[Finding]) -> str:
        guid = diff.key(one.guid)
        personal = any(finding.column == "guid" for finding in findings)
        return keyed_hash(self._key, guid) if personal else guid

    @cached_property
    def _accepted(self) -> frozenset[str]:
        """The contents of this source that reviewers have accepted."""
        query = sa.select(quarantine.c.summary).where(
            quarantine.c.source_id == self._work.lease.source_id,
            quarantine.c.reason == Reason.PERSONAL_DATA_REVIEW.value,
            quarantine.c.state == "approved",
        )
        with self._work.lease.engine.connect() as connection:
            summaries = connection.scalars(query).all()
        return frozenset(content for summary in summaries for content in summary["contents"])


def marks(one: Record) -> list[dict[str, str]]:
    """Return what a preview marks of a record: rule, severity and column of each finding."""
    table = one.rows or RowChunk((), ())
    public = public_places(table.columns)
    screen = Screen(_declared([table.columns[at] for at in public]), key=key())
    screen.add_rows([[row[at] for at in public] for row in table.rows])
    screen.add_fields(one.fields)
    return [
        {"rule": found.rule, "severity": found.severity.value, "column": found.column}
        for found in screen.verdicts()
    ]


def holds(items: Sequence[Any]) -> Iterator[Hold]:
    """Return one hold for each reason; `items` are the rows of held records in `jambi_harvest_incoming`."""
    for reason in REASONS:
        own = [item for item in items if item.reason == reason.value]
        if own:
            yield Hold(reason, guids=tuple(item.guid for item in own), detail=_detail(own))


def key() -> bytes:
    """Return the secret under which values and contents are hashed, made of the portal's own."""
    return hmac.new(tk.config["SECRET_KEY"].encode(), _PURPOSE, sha256).digest()


def safe(text: str) -> str:
    """Return a text from a source as logs and error messages may show it."""
    return masked(text)


def _detail(items: Sequence[Any]) -> Mapping[str, object]:
    """Return what a steward is told: how many records, and the findings of the first of them."""
    records = [
        {"guid": item.guid, "position": item.position, "findings": item.content["findings"]}
        for item in items[:SHOWN_RECORDS]
    ]
    return {"held": len(items), "records": records, "contents": [item.hash for item in items]}


def _declared(columns: Sequence[Column]) -> list[ScreenColumn]:
    return [ScreenColumn(column.name, column.type, column.unit, column.label) for column in columns]
