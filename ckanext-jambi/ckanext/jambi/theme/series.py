"""Which number of a table makes a curve over time, and which rows go into it. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ckanext.jambi.theme.formats import as_decimal

SUMMABLE = ("jumlah", "volume")
FEWEST = 4


@dataclass(frozen=True)
class Series:
    """Values by period, oldest first; `summed` when several rows were added up."""

    periods: tuple[str, ...]
    values: tuple[float | None, ...]
    summed: bool


def over_time(
    records: Sequence[Mapping[str, Any]], period: str, column: str, measure: str, cut: bool = False
) -> Series | None:
    """Return the curve of `column` over `period`, or None where it would mislead.

    Several rows of one period are added up only where adding means something (`measure` is a count
    or a volume). With `cut` the oldest period is left out, because the rows may end in its middle.
    """
    grouped = _by_period(records, period, column)
    periods = sorted(grouped)[int(cut) :]
    summed = any(len(grouped[each]) > 1 for each in periods)
    if len(periods) < FEWEST or (summed and measure not in SUMMABLE):
        return None
    values = tuple(_total(grouped[each]) for each in periods)
    moves = len({*values} - {None}) > 1
    return Series(tuple(periods), values, summed) if moves else None


def _by_period(
    records: Sequence[Mapping[str, Any]], period: str, column: str
) -> dict[str, list[Decimal | None]]:
    grouped: dict[str, list[Decimal | None]] = {}
    for record in records:
        if record.get(period) is not None:
            grouped.setdefault(str(record[period]), []).append(as_decimal(record.get(column)))
    return grouped


def _total(numbers: Sequence[Decimal | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return float(sum(known, Decimal())) if known else None


def thinned(count: int, most: int = 5) -> list[int]:
    """Return at most `most` indices spread over `count` places, the last one included."""
    if count <= most:
        return list(range(count))
    step = (count - 1) / (most - 1)
    return sorted({round(index * step) for index in range(most)})
