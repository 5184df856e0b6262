"""The evidence of a report in one file, and its check without a portal (F35). Imports no CKAN.

A bundle holds the report, the log up to the row at which it was made, the policies, calendars and items of
that log, and instructions for whoever has nothing else. Whoever has it reckons the report again and compares
it byte by byte. Names and ranks of organizations, which the log does not hold, are taken from the report.
"""

from __future__ import annotations

import io
import itertools
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.jambi.freshness.errors import FreshnessError
from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.freshness.promises.replay import world
from ckanext.jambi.freshness.reports import content, text
from ckanext.jambi.freshness.reports.content import Report, Scope
from ckanext.jambi.freshness.roots import reading
from ckanext.jambi.freshness.rules import ALGORITHM, chain
from ckanext.jambi.freshness.rules.chain import Check, Damage
from ckanext.jambi.freshness.rules.roots import Root, Watch

LOG, REPORT, TABLE, ROOTS, GUIDE = "log.txt", "report.json", "report.csv", "roots.json", "BACA-SAYA.txt"
_RULES = ("policy", "calendar", "item")
_SINCE = (1980, 1, 1, 0, 0, 0)
_LONGEST_LINE = 1_000_000
_UNREADABLE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, RuntimeError)
"""What `zipfile` raises at a damaged archive: also that it is encrypted, or packed in an unknown way."""
Row = dict[str, Any]


class BundleError(FreshnessError):
    """A file is no bundle."""


def packed(report: Report, log: Iterable[bytes], published: Iterable[Any] = ()) -> bytes:
    """Return the bundle of a report.

    Args:
        log: the lines of the log up to the row that the report names.
        published: the roots of the days until then, as they were published.
    """
    target = io.BytesIO()
    rows: list[Row] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        with bundle.open(_entry(LOG), "w", force_zip64=True) as file:
            for line in log:
                file.write(line)
                row = _row(line)
                if row["kind"] in _RULES:
                    rows.append(row)
        for name, body in _beside(report, rows).items():
            bundle.writestr(_entry(name), body)
        bundle.writestr(_entry(ROOTS), text.as_json(reading.plain(published)))
        bundle.writestr(_entry(GUIDE), _guide())
    return target.getvalue()


def verify(file: Path | BinaryIO, published: Iterable[Root] = ()) -> Check:
    """Check the log of a bundle row by row, then reckon everything beside it again.

    The log is held against the roots in the bundle and those that are given.

    Raises:
        BundleError: if the file cannot be read, or something that belongs to a bundle is missing.
    """
    try:
        with zipfile.ZipFile(file) as bundle:
            return _checked(bundle, published)
    except _UNREADABLE as err:
        raise BundleError(f"{file} is no bundle of a report: {err}") from err


def _checked(bundle: zipfile.ZipFile, published: Iterable[Root]) -> Check:
    rows: list[Row] = []
    watches = [Watch(_roots(bundle)), Watch(published)]
    with bundle.open(LOG) as log:
        lines = _lines(log, rows)
        for watch in watches:
            lines = watch.lines(lines)
        found = chain.verify(lines)
    for watch in watches:
        found = watch.checked(found)
    if not found.ok:
        return found
    kept = {name: bundle.read(name) for name in (REPORT, TABLE, *map(_name, _RULES))}
    said = itertools.chain(_differences(kept, rows, found), _misguided(bundle))
    errors = tuple(Damage(None, each) for each in said)
    return Check(found.rows, found.first_seq, found.last_seq, found.root, errors)


def _roots(bundle: zipfile.ZipFile) -> list[Root]:
    """Return the roots in a bundle; those of before roots were made hold none."""
    if ROOTS not in bundle.namelist():
        return []
    try:
        return reading.read(json.loads(bundle.read(ROOTS)))
    except (ValueError, KeyError, TypeError) as err:
        raise BundleError(f"{ROOTS} cannot be read: {err!r}") from err


def _misguided(bundle: zipfile.ZipFile) -> Iterator[str]:
    """Yield that the instructions are not those of this program; older bundles hold none."""
    if GUIDE in bundle.namelist() and bundle.read(GUIDE) != _guide():
        yield f"{GUIDE} differs from the instructions of this program"


def _guide() -> bytes:
    return Path(__file__).with_name(GUIDE).read_bytes()


def _differences(kept: Mapping[str, bytes], rows: list[Row], found: Check) -> Iterator[str]:
    """Yield what of a bundle does not follow from its log."""
    try:
        report = json.loads(kept[REPORT])
        end = report["log"]
        if (end["seq"], end["row_hash"]) != (found.last_seq, found.root):
            yield f"the report was made at row {end['seq']}, the log ends with row {found.last_seq}"
            return
        if report.get("algorithm_version") != ALGORITHM:
            named = report.get("algorithm_version", "that is not named")
            said = f"{REPORT} was reckoned by rules {named}, these are {ALGORITHM}"
            yield f"{said}: take the program of that time"
            return
        made = _reckoned(report, rows)
    except (ValueError, KeyError, TypeError, IndexError) as err:
        yield f"{REPORT} cannot be read: {err!r}"
        return
    if made is None:
        yield "the log holds no policy and calendar by which a report could be made"
        return
    again = _beside(made, rows)
    yield from (f"{name} differs from what the log gives" for name in kept if kept[name] != again[name])


def _reckoned(report: Report, rows: list[Row]) -> Report | None:
    """Return the report that the rows give for the same organization, period and instant."""
    organizations = report["organizations"]
    scope = Scope(
        report["organization_id"],
        {each["id"]: each["name"] for each in organizations},
        {each["id"]: each["title"] for each in organizations},
        frozenset(each["id"] for each in organizations if each["ranked"]),
    )
    period = quarters.interval(report["period"]["name"])
    as_of = datetime.fromisoformat(report["as_of"])
    return content.compose(world(rows), scope, period, as_of, report["log"])


def _beside(report: Report, rows: Iterable[Row]) -> dict[str, bytes]:
    """Return what a bundle holds beside the log."""
    rules: dict[str, list[Any]] = {kind: [] for kind in _RULES}
    for row in rows:
        if row["kind"] in rules:
            rules[row["kind"]].append({"seq": row["seq"], **row["detail"]})
    return {
        REPORT: text.as_json(report),
        TABLE: text.as_csv(report),
        **{_name(kind): text.as_json(found) for kind, found in rules.items()},
    }


def _name(kind: str) -> str:
    return f"{kind}.json"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _SINCE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _lines(log: Any, rows: list[Row]) -> Iterator[bytes]:
    """Yield the lines of the log; the row of each enters `rows` once the chain has asked for the next."""
    while line := _next(log):
        yield line
        rows.append(_row(line))


def _next(log: BinaryIO) -> bytes:
    """Return the next line; what cannot be unpacked is a line that no chain takes."""
    try:
        return log.readline(_LONGEST_LINE)
    except _UNREADABLE:
        return b"\n"


def _row(line: bytes) -> Row:
    """Return a line of the log as the rules read it."""
    row: Row = json.loads(line[65:])
    for name in ("period_start", "period_end"):
        row[name] = date.fromisoformat(row[name]) if row[name] else None
    for name in ("valid_at", "recorded_at"):
        row[name] = datetime.fromisoformat(row[name])
    return row
