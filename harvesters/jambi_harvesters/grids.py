"""Rows of a grid: rows above, headings, rows, footer; the same for a CSV file and a sheet of a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from jambi_harvesters.definition import Dialect
from jambi_harvesters.headings import check_width, join_headings
from jambi_harvesters.record import Row
from jambi_harvesters.tables import Mapper
from jambi_harvesters.values import clean_text

Numbered = tuple[int, Sequence[Any]]
Mapped = tuple[int, Row, Mapping[str, Any]]


class Grid:
    """One table of a file, its headings already read.

    Args:
        raw: (line, cells) of every row of the file or sheet, empty rows included.
        extra: further columns that the file does not write, such as the sheet's name.
        padded: short rows are filled up (sheets) instead of being bad (CSV).
    """

    def __init__(
        self,
        raw: Iterator[Numbered],
        dialect: Dialect,
        *,
        extra: Mapping[str, str] | None = None,
        padded: bool = False,
    ) -> None:
        self._raw = raw
        self._extra = dict(extra or {})
        self._padded = padded
        self._footer = {clean_text(one).casefold() for one in dialect.footer}
        for _ in islice(raw, dialect.skip_rows):
            pass
        rows = [[_text(cell) for cell in cells] for _, cells in islice(raw, dialect.header_rows)]
        headings = join_headings(rows)
        while headings and not headings[-1]:
            headings.pop()
        check_width(len(headings))
        self._width = len(headings)
        self.headings = [*headings, *self._extra]

    def mapped(self, mapper: Mapper) -> Iterator[Mapped]:
        """Yield (line, cells, source values by heading) of each row that is kept."""
        for line, cells in self._rows(mapper):
            row = mapper.row(cells, line)
            if row is not None:
                yield line, row, dict(zip(self.headings, cells, strict=True))

    def _rows(self, mapper: Mapper) -> Iterator[Numbered]:
        for line, cells in self._raw:
            texts = [_text(cell) for cell in cells]
            if not any(texts):
                continue
            if self._footer and any(text.casefold() in self._footer for text in texts):
                return
            fitted = self._fitted(cells, texts)
            if fitted is None:
                mapper.ledger.lost_row("ragged_row", line)
            else:
                yield line, [*fitted, *self._extra.values()]

    def _fitted(self, cells: Sequence[Any], texts: Sequence[str]) -> Sequence[Any] | None:
        if self._padded and len(cells) < self._width:
            return [*cells, *[None] * (self._width - len(cells))]
        if len(cells) > self._width and not any(texts[self._width :]):
            return cells[: self._width]
        return cells if len(cells) == self._width else None


def _text(cell: object) -> str:
    return "" if cell is None else clean_text(cell)
