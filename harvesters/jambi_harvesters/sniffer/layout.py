"""Where the headings of a table stand: rows above, one or two heading rows, the row that ends it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jambi_harvesters.values import clean_text

LOOKED_AT = 30
FOOTERS = frozenset({"jumlah", "total", "jumlah total", "grand total", "rata-rata"})
_NUMBER = re.compile(r"(rp\.?\s*)?[-(]?\d[\d.,]*\)?\s*%?", re.IGNORECASE)
_TITLE_WORDS = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """Form of one table: rows above the headings, heading rows, texts that end it."""

    skip_rows: int
    header_rows: int
    footer: tuple[str, ...]
    confidence: float


def layout_of(rows: Sequence[Sequence[Any]]) -> Layout:
    """Return the layout of a table from its first rows."""
    width = _usual_width(rows)
    at = next((n for n, row in enumerate(rows[:LOOKED_AT]) if _is_heading(row, width)), 0)
    two = _is_upper_heading(rows, at, width)
    footer = _footer(rows[at + 1 :])
    return Layout(at, 2 if two else 1, footer, 0.9 if _is_heading(_row(rows, at), width) else 0.4)


def _usual_width(rows: Sequence[Sequence[Any]]) -> int:
    widths = Counter(_filled(row) for row in rows if _filled(row))
    if not widths:
        return 0
    most = max(widths.values())
    return max(width for width, count in widths.items() if count >= max(1, most / 2))


def _filled(row: Sequence[Any]) -> int:
    return sum(1 for cell in row if _text(cell))


def _is_heading(row: Sequence[Any], width: int) -> bool:
    """Say whether a row names columns: nearly as many cells as the others, texts, none of them long."""
    cells = [cell for cell in row if _text(cell)]
    texts = [cell for cell in cells if _is_words(cell)]
    enough = len(cells) >= max(min(width, 2), round(width * 0.5))
    years = len([cell for cell in cells if re.fullmatch(r"20\d\d", _text(cell))])
    short = all(len(_text(cell).split()) <= _TITLE_WORDS for cell in texts)
    return bool(cells) and enough and short and len(texts) + years >= len(cells) * 0.8


def _is_upper_heading(rows: Sequence[Sequence[Any]], at: int, width: int) -> bool:
    """Say whether a second heading row follows: words stand below the gaps of the first one."""
    upper, lower, third = _row(rows, at), _row(rows, at + 1), _row(rows, at + 2)
    gaps = [n for n in range(len(lower)) if n >= len(upper) or not _text(upper[n])]
    named = [lower[n] for n in range(len(lower)) if _text(lower[n])]
    below_gaps = any(_text(lower[n]) for n in gaps)
    numbers_follow = any(not _is_words(cell) for cell in third if _text(cell))
    return bool(named) and below_gaps and all(map(_is_heading_cell, named)) and numbers_follow


def _is_heading_cell(cell: Any) -> bool:
    return _is_words(cell) or re.fullmatch(r"20\d\d", _text(cell)) is not None


def _footer(rows: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    firsts = [next((_text(cell) for cell in row if _text(cell)), "") for row in rows]
    return tuple(dict.fromkeys(first for first in firsts if first.casefold() in FOOTERS))


def _row(rows: Sequence[Sequence[Any]], at: int) -> Sequence[Any]:
    return rows[at] if at < len(rows) else ()


def _is_words(cell: Any) -> bool:
    if isinstance(cell, int | float | Decimal | date):
        return False
    text = _text(cell)
    return not _NUMBER.fullmatch(text) and not re.match(r"\d{1,4}[-/.]\d{1,2}[-/.]\d", text)


def _text(cell: Any) -> str:
    return "" if cell is None else clean_text(cell)
