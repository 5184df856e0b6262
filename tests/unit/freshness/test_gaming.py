"""No act of the list raises the index of the OPD that does it (section 15), whatever else it did.

`JAMBI_EXAMPLES` sets how many histories are made; the drill makes 10,000 of each.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, GOOD, LAW, Acts, changed, content, index, item, judged, wib

from ckanext.jambi.frequency import parse
from ckanext.jambi.freshness import rules
from ckanext.jambi.freshness.rules.assessing import Docket, Track
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.credit import TOLERANCE, Content, History, Reason, judge
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.obligations import Known, owed
from ckanext.jambi.freshness.rules.scoring import Checks, Facts
from ckanext.jambi.freshness.rules.statement import Clause, parts
from ckanext.jambi.freshness.rules.statement import Known as Told
from ckanext.jambi.freshness.rules.thresholds import rolling
from ckanext.jambi.working_days import ONE_DAY, Calendar, ClosedDay, ClosedKind

SINCE = wib(2025, 8, 31)
NOW = wib(2026, 11, 24, 9)
FREQUENCIES = ["harian", "mingguan", "bulanan", "triwulanan", "realtime", "insidental", "P45D"]
SCHEDULED = ["harian", "mingguan", "bulanan", "triwulanan"]
many = settings(max_examples=EXAMPLES, deadline=None)

days = st.integers(0, 449)
history = st.lists(st.tuples(days, st.integers(1, 60)), max_size=10)
promised = st.sampled_from(FREQUENCIES)
checks = st.builds(Checks, *[st.booleans()] * 5)
facts = st.builds(Facts, *[st.booleans()] * 4, checks)


def at(day: int, hour: int = 8) -> datetime:
    return SINCE + timedelta(days=day, hours=hour)


def _closed(day: date) -> ClosedDay:
    return ClosedDay(day, ClosedKind.NATIONAL, "A holiday", "SKB")


def honest(found: list[tuple[int, int]]) -> Acts:
    """Return content that came on some days and covered the time up to some days before."""
    made = Acts()
    for day, behind in sorted(found):
        made.observe(at(day), f"honest-{day}-{behind}", at(day).date() - timedelta(days=behind))
    return made


def opd(events: Sequence[Event], frequency: str, facts: Facts = GOOD, **values: object) -> list[Docket]:
    """Return the item in question; `value` puts a sound one beside it."""
    one = item(frequency, since=SINCE, code="B", **values)
    return [Docket(one, (Track("b", tuple(events), (), facts),))]


def steady() -> Docket:
    """Return an item that is always on time."""
    events = [content(n, wib(2025, 9, 2) + 7 * n * ONE_DAY) for n in range(70)]
    return Docket(item("mingguan", since=SINCE, code="C"), (Track("c", tuple(events), (), GOOD),))


STEADY = steady()


def value(dockets: Sequence[Docket], now: datetime = NOW) -> Fraction:
    found = index(dockets, now, LAW, [STEADY])
    assert found is not None
    return found


def test_g01_metadata_edit_changes_nothing() -> None:
    named = {field.name for module in _modules() for found in _classes(module) for field in fields(found)}
    assert not {
        name for name in named if "modified" in name or ("metadata" in name and name != "metadata_valid")
    }


@many
@given(history, promised, days)
def test_g01_an_edit_is_no_event_of_the_rules(found: list, frequency: str, day: int) -> None:
    acts = honest(found)
    before = value(opd(acts.events, frequency))
    acts.observe(at(day), None, kind="item")
    assert value(opd(acts.events, frequency)) == before


@many
@given(history, promised, st.integers(1, 4000))
def test_g02_future_date_refused(found: list, frequency: str, ahead: int) -> None:
    acts = honest(found)
    before = value(opd(acts.events, frequency))
    verdict = acts.observe(NOW, "future", (NOW + timedelta(days=1 + ahead)).date())
    assert verdict.reason is Reason.PERIOD_IN_FUTURE
    assert value(opd(acts.events, frequency)) == before
    assert timedelta(minutes=5) == TOLERANCE  # beyond it the log refuses the row (tests/ckan)


@many
@given(st.lists(st.tuples(days, st.integers(1, 60)), min_size=1, max_size=10), promised, days)
def test_g03_equal_rows_no_credit(found: list, frequency: str, day: int) -> None:
    acts = honest(found)
    before = value(opd(acts.events, frequency))
    seen = sorted(acts.history.hashes)[0]
    assert not acts.observe(at(day), seen, at(day).date()).credited
    assert value(opd(acts.events, frequency)) == before


@many
@given(st.lists(st.sampled_from("ABC"), min_size=4, max_size=12), promised)
def test_g04_repeat_hash_no_credit(toggled: list[str], frequency: str) -> None:
    acts = Acts()
    credited = [
        acts.observe(at(40 * n % 450), content_hash).credited for n, content_hash in enumerate(toggled)
    ]
    assert sum(credited) == len(set(toggled))


@many
@given(history, st.sampled_from(["mingguan", "bulanan", "triwulanan"]), st.lists(days, max_size=30))
def test_g05_attestation_capped(found: list, frequency: str, stated: list[int]) -> None:
    acts = honest(found)
    for day in sorted(stated):
        acts.state(Act.UNCHANGED, at(day))
    one = judged(item(frequency, since=SINCE), acts.events, NOW, LAW)
    row = [each.outcome for each in one.judged[0].obligations]
    assert not any(row[n] == row[n + 1] == "attested" for n in range(len(row) - 1))


@many
@given(history, st.sampled_from(["mingguan", "bulanan"]), st.lists(st.booleans(), min_size=60, max_size=60))
def test_g05_statements_close_four_periods_at_most_until_content_comes(
    found: list, frequency: str, kinds: list[bool]
) -> None:
    acts = honest(found)
    for n, is_nil in enumerate(kinds):
        acts.state(Act.NIL if is_nil else Act.UNCHANGED, at(7 * n + 7))
    rows = judged(item(frequency, since=SINCE), acts.events, NOW, LAW).judged[0].obligations
    stated = [each.nil or each.outcome == "attested" for each in rows]
    assert not any(all(stated[n : n + 5]) for n in range(len(stated) - 4))


@pytest.mark.parametrize("frequency", ["mingguan", "bulanan", "triwulanan"])
def test_g05_statements_alone_earn_at_most_half_after_the_deadline(frequency: str) -> None:
    start = content(1, wib(2025, 9, 1), date(2025, 8, 31))
    stated = [Event(2 + n, Act.UNCHANGED, wib(2025, 9, 8) + n * ONE_DAY) for n in range(440)]
    one = judged(item(frequency, since=SINCE), [start, *stated], NOW, LAW).judged[0]
    overdue = [each.duty.overdue_at for each in one.obligations if each.outcome == "attested"]
    assert len(overdue) == 1
    assert one.standing is not None
    assert one.standing.present <= Fraction(1, 2)


@many
@given(
    history,
    st.sampled_from(["harian", "mingguan", "bulanan"]),
    st.integers(0, 440),
    st.sampled_from(["tahunan", "insidental", "sekali", "semesteran"]),
)
def test_g06_relaxed_frequency_not_better(found: list, frequency: str, day: int, relaxed: str) -> None:
    # within one period of the slower frequency, the stricter of old and new judges
    events = honest(found).events
    one = item(frequency, since=SINCE, code="B")
    slow = changed(one, at(day), relaxed)
    soon = min(NOW, at(day) + timedelta(days=170))
    before = value([Docket(one, (Track("b", tuple(events), (), GOOD),))], soon)
    after = value([Docket(slow, (Track("b", tuple(events), (), GOOD),))], soon)
    assert after <= before


@many
@given(history, history, st.sampled_from(SCHEDULED), facts)
def test_g07_due_date_not_writable(one: list, other: list, frequency: str, known: Facts) -> None:
    # whatever a producer does, and whatever the portal knows of the dataset, the dates are those of the rules
    promised_ = item(frequency, since=SINCE)
    found = [
        [each.duty for each in judged(promised_, honest(acts).events, NOW, LAW, told).judged[0].obligations]
        for acts, told in ((one, GOOD), (other, known))
    ]
    assert found[0] == found[1] == owed(promised_, LAW, NOW)


def test_g07_no_due_date_comes_in() -> None:
    assert not {"due_at", "overdue_at", "schedule"} & {
        each.name for found in (Item, Event, Track, Facts) for each in fields(found)
    }
    assert set(inspect.signature(owed).parameters) == {"item", "law", "until", "excluded"}


@many
@given(st.lists(st.tuples(days, st.integers(1, 60)), min_size=1, max_size=10), promised, days)
def test_g08_new_resource_no_reset(found: list, frequency: str, day: int) -> None:
    acts = honest(found)
    before = value(opd(acts.events, frequency))
    # a new file without the period column, and one whose period has not advanced
    assert acts.observe(at(day), "new-series").reason is Reason.PERIOD_MISSING
    assert not acts.observe(at(day), "new-file", acts.history.period_end).credited
    assert value(opd(acts.events, frequency)) == before


@many
@given(history, promised, st.integers(1, 5), history)
def test_g09_delete_split_flood(found: list, frequency: str, copies: int, other: list) -> None:
    (first,) = opd(honest(found).events, frequency)
    before = value([first])
    split = [Track(f"b{n}", tuple(honest(other).events), (), GOOD) for n in range(copies)]
    assert value([replace(first, tracks=(*first.tracks, *split))]) <= before
    for facts in (
        replace(GOOD, active=False),
        replace(GOOD, published=False),
        replace(GOOD, has_resource=False),
    ):
        hidden = replace(first, tracks=(replace(first.tracks[0], facts=facts),))
        assert value([hidden]) <= before
    assert value([replace(first, tracks=())]) <= before


@many
@given(history, promised, st.integers(1, 1000))
def test_g10_silence_never_improves(found: list, frequency: str, later: int) -> None:
    one = item(frequency, since=SINCE)
    events = honest(found).events
    now = judged(one, events, NOW, LAW).judged[0].standing
    after = judged(one, events, NOW + timedelta(days=later), LAW).judged[0].standing
    assert now is not None
    assert after is not None
    assert after.present <= now.present


@many
@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), history, promised)
def test_g11_dead_item_lowers_index(weights: list[int], found: list, frequency: str) -> None:
    alive = [
        replace(steady(), item=item("mingguan", since=SINCE, code=f"C{n}", weight=w))
        for n, w in enumerate(weights)
    ]
    dead = Docket(item(frequency, since=SINCE, code="A"))
    assert value([*alive, dead]) < value(alive)


@many
@given(st.integers(30, 400), st.sampled_from(["mingguan", "bulanan"]))
def test_g12_stuck_period_overdue(day: int, frequency: str) -> None:
    acts = Acts()
    acts.observe(at(0), "first", at(0).date() - ONE_DAY)
    stuck = acts.history.period_end
    for n in range(1, day):
        assert acts.observe(at(n), f"touched-{n}", stuck).reason is Reason.PERIOD_NOT_ADVANCED
    late = SINCE + timedelta(days=90)
    assert judged(item(frequency, since=SINCE), acts.events, late, LAW).judged[0].standing.state in (
        "overdue",
        "delinquent",
    )


@many
@given(history, promised, st.lists(days, min_size=1, max_size=30))
def test_g13_harvest_run_no_credit(found: list, frequency: str, runs: list[int]) -> None:
    acts = honest(found)
    before = value(opd(acts.events, frequency))
    for day in runs:
        assert acts.observe(at(day), None).reason is Reason.NO_CONTENT
    assert value(opd(acts.events, frequency)) == before


@many
@given(history, st.integers(0, 2000))
def test_g14_archive_reviewed(found: list, later: int) -> None:
    now = NOW + timedelta(days=later)
    one = item("sekali", since=SINCE)
    yearly = judged(one, honest(found).events, now, LAW, may_be_lenient=False)
    archive = judged(one, honest(found).events, now, LAW, may_be_lenient=True)
    if now >= SINCE + timedelta(days=365):
        assert archive == yearly
    reviewed = replace(one, reviewed_at=now - ONE_DAY)
    assert (
        judged(reviewed, honest(found).events, now, LAW, may_be_lenient=True).score.total
        >= yearly.score.total
    )


@many
@given(st.sampled_from(SCHEDULED), days, st.sets(st.integers(0, 600), max_size=40))
def test_g15_calendar_working_days(frequency: str, revised: int, closed: set[int]) -> None:
    # a later version of the calendar moves nothing that was due before it was recorded
    known = Calendar("2", tuple(_closed(SINCE.date() + n * ONE_DAY) for n in sorted(closed)))
    law = replace(LAW, calendars=(*LAW.calendars, Known(at(revised), known)))
    one = item(frequency, since=SINCE)
    for before, after in zip(owed(one, LAW, NOW), owed(one, law, NOW), strict=True):
        assert before == after or before.due_at > at(revised)


def test_g15_no_producer_names_a_holiday() -> None:
    assert "calendar" not in {each.name for found in (Event, Track, Facts) for each in fields(found)}


@many
@given(history, history, st.integers(0, 440), st.integers(1, 2000))
def test_g16_portal_fault_equal_for_all(one: list, other: list, day: int, hours: int) -> None:
    fault = Interval(at(day), at(day) + timedelta(hours=hours))
    plain = [judged(item("bulanan", since=SINCE), honest(found).events, NOW, LAW) for found in (one, other)]
    helped = [
        judged(item("bulanan", since=SINCE), honest(found).events, NOW, LAW, faults=[fault])
        for found in (one, other)
    ]
    for before, after in zip(plain, helped, strict=True):
        pairs = zip(before.judged[0].obligations, after.judged[0].obligations, strict=True)
        assert all(after_.duty.overdue_at >= before_.duty.overdue_at for before_, after_ in pairs)
    moved = [[each.duty.overdue_at for each in found.judged[0].obligations] for found in helped]
    assert moved[0] == moved[1]


@many
@given(
    history,
    promised,
    st.lists(st.tuples(days, st.sampled_from(["upload", "datastore", "remote_fetch"])), max_size=20),
)
def test_g17_script_activity_no_credit(found: list, frequency: str, writes: list) -> None:
    acts = honest([*found, (0, 1)])
    before = value(opd(acts.events, frequency))
    for day, kind in writes:
        acts.observe(at(day), sorted(acts.history.hashes)[0], kind=kind)
    assert value(opd(acts.events, frequency)) == before


@many
@given(
    history, st.sampled_from([*FREQUENCIES, "sekali", "tidak_diketahui"]), st.booleans(), st.integers(0, 900)
)
def test_g18_evidence_kind_shown(found: list, frequency: str, has_resource: bool, later: int) -> None:
    # the date of the evidence is the one clause that names its kind (tests/ckan: `wording.sentence`)
    events, now = honest(found).events, SINCE + timedelta(days=later)
    evidence_at = events[-1].valid_at if events else None
    boundaries = rolling(parse(frequency), evidence_at) if evidence_at else None
    said = dict(parts(Told(boundaries, has_resource, evidence_at), now))
    assert said.get(Clause.LAST_CHANGED) == (evidence_at if has_resource else None)
    dates = {name for name, each in said.items() if isinstance(each, datetime)}
    assert dates <= {Clause.LAST_CHANGED, Clause.NEXT_BY, Clause.DUE_SINCE}


@many
@given(history, promised, st.text(min_size=1), st.text(min_size=1))
def test_g19_who_it_is_changes_nothing(found: list, frequency: str, owner: str, title: str) -> None:
    one = item(frequency, since=SINCE)
    other = replace(one, organization_id=owner, title=title)
    events = honest(found).events
    assert judged(one, events, NOW, LAW).judged == judged(other, events, NOW, LAW).judged


def test_g19_no_special_case_in_code() -> None:
    text = (Path(__file__).parents[3] / "config" / "opd.yaml").read_text("utf-8")
    names = {name.strip("'\"").casefold() for name in re.findall(r"\b(?:slug|nama): ([^,}\n]+)", text)}
    said = {
        node.value.casefold()
        for module in _modules()
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert len(names) > 40
    assert not names & said


@many
@given(
    history,
    st.sampled_from(["harian", "mingguan", "bulanan", "triwulanan"]),
    st.integers(0, 9),
    st.integers(1, 400),
)
def test_f53_equally_valid_evidence_given_earlier_never_lowers_the_index(
    found: list, frequency: str, place: int, sooner: int
) -> None:
    events = honest(found).events
    if not events:
        return
    place %= len(events)
    moved = events[place]
    covered = moved.last_day
    assert covered is not None
    earliest = wib(covered.year, covered.month, covered.day) + ONE_DAY
    before = events[place - 1].valid_at if place else SINCE
    earlier = max(moved.valid_at - timedelta(days=sooner), earliest, before)
    changed_ = [replace(each, valid_at=earlier) if each is moved else each for each in events]
    assert value(opd(changed_, frequency)) >= value(opd(events, frequency))


@many
@given(history, promised, days)
def test_f53_more_evidence_never_lowers_the_index(found: list, frequency: str, day: int) -> None:
    events = honest(found).events
    more = sorted([*events, content(0, at(day), at(day).date() - ONE_DAY)], key=lambda each: each.valid_at)
    numbered = [replace(each, seq=n) for n, each in enumerate(more)]
    assert value(opd(numbered, frequency)) >= value(opd(events, frequency))


@many
@given(history, promised, st.randoms())
def test_f53_the_order_of_rows_changes_nothing(found: list, frequency: str, chance: object) -> None:
    events = honest(found).events
    mixed = events.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert value(opd(mixed, frequency)) == value(opd(events, frequency))


@many
@given(history, promised, days)
def test_f53_an_answer_as_of_an_instant_knows_nothing_later(found: list, frequency: str, day: int) -> None:
    events = honest(found).events
    then = at(max(day, 10))
    known = [each for each in events if each.valid_at <= then]
    assert judged(item(frequency, since=SINCE), events, then, LAW) == judged(
        item(frequency, since=SINCE), known, then, LAW
    )


def test_g03_judge_is_the_one_the_log_uses() -> None:
    assert judge(Content("upload", "x"), History(frozenset({"x"})), NOW).reason is Reason.REPEATED_CONTENT


def _modules() -> list[object]:
    return [import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)]


def _classes(module: object) -> list[type]:
    return [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if hasattr(found, "__dataclass_fields__")
    ]
