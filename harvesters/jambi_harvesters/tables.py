"""Map what a source wrote to declared columns; nothing else ever reaches a record.

A `Mapper` is made for one run of one definition. Tables (csv, xlsx) announce their headings by `open`, JSON
lists pass their items one by one. Dropped columns are never looked at; undeclared ones are known by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jmespath

from jambi_harvesters.bad_values import BadValueError
from jambi_harvesters.contract import RowLedger
from jambi_harvesters.definition import Definition, Field
from jambi_harvesters.errors import ColumnChange, SchemaDriftError
from jambi_harvesters.headings import check_width, column_id, dropped_places, fold, locate
from jambi_harvesters.record import Cell, Column, Row
from jambi_harvesters.values import Resolvers, ValueReader, clean_text

Getter = Callable[[Any], object]

_ONE_KEY = re.compile(r"[a-z_]\w*", re.ASCII | re.IGNORECASE)
_PLAIN_PATH = re.compile(r'\w+(\.\w+)*|"[^"]+"', re.ASCII)


class Mapper:
    """Maps rows of one run.

    Args:
        known_columns: names of the columns that a steward has seen before; None on the first run.
    """

    def __init__(
        self,
        definition: Definition,
        resolvers: Resolvers | None = None,
        known_columns: Sequence[str] | None = None,
    ) -> None:
        schema = definition.schema
        self.schema = schema
        self.columns = tuple(_column(field) for field in schema.fields)
        self.names = tuple(field.name for field in schema.fields)
        types = {field.name: field.type for field in schema.fields}
        self.ledger = RowLedger(schema.contract.data_type, types, schema.locale)
        self._readers = [ValueReader(field, schema, resolvers or {}) for field in schema.fields]
        self._known = None if known_columns is None else {fold(name) for name in known_columns}
        self._getters: list[Getter] = []
        self._new: list[Getter] = []
        self._source_columns: dict[str, None] = {}
        self._renames = dict(schema.rename)
        self._judged: dict[str, bool] = {}
        self._dropped = {fold(name) for name in schema.drop} | {column_id(name) for name in schema.drop}

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Names of the columns seen at the source, dropped ones excepted."""
        return tuple(self._source_columns)

    def state(self) -> dict[str, Any]:
        """Return what was seen of a JSON list so far, as JSON, for `go_on`."""
        return {"columns": list(self._source_columns), "ledger": self.ledger.state()}

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Take over what was seen of a JSON list that was cut short."""
        self._source_columns.update(dict.fromkeys(state["columns"]))
        self.ledger.go_on(state["ledger"])

    def open(self, headings: Sequence[str]) -> None:
        """Take the headings of a table.

        Raises:
            SchemaDriftError: if a declared column is missing, or a new one must hold the run.
            UnreadableError: if the table is too wide, or a declared heading occurs twice.
        """
        check_width(len(headings))
        places = locate(headings, self.schema)
        dropped = dropped_places(headings, self.schema.drop)
        self._getters = [_cell_getter(at) for at in places]
        kept = {name: at for at, name in enumerate(headings) if name and at not in dropped}
        self._source_columns.update(dict.fromkeys(kept))
        new = self._judge_new([name for name in kept if kept[name] not in places])
        self._new = [_cell_getter(kept[name]) for name in new]

    def open_items(self) -> None:
        """Prepare for JSON items, whose keys are judged at the end."""
        self._getters = [_item_getter(field.path) for field in self.schema.fields]

    def item(self, item: object, line: int) -> Row | None:
        """Map one JSON item; None if the row is left out."""
        if not isinstance(item, Mapping):
            self.ledger.lost_row("not_a_row", line)
            return None
        clean = self.without_dropped(item)
        self._source_columns.update(dict.fromkeys(map(str, clean)))
        return self.row(clean, line)

    def without_dropped(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return an item without its dropped keys, on every level, and under its known names."""
        kept = {key: _without(value, self._drops) for key, value in item.items() if not self._drops(key)}
        return {self._renames.get(key, key): value for key, value in kept.items()}

    def row(self, raw: Any, line: int) -> Row | None:
        """Map one row; None if the row is left out.

        Raises:
            ContentError: if too many rows cannot be read.
        """
        if self._new and any(_has_value(getter(raw)) for getter in self._new):
            self.ledger.note("new_column_row", "", line)
            return None
        cells: list[Cell] = []
        failed = False
        filled: list[str] = []
        for name, getter, reader in zip(self.names, self._getters, self._readers, strict=True):
            value = getter(raw)
            if _has_value(value):
                filled.append(name)
            cell, fault = self._read(reader, value, name, line)
            failed = failed or fault
            cells.append(cell)
        self.ledger.seen(filled)
        return self._kept(tuple(cells), failed, line)

    def close(self) -> None:
        """Judge the table as a whole.

        Raises:
            ContentError: if the run must be held.
        """
        self.ledger.close()

    def close_items(self, *, partial: bool = False) -> None:
        """Judge the keys of a JSON list, then the list as a whole.

        Args:
            partial: the list holds changes only, so that a key may be absent from all of it.

        Raises:
            ContentError: if the run must be held.
        """
        declared = {fold(_root(field.path)) for field in self.schema.fields}
        self._judge_new([name for name in self._source_columns if fold(name) not in declared])
        if self._source_columns and not partial:
            self._judge_missing()
        self.ledger.close()

    def _drops(self, key: object) -> bool:
        """Whether a key is one of those to drop; the keys of a list are the same in every item."""
        name = str(key)
        if name not in self._judged:
            self._judged[name] = fold(name) in self._dropped or column_id(name) in self._dropped
        return self._judged[name]

    def _read(self, reader: ValueReader, value: object, name: str, line: int) -> tuple[Cell, bool]:
        try:
            cell, note = reader(value)
        except BadValueError as err:
            self.ledger.bad_value(err.code, name, line)
            return None, True
        if note:
            self.ledger.note(note, name, line)
        return cell, False

    def _kept(self, row: Row, failed: bool, line: int) -> Row | None:
        contract = self.schema.contract.data_type
        if failed and contract == "freeze":
            self.ledger.bad_row(line)
        return None if failed and contract == "discard_row" else row

    def _judge_new(self, undeclared: Sequence[str]) -> list[str]:
        """Return the new columns whose rows are left out; note or refuse the others."""
        if self._known is None:
            return []
        new = [name for name in undeclared if fold(name) not in self._known]
        contract = self.schema.contract.columns
        if new and contract == "freeze":
            raise SchemaDriftError([ColumnChange(name, "new") for name in new])
        for name in new:
            self.ledger.note("new_column", name, 0)
        return new if contract == "discard_row" else []

    def _judge_missing(self) -> None:
        missing = [
            ColumnChange(field.path, "missing", expected=field.type)
            for field in self.schema.fields
            if _PLAIN_PATH.fullmatch(field.path) and _root(field.path) not in self._source_columns
        ]
        if missing:
            raise SchemaDriftError(missing)


def _column(field: Field) -> Column:
    kind = field.type
    names = ("unit", "pii", "public", "label", "definition", "concept", "reference_code")
    return Column(field.name, kind, **{name: getattr(field, name) for name in names})


def _cell_getter(at: int) -> Getter:
    return lambda cells: cells[at] if at < len(cells) else None


def _item_getter(path: str) -> Getter:
    if _ONE_KEY.fullmatch(path):
        return lambda item: item.get(path)
    search: Getter = jmespath.compile(path).search
    return search


def _has_value(value: object) -> bool:
    return value is not None and (not isinstance(value, str) or bool(clean_text(value)))


def _root(path: str) -> str:
    """Return the key of an item in which a JMESPath begins."""
    head = path.lstrip().removeprefix('"').split(".")[0].split("[")[0].split("|")[0]
    return head.strip().strip('"')


def _without(value: Any, drops: Callable[[object], bool]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(inner, drops) for key, inner in value.items() if not drops(key)}
    if isinstance(value, list):
        return [_without(inner, drops) for inner in value]
    return value
