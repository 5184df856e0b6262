"""Deterministic chance: every value of the city is a hash of the seed and of what the value is about.

Nothing is drawn in sequence, so any row can be made alone, in any order, in any process, and is the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

Option = TypeVar("Option")

_SCALE = 2.0**-64


@dataclass(frozen=True)
class Chance:
    """A source of reproducible values; two equal seeds give two equal cities."""

    seed: str

    def unit(self, *about: object) -> float:
        """Return a number in [0, 1) that depends on the seed and on `about` alone."""
        text = "\x1f".join(map(str, (self.seed, *about)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") * _SCALE

    def whole(self, low: int, high: int, *about: object) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.unit(*about) * (high - low + 1))

    def pick(self, options: Sequence[Option], *about: object) -> Option:
        """Return one of `options`."""
        return options[int(self.unit(*about) * len(options))]

    def picks(self, options: Sequence[Option], count: int, *about: object) -> list[Option]:
        """Return `count` different options (all of them if there are fewer), in their own order."""
        ranked = sorted(range(len(options)), key=lambda index: self.unit(*about, index))
        return [options[index] for index in sorted(ranked[:count])]

    def happens(self, share: float, *about: object) -> bool:
        """Return true in `share` of all cases."""
        return self.unit(*about) < share

    def drift(self, position: float, *about: object) -> float:
        """Return a smooth wandering value in [-1, 1): hashed points, one a unit of `position`, joined."""
        whole = math.floor(position)
        part = position - whole
        ease = (1 - math.cos(math.pi * part)) / 2
        left, right = (self.unit(*about, whole + step) * 2 - 1 for step in (0, 1))
        return left + (right - left) * ease
