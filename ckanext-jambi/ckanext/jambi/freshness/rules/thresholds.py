"""Rolling thresholds (F6, F7): from a frequency and an evidence instant to the four boundaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ckanext.jambi import frequency
from ckanext.jambi.frequency import Frequency

DAY = timedelta(days=1)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """Ages in days at which data of one interval is due, overdue and delinquent; bounds inclusive."""

    due: int
    overdue: int
    delinquent: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says of the rolling rule; `rows` ascend."""

    version: str
    rows: tuple[Row, ...]
    soon_at_most: timedelta = timedelta(days=7)
    as_needed: timedelta = timedelta(days=365)

    @classmethod
    def read(cls, body: Mapping[str, object]) -> Policy:
        """Read a policy file's mapping (`config/policy/v1.yaml`).

        Raises:
            ValueError: if a row is not three ascending numbers of days.
        """
        rolling = body["rolling"]
        if not isinstance(rolling, Mapping):
            raise ValueError("A policy needs the mapping `rolling`.")
        rows = tuple(Row(*(int(day) for day in row)) for row in rolling["days"])
        _require_order(rows)
        return cls(
            str(body["version"]),
            rows,
            timedelta(days=int(rolling["soon_at_most_days"])),
            timedelta(days=int(rolling["as_needed_days"])),
        )


def _require_order(rows: tuple[Row, ...]) -> None:
    for row in rows:
        if not 0 < row.due < row.overdue < row.delinquent:
            raise ValueError(f"The row {row} must ascend.")
    if list(rows) != sorted(rows, key=lambda row: row.due) or not rows:
        raise ValueError("The rows of a policy must ascend and exist.")


# OCHA-DAP/hdx-data-freshness, src/hdx/freshness/app/project_configuration.yaml (F6).
V1 = Policy(
    version="1",
    rows=(
        Row(1, 2, 3),
        Row(2, 4, 6),
        Row(7, 14, 21),
        Row(14, 21, 28),
        Row(30, 44, 60),
        Row(60, 84, 108),
        Row(90, 120, 150),
        Row(120, 147, 174),
        Row(180, 210, 240),
        Row(300, 342, 384),
        Row(365, 425, 455),
        Row(730, 785, 840),
    ),
)


@dataclass(frozen=True, slots=True)
class Boundaries:
    """When the evidence was made and when a dataset becomes soon due, due, overdue and delinquent.

    The four are None together for data that is never due (archive).
    """

    evidence_at: datetime
    soon_at: datetime | None = None
    due_at: datetime | None = None
    overdue_at: datetime | None = None
    delinquent_at: datetime | None = None

    def after(self, now: datetime) -> datetime | None:
        """Return the next instant at which state or label change, or None."""
        ahead = (self.soon_at, self.due_at, self.overdue_at, self.delinquent_at)
        return min((instant for instant in ahead if instant and instant > now), default=None)


def ages(length: timedelta, policy: Policy = V1) -> tuple[timedelta, timedelta, timedelta]:
    """Return the ages at which data of an interval of `length` is due, overdue and delinquent.

    Below one day: one, two and three lengths. From one day: due at the length, then the leeways of
    the largest row that is not above it; a row's own length gives the row itself.
    """
    smallest = policy.rows[0].due * DAY
    if length < smallest:
        return length, 2 * length, 3 * length
    row = next(row for row in reversed(policy.rows) if row.due * DAY <= length)
    return length, length + (row.overdue - row.due) * DAY, length + (row.delinquent - row.due) * DAY


def rolling(promised: Frequency, evidence_at: datetime | None, policy: Policy = V1) -> Boundaries | None:
    """Return the boundaries of a rolling dataset; None where nothing can be judged.

    That is without evidence, or with a frequency that has neither an interval nor a rule: `sekali`
    is never due (F9), `insidental` is judged as the policy says, `tidak_diketahui` not at all.
    """
    if evidence_at is None:
        return None
    if promised.code == frequency.STATIC_CODE:
        return Boundaries(evidence_at)
    length = _length(promised, policy)
    if length is None:
        return None
    due, overdue, delinquent = (_later(evidence_at, age) for age in ages(length, policy))
    soon = due - min(policy.soon_at_most, length / 4)
    return Boundaries(evidence_at, soon, due, overdue, delinquent)


def _length(promised: Frequency, policy: Policy) -> timedelta | None:
    if promised.code == frequency.AS_NEEDED_CODE:
        return policy.as_needed
    return promised.interval.nominal if promised.interval else None


def _later(instant: datetime, age: timedelta) -> datetime:
    """Add, and stop at the end of the calendar."""
    return instant + age if age <= _LATEST - instant else _LATEST
