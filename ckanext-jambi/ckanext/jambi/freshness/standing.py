"""How each dataset stands: the rows of `jambi_freshness_state`, which follow from the log.

One query joins what CKAN knows of a dataset with its row; one statement writes any number of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi import clock, frequency, outbox
from ckanext.jambi.freshness import policies
from ckanext.jambi.freshness.model import dataset, item
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.model import state as table
from ckanext.jambi.freshness.rules import schedule
from ckanext.jambi.freshness.rules.cases import OBSERVATION
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.schedule import INSTANTS, Age, Demand
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.freshness.rules.states import State, state
from ckanext.jambi.freshness.rules.thresholds import V1, Boundaries, Policy, rolling
from ckanext.jambi.search import batch

DATASET_TYPE = "dataset"
package = model.Package.__table__
resource = model.Resource.__table__

has_resource = sa.exists().where(resource.c.package_id == package.c.id, resource.c.state == "active")
"""SQL: a dataset without a resource cannot be judged (specification 4)."""
place = sa.func.coalesce(sa.cast(log.c.detail[OBSERVATION].astext, sa.BigInteger), log.c.seq)
"""SQL: where evidence stands in the reckoning; what an upheld appeal lets count, at the row it repeats."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the items of the Daftar Data make of a dataset: the weakest score, and what is owed if by period.

    `code` and `calendar` are those of the item that demands it; `touched_at` is when the newest row about
    the dataset or its items was recorded. `age` is the rule of an item without periods
    that has the whole of it.
    """

    score: Decimal
    touched_at: datetime
    owed: Demand | None = None
    code: str | None = None
    calendar: str | None = None
    age: Age | None = None

    @property
    def score_text(self) -> str:
        """The score as text of fixed width, so that an index that knows texts alone can order it (F41)."""
        return f"{self.score:05.1f}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a dataset: facts of CKAN first, then what evidence has shown."""

    package_id: str
    organization_id: str | None
    frequency: str
    public: bool
    has_resource: bool
    stored: bool = False
    evidence_seq: int | None = None
    evidence_kind: str | None = None
    evidence_at: datetime | None = None
    period_end: date | None = None
    checked_at: datetime | None = None
    reachable: bool | None = None
    promise: Promise | None = None
    policy: Policy = V1

    @property
    def boundaries(self) -> Boundaries | None:
        """The instants that judge: of the schedule that walidata approved, else of the age of the data."""
        return schedule.boundaries(self.owed, self._by_age, self.evidence_at) if self.has_resource else None

    @property
    def owed(self) -> Demand | None:
        """What the Daftar Data demands; None for a dataset that no item with periods stands for."""
        return self.promise.owed if self.promise else None

    @property
    def basis(self) -> str:
        """By what the dataset is judged: `scheduled` or `rolling`."""
        return "scheduled" if schedule.is_scheduled(self.owed, self._by_age) else "rolling"

    @property
    def _by_age(self) -> Boundaries | None:
        return self.by_age(self.evidence_at)

    def by_age(self, evidence_at: datetime | None) -> Boundaries | None:
        """Return what evidence of an instant gives by its age, by the item's rule if one has the dataset."""
        if self.age:
            return schedule.by_age(self.age, evidence_at, self.policy)
        return rolling(frequency.normalise(self.frequency), evidence_at, self.policy)

    @property
    def age(self) -> Age | None:
        """The rule of an item without periods that stands for the whole dataset."""
        return self.promise.age if self.promise else None

    @property
    def judged_by(self) -> str:
        """The frequency that judges the age: the item's, which a producer cannot change (F10), or its own."""
        return self.age.frequency if self.age else self.frequency

    def state(self, now: datetime) -> State:
        """Return the state at `now`."""
        return state(self.boundaries, now)


def load(ids: Iterable[str]) -> dict[str, Standing]:
    """Return how datasets stand, by their id; ids that CKAN does not know are left out."""
    columns = [table.c[name] for name in _KEPT]
    query = (
        sa.select(
            package.c.id,
            package.c.owner_org,
            package.c.extras["frekuensi"].astext.label("frekuensi"),
            sa.and_(package.c.state == "active", sa.not_(package.c.private)).label("public"),
            has_resource.label("has_resource"),
            table.c.package_id,
            policies.hash_at(clock.now()).label("policy"),
            *columns,
            *_PROMISED,
        )
        .select_from(
            package.outerjoin(table, table.c.package_id == package.c.id)
            .outerjoin(dataset, dataset.c.package_id == package.c.id)
            .outerjoin(item, item.c.id == dataset.c.item_id)
        )
        .where(package.c.id.in_(list(ids)), package.c.type == DATASET_TYPE)
    )
    return {row["id"]: _standing(row) for row in model.Session.execute(query).mappings()}


_KEPT = ("evidence_seq", "evidence_kind", "evidence_at", "period_end", "checked_at", "reachable")
_PROMISED = (
    *(dataset.c[name] for name in ("score", "touched_at", "item_id", "owed_from", "owed_to", "begun")),
    *(dataset.c[name] for name in ("excluded", "confirmed_at")),
    dataset.c.frequency.label("age"),
    *(dataset.c[name] for name in INSTANTS),
    item.c.code,
    item.c.calendar,
)


def _standing(row: Mapping[str, Any]) -> Standing:
    return Standing(
        row["id"],
        row["owner_org"],
        _promised(row["frekuensi"]),
        bool(row["public"]),
        bool(row["has_resource"]),
        row["package_id"] is not None,
        **{name: row[name] for name in _KEPT},
        promise=_promise(row),
        policy=policies.of_hash(row["policy"]),
    )


def _promise(row: Mapping[str, Any]) -> Promise | None:
    if row["score"] is None:
        return None
    owed, age = _owed(row), _age(row)
    return Promise(row["score"], row["touched_at"], owed, row["code"], row["calendar"], age)


def _age(row: Mapping[str, Any]) -> Age | None:
    if row["age"] is None:
        return None
    excluded = (Interval(*map(datetime.fromisoformat, each)) for each in row["excluded"] or ())
    return Age(row["age"], tuple(excluded), row["confirmed_at"])


def _owed(row: Mapping[str, Any]) -> Demand | None:
    if row["item_id"] is None:
        return None
    instants = {name: row[name] for name in INSTANTS}
    return Demand(row["item_id"], Span(row["owed_from"], row["owed_to"]), **instants, begun=row["begun"])


def _promised(text: str | None) -> str:
    """Return the code of a frequency, or the exact duration of one that equals no code (F8)."""
    read = frequency.normalise(text)
    return read.iso8601 if read.code == frequency.UNKNOWN_CODE and read.iso8601 else read.code


def save(before: Mapping[str, Standing], after: Iterable[Standing]) -> None:
    """Write rows by one statement, and an event for each dataset whose state is another than before."""
    rows = [each for each in after if each != before.get(each.package_id) or not each.stored]
    if not rows:
        return
    rewrite(rows)
    now = clock.now()
    outbox.emit_many(
        [event for each in rows if (event := _event(before.get(each.package_id), each, now)) is not None]
    )


def rewrite(rows: Sequence[Standing]) -> None:
    """Write rows by one statement, as they are, and tell nobody."""
    put = insert(table)
    changed = {column.name: put.excluded[column.name] for column in table.columns if not column.primary_key}
    put = put.on_conflict_do_update(index_elements=[table.c.package_id], set_=changed)
    model.Session.execute(put, [_row(each) for each in rows])


def next_ids(after: str, limit: int) -> list[str]:
    """Return the next datasets that have a row, by id."""
    query = sa.select(table.c.package_id).where(table.c.package_id > after)
    return list(model.Session.scalars(query.order_by(table.c.package_id).limit(limit)))


def outdated(ids: Collection[str]) -> list[Standing]:
    """Return those of these datasets whose row tells other instants than the policy gives now."""
    query = sa.select(table.c.package_id, *(table.c[name] for name in INSTANTS))
    found = model.Session.execute(query.where(table.c.package_id.in_(ids)))
    told = {key: tuple(instants) for key, *instants in found}
    return [each for key, each in load(told).items() if told[key] != _instants(each.boundaries)]


def _instants(found: Boundaries | None) -> tuple[datetime | None, ...]:
    return tuple(getattr(found, name, None) for name in INSTANTS)


def refresh(package_id: str) -> None:
    """Let the row of a dataset follow its frequency, organization and resources; without a row, nothing."""
    known = load([package_id]).get(package_id)
    if known is None or not known.stored:
        return
    batch.hold([package_id])
    kept = _stored(package_id)
    if (kept.organization_id, kept.frequency, kept.due_at) != _compared(known):
        before = replace(known, frequency=kept.frequency)
        save({package_id: before}, [known])


def _stored(package_id: str) -> Any:
    query = sa.select(table).where(table.c.package_id == package_id)
    return model.Session.execute(query).one()


def _compared(known: Standing) -> tuple[str | None, str, datetime | None]:
    found = known.boundaries
    return known.organization_id, known.judged_by, found.due_at if found else None


def _row(each: Standing) -> dict[str, Any]:
    found = each.boundaries
    return {
        "package_id": each.package_id,
        "organization_id": each.organization_id,
        "frequency": each.judged_by,
        "basis": each.basis,
        **{name: getattr(found, name, None) for name in INSTANTS},
        **{name: getattr(each, name) for name in _KEPT},
    }


def _event(before: Standing | None, each: Standing, now: datetime) -> outbox.Event | None:
    old = before.state(now) if before else State.UNKNOWN
    new = each.state(now)
    if old is new:
        return None
    return outbox.Event(
        kind="freshness.state",
        package_id=each.package_id,
        organization_id=each.organization_id,
        public=each.public,
        payload={"state": new.value, "previous": old.value, "at": now.isoformat(timespec="seconds")},
    )
