from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.live import wire

ROW = {
    "kind": "rows.changed",
    "package_id": "p-1",
    "organization_id": "o-1",
    "payload": {"rows": 5},
    "emitted_at": datetime(2026, 11, 24, 7, 10, tzinfo=UTC),
}
ABOUT = {"dataset": "kunjungan", "organization": "dinkes", "topics": ["kesehatan"]}


def asked(**values: str) -> wire.Wanted:
    return wire.wanted(list(values.items()))


def lines(frame: bytes) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in frame.decode().rstrip("\n").split("\n"))


def test_hv34_event_names_its_dataset_organization_and_topics() -> None:
    sent = lines(wire.told("12-34", ROW, ABOUT).frame)

    assert (sent["id"], sent["event"]) == ("12-34", "rows.changed")
    assert json.loads(sent["data"]) == {
        "kind": "rows.changed",
        "dataset": {"id": "p-1", "name": "kunjungan"},
        "organization": {"id": "o-1", "name": "dinkes"},
        "topics": ["kesehatan"],
        "payload": {"rows": 5},
        "emitted_at": "2026-11-24T07:10:00+00:00",
    }


@given(st.dictionaries(st.text(), st.text()))
def test_hv34_no_payload_can_break_the_form_of_the_stream(payload: dict[str, str]) -> None:
    frame = wire.told("1-2", {**ROW, "payload": payload}, ABOUT).frame

    assert frame.endswith(b"\n\n")
    assert frame.count(b"\n") == 4
    assert b"\r" not in frame
    assert json.loads(lines(frame)["data"])["payload"] == payload


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, True),
        ({"dataset": "kunjungan"}, True),
        ({"dataset": "p-1"}, True),
        ({"dataset": "lain"}, False),
        ({"dataset": "lain,kunjungan"}, True),
        ({"organization": "dinkes", "topic": "kesehatan"}, True),
        ({"organization": "dinkes", "topic": "ekonomi"}, False),
        ({"kind": "dataset.changed"}, False),
        ({"kind": "dataset.changed, rows.changed", "organization": "o-1"}, True),
        ({"topic": ""}, True),
    ],
)
def test_hv34_filters_narrow_each_other_and_values_widen(values: dict[str, str], wanted: bool) -> None:
    assert asked(**values).matches(wire.told("1-2", ROW, ABOUT)) is wanted


@pytest.mark.parametrize("values", [{"datasets": "a"}, {"kind": ",".join(map(str, range(51)))}])
def test_hv34_unknown_filter_or_too_many_values_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="filter"):
        asked(**values)


def test_event_about_no_dataset_is_for_those_who_name_none() -> None:
    row: dict[str, Any] = {**ROW, "package_id": None, "kind": "source.down"}
    event = wire.told("1-2", row, {"organization": "dinkes"})

    assert asked().matches(event)
    assert not asked(dataset="kunjungan").matches(event)
