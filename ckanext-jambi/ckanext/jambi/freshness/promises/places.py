"""Which dataset stands for an item of the Daftar Data, and which rows or file of it. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

SELECTORS = ("resource_id", "column", "value")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A dataset that stands for an item: whole, by one resource, or by the rows of one value of a column.

    `former` are those in whose place it came, with the last row of the log that speaks of their time: what
    they delivered was delivered, and is not owed again.
    """

    name: str
    package_id: str
    selector: Mapping[str, str] | None = None
    former: tuple[tuple[str, int], ...] = ()

    @property
    def package_ids(self) -> tuple[str, ...]:
        """All datasets that stood here, the present one first."""
        return (self.package_id, *(key for key, _ in self.former))

    def ended(self, seq: int) -> Assignment:
        """Return the place once its dataset stands there no more, from a row of the log on."""
        if self.former and self.former[0][0] == self.package_id:
            return self
        return replace(self, former=((self.package_id, seq), *self.former))


def selector(dataset: Mapping[str, Any]) -> dict[str, str] | None:
    """Return which rows of a dataset an item names, or which resource; None for the whole dataset."""
    return {name: dataset[name] for name in SELECTORS if name in dataset} or None
