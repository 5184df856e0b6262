"""The one door for evidence: what the harvester, uploads and the DataStore saw enters the log here.

Everything is written on `model.Session` in the caller's transaction or savepoint and committed by
the caller. Content is what counts (F17); that a run succeeded proves availability and no more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger, refusals, siblings, standing
from ckanext.jambi.freshness.errors import ObservationError
from ckanext.jambi.freshness.kinds import HARVESTED, UNANSWERED
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.model import state as state_table
from ckanext.jambi.freshness.rules.credit import (
    CONTENT_KINDS,
    LINKED,
    TOLERANCE,
    Content,
    History,
    Reason,
    Verdict,
    after,
    judge,
)
from ckanext.jambi.freshness.rules.scoring import AVAILABLE
from ckanext.jambi.freshness.rules.spans import ROWS_IN, Span
from ckanext.jambi.freshness.siblings import Sibling
from ckanext.jambi.freshness.standing import Standing
from ckanext.jambi.search import batch

AGAIN = timedelta(hours=24)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One piece of evidence; `kind` as in specification 5, `valid_at` when it was true in the city.

    `rows_in` are the parts of the calendar in which rows lie, None where nobody looked. A linked file is not
    `stable` if it was another when it was read again.

    `detail` holds texts, whole numbers, booleans and null, and no personal data (F34).
    """

    kind: str
    package_id: str | None
    valid_at: datetime
    resource_id: str | None = None
    organization_id: str | None = None
    content_hash: str | None = None
    hash_method: str | None = None
    row_count: int | None = None
    period_start: date | None = None
    period_end: date | None = None
    period_at: datetime | None = None
    rows_in: Sequence[Span] | None = None
    stable: bool = True
    actor_id: str | None = None
    actor_class: str = "harvester"
    detail: Mapping[str, Any] = field(default_factory=dict)


_FORESEEN = ("kind", "package_id", "valid_at", "period_end")
PERIOD_AT = "period_at"
_foreseen: ContextVar[Mapping[str, Observation]] = ContextVar(
    "jambi_freshness_foreseen", default=MappingProxyType({})
)


@dataclass(frozen=True, slots=True)
class Credit:
    """What became of an observation: its number in the log, and whether and why it counts."""

    seq: int
    credited: bool
    reason: Reason


def observe(observations: Sequence[Observation]) -> list[Credit]:
    """Append observations to the log and let the states of their datasets follow.

    The log is locked until the transaction ends, so call it late. Any number of observations costs
    the same few statements. Events `freshness.state` are written for states that change.

    Returns:
        list[Credit]: one for each observation, in order.

    Raises:
        ObservationError: if one lies more than five minutes ahead of the portal's clock (F33), or
            has no canonical form. Nothing was written then.
    """
    if not observations:
        return []
    package_ids = {each.package_id for each in observations if each.package_id}
    model.Session.flush()
    batch.hold(package_ids)
    end = ledger.lock()
    recorded_at = ledger.recording_at(end)
    _refuse_future(observations, recorded_at)
    before = standing.load(package_ids)
    verdicts = _judge(observations, before, recorded_at)
    rows = [
        _row(end.seq + number, each, verdict, before, recorded_at)
        for number, (each, verdict) in enumerate(zip(observations, verdicts, strict=True), start=1)
    ]
    ledger.append(end, rows)
    standing.save(before, _advanced(before, rows, verdicts))
    return [
        Credit(row["seq"], verdict.credited, verdict.reason)
        for row, verdict in zip(rows, verdicts, strict=True)
    ]


def reachability(source_id: str, package_ids: Iterable[str], ok: bool, at: datetime) -> Credit | None:
    """Note that a source answered, or did not, at `at`: on a change, or once in 24 hours (HV01).

    One row stands for all datasets of the source; it proves availability, never content.

    Returns:
        Credit | None: None if nothing was written.
    """
    kind = HARVESTED if ok else UNANSWERED
    last = _last_reachability(source_id)
    if last and last.kind == kind and at - last.valid_at < AGAIN:
        return None
    ids = sorted(package_ids)
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    detail = {"source_id": source_id, "datasets": len(ids), "datasets_sha256": digest}
    credit = observe([Observation(kind=kind, package_id=None, valid_at=at, detail=detail)])[0]
    noted = {"reachable": ok} | ({"checked_at": at} if ok else {})
    model.Session.execute(sa.update(state_table).where(state_table.c.package_id.in_(ids)).values(**noted))
    return credit


@contextmanager
def foresee(observations: Sequence[Observation]) -> Iterator[None]:
    """Let search rows made inside hold the dates of evidence that this transaction will observe.

    An importer that indexes a record before it observes the batch wraps the record's actions in it.
    """
    token = _foreseen.set({each.package_id: each for each in observations if each.package_id})
    try:
        yield
    finally:
        _foreseen.reset(token)


def expected(package_id: str) -> Standing | None:
    """Return how a dataset stands, foreseen evidence included; None if CKAN does not know it."""
    before = standing.load([package_id])
    coming = _foreseen.get().get(package_id)
    if not before or coming is None:
        return before.get(package_id)
    now = clock.now()
    verdicts = _judge([coming], before, now)
    row = {"seq": None, "recorded_at": now} | {name: getattr(coming, name) for name in _FORESEEN}
    return _advanced(before, [row], verdicts)[0]


def _last_reachability(source_id: str) -> Any:
    query = (
        sa.select(log.c.kind, log.c.valid_at)
        .where(
            log.c.package_id.is_(None),
            log.c.kind.in_((HARVESTED, UNANSWERED)),
            log.c.detail["source_id"].astext == source_id,
        )
        .order_by(log.c.seq.desc())
        .limit(1)
    )
    return model.Session.execute(query).first()


def _refuse_future(observations: Sequence[Observation], recorded_at: datetime) -> None:
    """Refuse what is dated ahead of the portal's clock, and let walidata hear of it (G2)."""
    ahead = [each for each in observations if each.valid_at > recorded_at + TOLERANCE]
    if ahead:
        told = [(each.package_id, each.kind, each.valid_at) for each in ahead if each.package_id]
        refusals.note(told, recorded_at)
        raise ObservationError(
            f"Evidence of {ahead[0].package_id} is dated {ahead[0].valid_at.isoformat()}, ahead of the "
            f"portal's clock {recorded_at.isoformat()}: correct the clock that made it."
        )


def _judge(
    observations: Sequence[Observation], before: Mapping[str, Standing], now: datetime
) -> list[Verdict]:
    """Judge in order, so that a batch that repeats itself earns once."""
    kin = siblings.of(before) if any(each.content_hash for each in observations) else {}
    histories, links = _histories(observations, before, kin), _links(observations)
    verdicts = []
    for each in observations:
        history = histories.get(each.package_id, History())
        content = _content(each, links)
        verdict = judge(content, history, now) if each.package_id in before else Verdict(Reason.NO_CONTENT)
        histories[each.package_id] = after(content, verdict, history)
        for other in kin.get(each.package_id or "", ()):
            _tell(histories, other.package_id, each.content_hash)
        verdicts.append(verdict)
    return verdicts


def _links(observations: Sequence[Observation]) -> set[str | None]:
    """Return the linked files among these of which the log holds content already."""
    asked = {each.resource_id for each in observations if each.kind == LINKED and each.content_hash}
    query = sa.select(log.c.resource_id).where(
        log.c.package_id.in_({each.package_id for each in observations if each.kind == LINKED}),
        log.c.resource_id.in_(asked),
        log.c.kind == LINKED,
        log.c.content_hash.is_not(None),
    )
    return set(model.Session.scalars(query.distinct())) if asked else set()


def _content(each: Observation, links: set[str | None]) -> Content:
    """Return what an observation shows, and let `links` know the linked file."""
    first = each.kind == LINKED and each.resource_id not in links
    if each.kind == LINKED and each.content_hash:
        links.add(each.resource_id)
    return Content(each.kind, each.content_hash, each.period_end, each.period_at, first, each.stable)


def _tell(histories: dict[str | None, History], package_id: str, content_hash: str | None) -> None:
    """Let a dataset of the same item know what was seen in this batch."""
    if content_hash and (known := histories.get(package_id)):
        histories[package_id] = replace(known, hashes=known.hashes | {content_hash})


def _histories(
    observations: Sequence[Observation],
    before: Mapping[str, Standing],
    kin: Mapping[str, Sequence[Sibling]],
) -> dict[str | None, History]:
    """Return what the log holds of these datasets and their siblings, as far as these observations ask."""
    others = {each.package_id for found in kin.values() for each in found}
    hashes = {each.content_hash for each in observations if each.content_hash}
    asked = sa.or_(log.c.content_hash.in_(hashes), log.c.kind == LINKED)
    query = sa.select(log.c.package_id, log.c.content_hash).where(
        log.c.package_id.in_([*before, *others]), log.c.content_hash.is_not(None), asked
    )
    seen: dict[str, set[str]] = {}
    if hashes:
        for package_id, content_hash in model.Session.execute(query.distinct()):
            seen.setdefault(package_id, set()).add(content_hash)
    until = _instants(before) if any(each.period_at for each in observations) else {}
    return {key: _history(known, kin.get(key, ()), seen, until.get(key)) for key, known in before.items()}


def _history(
    known: Standing, kin: Sequence[Sibling], seen: Mapping[str, set[str]], until: datetime | None
) -> History:
    """Return what the item of a dataset has seen: all its hashes, and the last period of those replaced."""
    own = seen.get(known.package_id, set())
    hashes = own.union(*(seen.get(each.package_id, ()) for each in kin))
    former = [each.period_end for each in kin if each.period_end]
    period_end = max([*former, known.period_end] if known.period_end else former, default=None)
    return History(frozenset(hashes), period_end, until)


def _instants(before: Mapping[str, Standing]) -> dict[str, datetime]:
    """Return the last instant that the credited content of each dataset covers, where it names one."""
    credited = [known.evidence_seq for known in before.values() if known.evidence_seq]
    query = sa.select(log.c.package_id, log.c.detail).where(log.c.seq.in_(credited))
    found = {key: instant_of(detail) for key, detail in model.Session.execute(query)}
    return {key: at for key, at in found.items() if at}


def _row(
    seq: int,
    each: Observation,
    verdict: Verdict,
    before: Mapping[str, Standing],
    recorded_at: datetime,
) -> ledger.Row:
    known = before.get(each.package_id or "")
    copied = ("kind", "package_id", "resource_id", "content_hash", "hash_method", "row_count")
    return {
        "seq": seq,
        **{name: getattr(each, name) for name in copied},
        "item_id": None,
        "obligation_id": None,
        "organization_id": each.organization_id or (known.organization_id if known else None),
        "period_start": each.period_start,
        "period_end": each.period_end,
        "actor_id": each.actor_id if each.actor_id and _UUID.fullmatch(each.actor_id) else None,
        "actor_class": each.actor_class,
        "valid_at": each.valid_at,
        "recorded_at": recorded_at,
        "detail": {
            **each.detail,
            **named(each.period_at),
            **lying_in(each.rows_in),
            "credit": verdict.reason.value,
        },
    }


def named(period_at: datetime | None) -> dict[str, str]:
    """Return what `detail` says of the last instant that content covers."""
    return {PERIOD_AT: period_at.astimezone(UTC).isoformat()} if period_at else {}


def lying_in(parts: Sequence[Span] | None) -> dict[str, list[list[str]]]:
    """Return what `detail` says of the parts of the calendar in which rows lie (F13)."""
    if parts is None:
        return {}
    return {ROWS_IN: [[each.start.isoformat(), each.end.isoformat()] for each in parts]}


def instant_of(detail: Mapping[str, Any]) -> datetime | None:
    """Return the last instant that content covers, from the `detail` of its row."""
    return datetime.fromisoformat(detail[PERIOD_AT]) if PERIOD_AT in detail else None


def _advanced(
    before: Mapping[str, Standing], rows: Sequence[ledger.Row], verdicts: Sequence[Verdict]
) -> list[Standing]:
    """Return how the datasets stand after these rows."""
    now = dict(before)
    for row, verdict in zip(rows, verdicts, strict=True):
        if row["package_id"] in now:
            now[row["package_id"]] = _moved(now[row["package_id"]], row, verdict)
    return list(now.values())


def _moved(known: Standing, row: ledger.Row, verdict: Verdict) -> Standing:
    seen_at = min(row["valid_at"], row["recorded_at"])
    if row["kind"] == UNANSWERED or row.get("detail", {}).get(AVAILABLE) is False:
        return replace(known, reachable=False)
    if row["kind"] in CONTENT_KINDS:
        checked = max(filter(None, (known.checked_at, seen_at)))
        known = replace(known, checked_at=checked, reachable=True)
    if not verdict.credited:
        return known
    return replace(
        known,
        evidence_seq=row["seq"],
        evidence_kind=row["kind"],
        evidence_at=seen_at,
        period_end=row["period_end"] or known.period_end,
    )
