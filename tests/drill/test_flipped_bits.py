"""A log of 10^5 rows with one bit flipped at 1,000 random places (F35)."""

from __future__ import annotations

import flips
import pytest


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return flips.log(100_000)


@pytest.mark.parametrize("seed", range(4))
def test_f35_any_flipped_bit_names_its_row(lines: list[bytes], seed: int) -> None:
    assert flips.wrongly_named(lines, 250, seed) == []
