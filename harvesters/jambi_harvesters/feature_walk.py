"""One reading of a list of features, for the kinds `arcgis` and `wfs`: rows, and what is known of the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from jambi_harvesters.assembly import ListEnd
from jambi_harvesters.errors import IncompleteListError
from jambi_harvesters.grids import Mapped
from jambi_harvesters.tables import Mapper

GEOMETRY = "geometry"
PAGES = ("polite.max_pages was reached", "polite.max_pages tercapai")
TOTAL_MOVED = ("its total changed while it was read", "jumlahnya berubah selagi dibaca")


class FeatureWalk(ABC):
    """One reading.

    Attributes:
        problem: why the list is not proven complete, in both languages.
        total: the number of features that the source claims.
        received: how many came.
    """

    def __init__(self) -> None:
        self.problem: tuple[str, str] | None = None
        self.total: int | None = None
        self.received = 0

    @abstractmethod
    def features(self) -> Iterator[Mapping[str, Any]]:
        """Yield the features, none of them twice; set `problem` where the end is not proven."""

    @abstractmethod
    def item(self, feature: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of a feature beside its geometry."""

    def mapped(self, mapper: Mapper) -> Iterator[Mapped]:
        """Yield (number, cells, source values) of each feature; judge the list at its end."""
        for line, feature in enumerate(self.features(), 1):
            item = self.item(feature)
            row = mapper.item(item, line)
            if row is not None:
                yield line, row, mapper.without_dropped(item)
        mapper.close_items()

    def end(self) -> ListEnd:
        """Return what is known of the list."""
        problem = None
        if self.problem:
            reason, alasan = self.problem
            problem = IncompleteListError(reason=reason, alasan=alasan)
        return ListEnd(complete=problem is None, problem=problem, total=self.total)

    def missing(self) -> tuple[str, str]:
        """Return the problem of a list of which some did not come."""
        if self.total is None:
            return "the source does not count its features", "sumber tidak menghitung fiturnya"
        return (
            f"{self.received} of {self.total} features came",
            f"{self.received} dari {self.total} fitur yang datang",
        )
