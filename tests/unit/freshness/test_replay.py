"""Rows of the log become what the rules judge, however they are read (F33, F53)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, wib

from ckanext.jambi.freshness.promises.replay import World, at_instant, world
from ckanext.jambi.working_days import ONE_DAY

BEGIN = wib(2025, 9, 1)
CONFIG = Path(__file__).parents[3] / "config"
CHECKS = ("metadata_valid", "open_format", "dictionary_complete", "rows_valid", "licence_set")
LENGTH = 400
many = settings(max_examples=EXAMPLES, deadline=None)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


RULES = [
    ("policy", _plain(yaml.safe_load((CONFIG / "policy" / "v1.yaml").read_text("utf-8")))),
    ("calendar", _plain(yaml.safe_load((CONFIG / "calendar" / "v1.yaml").read_text("utf-8")))),
]


def _row(kind: str, day: float, **values: Any) -> dict[str, Any]:
    names = ("package_id", "item_id", "organization_id", "period_start", "period_end", "actor_id")
    at = BEGIN + timedelta(days=day)
    return {**dict.fromkeys(names), "kind": kind, "valid_at": at, "recorded_at": at, "detail": {}, **values}


def _said(code: str, frequency: str, weight: int) -> dict[str, Any]:
    told = {"code": code, "organization": "opd", "title": code, "frequency": frequency, "weight": weight}
    free = dict.fromkeys(("anchor", "lag_days", "grace_days", "max_delay_seconds"))
    rest = {"class": "biasa", "calendar": "kerja", "access": "terbuka", "peristiwa": False}
    return {**told, **free, **rest, "valid_from": "2025-01-01", "datasets": [{"name": code}]}


def _item(code: str, day: float, frequency: str = "mingguan", weight: int = 1) -> dict[str, Any]:
    detail = {"event": "create", "item": _said(code, frequency, weight)}
    return _row("item", day, item_id=code, organization_id="opd", detail=detail)


def _facts(code: str, day: float, good: bool) -> dict[str, Any]:
    told = dict.fromkeys(("published", "active", "has_resource", "stored"), good)
    return _row("facts", day, package_id=code, detail=told | dict.fromkeys(CHECKS, good))


def _content(code: str, day: float, late: int, credited: bool) -> dict[str, Any]:
    """Return evidence that is recorded some days after it was true in the city."""
    recorded = _row("upload", day, package_id=code)
    valid_at = recorded["recorded_at"] - timedelta(days=late)
    credit = "new_content" if credited else "repeated_content"
    covered = valid_at.date() - ONE_DAY
    return recorded | {"valid_at": valid_at, "period_end": covered, "detail": {"credit": credit}}


def _fault(day: float, hours: int, number: int) -> dict[str, Any]:
    end = BEGIN + timedelta(days=day)
    span = {"from_at": (end - timedelta(hours=hours)).isoformat(), "to_at": end.isoformat()}
    return _row("portal_fault", day, detail={"event": "ask", "case": f"fault-{number}", **span})


def _look(code: str, day: float, ok: bool) -> dict[str, Any]:
    return _row("remote_fetch", day, package_id=code, detail={"available": ok, "credit": "no_content"})


def _complete_run(code: str, day: float, days: int) -> dict[str, Any]:
    since = (BEGIN + timedelta(days=day - days)).date().isoformat()
    return _row("harvest_ok", day, package_id=code, detail={"answers_since": since, "credit": "no_content"})


codes = st.sampled_from("AB")
later = st.one_of(
    st.builds(_content, codes, st.floats(2, LENGTH), st.integers(0, 60), st.booleans()),
    st.builds(_facts, codes, st.floats(2, LENGTH), st.booleans()),
    st.builds(
        _item,
        codes,
        st.floats(2, LENGTH),
        st.sampled_from(["mingguan", "bulanan", "tahunan"]),
        st.integers(1, 3),
    ),
    st.builds(_look, codes, st.floats(2, LENGTH), st.booleans()),
    st.builds(_complete_run, codes, st.floats(2, LENGTH), st.integers(0, 60)),
    st.builds(_fault, st.floats(2, LENGTH), st.integers(1, 300), st.integers(0, 3)),
)
logs = st.lists(later, max_size=14)


def _log(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a whole log in its order: rules, items and their datasets first."""
    first = [_row(kind, 0, detail={"body": body}) for kind, body in RULES]
    for code in "AB":
        assign = {"event": "assign", "name": code, "selector": None}
        first += [_item(code, 0.1), _facts(code, 0.3, True)]
        first.append(_row("item", 0.2, item_id=code, package_id=code, organization_id="opd", detail=assign))
    ordered = sorted([*first, *rows], key=lambda each: each["recorded_at"])
    return [each | {"seq": seq} for seq, each in enumerate(ordered, 1)]


def _judged(found: World, now: datetime) -> list[Any]:
    return [(each.score, each.judged) for each in at_instant(found, None, now)]


@many
@given(logs, st.integers(1, LENGTH))
def test_p14_f53_as_of_is_the_same_before_and_after_later_rows(rows: list, day: int) -> None:
    then, log = BEGIN + timedelta(days=day), _log(rows)
    until = [each for each in log if each["recorded_at"] <= then]
    assert _judged(world(until), then) == _judged(
        world(each for each in log if each["recorded_at"] <= then), then
    )
    late = [each for each in log if each["valid_at"] <= then < each["recorded_at"]]
    assert all(each not in until for each in late)  # true then, and not known then


@many
@given(logs, st.lists(st.integers(0, 30), max_size=4))
def test_f53_rows_read_in_parts_tell_what_they_tell_together(rows: list, cuts: list[int]) -> None:
    log, now = _log(rows), BEGIN + timedelta(days=LENGTH)
    places = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    found = World()
    for start, end in pairwise(places):
        kept, before = found, _judged(found, now)
        found = world(log[start:end], kept)
        assert _judged(kept, now) == before  # what was read stays as it was
    assert _judged(found, now) == _judged(world(log), now)
    assert (found.touched, found.looks) == (world(log).touched, world(log).looks)


def test_f33_evidence_that_came_late_is_not_known_before() -> None:
    log = _log([_content("A", 30, 20, True)])
    then = (BEGIN + timedelta(days=15)).astimezone(UTC)
    known = world(each for each in log if each["recorded_at"] <= then)
    assert known.events == {}
    assert len(world(log).events["A", None]) == 1


def test_f22_looks_at_linked_files_are_known_by_their_dataset() -> None:
    found = world(_log([_look("A", 30, True), _look("A", 31, False)]))
    assert [each.ok for each in found.looks["A"]] == [True, False]
    (track,) = found.docket("A", BEGIN + timedelta(days=32)).tracks
    assert track.looks == tuple(found.looks["A"])


def _assign(day: float, name: str, package_id: str, **values: Any) -> dict[str, Any]:
    detail = {"event": "assign", "name": name, "selector": values.get("selector")}
    return _row("item", day, item_id="A", package_id=package_id, organization_id="opd", detail=detail)


def _updated(day: float, *datasets: dict[str, Any]) -> dict[str, Any]:
    said = _said("A", "mingguan", 1) | {"datasets": list(datasets)}
    return _row("item", day, item_id="A", organization_id="opd", detail={"event": "update", "item": said})


def test_g08_a_dataset_made_anew_under_the_same_name_takes_the_place_of_the_one_that_is_gone() -> None:
    found = world(_log([_assign(30, "A", "A2")]))
    assert [each.package_id for each in found.assigned["A"]] == ["A2"]
    assert found.named({"A2"}) == [("A", {"name": "A"})]
    assert found.named(set()) == []
    assert found.unassigned() == []


def _outcomes(rows: list[dict[str, Any]]) -> list[str]:
    now = BEGIN + timedelta(days=40)
    (one,) = [each for each in at_instant(world(_log(rows)), None, now) if each.item.code == "A"]
    (judged,) = one.judged
    return [each.outcome.value for each in judged.obligations]


KEPT = [_content("A", day, 0, True) for day in (15, 22, 29)]
ANEW = [
    [_assign(30, "A", "A2"), _content("A2", 36, 0, True)],  # under the same name
    [_updated(30, {"name": "B2"}), _assign(30.1, "B2", "B2"), _content("B2", 36, 0, True)],  # another name
    [_assign(30, "A", "A2"), _assign(31, "A", "A3"), _content("A3", 36, 0, True)],  # twice
    [_assign(30, "A", "A2"), _assign(31, "A", "A"), _content("A", 36, 0, True)],  # and back
]


@pytest.mark.parametrize("rows", ANEW)
def test_f10_what_a_dataset_delivered_is_not_owed_again_by_the_one_that_takes_its_place(rows: list) -> None:
    in_place = [*KEPT, _content("A", 36, 0, True)]
    assert _outcomes([*KEPT, *rows]) == _outcomes(in_place)
    assert "met_late" not in _outcomes(in_place)


def test_f10_a_dataset_that_stands_there_no_more_delivers_no_more() -> None:
    rows = [*KEPT, _assign(30, "A", "A2")]
    assert _outcomes([*rows, _content("A", 36, 0, True)]) == _outcomes(rows)


def test_f10_a_further_dataset_takes_nobodys_place() -> None:
    rows = [*KEPT, _updated(30, {"name": "A"}, {"name": "B2"}), _assign(30.1, "B2", "B2")]
    found = world(_log(rows))
    assert [(each.package_id, each.former) for each in found.assigned["A"]] == [("A", ()), ("B2", ())]


def test_f10_some_rows_take_the_place_of_the_same_rows_alone() -> None:
    rows = [
        _updated(30, {"name": "B2", "resource_id": "r"}),
        _assign(31, "B2", "B2", selector={"resource_id": "r"}),
    ]
    assert world(_log(rows)).assigned["A"][0].former == ()


def test_f27_what_was_decided_of_a_dataset_holds_for_the_one_that_takes_its_place() -> None:
    asked = {"event": "ask", "case": "c", "act": "confirmed"}
    of_case = {"item_id": "A", "organization_id": "opd", "detail": asked}
    rows = [_row("attestation", 20, package_id="A", **of_case), _assign(30, "A", "A2")]
    (track,) = world(_log(rows)).docket("A", BEGIN + timedelta(days=40)).tracks
    assert [each.act.value for each in track.events] == ["confirmed"]


def test_f13_items_of_some_rows_hear_of_complete_runs_of_their_dataset() -> None:
    chosen = {"column": "kecamatan", "value": "Telanaipura"}
    detail = {"event": "assign", "name": "A", "selector": chosen}
    said = _said("A", "mingguan", 1) | {"datasets": [{"name": "A"}, {"name": "A", **chosen}]}
    rows = [
        _row("item", 1, item_id="A", organization_id="opd", detail={"event": "update", "item": said}),
        _row("item", 2, item_id="A", package_id="A", organization_id="opd", detail=detail),
        _complete_run("A", 30, 20),
    ]
    found = world(_log(rows))
    acts = [[each.act.value for each in track.events] for track in found.docket("A", BEGIN).tracks]
    assert acts == [["complete"], ["complete"]]


def test_f46_what_held_at_an_instant_judges_it_whatever_was_mended_later() -> None:
    then = BEGIN + timedelta(days=35)
    log = _log([_content("A", 3, 0, True), _facts("A", 30, False), _facts("A", 40, True)])
    known_then = world(each for each in log if each["recorded_at"] <= then)
    assert _judged(world(log), then) == _judged(known_then, then)
    assert _judged(world(log), BEGIN + timedelta(days=29)) != _judged(known_then, then)


def test_f12_a_version_counts_from_the_day_that_it_names_and_never_before_it_was_recorded() -> None:
    (_, policy), (_, calendar) = RULES
    named = {"version": "2", "valid_from": "2026-03-01"}
    rows = [_row("policy", 60, detail={"body": policy | named})]
    rows.append(_row("calendar", 300, detail={"body": calendar | named}))
    law = world(_log(rows)).law
    assert law is not None
    march = wib(2026, 3, 1)
    assert [law.policy_at(march - each).version for each in (timedelta.resolution, timedelta())] == ["1", "2"]
    recorded = BEGIN + timedelta(days=300)
    assert [law.calendar_at(at).version for at in (march, recorded)] == ["1", "2"]
