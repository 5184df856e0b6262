"""Compare the names that a site lists with those that came, also where a reading goes on behind a break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from hashlib import blake2b
from typing import Any

NONE_MET = [0, "0"]
SUMS = 2**128


class Names:
    """The names that a site lists, compared with those that its index shows.

    Where a reading goes on, the list is a new one and must hold what came before, of which only number and
    sum of digests are known.

    Attributes:
        met: number and sum for all names that came.
    """

    def __init__(self, listed: set[str], before: Sequence[Any] = NONE_MET) -> None:
        self._unmet = listed
        self._before = self.met = before

    def meet(self, name: str) -> None:
        """Note a name that the index shows."""
        if name in self._unmet:
            self._unmet.discard(name)
            self.met = _added(self.met, [name])

    def missing(self, others: Set[str] = frozenset()) -> int:
        """Return how many names the index did not show, 1 at least if it is not known how many.

        Args:
            others: names that belong to no dataset.
        """
        left = self._unmet - others
        if _added(NONE_MET, left) == self._before:
            return 0
        return max(len(left) - int(self._before[0]), 1)


def _added(known: Sequence[Any], names: Iterable[str]) -> list[Any]:
    """Return number and sum (hexadecimal) of names, joined by further ones; their order is of no matter."""
    count, total = known[0], int(known[1], 16)
    for name in names:
        count += 1
        total += int.from_bytes(blake2b(str(name).encode("utf-8", "surrogatepass"), digest_size=16).digest())
    return [count, f"{total % SUMS:x}"]
