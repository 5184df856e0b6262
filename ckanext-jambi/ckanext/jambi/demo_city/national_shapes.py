"""Lists in the forms that national bodies prescribe: legal documents (JDIHN) and procurement (LKPP)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .content import Row
from .json_shapes import Ask, Entry, JsonShape, sliced


@dataclass(frozen=True)
class LegalDocuments(JsonShape):
    """The list of JDIHN: a bare array, whole unless `page` is asked for; drafts stand in it as not shown.

    Attributes:
        draft: makes the draft that follows a document, or None.
    """

    page_params: tuple[str, ...] = ("page", "limit")
    draft: Callable[[Entry, int], Entry | None] = lambda entry, turn: None

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the list, or a page of it; beyond the last page it is empty."""
        if "page" not in ask.params:
            return self._with_drafts(rows, 0)
        part = sliced(rows, ask, "page", "limit")
        return self._with_drafts(part.rows, part.first) if ask.number("page", 1) == part.page else []

    def _with_drafts(self, rows: Any, first: int) -> list[Entry]:
        found: list[Entry] = []
        for turn, entry in enumerate(self.entries(rows, first), first):
            draft = self.draft(entry, turn)
            found += [entry] if draft is None else [entry, draft]
        return found


@dataclass(frozen=True)
class Tenders(JsonShape):
    """The packages of LKPP: a bare array of one year where `tahun` is asked for, else of all.

    Attributes:
        year_of: the budget year of a true row.
    """

    page_params: tuple[str, ...] = ("tahun",)
    year_of: Callable[[Row], int] = lambda row: row[-1].year

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the packages of the year."""
        year = ask.params.get("tahun")
        return self.entries([row for row in rows if year is None or str(self.year_of(row)) == year])
