"""Measure the detector on the corpus: recall by rule, false hits by kind of number, false blocks of tables."""

from __future__ import annotations

import random
from collections import Counter

from persons import HARD_NUMBERS, NUMBERS, PERSONAL, numbers, personal

from ckanext.jambi.metadata.pii import Screen, Severity, worst

KEY = b"uji"
TABLE_ROWS = 200


def found(cell: object, rule: str) -> bool:
    """Whether one cell under a header that says nothing is found by a rule."""
    screen = Screen(["isi"], key=KEY)
    screen.add_rows([(cell,)])
    return any(one.rule == rule for one in screen.verdicts())


def missed(kind: str, size: int, seed: int = 1) -> Counter[str]:
    """Return how many values of one kind are not found, by format."""
    rule = PERSONAL[kind][2]
    return Counter(name for name, cell in personal(kind, size, seed) if not found(cell, rule))


def false_hits(size: int, seed: int = 1) -> Counter[str]:
    """Return how many of so many plain numbers are taken for a person's, by kind."""
    by_kind: dict[str, list[object]] = {name: [] for name in NUMBERS}
    for name, cell in numbers(size, seed):
        by_kind[name].append(cell)
    hits: Counter[str] = Counter()
    for name, cells in by_kind.items():
        screen = Screen(["isi"], key=KEY)
        screen.add_rows([(cell,) for cell in cells])
        hits[name] = sum(one.count for one in screen.verdicts())
    return +hits


def hard_hits(size: int, seed: int = 1) -> dict[str, float]:
    """Return the share of numbers of a person's length that are taken for one, by kind."""
    rng = random.Random(f"hard{seed}")
    shares = {}
    for name, draw in HARD_NUMBERS.items():
        screen = Screen(["isi"], key=KEY)
        screen.add_rows([(draw(rng),) for _ in range(size)])
        shares[name] = sum(one.count for one in screen.verdicts()) / size
    return shares


def personal_rows(tables: int, seed: int = 1) -> tuple[int, int]:
    """Return rows of persons that are held, and how many there are: one column of one kind in each table."""
    rng = random.Random(f"rows{seed}")
    held = total = 0
    for at in range(tables):
        kind = rng.choice(list(PERSONAL))
        size = rng.randint(1, 40)
        cells = [cell for _, cell in personal(kind, size * 12, at)][rng.randrange(12) :: 12]
        screen = Screen(["kelompok", "isi", "jumlah"], key=KEY)
        screen.add_rows([("A", cell, rng.randint(1, 99)) for cell in cells])
        held += len(cells) * bool(worst(screen.verdicts()))
        total += len(cells)
    return held, total


def false_blocks(tables: int, seed: int = 1) -> tuple[Counter[str], int]:
    """Return tables of plain numbers that would be blocked, by kind of number, and how many there are."""
    blocked: Counter[str] = Counter()
    for at in range(tables):
        rng = random.Random(f"tables{seed}{at}")
        name = rng.choices(list(NUMBERS), [share for share, _ in NUMBERS.values()])[0]
        screen = Screen(["isi", "jumlah"], key=KEY)
        screen.add_rows([(NUMBERS[name][1](rng), rng.randint(0, 9999)) for _ in range(TABLE_ROWS)])
        blocked[name] += worst(screen.verdicts()) is Severity.BLOCK
    return +blocked, tables
