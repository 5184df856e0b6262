"""Short ways to make a definition and to read a source by it."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from misbehaving import Source

from jambi_harvesters.definition import Definition, parse
from jambi_harvesters.http import Attempt, Client, Policy
from jambi_harvesters.record import Page, Record
from jambi_harvesters.sources import Connector, connector_for, policy_for

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data"
SUMBER = DATA / "sumber"
SDI = DATA / "sdi"

BASE: Mapping[str, Any] = {
    "version": 1,
    "id": "uji-sumber",
    "kind": "csv",
    "organization": "dinkes",
    "client": {"base_url": "https://data.contoh.test/x.csv"},
    "dataset": {"title": "Jumlah Uji", "fields": {"frekuensi": "bulanan"}},
    "schema": {"fields": {"nama": {"public": True}}},
}


class SteppingClock:
    """A clock that moves by sleeping only."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class Attempts:
    """A recorder that keeps what it receives."""

    def __init__(self) -> None:
        self.all: list[Attempt] = []

    def record(self, attempt: Attempt) -> None:
        self.all.append(attempt)


def merged(base: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a raw definition with keys replaced; `a__b=1` changes one key inside."""
    raw = copy.deepcopy(dict(base))
    for name, value in changes.items():
        *outer, last = name.split("__")
        inner = raw
        for step in outer:
            inner = inner.setdefault(step, {})
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return raw


def definition(server: Source | None = None, path: str = "/x.csv", **changes: Any) -> Definition:
    """Return a definition, of the test server if one is given."""
    if server is not None:
        changes = {"client__base_url": server.url + path, "guard__internal_target": "uji", **changes}
    return parse(merged(BASE, **changes))


def client(server: Source, policy: Policy | None = None, **options: Any) -> Client:
    """Return a client that may reach the test server and never waits for its turn."""
    policy = policy or Policy(targets=(server.target,), demo=True, max_rps=1_000)
    return Client(policy, **{"resolver": lambda host, port: ["127.0.0.1"], **options})


def connect(server: Source, spec: Definition, **options: Any) -> Connector:
    """Return the connector of a definition."""
    kind = connector_for(spec)
    policy = policy_for(spec, kind, targets=(server.target,), demo=True)
    opened = client(server, policy, sleep=lambda seconds: None)
    return kind(spec, opened, **{"now": NOW, **options})


def read(server: Source, spec: Definition, **options: Any) -> list[Page]:
    """Return all pages of a source."""
    return list(connect(server, spec, **options).pages())


def cut(connector: Connector) -> tuple[dict[str, Record], Any]:
    """Read a source until it names a place; return the records that came, and the place as it is stored."""
    came = []
    for page in connector.pages():
        came.append(page)
        if page.place is not None:
            return records(came), json.loads(json.dumps(page.place))
    raise AssertionError("the list was read to its end without a place")


def rows(pages: Sequence[Page]) -> list[tuple[Any, ...]]:
    """Return the rows of the one table in some pages."""
    return [row for page in pages for one in page.records if one.rows for row in one.rows.rows]


def records(pages: Sequence[Page]) -> dict[str, Record]:
    """Return the records of some pages by guid."""
    return {one.guid: one for page in pages for one in page.records}


def sumber(name: str) -> bytes:
    """Return a file of the reference data."""
    return (SUMBER / name).read_bytes()


def expected(name: str) -> list[dict[str, str]]:
    """Return the expected rows of a file."""
    with (SUMBER / "harapan" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(value: Any) -> str:
    """Return a cell as the expected files write it."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def shown(pages: Sequence[Page], names: Sequence[str]) -> list[dict[str, str]]:
    """Return rows as dicts of texts."""
    return [dict(zip(names, map(written, row), strict=True)) for row in rows(pages)]


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Return an XLSX file."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, grid in sheets.items():
        sheet = book.add_worksheet(name)
        for at, line in enumerate(grid):
            sheet.write_row(at, 0, line)
    book.close()
    return buffer.getvalue()


def grid(name: str) -> list[list[Any]]:
    """Return a grid file as cells, plain numbers as numbers."""
    with (SUMBER / name).open(encoding="utf-8", newline="") as file:
        return [[_cell(cell) for cell in line] for line in csv.reader(file)]


def api(items: Sequence[Any], **outside: Any) -> bytes:
    """Return a JSON answer with a list under `data`."""
    return json.dumps({"data": list(items), **outside}).encode()


def numbered(count: int) -> Iterator[dict[str, Any]]:
    """Yield items with an id and a name."""
    for number in range(1, count + 1):
        yield {"id": number, "nama": f"baris {number}"}


def _cell(text: str) -> Any:
    """Return a number for what the grid writes as one; `1.204` is text in Indonesian form."""
    return float(text) if re.fullmatch(r"\d+(\.\d{1,2})?", text) else text or None
