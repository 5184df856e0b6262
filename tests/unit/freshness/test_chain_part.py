"""A part of the log that begins with a later row (F35)."""

from __future__ import annotations

import flips
import pytest

from ckanext.jambi.freshness.rules import chain


def test_f35_a_part_of_a_log_is_checked_from_its_first_row_on() -> None:
    lines = flips.log(5)
    found = [chain.verify_part(lines[start:]) for start in (2, 4)]
    assert [(each.ok, each.rows, each.first_seq, each.last_seq) for each in found if each] == [
        (True, 3, 3, 5),
        (True, 1, 5, 5),
    ]
    damaged = chain.verify_part([lines[2], lines[4]])
    assert damaged is None or not damaged.ok


def test_f35_a_whole_log_and_an_empty_one_are_no_parts() -> None:
    assert chain.verify_part(flips.log(3)) is None
    assert chain.verify_part([]) is None


@pytest.mark.parametrize(
    "payload",
    [
        '{"seq": 3}',
        '{"seq":3,"a":1}',
        '{"a":1, "seq":3}',
        '{"seq":1.5}',
        '{"seq":"3"}',
        '{"seq":true}',
        '{"seq":-3}',
        '{"seq":}',
        "{}",
        "[3]",
    ],
)
def test_f35_a_line_that_is_none_of_a_log_begins_no_part(payload: str) -> None:
    assert chain.verify_part([chain.line(bytes(32), payload.encode())]) is None
    assert chain.verify_part([chain.line(bytes(32), b'{"a":1,"seq":3}')])
