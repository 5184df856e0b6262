"""A made catalogue for `freshness.py`: organizations, datasets, items and a log, written by COPY.

Rows of the log are made by the room's own code (`ledger.payload`, `chain.link`), so that `verify` is true of
them. Every dataset has an item of the Daftar Data. The same arguments give the same rows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from ckan import model

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.model import observation
from ckanext.jambi.freshness.promises import adopting, facts, file
from ckanext.jambi.freshness.rules import chain
from ckanext.jambi.freshness.rules.scoring import Checks, Facts

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
PAST = timedelta(days=450)
MIX = (
    *("harian", "mingguan", "mingguan", "bulanan", "bulanan", "bulanan", "bulanan", "triwulanan"),
    *("semesteran", "tahunan"),
)
DAYS = {"harian": 1, "mingguan": 7, "bulanan": 30, "triwulanan": 91, "semesteran": 182, "tahunan": 365}
LATE_EVERY = 10
"""Of so many datasets one stops to be delivered half way."""
GOOD = facts.as_detail(Facts(True, True, True, True, Checks(True, True, True, True, True)))
_NAMESPACE = uuid.UUID("2a6c1f0e-0000-4000-8000-000000000000")
_CHUNK = 20_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How large a catalogue is; `observations` is how often each dataset was looked at."""

    datasets: int
    organizations: int
    observations: int

    @property
    def rows(self) -> int:
        """Rows of evidence in the log."""
        return self.datasets * self.observations


def name(kind: str, n: int) -> str:
    """Return the id of the n-th thing of a kind."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}{n}"))


def frequency(n: int) -> str:
    """Return how often the n-th dataset is promised."""
    return MIX[n % len(MIX)]


def make(size: Size) -> None:
    """Write organizations, datasets and the log."""
    _copy("group", _GROUP, _organizations(size))
    _copy("package", _PACKAGE, _packages(size))
    _copy("resource", _RESOURCE, _resources(size))
    columns = [column.name for column in observation.columns]
    _copy(observation.name, columns, _linked(_log(size)))
    model.Session.execute(
        facts.measured.insert().from_select(
            ["package_id", "metadata_modified"],
            facts._package.select().with_only_columns(
                facts._package.c.id, facts._package.c.metadata_modified
            ),
        )
    )
    model.Session.commit()
    with model.meta.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


_GROUP = ("id", "name", "title", "type", "state", "is_organization", "approval_status", "created", "extras")
_PACKAGE = (
    *("id", "name", "title", "type", "state", "owner_org", "private", "metadata_created"),
    *("metadata_modified", "extras"),
)
_RESOURCE = ("id", "package_id", "url", "format", "state", "position", "url_type", "extras")


def _organizations(size: Size) -> Iterator[Sequence[Any]]:
    for n in range(size.organizations):
        extras = json.dumps({"jenis_opd": "dinas"})
        yield (
            *(name("opd", n), f"opd-{n}", f"Dinas {n}", "organization", "active", "t", "approved"),
            *(NOW - PAST, extras),
        )


def _packages(size: Size) -> Iterator[Sequence[Any]]:
    made = (NOW - PAST).replace(tzinfo=None)
    for n in range(size.datasets):
        extras = json.dumps({"frekuensi": frequency(n)})
        owner = name("opd", n % size.organizations)
        yield (name("set", n), f"set-{n}", f"Data {n}", "dataset", "active", owner, "f", made, made, extras)


def _resources(size: Size) -> Iterator[Sequence[Any]]:
    for n in range(size.datasets):
        extras = json.dumps({"datastore_active": True})
        yield (
            name("file", n),
            name("set", n),
            f"https://contoh.example/{n}.csv",
            "CSV",
            "active",
            0,
            "datastore",
            extras,
        )


def _log(size: Size) -> Iterator[Row]:
    """Yield rows of the log without number and hash, the oldest first."""
    begin = NOW - PAST
    for n in range(size.datasets):
        yield from _promise(n, size, begin)
    step = (PAST - timedelta(days=8)) / size.observations
    for k in range(size.observations):
        start = begin + timedelta(days=2) + k * step
        for n in range(size.datasets):
            yield _seen(n, k, start + n * step / size.datasets, step, size)


def _promise(n: int, size: Size, at: datetime) -> Iterator[Row]:
    said = {
        **{"code": f"D-{n:06}", "organization": f"opd-{n % size.organizations}", "title": f"Data {n}"},
        **{"frequency": frequency(n), "weight": 1 + n % 2, "valid_from": at.date()},
        "datasets": [f"set-{n}"],
    }
    key = adopting.item_id(said["code"])
    of_item = {"kind": "item", "item_id": key, "organization_id": name("opd", n % size.organizations)}
    package = {"package_id": name("set", n)}
    yield {**of_item, "detail": {"event": "create", "item": file.complete(said)}, "at": at}
    assigned = {"event": "assign", "name": f"set-{n}", "selector": None}
    yield {**of_item, **package, "detail": assigned, "at": at}
    yield {"kind": "facts", **package, "detail": GOOD, "at": at}


def _seen(n: int, k: int, at: datetime, step: timedelta, size: Size) -> Row:
    """Return the k-th look at a dataset: new content once an interval is over, else none."""
    interval = timedelta(days=DAYS[frequency(n)])
    is_new = k == 0 or (k * step) // interval > ((k - 1) * step) // interval
    stopped = n % LATE_EVERY == 3 and k > size.observations // 2
    row: Row = {
        **{"kind": "harvest_ok", "package_id": name("set", n), "resource_id": name("file", n)},
        **{"organization_id": name("opd", n % size.organizations), "actor_class": "harvester", "at": at},
    }
    if not is_new or stopped:
        return {**row, "detail": {"credit": "no_content"}}
    return {
        **row,
        "content_hash": hashlib.sha256(f"{n}/{k}".encode()).hexdigest(),
        "hash_method": "rows-v1",
        "row_count": 100,
        "period_end": at.date() - timedelta(days=1),
        "detail": {"credit": "new_content"},
    }


def _linked(rows: Iterable[Row]) -> Iterator[Sequence[Any]]:
    """Number rows after the end of the log and chain them by the room's own code."""
    end = ledger.head()
    previous = end.row_hash
    empty = dict.fromkeys(column.name for column in observation.columns if column.name != "row_hash")
    for seq, each in enumerate(rows, end.seq + 1):
        at = each.pop("at")
        row = {**empty, "actor_class": "system", **each, "seq": seq, "valid_at": at, "recorded_at": at}
        previous = chain.link(previous, ledger.payload(row))
        row["detail"] = json.dumps(row["detail"])
        yield (*row.values(), f"\\x{previous.hex()}")


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    model.Session.commit()
    raw = model.meta.engine.raw_connection()
    left = iter(rows)
    names = ", ".join(f'"{each}"' for each in columns)
    with raw.cursor() as cursor:
        while some := list(islice(left, _CHUNK)):
            text = io.StringIO()
            csv.writer(text).writerows([tuple(map(_cell, row)) for row in some])
            text.seek(0)
            cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN WITH CSV', text)
    raw.commit()
    raw.close()


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
