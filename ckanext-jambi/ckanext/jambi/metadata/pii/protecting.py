"""Work out what of a table leaves its public copy: small counts hidden, coordinates rounded (N7, N8, M12).

A count of one to four persons is hidden, and with it what would tell it by subtraction: of the cells that a
sum adds up (`sums`) never one alone is hidden, nor several that together stand for less than five persons.
Shares and means in the same row go too. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ckanext.jambi.metadata.pii import headers, sums
from ckanext.jambi.metadata.pii.columns import SMALL_COUNTS, ScreenColumn, count_of, counts_persons
from ckanext.jambi.metadata.pii.findings import Finding, Severity

MOST_ROWS = 50_000
"""The whole table is held while it is worked out; a longer one waits for a reviewer."""
FEWEST = SMALL_COUNTS.stop
COORDINATE_PLACES = Decimal("0.0001")
_PRECISE = re.compile(r"-?\d+\.\d{5,}")
_MEASURES = frozenset({"decimal", "geometry"})

Row = Sequence[object]
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Protection:
    """What is changed in the public copy.

    Attributes:
        hidden: numbers of the rows (from 0) whose cell is emptied, by the column's place.
        rounded: places of the columns whose coordinates lose their precision.
    """

    hidden: Mapping[int, frozenset[int]]
    rounded: frozenset[int]

    def applied(self, rows: Iterable[Row], first: int) -> Iterator[list[object]]:
        """Yield rows as they may be public; the first of them is row `first` of the table."""
        for number, row in enumerate(rows, first):
            yield [self._cell(place, number, cell) for place, cell in enumerate(row)]

    def _cell(self, place: int, number: int, cell: object) -> object:
        if number in self.hidden.get(place, ()):
            return None
        return _rounded(cell) if place in self.rounded else cell


def protection(
    columns: Sequence[ScreenColumn], findings: Iterable[Finding], rows: Iterable[Row]
) -> Protection:
    """Return what the findings of a table ask to be changed in it."""
    asked = {(finding.severity, finding.column) for finding in findings}
    small = [at for at, one in enumerate(columns) if (Severity.SUPPRESS, one.name) in asked]
    rounded = [at for at, one in enumerate(columns) if (Severity.ROUND, one.name) in asked]
    return Protection(_hidden(columns, small, rows) if small else {}, frozenset(rounded))


def _hidden(
    columns: Sequence[ScreenColumn], small: Sequence[int], rows: Iterable[Row]
) -> dict[int, frozenset[int]]:
    """Return the rows whose cell is hidden, by column."""
    table = list(zip(*rows, strict=True))
    counts = {at: [*map(count_of, table[at])] for at, one in enumerate(columns) if counts_persons(one)}
    hidden = {(at, row) for at in small for row, count in enumerate(counts[at]) if count in SMALL_COUNTS}
    together = list(sums.of_rows([table[at] for at, one in enumerate(columns) if _divides(one)]))
    beside = list(sums.of_columns({columns[at].name: counts[at] for at in counts}))
    at_name = {columns[at].name: at for at in counts}
    while sum(_cover(cells, hidden, counts) for cells in _members(together, beside, hidden, at_name)):
        pass
    return _by_column(hidden, [at for at, one in enumerate(columns) if headers.derived(one.name)])


def _members(
    together: Sequence[Sequence[int]],
    beside: Sequence[Sequence[str]],
    hidden: set[Cell],
    at_name: Mapping[str, int],
) -> Iterator[list[Cell]]:
    """Yield the cells of each sum."""
    for at in at_name.values():
        for rows in together:
            yield [(at, row) for row in rows]
    for row in sorted({row for _, row in hidden}):
        for names in beside:
            yield [(at_name[name], row) for name in names]


def _cover(cells: Sequence[Cell], hidden: set[Cell], counts: Mapping[int, Sequence[int | None]]) -> bool:
    """Hide further cells of a sum until those that are hidden do not tell each other; return if any was.

    The smallest go first, and those of nobody only so that none is alone.
    """
    mine = [counts[at][row] or 0 for at, row in cells if (at, row) in hidden]
    if not mine:
        return False
    stated = ((counts[at][row], (at, row)) for at, row in cells if (at, row) not in hidden)
    others = sorted((not count, count, cell) for count, cell in stated if count is not None)
    before = len(mine)
    for nobody, count, cell in others:
        if len(mine) > 1 and (nobody or sum(mine) >= FEWEST):
            break
        mine.append(count)
        hidden.add(cell)
    return len(mine) > before


def _by_column(hidden: set[Cell], derived: Sequence[int]) -> dict[int, frozenset[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for at, row in hidden:
        for place in (at, *derived):
            found[place].add(row)
    return {at: frozenset(rows) for at, rows in found.items()}


def _divides(column: ScreenColumn) -> bool:
    """Whether a column tells what a row is about: neither a count nor another measure."""
    measured = column.unit is not None or column.type in _MEASURES
    return not measured and not headers.judge(column.name, column.label).counts


def _rounded(cell: object) -> object:
    if cell is None or isinstance(cell, bool | int):
        return cell
    return _PRECISE.sub(lambda found: format(Decimal(found[0]).quantize(COORDINATE_PLACES), "f"), str(cell))
