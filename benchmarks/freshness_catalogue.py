"""A made catalogue for `freshness.py`: organizations, datasets, items and a log, written by COPY.

Rows of the log are made by the code of the room (`ledger.payload`, `chain.link`), so that `verify` is true of
them; those of looks at datasets, of which there are millions, by forms that it gave once. Every dataset has
an item of the Daftar Data. The same arguments give the same rows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import ledger, standing
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


def owner(n: int, size: Size) -> int:
    """Return which organization the n-th dataset is of: each has some of every frequency."""
    return n // len(MIX) % size.organizations


def make(size: Size) -> None:
    """Write organizations, datasets and the log."""
    _copy("group", _GROUP, _organizations(size))
    _copy("package", _PACKAGE, _packages(size))
    _copy("resource", _RESOURCE, _resources(size))
    with _without_indexes(observation.name):
        log = _Log()
        _copy_lines(observation.name, (log.line(each) for each in _promises(size)))
        _copy_lines(observation.name, _looks(size, log))
    model.Session.execute(
        facts.measured.insert().from_select(
            ["package_id", "metadata_modified"],
            facts._package.select().with_only_columns(
                facts._package.c.id, facts._package.c.metadata_modified
            ),
        )
    )
    _stand(size)
    model.Session.commit()
    with model.meta.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def _stand(size: Size) -> None:
    """Let the states of datasets follow the log, as they do where evidence comes one by one."""
    model.Session.execute(_LAST)
    for first in range(0, size.datasets, _CHUNK):
        ids = [name("set", n) for n in range(first, min(first + _CHUNK, size.datasets))]
        known = standing.load(ids)
        standing.save({key: replace(each, stored=False) for key, each in known.items()}, known.values())


_LAST = sa.text(
    "INSERT INTO jambi_freshness_state (package_id, organization_id, frequency, basis, evidence_seq,"
    " evidence_kind, evidence_at, period_end, checked_at, reachable)"
    " SELECT DISTINCT ON (package_id) package_id, organization_id, '', 'rolling', seq, kind, valid_at,"
    " period_end, recorded_at, true FROM jambi_freshness_observation"
    " WHERE detail ->> 'credit' = 'new_content' ORDER BY package_id, seq DESC"
)


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Let rows be written first and found afterwards: indexes over all of them are made in one go."""
    query = sa.text(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = :table AND indexname NOT IN"
        " (SELECT conname FROM pg_constraint)"
    )
    found = model.Session.execute(query, {"table": table}).all()
    for each in found:
        model.Session.execute(sa.text(f"DROP INDEX {each.indexname}"))
    model.Session.commit()
    yield
    model.Session.execute(sa.text("SET maintenance_work_mem = '512MB'"))
    for each in found:
        model.Session.connection().exec_driver_sql(each.indexdef.replace("%", "%%"))
    model.Session.commit()


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
        org = name("opd", owner(n, size))
        yield (name("set", n), f"set-{n}", f"Data {n}", "dataset", "active", org, "f", made, made, extras)


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


def _promises(size: Size) -> Iterator[Row]:
    """Yield what walidata and the portal said of each dataset before it was looked at."""
    for n in range(size.datasets):
        yield from _promise(n, size, NOW - PAST)


def _looks(size: Size, log: _Log) -> Iterator[str]:
    """Yield lines of all looks at datasets, the oldest first."""
    step = (PAST - timedelta(days=8)) / size.observations
    sets, files = ([name(kind, n) for n in range(size.datasets)] for kind in ("set", "file"))
    owners = [name("opd", n) for n in range(size.organizations)]
    new, nothing = _Form(_LOOK | _NEW), _Form(_LOOK | _NOTHING)
    for k in range(size.observations):
        start = NOW - PAST + timedelta(days=2) + k * step
        for n in range(size.datasets):
            at = start + n * step / size.datasets
            told = {
                **{"package": sets[n], "resource": files[n], "owner": owners[owner(n, size)]},
                "at": ledger._plain(at),
            }
            if _is_new(n, k, step, size):
                told["hash"] = hashlib.sha256(f"{n}/{k}".encode()).hexdigest()
                told["until"] = (at.date() - timedelta(days=1)).isoformat()
                yield log.of_form(new, told)
            else:
                yield log.of_form(nothing, told)


def _promise(n: int, size: Size, at: datetime) -> Iterator[Row]:
    said = {
        **{"code": f"D-{n:06}", "organization": f"opd-{owner(n, size)}", "title": f"Data {n}"},
        **{"frequency": frequency(n), "weight": 1 + n % 2, "valid_from": at.date()},
        "datasets": [f"set-{n}"],
    }
    key = adopting.item_id(said["code"])
    of_item = {"kind": "item", "item_id": key, "organization_id": name("opd", owner(n, size))}
    package = {"package_id": name("set", n)}
    yield {**of_item, "detail": {"event": "create", "item": file.complete(said)}, "at": at}
    assigned = {"event": "assign", "name": f"set-{n}", "selector": None}
    yield {**of_item, **package, "detail": assigned, "at": at}
    yield {"kind": "facts", **package, "detail": GOOD, "at": at}


def _is_new(n: int, k: int, step: timedelta, size: Size) -> bool:
    """Whether the k-th look at a dataset finds new content: once an interval is over, until it stops."""
    interval = timedelta(days=DAYS[frequency(n)])
    is_over = k == 0 or (k * step) // interval > ((k - 1) * step) // interval
    stopped = n % LATE_EVERY == 3 and k > size.observations // 2
    return is_over and not stopped


_SEQ = 987_654_321
_COLUMNS = tuple(column.name for column in observation.columns)
_EMPTY: Row = dict.fromkeys(name for name in _COLUMNS if name != "row_hash") | {"actor_class": "system"}
_LOOK: Row = {
    **{"seq": _SEQ, "kind": "harvest_ok", "package_id": "%(package)s", "resource_id": "%(resource)s"},
    **{"organization_id": "%(owner)s", "actor_class": "harvester"},
    **{"valid_at": "%(at)s", "recorded_at": "%(at)s"},
}
_NOTHING: Row = {"detail": {"credit": "no_content"}}
_NEW: Row = {
    **{"content_hash": "%(hash)s", "hash_method": "rows-v1", "row_count": 100, "period_end": "%(until)s"},
    "detail": {"credit": "new_content"},
}


class _Form:
    """Payload and line of a kind of row, with places for what differs."""

    def __init__(self, row: Row) -> None:
        whole = _EMPTY | row
        payload = ledger.payload(whole).decode("ascii")
        self.payload, self.line = (each.replace(str(_SEQ), "%(seq)d") for each in (payload, _line(whole)))


class _Log:
    """The end of the log, to which row after row is added."""

    def __init__(self) -> None:
        end = ledger.head()
        self._seq, self._hash = end.seq, end.row_hash

    def line(self, told: Row) -> str:
        """Return the line of any row."""
        at = told.pop("at")
        row = {**_EMPTY, **told, "seq": self._seq + 1, "valid_at": at, "recorded_at": at}
        return self._added(ledger.payload(row), _line(row))

    def of_form(self, form: _Form, told: dict[str, Any]) -> str:
        """Return the line of a row of a known form."""
        told["seq"] = self._seq + 1
        return self._added((form.payload % told).encode("ascii"), form.line % told)

    def _added(self, payload: bytes, line: str) -> str:
        self._seq, self._hash = self._seq + 1, chain.link(self._hash, payload)
        return f"{line}\t\\\\x{self._hash.hex()}\n"


def _line(row: Row) -> str:
    """Return a row, but for its hash, as COPY reads it."""
    return "\t".join(map(_text, row.values()))


def _text(value: object) -> str:
    if value is None:
        return "\\N"
    return json.dumps(value) if isinstance(value, dict) else str(ledger._plain(value))


def _copy_lines(table: str, lines: Iterable[str]) -> None:
    model.Session.commit()
    raw = model.meta.engine.raw_connection()
    left, names = iter(lines), ", ".join(_COLUMNS)
    with raw.cursor() as cursor:
        while some := "".join(islice(left, _CHUNK)):
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO(some))
    raw.commit()
    raw.close()


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
