"""S29: validators that hide a change are not believed again."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.jambi.harvest.trust import kept, usable

BEFORE = {"etag": '"satu"', "sha256": "a", "definition": "d"}


@pytest.mark.parametrize(
    ("before", "found", "changed", "lied"),
    [
        (BEFORE, BEFORE | {"sha256": "b"}, True, True),
        (BEFORE, BEFORE | {"sha256": "b", "etag": '"dua"'}, True, False),
        (BEFORE, BEFORE | {"sha256": "b"}, False, False),
        (BEFORE, BEFORE, True, False),
        (None, BEFORE, True, False),
        ({"sha256": "a"}, {"sha256": "b"}, True, False),
        ({"last_modified": "x", "sha256": "a"}, {"last_modified": "x", "sha256": "b"}, True, True),
    ],
    ids=["hidden", "told", "bytes alone", "record tried again", "first", "no validators", "last modified"],
)
def test_s29_change_that_validators_hid_is_noticed(
    before: Any, found: dict[str, Any], changed: bool, lied: bool
) -> None:
    markers = kept(before, found, changed=changed)
    assert markers.get("distrusted", False) is lied
    assert {name: markers[name] for name in found} == found


def test_s29_distrust_lasts_and_leaves_the_bytes_to_tell() -> None:
    distrusted = kept(BEFORE, BEFORE | {"sha256": "b"}, changed=True)
    later = kept(distrusted, BEFORE | {"sha256": "b"}, changed=False)
    assert usable(later) == {"sha256": "b", "definition": "d", "distrusted": True}
    assert usable(BEFORE) == BEFORE
    assert usable(None) == {}
