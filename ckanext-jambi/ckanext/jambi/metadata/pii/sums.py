"""Which counts of a table a sum adds up that may be public somewhere (metadata.md N8): pure.

Sums along a column that divides the table (all ages of a kelurahan and a disease), and sums of columns (men
and women). Whether such a sum really was published is not known, so each counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

MOST_ADDENDS = 6
_SEXES = ("laki_laki", "perempuan")

Column = Sequence[object]
Counts = Sequence[int | None]


def of_rows(columns: Sequence[Column]) -> Iterator[list[int]]:
    """Yield the rows that a sum along one of the columns adds up, two at least.

    What follows from that column (the kecamatan of a kelurahan) may be kept apart in such a sum, or not.
    """
    kept = _telling(columns)
    for column in kept:
        apart = [one for one in kept if not _follow_each_other(one, column)]
        staying = [one for one in apart if not _follows(one, column)]
        yield from _alike(apart, len(column))
        if len(staying) < len(apart):
            yield from _alike(staying, len(column))


def of_columns(counts: Mapping[str, Counts]) -> Iterator[tuple[str, ...]]:
    """Yield the columns, by name, of which one is the sum of others in every row, and both sexes."""
    for total in counts:
        others = [name for name in counts if name != total]
        sizes = range(2, min(len(others), MOST_ADDENDS) + 1)
        for addends in (names for size in sizes for names in combinations(others, size)):
            if _adds_up(counts[total], [counts[name] for name in addends]):
                yield (total, *addends)
    of_men, of_women = _SEXES
    for name in counts:
        if of_men in name and (pair := name.replace(of_men, of_women)) in counts:
            yield name, pair


def _adds_up(total: Counts, addends: Sequence[Counts]) -> bool:
    counted = False
    for whole, *parts in zip(total, *addends, strict=True):
        if whole is not None and whole != sum(part or 0 for part in parts):
            return False
        counted = counted or bool(whole)
    return counted


def _telling(columns: Sequence[Column]) -> list[Column]:
    """Leave out columns of one value, and numbers of rows: what differs in each without being needed."""
    kept = [one for one in columns if len(set(one)) > 1]
    for column in list(kept):
        others = [one for one in kept if one is not column]
        numbered = len(set(column)) == len(column)
        if numbered and others and len(set(zip(*others, strict=True))) == len(column):
            kept = others
    return kept


def _alike(columns: Sequence[Column], size: int) -> Iterator[list[int]]:
    """Yield the rows that are alike in all these columns."""
    found: defaultdict[object, list[int]] = defaultdict(list)
    for row, key in enumerate(zip(*columns, strict=True) if columns else [()] * size):
        found[key].append(row)
    return (rows for rows in found.values() if len(rows) > 1)


def _follows(column: Column, other: Column) -> bool:
    """Whether a column's value follows from the other's."""
    return len(set(zip(column, other, strict=True))) == len(set(other))


def _follow_each_other(one: Column, other: Column) -> bool:
    return one is other or (_follows(one, other) and _follows(other, one))
