"""What closes obligations: content, approved statements, exemptions and upheld appeals (F13, F14, F19)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.obligations import Duty
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.working_days import ONE_DAY, civil_day


class Outcome(StrEnum):
    """What became of an obligation."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    ATTESTED = "attested"
    SKIPPED = "skipped"
    EXCUSED = "excused"


class Act(StrEnum):
    """What an event of an item is."""

    CONTENT = "content"  # credited content (F17)
    UNCHANGED = "unchanged"  # an approved attestation (F19)
    NIL = "nil"  # an approved nil statement (F13)
    COMPLETE = "complete"  # a complete run of a source that answered on each day since `first_day` (F13)
    CONFIRMED = "confirmed"  # a confirmation of an `insidental` item (F25)
    PARDON = "pardon"  # an upheld appeal against one obligation (F29)


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log that may close obligations.

    `valid_at` is when it was true in the city: the import, or the submission of what a reviewer approved
    later (F14). `last_day` is the last day that content covers, None where it declares no period; with
    `first_day` it names the period of which a statement or a pardon speaks. `rows_in` are the parts of the
    calendar in which rows lie; None where nobody looked. `waived` says that walidata let a further nil
    statement pass.
    """

    seq: int
    act: Act
    valid_at: datetime
    last_day: date | None = None
    first_day: date | None = None
    rows_in: tuple[Span, ...] | None = None
    waived: bool = False

    @property
    def covers_until(self) -> date:
        """The last day of which this content speaks; without a period, the day before it came."""
        return self.last_day or civil_day(self.valid_at) - ONE_DAY


class Obligation(NamedTuple):
    """A duty and what became of it; `nil` where a statement that there was nothing closed it."""

    duty: Duty
    outcome: Outcome = Outcome.OPEN
    closed_at: datetime | None = None
    closing_seq: int | None = None
    nil: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is still owed."""
        return self.outcome is Outcome.OPEN


def close(
    duties: Iterable[Duty],
    events: Iterable[Event],
    scoring: Scoring,
    exempt: Sequence[Interval] = (),
) -> list[Obligation]:
    """Return what became of each duty, given the events of its dataset, in the order of the log.

    A period that lies wholly within exempt time is `excused` (F27).
    """
    in_order = sorted(duties, key=attrgetter("span.end", "span.start"))
    book = _Book([_excused(duty, exempt) for duty in in_order])
    for event in sorted(events, key=lambda each: each.seq):
        book.take(event, scoring)
    return book.found


def further(found: Iterable[Obligation], event: Event, scoring: Scoring) -> list[Obligation]:
    """Return what becomes of obligations, as `close` gave them, by an event after all others."""
    book = _Book([*found])
    book.take(event, scoring)
    return book.found


class _Book:
    """Obligations in order of their last day, while events close them.

    All before `oldest` are closed, so that an event looks at what is owed and no further back.
    """

    def __init__(self, found: list[Obligation]) -> None:
        self.found = found
        self.has_nil = any(each.nil for each in found)
        self.oldest = 0
        self._ends = [each.duty.span.end for each in found]
        self._go_on()

    def take(self, event: Event, scoring: Scoring) -> None:
        """Let one event close what it closes."""
        if event.act is Act.CONTENT:
            self._content(event)
        elif event.act is Act.PARDON:
            self.found = [_pardoned(each, event) for each in self.found]
        elif event.act in (Act.UNCHANGED, Act.NIL):
            self._statement(event, scoring)
        elif event.act is Act.COMPLETE:
            self._complete_run(event, scoring)
        self._go_on()

    def _go_on(self) -> None:
        at, found = self.oldest, self.found
        while at < len(found) and found[at].outcome is not Outcome.OPEN:
            at += 1
        self.oldest = at

    def _content(self, event: Event) -> None:
        """Close what content covers; where its rows are known, look at what a nil statement closed too."""
        until = bisect_right(self._ends, event.covers_until)
        since = 0 if event.rows_in is not None and self.has_nil else self.oldest
        self.found[since:until] = [_by_content(each, event) for each in self.found[since:until]]

    def _statement(self, event: Event, scoring: Scoring) -> None:
        """Close the oldest open obligation if its period is over and the limit in a row allows."""
        if self.oldest == len(self.found):
            return
        each = self.found[self.oldest]
        is_over = each.duty.span.ends_at <= event.valid_at
        if is_over and _speaks_of(each, event) and allowed(self.found[: self.oldest], event, scoring):
            self.found[self.oldest] = _stated(each, event)
            self.has_nil = self.has_nil or event.act is Act.NIL

    def _complete_run(self, event: Event, scoring: Scoring) -> None:
        """Close the periods of an event feed of which a complete run shows that nothing happened in them.

        That is each whole period since the source answers on every day, the oldest first, as far as nil
        statements may follow each other.
        """
        while self.oldest < len(self.found) and _is_shown_empty(self.found[self.oldest], event):
            if in_a_row(self.found[: self.oldest], Act.NIL) >= scoring.nil_in_a_row:
                return
            self.found[self.oldest] = _stated(self.found[self.oldest], event)
            self.has_nil = True
            self._go_on()


def _is_shown_empty(each: Obligation, event: Event) -> bool:
    span = each.duty.span
    is_over = span.ends_at <= event.valid_at
    return each.duty.event and is_over and event.first_day is not None and event.first_day <= span.start


def _excused(duty: Duty, exempt: Sequence[Interval]) -> Obligation:
    if not exempt:
        return Obligation(duty)
    span = duty.span
    covering = next(
        (each for each in exempt if each.start <= span.starts_at and span.ends_at <= each.end), None
    )
    return Obligation(duty, Outcome.EXCUSED, covering.start) if covering else Obligation(duty)


def _by_content(each: Obligation, event: Event) -> Obligation:
    """Return what becomes of an obligation whose period content covers."""
    span = each.duty.span
    if each.outcome is Outcome.OPEN:
        if each.duty.event and event.last_day is not None and not _has_rows(span, event):
            return each  # of an event feed nothing is missing: a complete run or a statement says so
        return _closed(each, event, _outcome(each.duty, event))
    if each.nil and event.rows_in is not None and _has_rows(span, event):
        return each._replace(outcome=Outcome.MET_LATE, closing_seq=event.seq, nil=False)
    return each


def _outcome(duty: Duty, event: Event) -> Outcome:
    if event.last_day is not None and not _has_rows(duty.span, event):
        return Outcome.SKIPPED
    return Outcome.MET if event.valid_at < duty.overdue_at else Outcome.MET_LATE


def _has_rows(span: Span, event: Event) -> bool:
    """Whether a row falls in a period; where nobody looked, the first and last day tell what they can."""
    if event.rows_in is not None:
        return any(part.start <= span.end and part.end >= span.start for part in event.rows_in)
    return event.first_day is None or event.first_day <= span.end


def _speaks_of(each: Obligation, event: Event) -> bool:
    """Whether a statement means this period: the one it names, or whichever is next where it names none."""
    span = each.duty.span
    return event.first_day is None or (span.start, span.end) == (event.first_day, event.last_day)


def allowed(before: Sequence[Obligation], event: Event, scoring: Scoring) -> bool:
    """Whether a statement may close what follows `before`; walidata may waive the limit of nil ones."""
    waived = event.waived and event.act is Act.NIL
    return waived or in_a_row(before, event.act) < most_in_a_row(event.act, scoring)


def most_in_a_row(act: Act, scoring: Scoring) -> int:
    """Return how many periods in a row statements of one kind may close."""
    return scoring.declared_in_a_row if act is Act.UNCHANGED else scoring.nil_in_a_row


def in_a_row(before: Sequence[Obligation], act: Act) -> int:
    """Return how many such statements closed obligations since content did; excused ones part nothing.

    Statements of the other kind part nothing either, or two kinds in turn would keep data away for ever (G5).
    """
    count = 0
    for each in reversed([one for one in before if one.outcome is not Outcome.EXCUSED]):
        is_attested = each.outcome is Outcome.ATTESTED
        if not (is_attested or each.nil):
            break
        count += is_attested if act is Act.UNCHANGED else each.nil
    return count


def _stated(each: Obligation, event: Event) -> Obligation:
    if event.act is Act.UNCHANGED:
        return _closed(each, event, Outcome.ATTESTED)
    in_time = event.valid_at < each.duty.overdue_at
    return _closed(each, event, Outcome.MET if in_time else Outcome.MET_LATE)._replace(nil=True)


def _pardoned(each: Obligation, event: Event) -> Obligation:
    """Excuse the obligation that an upheld appeal names by its days: no time is lost to it any more."""
    span = each.duty.span
    if (span.start, span.end) != (event.first_day, event.last_day):
        return each
    closed_at = min(each.closed_at or event.valid_at, each.duty.overdue_at)
    return each._replace(outcome=Outcome.EXCUSED, closed_at=closed_at, closing_seq=event.seq, nil=False)


def _closed(each: Obligation, event: Event, outcome: Outcome) -> Obligation:
    return Obligation(each.duty, outcome, event.valid_at, event.seq, each.nil)
