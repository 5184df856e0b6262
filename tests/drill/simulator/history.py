"""Histories: lists of moves drawn by a seed, and the shortest one that still breaks something.

A move names all it needs, so that a history can be played again with moves left out: what then has
nothing to act on does nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from city import SICK

OFFICES, MOST_OFFICES = 2, 4
FIRST_RECORDS = 6
OPERATIONS = 400
CODES = ("40001", "40P01", "57014", "53300", "cut")


@dataclass(frozen=True)
class Move:
    """One move: its name, and what it is made with."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.values.items())})"


# How often each move comes, in parts of the whole.
WEIGHTS = {
    "add": 8,
    "edit": 8,
    "spoil": 2,
    "drop": 6,
    "drop_many": 2,
    "bring_back": 5,
    "rename": 4,
    "fall_ill": 4,
    "recover": 6,
    "harvest": 16,
    "kill": 10,
    "stop": 4,
    "fault": 5,
    "pair": 3,
    "abort": 2,
    "decide": 8,
    "restore": 3,
    "annotate": 3,
    "turn_clock": 4,
    "bury": 4,
    "source_add": 2,
    "source_edit": 3,
    "source_delete": 2,
    "settle": 8,
}
# A worker that sleeps costs seconds: only long simulations have it.
SLOW = {"pause": 1}


def drawn(seed: int, length: int, *, slow: bool = False) -> list[Move]:
    """Return the history of a seed: a few records and a harvest, then `length` moves by chance."""
    chance = random.Random(seed)
    weights = WEIGHTS | (SLOW if slow else {})
    names = chance.choices(list(weights), list(weights.values()), k=length)
    opening = [
        Move("add", {"office": at % OFFICES, "content": at + 1}) for at in range(FIRST_RECORDS * OFFICES)
    ]
    moves = [_move(name, chance, len(opening) + at + 1) for at, name in enumerate(names)]
    return [*opening, Move("settle"), *moves, Move("settle")]


def _move(name: str, chance: random.Random, content: int) -> Move:
    """Draw what a move is made with; `pick` chooses among what is there when it is played."""
    values: dict[str, Any] = {"office": chance.randrange(MOST_OFFICES), "pick": chance.randrange(1_000)}
    number, after = chance.randint(1, OPERATIONS), chance.random() < 0.5
    more: dict[str, dict[str, Any]] = {
        "fall_ill": {"how": chance.choice(SICK)},
        "kill": {"number": number, "after": after, "resume": chance.random() < 0.5},
        "stop": {"number": number, "after": after},
        "pause": {"number": number, "after": after},
        "fault": {"number": number, "code": chance.choice(CODES)},
        "decide": {"approve": chance.random() < 0.6},
        "turn_clock": {"hours": chance.choice((-1, 1, 12, 26, 24 * 8))},
        "bury": {"number": chance.choice((0, chance.randint(1, 60)))},
        "harvest": {
            "mode": chance.choice(("normal", "complete")),
            "trigger": chance.choice(("timer", "manual")),
        },
    }
    return Move(name, values | {"content": content} | more.get(name, {}))


def shortest(history: Sequence[Move], breaks: Callable[[Sequence[Move]], bool], seconds: float) -> list[Move]:
    """Leave out moves, halves first, as long as the rest still breaks the same and time is left."""
    ends = time.monotonic() + seconds
    kept, size = list(history), max(len(history) // 2, 1)
    while size and time.monotonic() < ends:
        at, before = 0, len(kept)
        while at < len(kept) and time.monotonic() < ends:
            rest = kept[:at] + kept[at + size :]
            if rest and breaks(rest):
                kept = rest
            else:
                at += size
        size = size if len(kept) < before and size == 1 else size // 2
    return kept
