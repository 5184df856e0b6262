"""What bad rows mean for a run: `schema.contract` and the 1 % rule (harvesting.md 4, 5).

Under `freeze` a few bad values are emptied with a warning, and more than 1 % or 100 bad rows hold the run.
A column most of whose values cannot be read has changed its type, whatever the contract says: no column is
blanked by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from jambi_harvesters.bad_values import REASONS
from jambi_harvesters.errors import (
    ColumnChange,
    ContentError,
    NumberLocaleError,
    SchemaDriftError,
    TooManyBadRowsError,
)
from jambi_harvesters.record import MAX_RECORD_WARNINGS, Warning_, limited

MAX_BAD_ROWS = 100
MAX_BAD_SHARE = 0.01
CHANGED_TYPE_SHARE = 0.5
CHANGED_TYPE_VALUES = 5


class RowLedger:
    """Counts the rows of a table, and what could not be read in them.

    Args:
        data_type: `schema.contract.data_type`.
        types: declared type by column name.
    """

    def __init__(self, data_type: str, types: dict[str, str], locale: str) -> None:
        self.rows = 0
        self.bad_rows = 0
        self._contract = data_type
        self._types = types
        self._locale = locale
        self._values: Counter[str] = Counter()
        self._bad: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._first: tuple[int, str, str] | None = None
        self._warnings: list[Warning_] = []
        self._warned = 0

    def seen(self, columns: Sequence[str]) -> None:
        """Count a row and the columns in which it has a value."""
        self.rows += 1
        self._values.update(columns)

    def note(self, code: str, column: str, line: int) -> None:
        """Keep a warning; only the first hundred are kept, the rest counted."""
        self._warned += 1
        if len(self._warnings) < MAX_RECORD_WARNINGS:
            self._warnings.append(Warning_(code, column, f"row {line}"))

    def bad_value(self, code: str, column: str, line: int) -> None:
        """Count a value that could not be read."""
        self._bad[column] += 1
        self._remember(code, column, line)

    def bad_row(self, line: int) -> None:
        """Count a row that holds a run when there are too many.

        Raises:
            ContentError: above a hundred.
        """
        self.bad_rows += 1
        if self.bad_rows > MAX_BAD_ROWS:
            raise self._held()

    def lost_row(self, code: str, line: int) -> None:
        """Count a row that could not be read at all.

        Raises:
            ContentError: above a hundred bad rows.
        """
        self.rows += 1
        self._remember(code, "", line)
        self.bad_row(line)

    def close(self) -> None:
        """Judge the whole table.

        Raises:
            SchemaDriftError, NumberLocaleError, TooManyBadRowsError: if the run must be held.
        """
        if self.bad_rows > self.rows * MAX_BAD_SHARE:
            raise self._held()
        changed = self._changed_types()
        if changed:
            raise self._held()

    @property
    def warnings(self) -> tuple[Warning_, ...]:
        """What a steward should know of the table."""
        return limited(self._warnings, self._warned)

    def state(self) -> dict[str, Any]:
        """Return the counts as JSON, for `go_on`."""
        return {
            "rows": [self.rows, self.bad_rows],
            "counts": [dict(self._values), dict(self._bad), dict(self._codes)],
            "first": self._first,
        }

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Take over the counts of a list that was cut short."""
        self.rows, self.bad_rows = state["rows"]
        self._values, self._bad, self._codes = map(Counter, state["counts"])
        self._first = tuple(state["first"]) if state["first"] else None

    def _remember(self, code: str, column: str, line: int) -> None:
        self._codes[code] += 1
        self._first = self._first or (line, code, column)
        self.note(code, column, line)

    def _changed_types(self) -> list[ColumnChange]:
        return [
            ColumnChange(column, "type", expected=self._types.get(column))
            for column, bad in self._bad.items()
            if self._values[column] >= CHANGED_TYPE_VALUES and bad > self._values[column] * CHANGED_TYPE_SHARE
        ]

    def _held(self) -> ContentError:
        line, code, column = self._first or (0, "not_a_row", "")
        changed = self._changed_types()
        if changed and self._codes.most_common(1)[0][0] != "number_locale":
            return SchemaDriftError(changed)
        if self._codes.most_common(1)[0][0] == "number_locale":
            return NumberLocaleError(column=column, locale=self._locale, bad=self.bad_rows, rows=self.rows)
        reason, alasan = REASONS[code]
        return TooManyBadRowsError(
            bad=self.bad_rows, rows=self.rows, line=line, column=column, reason=reason, alasan=alasan
        )
