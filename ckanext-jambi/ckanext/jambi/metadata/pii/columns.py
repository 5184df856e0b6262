"""Look through one column, chunk by chunk, with counters of fixed size (metadata.md M11).

A chunk's different values are joined and looked at once; only where that raises a suspicion is each of
them looked at again, so that a clean column costs next to nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from ckanext.jambi.metadata.pii import forms, headers
from ckanext.jambi.metadata.pii.findings import Tally
from ckanext.jambi.metadata.pii.texts import SUSPECT, Hit, Kind, bare_digits, hits, plain

_SILENT = frozenset({type(None), bool, date, datetime})
_ALL_TEXT = frozenset({str, type(None)})
_NUMERIC = frozenset({"integer", "decimal"})
_LONG, _TOO_LONG = 10**9, 10**20
_PHONE_AS_NUMBER = 12
_COUNT_BELOW = 10**6
SMALL_COUNTS = range(1, 5)
_MOST_KEYS = 200
_PRECISE = re.compile(r"\d\.\d{5,}")
_BUSINESS = re.compile(
    r"\b(?:pt|cv|ud|fa|firma|koperasi|kop|yayasan|perum|perumda|perusda|persero|tbk|pd|bumd|bumdes|kso|toko|rs|klinik)\b",
    re.I,
)
_ACCOUNT_DIGITS = range(10, 17)


@dataclass(frozen=True, slots=True)
class ScreenColumn:
    """A column to look through; `type` and `unit` as a source's definition declares them."""

    name: str
    type: str = "text"
    unit: str | None = None
    label: str | None = None


@dataclass(slots=True)
class ColumnScan:
    """What is known of one column so far.

    Attributes:
        tallies: hits by kind.
        bare: cells that are a number and nothing else, by the count of its digits.
        bare_hits: how many of those were hits, by kind.
        watched: cells that speak against the condition under which the header would be fine.
        keys: names inside nested values.
    """

    column: ScreenColumn
    key: bytes
    header: headers.Header = field(init=False)
    filled: int = 0
    tallies: dict[Kind, Tally] = field(default_factory=dict)
    bare: Counter[int] = field(default_factory=Counter)
    bare_hits: Counter[Kind] = field(default_factory=Counter)
    taxed: int = 0
    in_city: int = 0
    watched: Tally = field(default_factory=Tally)
    keys: set[str] = field(default_factory=set)
    _watch: Callable[[object], bool] | None = field(init=False)

    def __post_init__(self) -> None:
        self.header = headers.judge(self.column.name, self.column.label)
        self._watch = _watch_of(self.column, self.header)

    @property
    def counts_persons(self) -> bool:
        """Whether the column counts persons."""
        return _counts_persons(self.column, self.header)

    @property
    def counts(self) -> bool:
        """Whether the column counts anything, so that its rows are aggregates."""
        return self.header.counts or self.column.unit in headers.lists("satuan_orang")

    def add(self, cells: Sequence[object], first_row: int) -> None:
        """Take the next cells; the first of them is in row `first_row`."""
        self.filled += len(cells) - cells.count(None) - cells.count("")
        if self._watch:
            self._take_watched(self._watch, cells, first_row)
        kinds = set(map(type, cells))
        if kinds <= _SILENT:
            return
        texts = cells if kinds <= _ALL_TEXT else [self._text(cell) for cell in cells]
        suspects = self._suspects({text for text in texts if isinstance(text, str)})
        if suspects:
            self._take(suspects, texts, first_row)

    def _text(self, cell: object) -> str | None:
        """Return what a cell would be written as, or None where it cannot hold anything of a person."""
        if isinstance(cell, str):
            return cell
        if isinstance(cell, dict | list):
            self._take_keys(cell)
            return json.dumps(cell, ensure_ascii=False, default=str)
        if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
            return _long_number(cell)
        return None

    def _suspects(self, values: set[str]) -> dict[str, tuple[Hit, ...]]:
        """Return the values with hits, each with its own."""
        joined = "\n".join(values)
        if "{" in joined and self.column.type != "geometry":
            for value in values:
                self._take_keys(_parsed(value))
        if self._by_header:
            return {value: own for value in values if (own := tuple(self._hits(value)))}
        if not SUSPECT.search(plain(joined)):
            return {}
        found = {value: tuple(self._hits(value)) for value in values if SUSPECT.search(plain(value))}
        return {value: own for value, own in found.items() if own}

    @property
    def _by_header(self) -> bool:
        return self.header.among("isi_npwp") or self.header.among("isi_rekening")

    def _hits(self, value: str) -> Iterator[Hit]:
        digits = bare_digits(value)
        if digits and self.header.among("isi_npwp") and len(digits) in (15, 16):
            yield Hit("npwp", digits, 0, len(value))
        if digits and self.header.among("isi_rekening") and len(digits) in _ACCOUNT_DIGITS:
            yield Hit("account", digits, 0, len(value))
        for hit in hits(value):
            if not self._is_amount(value, hit) and not (hit.kind == "nip" and self.header.among("isi_nop")):
                yield hit

    def _is_amount(self, value: str, hit: Hit) -> bool:
        """Whether what looks like a telephone number is an amount in a column of numbers."""
        if hit.kind != "phone" or self.column.type not in _NUMERIC:
            return False
        rupiah = (self.column.unit or "").startswith("rupiah")
        return rupiah or len(value) < _PHONE_AS_NUMBER or value.endswith("000")

    def _take(self, suspects: dict[str, tuple[Hit, ...]], texts: Sequence[object], first_row: int) -> None:
        for row, text in enumerate(texts, first_row):
            digits = bare_digits(text) if isinstance(text, str) else None
            if digits:
                self.bare[len(digits)] += 1
                self.taxed += len(digits) == 18 and forms.is_nop(digits)
            if isinstance(text, str) and text in suspects:
                for hit in {one.kind: one for one in suspects[text]}.values():
                    self._count(hit, row, digits)

    def _count(self, hit: Hit, row: int, digits: str | None) -> None:
        tally = self.tallies.setdefault(hit.kind, Tally())
        tally.add(row, self.key, f"{hit.rule}:{hit.value}")
        self.in_city += hit.kind == "nik" and hit.value.startswith(forms.shapes()["kode_kota"])
        if digits:
            self.bare_hits[hit.kind] += 1

    def _take_watched(self, watch: Callable[[object], bool], cells: Sequence[object], first_row: int) -> None:
        for row, cell in enumerate(cells, first_row):
            if cell is not None and cell != "" and watch(cell):
                self.watched.add(row, self.key, f"{self.column.name}:{cell}")

    def _take_keys(self, value: object) -> None:
        """Remember the names inside a nested value."""
        left = [value]
        while left and len(self.keys) < _MOST_KEYS:
            one = left.pop()
            if isinstance(one, dict):
                self.keys.update(map(str, one))
                left.extend(one.values())
            elif isinstance(one, list):
                left.extend(one)


def _long_number(number: int | float | Decimal) -> str | None:
    """Return a whole number with enough digits to be a person's, as text."""
    finite = number.is_finite() if isinstance(number, Decimal) else isfinite(number)
    if not finite or not _LONG <= number < _TOO_LONG:
        return None
    whole = int(number)
    return str(whole) if whole == number else None


def _parsed(text: str) -> object:
    if text[:1] not in ("{", "["):
        return None
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _watch_of(column: ScreenColumn, header: headers.Header) -> Callable[[object], bool] | None:
    """Return what must be noted of a column's cells, as its header asks."""
    if header.blocks:
        return lambda cell: not _is_count(cell)
    if header.among("isi_koordinat") or column.type == "geometry":
        return lambda cell: bool(_PRECISE.search(str(cell)))
    if _counts_persons(column, header):
        return lambda cell: count_of(cell) in SMALL_COUNTS
    if header.unless == "badan_usaha":
        return lambda cell: not _BUSINESS.search(str(cell))
    if header.unless == "bilangan":
        return lambda cell: not _is_count(cell)
    return None


def counts_persons(column: ScreenColumn) -> bool:
    """Return whether a column counts persons."""
    return _counts_persons(column, headers.judge(column.name, column.label))


def count_of(cell: object) -> int | None:
    """Return the count that a cell holds; None if it holds none."""
    text = str(cell).strip()
    number = int(text) if text.isascii() and text.isdigit() else _COUNT_BELOW
    return number if number < _COUNT_BELOW else None


def _is_count(cell: object) -> bool:
    return count_of(cell) is not None


def _counts_persons(column: ScreenColumn, header: headers.Header) -> bool:
    words = set(header.name.split("_"))
    counted = header.counts and bool(words & headers.lists("hitungan_orang"))
    of_persons = counted or column.unit in headers.lists("satuan_orang")
    return of_persons and not headers.derived(header.name)
