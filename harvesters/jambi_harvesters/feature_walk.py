"""One reading of a list of features, for the kinds `arcgis` and `wfs`: rows, and what is known of the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from jambi_harvesters.assembly import ListEnd
from jambi_harvesters.errors import IncompleteListError
from jambi_harvesters.grids import Mapped
from jambi_harvesters.places import Place
from jambi_harvesters.record import JsonValue
from jambi_harvesters.sources.base import Connector
from jambi_harvesters.tables import Mapper

GEOMETRY = "geometry"
PAGES = ("polite.max_pages was reached", "polite.max_pages tercapai")
TOTAL_MOVED = ("its total changed while it was read", "jumlahnya berubah selagi dibaca")
Feature = Mapping[str, Any]


class FeatureWalk(ABC):
    """One reading, from the start of a list or from a place in it.

    Attributes:
        problem: why the list is not proven complete, in both languages.
        total: the number of features that the source claims.
        number: how many pages came.
        received: how many features came.
        kept: how many rows of them were kept.
        resumed: whether the list goes on at a place.
    """

    def __init__(self, connector: Connector, mapper: Mapper, place: JsonValue) -> None:
        self.problem: tuple[str, str] | None = None
        self.total: int | None = None
        self.number = self.received = self.kept = self._line = 0
        self.resumed = place is not None
        self._source = connector
        self._mapper = mapper
        if place is not None:
            self.total = place["total"]
            self.number, self.received, self.kept, self._line = place["walk"]
            mapper.go_on(place["mapper"])

    @abstractmethod
    def features(self) -> Iterator[Feature | Place]:
        """Yield the features, none of them twice, and places behind whole pages.

        Sets `problem` where the end is not proven.

        Raises:
            PlaceLostError: if what came before the place is no longer there as it was.
        """

    @abstractmethod
    def item(self, feature: Feature) -> dict[str, Any]:
        """Return the properties of a feature beside its geometry."""

    def mapped(self) -> Iterator[Mapped | Place]:
        """Yield (number, cells, source values) of each feature; judge the list at its end."""
        for feature in self.features():
            if isinstance(feature, Place):
                yield feature
                continue
            self._line += 1
            item = self.item(feature)
            row = self._mapper.item(item, self._line)
            if row is not None:
                self.kept += 1
                yield self._line, row, self._mapper.without_dropped(item)
        self._mapper.close_items()

    def place(self, **own: JsonValue) -> Place:
        """Return the place behind the last page; a list that has a problem has none."""
        if self.problem:
            return Place(None)
        walk = [self.number, self.received, self.kept, self._line]
        return self._source.place_behind({"walk": walk, "total": self.total, **own}, self._mapper)

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
