"""Diff: what is new, changed, unchanged, waiting, vanished, renamed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.harvest import diff
from ckanext.jambi.harvest.diff import Kind, Known

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("known", "force", "kind"),
    [
        (None, False, Kind.NEW),
        (Known("1:a"), False, Kind.UNCHANGED),
        (Known("1:b"), False, Kind.CHANGED),
        (Known(None), False, Kind.NEW),
        (Known("1:a", missing=True), False, Kind.CHANGED),
        (Known("1:b", 1, "1:a", LATER), False, Kind.POSTPONED),
        (Known("1:b", 1, "1:a", LATER), True, Kind.CHANGED),
        (Known("1:b", 1, "1:a", EARLIER), False, Kind.CHANGED),
        (Known("1:b", 1, "1:x", LATER), False, Kind.CHANGED),
        (Known(None, 3, "1:a", EARLIER), False, Kind.NEW),
        (Known(None, 4, "1:a", None), False, Kind.PARKED),
        (Known(None, 4, "1:a", None), True, Kind.NEW),
        (Known(None, 4, "1:x", None), False, Kind.NEW),
    ],
)
def test_hv17_classify(known: Known | None, force: bool, kind: Kind) -> None:
    assert diff.classify("1:a", known, NOW, force=force) is kind


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        (Known("2:b"), Kind.UNCHANGED),
        (Known("1:a"), Kind.REHASHED),
        (Known("0:z"), Kind.CHANGED),
        (Known("1:x"), Kind.CHANGED),
        (Known("1:a", missing=True), Kind.CHANGED),
        (Known("1:x", 1, "1:a", LATER), Kind.POSTPONED),
        (Known("1:x", delta_hash="1:a"), Kind.CHANGED),
    ],
)
def test_hv05_stored_hash_is_compared_by_its_own_version(known: Known, kind: Kind) -> None:
    assert diff.classify("2:b", known, NOW, older=["1:a"]) is kind


def test_hv05_changes_of_a_table_are_compared_by_their_own_version() -> None:
    assert (
        diff.classify("2:b", Known("1:x", delta_hash="1:a"), NOW, older=["1:a"], delta=True) is Kind.REHASHED
    )


def test_s19_rename_is_seen_across_versions_of_the_hash() -> None:
    assert diff.rename_pairs({"old": "1:a"}, {"new": ("2:b", "1:a")}) == [("old", "new")]


def test_hv17_distance_grows_and_then_the_record_is_parked() -> None:
    distances = [diff.retry_distance(failures) for failures in (1, 2, 3)]
    assert distances == sorted(distances)
    assert diff.retry_distance(4) is None


@pytest.mark.parametrize("guid", ["ABC-1", " abc-1 ", "Abc-1\n"])
def test_s18_guids_are_compared_trimmed_and_case_folded(guid: str) -> None:
    assert diff.key(guid) == "abc-1"


def test_guids_are_compared_in_one_unicode_form() -> None:
    assert diff.key("Cafe\u0301") == diff.key("CAF\u00c9")


def test_s19_equal_content_under_a_new_guid_is_a_pair() -> None:
    pairs = diff.rename_pairs({"old": "1:a", "gone": "1:b"}, {"new": ["1:a"], "other": ["1:c"]})
    assert pairs == [("old", "new")]


def test_each_new_record_is_paired_once() -> None:
    assert diff.rename_pairs({"a": "1:x", "b": "1:x"}, {"c": ["1:x"]}) == [("a", "c")]


@given(live=st.sets(st.text(max_size=4)), seen=st.sets(st.text(max_size=4)))
def test_vanished_is_live_less_seen(live: set[str], seen: set[str]) -> None:
    assert set(diff.vanished(live, seen)) == live - seen


def test_hv07_an_id_in_the_compared_form_is_kept_once() -> None:
    guid = "".join(["kunjungan-", "2026"])
    assert diff.key(guid) is guid
    assert diff.key(" Kunjungan-2026 ") == guid
