"""The bars of RL11 and M12 on the whole corpus, and the figures that `docs/privacy.md` gives.

    .venv/bin/pytest -p no:ckan -p no:ckan_fixtures tests/drill/test_personal_data.py -s

The sample in `tests/unit/metadata/test_pii_corpus.py` runs with every `make test`.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "data" / "pribadi"))
import measuring
from persons import PERSONAL

from ckanext.jambi.metadata.pii import Screen

VALUES, NUMBERS, TABLES = 100_000, 1_000_000, 10_000
ROWS, COLUMNS, SECONDS = 100_000, 20, 20
STRICT = {"NIK", "KK", "phone", "e-mail"}


@pytest.fixture
def say(capsys: Any) -> Any:
    """Return a function that prints a figure for the documentation."""

    def figure(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {text}")

    return figure


@pytest.mark.parametrize("kind", PERSONAL)
def test_rl11_values_of_persons_are_found(kind: str, say: Any) -> None:
    missed = sum(measuring.missed(kind, VALUES).values())
    say(f"{kind}: {VALUES - missed} of {VALUES} found")
    assert missed <= VALUES * (0.001 if kind in STRICT else 0.005)


def test_rl11_plain_numbers_are_not_taken_for_a_persons(say: Any) -> None:
    hits = measuring.false_hits(NUMBERS)
    say(f"false hits: {sum(hits.values())} of {NUMBERS}: {dict(hits)}")
    say(f"numbers of a person's length: {measuring.hard_hits(100_000)}")
    assert sum(hits.values()) <= NUMBERS * 0.001


def test_m12_rows_of_persons_are_held(say: Any) -> None:
    held, total = measuring.personal_rows(TABLES)
    say(f"rows of persons held: {held} of {total}")
    assert held >= 0.995 * total


def test_m12_tables_of_plain_numbers_are_not_blocked(say: Any) -> None:
    blocked, tables = measuring.false_blocks(TABLES)
    say(f"tables blocked without cause: {sum(blocked.values())} of {tables}: {dict(blocked)}")
    assert sum(blocked.values()) < 0.005 * tables


def test_m12_a_large_table_is_screened_in_time(say: Any) -> None:
    rng = random.Random(1)
    chunks = [
        [tuple(_cell(rng, at) for at in range(COLUMNS)) for _ in range(1_000)] for _ in range(ROWS // 1_000)
    ]
    began = time.perf_counter()
    screen = Screen([f"kolom_{chr(97 + at)}" for at in range(COLUMNS)], key=measuring.KEY)
    for rows in chunks:
        screen.add_rows(rows)
    assert screen.verdicts() == ()
    taken = time.perf_counter() - began
    say(f"{ROWS} rows x {COLUMNS} columns: {taken:.1f} s")
    assert taken <= SECONDS


def _cell(rng: random.Random, at: int) -> object:
    """Return a cell of its column's kind: texts and codes, dates, numbers, empty ones."""
    return (
        f"Kelurahan {rng.randrange(68)}",
        f"15.71.{rng.randint(1, 11):02d}.{rng.randint(1001, 1012)}",
        date(2026, 1, rng.randint(1, 28)),
        f"{rng.randrange(10**9):,}".replace(",", "."),
        Decimal(rng.randrange(10**9)) / 100,
        rng.randrange(10**6),
        None,
        f"Kegiatan tahun 2025 nomor {rng.randrange(10**5)} pada triwulan II",
        f"5.1.02.01.{rng.randrange(99):02d}.{rng.randrange(9999):04d}",
        f"2026-01-{rng.randint(1, 28):02d} {rng.randint(0, 23):02d}:00:00",
    )[at % 10]
