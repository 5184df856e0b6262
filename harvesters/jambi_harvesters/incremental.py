"""Ask for what changed since the last run (`endpoint.incremental`), with an overlap for late writers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import jmespath

from jambi_harvesters.bad_values import BadValueError
from jambi_harvesters.dates import ZONES, parse_instant
from jambi_harvesters.definition import Definition
from jambi_harvesters.record import JsonValue


class Since:
    """The cursor of one reading: where it starts, and where the next one will.

    Attributes:
        active: whether only changes are read.
        disordered: whether rows came in another order than `row_order` says.
        reached_known: whether a row of `desc` order was older than the start; what follows is older still.

    Args:
        cursor: `{"since": text}` as the last finished run left it, or None for a complete reading.
    """

    def __init__(self, definition: Definition, now: datetime, cursor: JsonValue) -> None:
        self._spec = definition.endpoint.incremental
        self._schema = definition.schema
        self._now = now
        stored = cursor.get("since") if isinstance(cursor, Mapping) else None
        self.active = self._spec is not None and stored is not None
        self._start: str | None = stored or (self._spec.initial_value if self._spec else None)
        self._highest: str | None = stored
        self._highest_key = None if stored is None else _sortable(self._key(stored))
        self._order = self._spec.row_order if self._spec and self.active else None
        self._before: tuple[int, str] | None = None
        self._known = _sortable(self._key(self._moved_back(stored))) if self._order and stored else None
        self.disordered = self.reached_known = False

    def params(self) -> dict[str, str]:
        """Return the parameters that ask for what changed."""
        if self._spec is None or self._start is None:
            return {}
        params = {self._spec.start_param: self._moved_back(self._start)} if self._spec.start_param else {}
        if self._spec.end_param:
            params[self._spec.end_param] = self._now.astimezone(ZONES[self._schema.timezone]).isoformat()
        return params

    def see(self, item: Any) -> None:
        """Remember the highest change mark."""
        if self._spec is None or not isinstance(item, Mapping):
            return
        value = jmespath.search(self._spec.cursor_path, item)
        if value is None:
            return
        key = _sortable(self._key(str(value)))
        self._judge_order(key)
        if self._highest_key is None or key > self._highest_key:
            self._highest, self._highest_key = str(value), key

    def go_on(self, highest: str | None, order: Sequence[Any] = (None, False)) -> None:
        """Take over the highest change mark (`highest`) and the order of a list that was cut short."""
        before, self.disordered = order
        self._before = None if before is None else (int(before[0]), str(before[1]))
        if highest is not None:
            self._highest, self._highest_key = highest, _sortable(self._key(highest))

    @property
    def highest(self) -> str | None:
        """The highest change mark so far."""
        return self._highest

    @property
    def order(self) -> list[Any]:
        """The mark of the last row, and whether the rows were out of order: what `go_on` takes over."""
        return [None if self._before is None else list(self._before), self.disordered]

    @property
    def goes_on(self) -> bool:
        """Say whether a reading that was cut has seen all up to its highest mark: the oldest came first."""
        return self._order == "asc" and not self.disordered

    def _judge_order(self, key: tuple[int, str]) -> None:
        """Note a row that is out of the declared order, and one that an earlier run has read."""
        if self._order is None:
            return
        before, self._before = self._before, key
        if before is not None and (key < before if self._order == "asc" else key > before):
            self.disordered = True
        if self._order == "desc" and self._known is not None and key < self._known:
            self.reached_known = True

    def next_cursor(self) -> JsonValue:
        """Return what the next incremental reading starts from; valid once the run has finished."""
        return {"since": self._highest} if self._spec and self._highest else None

    def _moved_back(self, start: str) -> str:
        assert self._spec is not None  # noqa: S101 - only called with a spec
        key = self._key(start)
        if not isinstance(key, datetime):
            return start
        return (key - self._spec.lag).astimezone(ZONES[self._schema.timezone]).isoformat()

    def _key(self, value: str) -> datetime | int | str:
        if value.isdecimal():
            return int(value)
        try:
            return parse_instant(value, self._schema.date_formats, self._schema.timezone)
        except BadValueError:
            return value


def _sortable(key: datetime | int | str) -> tuple[int, str]:
    """Order marks of one kind among themselves, numbers by their length first."""
    if isinstance(key, datetime):
        return 2, key.isoformat(timespec="microseconds")
    return (1, f"{key:030d}") if isinstance(key, int) else (0, key)
