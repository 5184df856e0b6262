"""Merkle roots of days as RFC 6962 builds them, and the check of a log against them (F32, F35)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.freshness.rules import chain, roots
from ckanext.jambi.freshness.rules.roots import Root, Watch

DAY = date(2026, 9, 1)
# The leaves and roots of the reference test of RFC 6962's first implementation (certificate-transparency).
LEAVES = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
KNOWN = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("size", "root"), KNOWN.items())
def test_f32_roots_are_those_of_rfc_6962(size: int, root: str) -> None:
    assert roots.merkle_root(LEAVES[:size]).hex() == root


def plainly(leaves: list[bytes]) -> bytes:
    """Build the tree by the words of the RFC."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + plainly(leaves[:split]) + plainly(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_f32_growing_tree_gives_the_root_of_the_definition(leaves: list[bytes]) -> None:
    assert roots.merkle_root(leaves) == plainly(leaves)


def log(rows: int, hours: float = 8) -> list[tuple[bytes, datetime]]:
    """Return lines and instants of a log: a row each `hours` from the beginning of the day in Jambi."""
    lines, previous, at = [], chain.GENESIS, datetime(2026, 8, 31, 17, tzinfo=UTC)
    for seq in range(1, rows + 1):
        payload = chain.canonical({"seq": seq})
        previous = chain.link(previous, payload)
        lines.append((chain.line(previous, payload), at + timedelta(hours=hours) * (seq - 1)))
    return lines


def days(rows: list[tuple[bytes, datetime]], until: date, next_seq: int = 1, first: date = DAY) -> list[Root]:
    numbered = ((n, bytes.fromhex(line[:64].decode()), at) for n, (line, at) in enumerate(rows, start=1))
    return [*roots.of_days((row for row in numbered if row[0] >= next_seq), next_seq, first, until)]


def test_f32_a_day_in_jambi_has_the_rows_recorded_on_it() -> None:
    found = days(log(8), date(2026, 9, 3))

    assert [(each.day.day, each.first_seq, each.last_seq) for each in found] == [(1, 1, 3), (2, 4, 6)]


def test_f32_days_without_rows_have_the_root_of_nothing() -> None:
    found = days(log(2, hours=72), date(2026, 9, 6))

    assert [(each.first_seq, each.last_seq) for each in found] == [(1, 1), (2, 1), (2, 1), (2, 2), (3, 2)]
    assert [each.merkle_root == roots.EMPTY for each in found] == [False, True, True, False, True]


def test_f32_a_row_dated_before_the_first_day_is_held_by_it() -> None:
    rows = [(1, bytes(32), datetime(2026, 8, 30, tzinfo=UTC))]
    found = next(roots.of_days(rows, 1, DAY, DAY + timedelta(days=1)))
    assert (found.day, found.first_seq, found.last_seq) == (DAY, 1, 1)


@given(st.integers(0, 30), st.floats(1, 60), st.integers(1, 9))
def test_f32_days_made_one_run_after_the_other_are_those_of_one_run(
    rows: int, hours: float, cut: int
) -> None:
    lines, until = log(rows, hours), DAY + timedelta(days=10)
    first = days(lines, DAY + timedelta(days=cut))
    rest = days(lines, until, first[-1].last_seq + 1, first[-1].day + timedelta(days=1))

    assert first + rest == days(lines, until)


def verified(lines: list[bytes], published: list[Root]) -> chain.Check:
    watch = Watch(published)
    return watch.checked(chain.verify(watch.lines(lines)))


def test_f35_sound_log_passes_against_its_roots() -> None:
    rows = log(30, hours=5)
    found = verified([line for line, _ in rows], days(rows, date(2026, 9, 6)))

    assert found.ok
    assert found.rows == 30


def test_f35_a_long_log_passes_against_the_roots_of_all_its_days() -> None:
    rows = log(600, hours=1)
    found = verified([line for line, _ in rows], days(rows, date(2026, 9, 24)))
    assert (found.ok, found.rows) == (True, 600)
    cut = verified([line for line, _ in rows[:400]], days(rows, date(2026, 9, 24)))
    assert [each.seq for each in cut.errors] == [401]


def test_f35_a_log_of_a_year_passes_against_the_roots_of_all_its_days() -> None:
    rows = log(400, hours=24)
    published = days(rows, DAY + timedelta(days=366))
    assert len(published) == 366
    assert verified([line for line, _ in rows], published).ok


@pytest.mark.parametrize("kept", [0, 1, 11, 23])
def test_f35_cut_tail_is_named(kept: int) -> None:
    rows = log(30, hours=5)
    found = verified([line for line, _ in rows[:kept]], days(rows, date(2026, 9, 6)))

    assert [each.seq for each in found.errors] == [kept + 1]
    said = f"row {kept + 1} and those after it are missing: the root of 2026-09-05 covers rows up to 24"
    assert found.errors[0].error == said


@pytest.mark.parametrize("wrong", [b"\x00" * 32, b"\xff" * 32])
def test_f35_a_root_that_the_rows_do_not_give_is_named_once(wrong: bytes) -> None:
    rows = log(9)
    published = days(rows, date(2026, 9, 4))
    other = [replace(published[0], merkle_root=wrong), *published[1:]]
    assert [each.seq for each in verified([line for line, _ in rows], other).errors] == [1]


def test_f35_rows_after_the_last_root_can_be_cut_unseen() -> None:
    rows = log(30, hours=5)
    assert verified([line for line, _ in rows[:24]], days(rows, date(2026, 9, 6))).ok


def test_f35_log_that_was_written_anew_does_not_give_the_roots() -> None:
    rows, other = log(9), []
    previous = chain.GENESIS
    for seq in range(1, 10):
        payload = chain.canonical({"seq": seq, "kind": "other"} if seq == 5 else {"seq": seq})
        previous = chain.link(previous, payload)
        other.append(chain.line(previous, payload))

    found = verified(other, days(rows, date(2026, 9, 4)))

    assert [each.seq for each in found.errors] == [4, 7]
    assert "the rows of 2026-09-02 (4 to 6) do not give its published root" in found.errors[0].error


def test_f35_damaged_row_is_named_before_any_root() -> None:
    rows = log(9)
    lines = [line for line, _ in rows]
    lines[4] = lines[4].replace(b'"seq":5', b'"seq":6')

    assert [each.seq for each in verified(lines, days(rows, date(2026, 9, 4))).errors] == [5]


def test_f35_a_root_over_rows_of_an_earlier_one_is_named() -> None:
    rows = log(9)
    published = days(rows, date(2026, 9, 3))
    again = replace(published[0], day=date(2026, 9, 3))
    assert [each.seq for each in verified([line for line, _ in rows], [*published, again]).errors] == [1]
