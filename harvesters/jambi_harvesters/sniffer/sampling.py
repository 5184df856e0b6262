"""The first rows of a source as it wrote them: raw tables of documents, items of lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any

import jmespath

from jambi_harvesters import documents, sniffing
from jambi_harvesters.bodies import Body
from jambi_harvesters.definition import Dialect
from jambi_harvesters.errors import (
    AuthFailedError,
    ContentError,
    FetchError,
    HarvesterError,
    SecretMissingError,
    UnreadableError,
)
from jambi_harvesters.grids import Grid
from jambi_harvesters.http import Response
from jambi_harvesters.record import Row
from jambi_harvesters.sniffer.layout import LOOKED_AT, Layout, layout_of
from jambi_harvesters.sources.base import Connector, DocumentConnector
from jambi_harvesters.tables import Mapper
from jambi_harvesters.texts import HEAD_BYTES

SAMPLE_ROWS = 100
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(slots=True)
class Sample:
    """What was looked at: values by path, labels by path, and the form of the table if it is one."""

    table: dict[str, list[Any]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    layout: Layout | None = None
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    head: bytes = b""
    problem: HarvesterError | None = None

    @property
    def rows(self) -> list[list[Any]]:
        """The values row by row."""
        return [list(row) for row in zip(*self.table.values(), strict=True)]


class _EnoughError(Exception):
    """The sample is full."""


class _Sampler(Mapper):
    """Takes raw items instead of mapping them."""

    def __init__(self, items: list[Mapping[str, Any]], *args: Any) -> None:
        super().__init__(*args)
        self._items = items

    def item(self, item: object, line: int) -> Row | None:
        """Keep an item."""
        if isinstance(item, Mapping):
            self._items.append(item)
        if len(self._items) >= SAMPLE_ROWS:
            raise _EnoughError
        return None


def sample_table(connector: DocumentConnector, response: Response) -> Sample:
    """Return the first rows of the largest table; sheets of the same headings are named with it."""
    with response:
        head = response.read()[:HEAD_BYTES]
        response.file.seek(0)
        tables = [(name, _looked_at(rows)) for name, rows in islice(_grids(connector, response), 64)]
    filled = [(name, rows) for name, rows in tables if len(rows) > 1]
    if not filled:
        return Sample()
    name, rows = max(filled, key=lambda one: len(one[1]) * max(map(len, one[1])))
    layout = layout_of([cells for _, cells in rows])
    dialect = Dialect(skip_rows=layout.skip_rows, header_rows=layout.header_rows, footer=layout.footer)
    grid = Grid(iter(rows), dialect, padded=True)
    same = tuple(one for one, others in filled if _headings(others, dialect) == grid.headings)
    lines = [list(cells) for _, cells in islice(_kept(rows, layout), SAMPLE_ROWS)]
    table = {head: [_at(line, at) for line in lines] for at, head in enumerate(grid.headings) if head}
    first = filled[0][0] == name
    return Sample(table, {head: head for head in table}, layout, same, "" if first else name, head)


def sample_items(connector: Connector) -> Sample:
    """Return the first items of a list, nested objects by their paths."""
    items: list[Mapping[str, Any]] = []
    connector.mapper_type = partial(_Sampler, items)
    problem: HarvesterError | None = None
    try:
        for _ in connector.pages(None):
            pass
    except _EnoughError:
        pass
    except AuthFailedError:
        raise
    except (ContentError, FetchError, SecretMissingError) as err:
        problem = None if items else err
    return of_items(items, problem)


def of_items(items: Sequence[Mapping[str, Any]], problem: HarvesterError | None = None) -> Sample:
    """Return a sample of objects."""
    rows = [dict(_flat(item, "")) for item in items]
    paths = dict.fromkeys(path for row in rows for path in row)
    table = {path: [row.get(path) for row in rows] for path in paths}
    return Sample(table, {path: path.replace('"', "") for path in table}, problem=problem)


def of_document(text: bytes, url: str) -> Sample:
    """Return the first items of the list in a JSON document, as they stand.

    Raises:
        ContentError: if it is none.
    """
    document = documents.load(Body(BytesIO(text), len(text), ""), url, lenient=True)
    items = jmespath.search(sniffing.find_list(document) or "@", document)
    listed = items[:SAMPLE_ROWS] if isinstance(items, list) else []
    return of_items([item for item in listed if isinstance(item, Mapping)])


def stream_sample(response: Response, prefix: str) -> Sample:
    """Return the first items of a document that goes on beyond what was read."""
    items: list[Any] = []
    try:
        for item in documents.stream_items(response.body, prefix):
            items.append(item)
            if len(items) >= SAMPLE_ROWS:
                break
    except UnreadableError:
        pass  # it breaks off where we stopped reading
    return of_items([item for item in items if isinstance(item, Mapping)])


def _grids(connector: DocumentConnector, response: Response) -> Iterator[tuple[str, Iterator[Any]]]:
    try:
        yield from connector.grids(response)
    except (ContentError, UnicodeError):
        return  # the rest of a document that was cut


def _looked_at(rows: Iterator[Any]) -> list[tuple[int, Sequence[Any]]]:
    kept: list[tuple[int, Sequence[Any]]] = []
    try:
        kept.extend(islice(rows, LOOKED_AT + SAMPLE_ROWS))
    except ContentError:
        return kept
    return kept


def _headings(rows: Sequence[Any], dialect: Dialect) -> list[str]:
    return Grid(iter(rows), dialect, padded=True).headings


def _kept(rows: Sequence[Any], layout: Layout) -> Iterator[Any]:
    """Yield the rows between headings and footer."""
    ends = {one.casefold() for one in layout.footer}
    for number, cells in rows[layout.skip_rows + layout.header_rows :]:
        texts = [str(cell).strip().casefold() for cell in cells if cell is not None]
        if ends & set(texts):
            return
        if any(texts):
            yield number, cells


def _at(line: Sequence[Any], at: int) -> Any:
    return line[at] if at < len(line) else None


def _flat(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        path = f"{prefix}{key if _PLAIN_KEY.fullmatch(str(key)) else _quoted(str(key))}"
        if isinstance(inner, Mapping) and not {"type", "coordinates"} <= set(inner):
            if not prefix:
                yield from _flat(inner, f"{path}.")
        elif not isinstance(inner, list):
            yield path, inner


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
