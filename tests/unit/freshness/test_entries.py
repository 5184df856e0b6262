"""What is kept of judged items says what the judgement said, exactly (F24, F26, F33)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, GOOD, LAW, LONG_AGO, content, item, wib

from ckanext.jambi.freshness.promises import entries, figures, holding
from ckanext.jambi.freshness.promises.entries import Entry
from ckanext.jambi.freshness.promises.figures import Gathered
from ckanext.jambi.freshness.promises.replay import Assignment, World
from ckanext.jambi.freshness.rules.index import Tally, Weighed
from ckanext.jambi.freshness.rules.obligations import Known
from ckanext.jambi.freshness.rules.policy import V1

NOW = wib(2026, 3, 4, 6)
counts = st.integers(0, 9)
seqs = st.integers(1, 10**7)
scores = st.fractions(0, 100, max_denominator=10**14)
parts = st.floats(0, 100).map(lambda each: round(each, 4))
instants = st.datetimes(timezones=st.just(UTC))
texts = st.none() | instants.map(datetime.isoformat)
ids = st.none() | st.uuids().map(str)
states = st.sampled_from(["fresh", "overdue", "unknown"])
scored = st.tuples(
    ids, st.booleans(), states, *5 * [parts], st.none() | seqs, texts, texts, *3 * [parts], seqs, seqs
)


@st.composite
def entry(draw: Any, key: str) -> Entry:
    """Make what is kept of an item: one that is owed, that does not count yet, or that is owed no more."""
    weight = draw(st.integers(1, 3))
    weighed = draw(st.none() | scores)
    bare = draw(st.none() | scores) if weighed is not None else None
    return Entry(
        key,
        "opd",
        Gathered(
            () if weighed is None else (Weighed(weighed, weight),),
            Tally(draw(counts), draw(counts), draw(counts)),
            *(draw(counts) for _ in range(3)),
        ),
        None if bare is None else (Weighed(bare, weight),),
        draw(st.none() | instants),
        (
            draw(st.text(max_size=9)),
            draw(st.none() | st.text()),
            "bulanan",
            weight,
            draw(st.booleans()),
            draw(seqs),
        ),
        tuple(draw(st.lists(scored, min_size=1, max_size=3))),
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(st.uuids().map(str), unique=True, max_size=5).flatmap(lambda keys: st.tuples(*map(entry, keys)))
)
def test_f33_what_was_packed_is_read_as_it_was(known: tuple[Entry, ...]) -> None:
    ordered = sorted(known, key=lambda each: each.item_id)
    assert list(entries.read("opd", entries.packed(known))) == ordered


def _world(access: str = "terbuka") -> World:
    """Return a world of an item with two datasets, one of them late, and of one without any."""
    promised = {key: item("mingguan", code=key, access=access, weight=2) for key in "AB"}
    found = World([*LAW.policies], [*LAW.calendars], promised, {key: {"seq": 5} for key in "AB"})
    found.assigned["A"] = [Assignment(name, name) for name in ("a", "b")]
    for n, name in enumerate("ab"):
        came = NOW - timedelta(days=1 + 40 * n)
        found.events[name, None] = [content(7 + n, came, came.date() - timedelta(days=1))]
        found.facts[name] = [Known(LONG_AGO, GOOD)]
        found.facts_seq[name] = 6
    return found


def _entries(access: str = "terbuka") -> list[Entry]:
    found = _world(access)
    return list(entries.of(found, holding.of_organization(found, None, NOW)))


def test_f24_answers_are_told_by_dataset_and_nothing_is_left_out() -> None:
    rows = [row for each in _entries() for row in each.answers()]
    assert [(row["code"], row["package_id"], row["state"]) for row in rows] == [
        ("A", "a", "fresh"),
        ("A", "b", "delinquent"),
        ("B", None, "unknown"),
    ]
    assert [row["evidence_seq"] for row in rows] == [7, 8, None]
    assert rows[0]["item_seq"] == 5
    for row in rows:
        lost = {each["part"]: each["points"] for each in row["lost"]}
        assert sum(lost.values()) == pytest.approx(100 - row["score"], abs=1e-3)
    assert [[each["seq"] for each in row["lost"]] for row in rows] == [[7, 6, 6], [8, 6, 6], [5, 5, 5]]


def test_f24_data_that_is_not_open_is_told_by_code_alone() -> None:
    known = _entries("terbatas")
    assert {(row["title"], row["package_id"]) for each in known for row in each.answers()} == {(None, None)}
    assert [each.packages for each in known] == [("a", "b"), (None,)]


def test_f26_the_index_had_nothing_been_exempt_stands_beside_it() -> None:
    found = entries.together(_entries(), V1.scoring)
    assert found["index_without_exemptions"] == found["index"]
    one, two = (Entry("A", "o", Gathered((Weighed(Fraction(n), 1),)), None, None, (), ()) for n in (40, 80))
    bare = Entry("B", "o", one.part, (Weighed(Fraction(10), 1),), None, (), ())
    told = entries.together([bare, two], V1.scoring)
    assert told["index"] == figures.of(figures.together([one.part, two.part]), V1.scoring)["index"]
    assert told["index_without_exemptions"] == pytest.approx(0.8 * 45 + 0.2 * 10)


def test_entries_are_put_by_organization_in_order() -> None:
    known = [Entry(key, owner, Gathered(), None, None, (), ()) for key, owner in ("bx", "ay", "cx")]
    assert {owner: [each.item_id for each in some] for owner, some in entries.by_owner(known).items()} == {
        "x": ["b", "c"],
        "y": ["a"],
    }
