"""Read documents back in the form in which Solr gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as Result

from ckanext.jambi.search import fields
from ckanext.jambi.search.document import Row
from ckanext.jambi.search.query import dates
from ckanext.jambi.search.query.errors import UnsupportedQueryError

_LEAN = ("id", "name", *fields.PAYLOADS)
_FULL = "d.keys, d.texts, d.indexed_at, d.version"
_FUNCTION = re.compile(r"[():\[\]$]")


@dataclass(frozen=True)
class Wanted:
    """The fields that `fl` asks for; names may hold `*`."""

    names: tuple[str, ...]

    @classmethod
    def read(cls, text: str | None) -> Wanted:
        """Read `fl`: names divided by commas or blanks; nothing means everything that is stored.

        Raises:
            UnsupportedQueryError: it asks for functions, aliases or transformers.
        """
        names = tuple(name for name in re.split(r"[,\s]+", text or "*") if name)
        if any(_FUNCTION.search(name) for name in names):
            raise UnsupportedQueryError(f"Functions and aliases in fl are not supported: '{text}'")
        return cls(names or ("*",))

    @property
    def is_lean(self) -> bool:
        """Return whether plain columns hold all of it."""
        return set(self.names) <= {*_LEAN, "score"}

    @property
    def columns(self) -> str:
        """Return the columns of the wide table (d) that hold it."""
        payloads = [f"d.{name}" for name in fields.PAYLOADS if self.has(name)]
        return ", ".join(["d.docno, d.id, d.name", *([] if self.is_lean else [_FULL]), *payloads])

    def has(self, name: str) -> bool:
        """Return whether a field is asked for."""
        return any(fnmatchcase(name, wanted) for wanted in self.names)


def fetch(connection: Connection, page: Mapping[int, float], wanted: Wanted) -> list[dict[str, object]]:
    """Return the documents of a page in its order; its keys are their numbers, its values their scores."""
    if not page:
        return []
    statement = f"SELECT {wanted.columns} FROM jambi_search_doc d WHERE d.docno = ANY(%(docnos)s)"  # noqa: S608
    rows = {row.docno: row for row in connection.exec_driver_sql(statement, {"docnos": list(page)})}
    return [document(rows[docno], wanted, score) for docno, score in page.items() if docno in rows]


def document(row: Result, wanted: Wanted, score: float = 1.0) -> dict[str, object]:
    """Return one document: only stored fields, single values as such, and nothing that is missing."""
    found = {name: getattr(row, name) for name in _LEAN if wanted.has(name) and hasattr(row, name)}
    if not wanted.is_lean:
        found |= _stored({**row.keys, **row.texts}, wanted)
        found |= {"indexed_ts": dates.written(row.indexed_at), "_version_": str(row.version)}
    if "score" in wanted.names:
        found["score"] = score
    return {name: value for name, value in found.items() if value is not None and wanted.has(name)}


def waiting(row: Row) -> dict[str, object]:
    """Return a document that a batch holds and the tables do not yet."""
    return {**_stored({**row.keys, **row.texts}, Wanted(("*",))), **row.payloads}


def _stored(values: Mapping[str, Sequence[object]], wanted: Wanted) -> dict[str, object]:
    asked = (name for name in values if wanted.has(name) and fields.field(name).stored)
    return {name: _shown(name, values[name]) for name in asked}


def _shown(name: str, values: Sequence[object]) -> object:
    return list(values) if fields.field(name).multiple or len(values) > 1 else values[0]
