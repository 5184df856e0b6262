"""Which evidence counts (F17): a content hash never seen before and, with a period column, a later period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

LINKED = "remote_fetch"
CONTENT_KINDS = frozenset({"upload", "datastore", LINKED, "harvest_ok"})
WIB = timezone(timedelta(hours=7), "WIB")
TOLERANCE = timedelta(minutes=5)


class Reason(StrEnum):
    """Why an observation earned credit or did not."""

    NEW_CONTENT = "new_content"
    NO_CONTENT = "no_content"
    REPEATED_CONTENT = "repeated_content"
    PERIOD_MISSING = "period_missing"
    PERIOD_NOT_ADVANCED = "period_not_advanced"
    PERIOD_IN_FUTURE = "period_in_future"
    FIRST_LINKED_CONTENT = "first_linked_content"
    UNSTABLE_CONTENT = "unstable_content"


@dataclass(frozen=True, slots=True)
class Content:
    """What an observation shows: its kind, the canonical hash, and the last day that the data covers.

    `period_at` is the last instant that the data covers, where its period column holds instants. Of a linked
    file, `first` says that nothing of it was seen before, and not `stable` that it was another when it was
    read again.
    """

    kind: str
    hash: str | None
    period_end: date | None = None
    period_at: datetime | None = None
    first: bool = False
    stable: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """What the log already holds for the item: all hashes, and the last period that was credited."""

    hashes: frozenset[str] = frozenset()
    period_end: date | None = None
    period_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome: only `Reason.NEW_CONTENT` is credit."""

    reason: Reason

    @property
    def credited(self) -> bool:
        """Whether the observation counts as evidence of new content."""
        return self.reason is Reason.NEW_CONTENT


def judge(content: Content, history: History, now: datetime) -> Verdict:
    """Return whether `content` counts at `now`, given what was seen before.

    Once a period was credited, content without a period earns nothing: dropping the period column
    or adding a further file is no way around it (G8, G12).
    """
    if content.kind not in CONTENT_KINDS or content.hash is None:
        return Verdict(Reason.NO_CONTENT)
    if content.hash in history.hashes:
        return Verdict(Reason.REPEATED_CONTENT)
    if content.period_end is not None:
        return Verdict(_of_period(content.period_end, content, history, now))
    if history.period_end is not None:
        return Verdict(Reason.PERIOD_MISSING)
    return Verdict(_without_period(content, history))


def after(content: Content, verdict: Verdict, history: History) -> History:
    """Return the history that the next observation of the item meets."""
    hashes = history.hashes | {content.hash} if content.hash else history.hashes
    counted = content if verdict.credited and content.period_end else history
    return History(hashes, counted.period_end, counted.period_at)


def _without_period(content: Content, history: History) -> Reason:
    """Return whether content counts of which nobody knows the period: a linked file from its first change."""
    if content.kind != LINKED:
        return Reason.NEW_CONTENT
    if content.first or not history.hashes:
        return Reason.FIRST_LINKED_CONTENT
    return Reason.NEW_CONTENT if content.stable else Reason.UNSTABLE_CONTENT


def _of_period(end: date, content: Content, history: History, now: datetime) -> Reason:
    if end > now.astimezone(WIB).date() or (content.period_at and content.period_at > now + TOLERANCE):
        return Reason.PERIOD_IN_FUTURE
    return Reason.NEW_CONTENT if _advances(end, content.period_at, history) else Reason.PERIOD_NOT_ADVANCED


def _advances(end: date, at: datetime | None, history: History) -> bool:
    """Whether a period lies after the credited one; within a day the instants decide, if both are known."""
    if history.period_end is None or end != history.period_end:
        return history.period_end is None or end > history.period_end
    return bool(at and history.period_at and at > history.period_at)
