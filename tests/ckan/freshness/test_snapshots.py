"""What answers begin with is what the log gives, at every instant of made histories (F33, F40, F53)."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from daftar import promise

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.model import snapshot
from ckanext.jambi.freshness.promises import adopting, facts, file, quarters, snapshots, ticking
from ckanext.jambi.freshness.promises.snapshots import Known
from ckanext.jambi.freshness.reports import bundle, making
from ckanext.jambi.freshness.rules.scoring import Checks, Facts
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
FIRST, LAST = datetime(2026, 9, 1, 3, tzinfo=UTC), datetime(2026, 10, 20, 3, tzinfo=UTC)
GOOD = Facts(True, True, True, False, Checks(True, True, True, True, True))
ITEMS = {
    "A": ("opd-1", "harian", ["a"]),
    "B": ("opd-1", "mingguan", ["b", "c"]),
    "C": ("opd-1", "insidental", ["d"]),
    "D": ("opd-1", "bulanan", ["e"]),
    "E": ("opd-2", "tiga_jam", ["f"]),
    "F": ("opd-2", "mingguan", ["a"]),
    "G": ("opd-2", "sekali", ["g"]),
    "H": ("opd-2", "bulanan", []),
    "I": ("bumd", "mingguan", ["h"]),
}
"""Codes with owner, frequency and datasets: one stands for two items, one item has two, one none."""
Row = dict[str, Any]


@pytest.fixture
def owners() -> dict[str, str]:
    """Return the ids of three organizations by their names."""
    kinds = {"opd-1": "dinas", "opd-2": "badan", "bumd": "bumd"}
    return {
        name: factories.Organization(name=name, extras=[{"key": "jenis_opd", "value": kind}])["id"]
        for name, kind in kinds.items()
    }


def _said(code: str, **values: Any) -> Row:
    owner, frequency, names = ITEMS[code]
    row = {"code": code, "organization": owner, "title": f"T {code}", "frequency": frequency, "weight": 1}
    return file.complete({**row, "valid_from": date(2026, 1, 1), "datasets": names, **values})


class History:
    """A log of acts that fall where chance wants, written by the portal's own chain."""

    def __init__(self, seed: int, owners: dict[str, str]) -> None:
        self._random = random.Random(seed)
        self._owners = owners
        self._cases = 0
        self.rows = [row for code in ITEMS for row in self._promised(code)]
        acts = (self._content, self._look, self._facts, self._run, self._exempt, self._statement)
        for act in self._random.choices(acts, (12, 6, 3, 2, 1, 1), k=260):
            self.rows += act(self._instant())
        for act in (self._fault, self._fault, self._update, self._retire):
            self.rows += act(self._instant())
        self.rows.sort(key=lambda each: each["recorded_at"])

    def write(self) -> None:
        """Append all to the log."""
        names = [column.name for column in snapshots.log.columns if column.name != "row_hash"]
        end = ledger.lock()
        rows = [
            {**dict.fromkeys(names), "actor_class": "system", **row, "seq": seq}
            for seq, row in enumerate(self.rows, end.seq + 1)
        ]
        ledger.append(end, rows)
        model.Session.commit()

    def instants(self, count: int) -> Iterator[datetime]:
        """Yield instants of all kinds: any, those of rows, and around midnights."""
        least = timedelta(microseconds=1)
        for _ in range(count):
            any_of = self._instant()
            yield any_of
            yield self._random.choice(self.rows)["recorded_at"]
            yield self._random.choice(self.rows)["recorded_at"] - least
            yield midnight(civil_day(any_of)) + self._random.choice((-least, timedelta(), least))

    def _instant(self) -> datetime:
        return FIRST + timedelta(days=1) + self._random.random() * (LAST - FIRST - timedelta(days=1))

    def _row(self, kind: str, at: datetime, **values: Any) -> Row:
        return {"kind": kind, "valid_at": at, "recorded_at": at, "detail": {}, **values}

    def _about(self, code: str) -> Row:
        return {"item_id": adopting.item_id(code), "organization_id": self._owners[ITEMS[code][0]]}

    def _promised(self, code: str) -> Iterator[Row]:
        yield self._row("item", FIRST, **self._about(code), detail={"event": "create", "item": _said(code)})
        for name in ITEMS[code][2]:
            detail = {"event": "assign", "name": name, "selector": None}
            yield self._row("item", FIRST, **self._about(code), package_id=name, detail=detail)
            yield self._row("facts", FIRST, package_id=name, detail=facts.as_detail(GOOD))

    def _dataset(self) -> Row:
        return {"package_id": self._random.choice("abcdefgh")}

    def _content(self, at: datetime) -> Iterator[Row]:
        came = at - self._random.choice((0, 0, 0, 1, 9)) * ONE_DAY * self._random.random()
        word = self._random.choice(("new_content", "new_content", "no_content"))
        row = self._row("harvest_ok", at, **self._dataset(), detail={"credit": word})
        yield row | {"valid_at": came, "period_end": civil_day(came) - ONE_DAY}

    def _look(self, at: datetime) -> Iterator[Row]:
        detail = {"available": self._random.random() < 0.8, "credit": "no_content"}
        yield self._row("remote_fetch", at, **self._dataset(), detail=detail)

    def _facts(self, at: datetime) -> Iterator[Row]:
        is_good = self._random.random() < 0.7
        yield self._row("facts", at, **self._dataset(), detail=facts.as_detail(GOOD if is_good else Facts()))

    def _run(self, at: datetime) -> Iterator[Row]:
        since = (civil_day(at) - 12 * ONE_DAY).isoformat()
        detail = {"answers_since": since, "credit": "no_content"}
        yield self._row("harvest_ok", at, **self._dataset(), detail=detail)

    def _case(self, kind: str, at: datetime, asked: Row, ruled: Row, **about: Any) -> Iterator[Row]:
        self._cases += 1
        name = f"case-{self._cases}"
        asking = {"event": "ask", "case": name, **asked}
        yield self._row(kind, at, **about, detail=asking)
        ruling = {"event": "decide", "case": name, "outcome": "diterima", **ruled}
        yield self._row(kind, at + 2 * self._random.random() * ONE_DAY, **about, detail=ruling)

    def _exempt(self, at: datetime) -> Iterator[Row]:
        first = at + (self._random.random() - 0.7) * 20 * ONE_DAY
        span = {"from_at": first.isoformat(), "to_at": (first + 9 * ONE_DAY).isoformat()}
        yield from self._case("exemption", at, span, span, **self._about(self._random.choice("ABDE")))

    def _statement(self, at: datetime) -> Iterator[Row]:
        monday = civil_day(at) - timedelta(days=civil_day(at).weekday() + 7)
        period = {"period_start": monday, "period_end": monday + 6 * ONE_DAY}
        kind, asked = self._random.choice((("attestation", {"act": "nil"}), ("appeal", {})))
        yield from self._case(kind, at, asked, {}, **self._about("F"), **period, package_id="a")

    def _fault(self, at: datetime) -> Iterator[Row]:
        self._cases += 1
        length = self._random.choice((5, 80)) * ONE_DAY / 24
        span = {"from_at": (at - length).isoformat(), "to_at": at.isoformat()}
        yield self._row("portal_fault", at, detail={"event": "ask", "case": f"fault-{self._cases}", **span})

    def _update(self, at: datetime) -> Iterator[Row]:
        changed = {"event": "update", "item": _said("A", frequency="mingguan", weight=3)}
        yield self._row("item", at, **self._about("A"), detail=changed)

    def _retire(self, at: datetime) -> Iterator[Row]:
        detail = {"from": civil_day(at).isoformat()}
        yield self._row("retire", at, **self._about("D"), detail=detail)


@pytest.fixture
def made(owners: dict[str, str], portal_at: Callable, request: pytest.FixtureRequest) -> History:
    """Return a history of which every day was written when it ended."""
    portal_at(0)
    history = History(request.param, owners)
    history.write()
    portal_at((LAST - FIRST).days)
    ticking.days(LAST, 100)
    model.Session.commit()
    return history


def _followed(now: datetime, known_at: datetime) -> Known | None:
    return snapshots.followed(now, None, known_at)


def _figured(known: Known) -> dict[str, Any]:
    """Return what figures are made of, all that a report takes of other OPDs."""
    return {key: [(each.item_id, each.part, each.bare) for each in some] for key, some in known.items()}


@pytest.mark.parametrize("made", [1, 2, 3], indirect=True)
def test_f53_an_answer_from_a_snapshot_is_that_of_the_log(made: History, owners: dict[str, str]) -> None:
    quick = 0
    for now in made.instants(12):
        expected = snapshots.replayed(now, None, now)
        found = _followed(now, now)
        quick += found is not None
        assert found is None or found == expected, now
        alone = owners["opd-2"]
        assert snapshots.at(now, [alone]).get(alone) == expected.get(alone), now
    assert quick > 36  # the others lie on the days of the faults, or before items counted


@pytest.mark.parametrize("made", [4, 5], indirect=True)
def test_f46_what_rows_that_came_later_make_of_a_midnight_is_that_of_the_log(made: History) -> None:
    quick = 0
    instants = list(made.instants(10))
    for now, later in zip(instants, reversed(instants), strict=True):
        at, known_at = midnight(civil_day(min(now, later))), max(now, later)
        found = _followed(at, known_at)
        if found is not None:
            quick += 1
            assert _figured(found) == _figured(snapshots.replayed(at, None, known_at)), (at, known_at)
    assert quick > 10


@pytest.mark.parametrize("made", [6], indirect=True)
@pytest.mark.parametrize(
    ("period", "as_of"),
    [
        ("2026-09", LAST),
        ("2026-10", LAST - ONE_DAY / 3),  # not over yet
        ("2026-09", LAST + timedelta(days=85)),  # when looks at linked files of that time are old
    ],
)
def test_f46_a_report_of_one_opd_is_byte_by_byte_that_of_the_whole_log(
    made: History, owners: dict[str, str], period: str, as_of: datetime
) -> None:
    quick = making.make(owners["opd-1"], quarters.interval(period), as_of)
    assert quick is not None
    assert (quick["rank"], quick["ranked"]) in ((1, 2), (2, 2))
    assert quick["index"] not in (0, 100)
    checked = bundle.verify(io.BytesIO(making.bundle(quick)))
    assert checked.errors == ()


@pytest.mark.parametrize("made", [7], indirect=True)
def test_f53_rebuild_gives_the_snapshots_that_each_day_left(made: History) -> None:
    def kept() -> list[Any]:
        return [
            tuple(row) for row in model.Session.execute(sa.select(snapshot).order_by(*snapshot.primary_key))
        ]

    before = kept()
    assert len({row.day for row in model.Session.execute(sa.select(snapshot.c.day))}) > 40
    ticking.keep_up()
    ticking.rebuild()
    assert kept() == before


def test_f33_rows_that_come_before_a_midnight_that_was_kept_make_it_void(dataset, portal_at) -> None:
    """The clock of a demonstration may be set back."""
    promise(dataset("mingguan"))
    ticking.run()
    now = portal_at(20)
    ticking.run()
    assert _followed(now, now)
    portal_at(18)
    promise(dataset("mingguan"), code="B")
    assert _followed(now, now) is None
    assert {each.told[0] for some in snapshots.at(now).values() for each in some} == {"A", "B"}


def test_f33_the_log_tells_what_no_snapshot_tells_any_more(dataset, portal_at) -> None:
    promise(dataset("mingguan"))
    early = portal_at(20.2)
    ticking.run()
    assert _followed(early, early)
    asked = {"as_of": early.isoformat()}
    told = tk.get_action("jambi_freshness_as_of_show")({}, dict(asked))
    assert told["scores"]
    last = civil_day(early) - ONE_DAY + snapshots.KEPT
    portal_at(430)
    ticking.write_day(last - ONE_DAY)
    assert _followed(early, early)
    ticking.write_day(last)
    assert _followed(early, early) is None
    assert tk.get_action("jambi_freshness_as_of_show")({}, dict(asked)) == told
