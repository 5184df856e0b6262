"""The bars of RL11 and M12 on a sample; `tests/drill/test_personal_data.py` holds them on the whole."""

from __future__ import annotations

import measuring
import pytest
from persons import PERSONAL


@pytest.mark.parametrize("kind", PERSONAL)
def test_p09_s28_rl11_values_of_persons_are_found_in_every_format(kind: str) -> None:
    assert not measuring.missed(kind, 600)


def test_p09_rl11_plain_numbers_are_not_taken_for_a_persons() -> None:
    assert sum(measuring.false_hits(40_000).values()) <= 40


def test_m12_rows_of_persons_are_held() -> None:
    held, total = measuring.personal_rows(200)
    assert held >= 0.995 * total


def test_m12_tables_of_plain_numbers_are_not_blocked() -> None:
    blocked, tables = measuring.false_blocks(300)
    assert sum(blocked.values()) < 0.005 * tables
