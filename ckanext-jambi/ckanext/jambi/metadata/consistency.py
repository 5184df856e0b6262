"""Rules between fields: periods, access, tables and their columns, files. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ckanext.jambi import clock
from ckanext.jambi.metadata import values
from ckanext.jambi.metadata.conditions import (
    Record,
    code_of,
    columns_of,
    numbered_columns,
    open_format,
    resources_of,
)
from ckanext.jambi.metadata.gap import Gap, Path
from ckanext.jambi.metadata.messages import marked as _

NOT_OPEN = "not_open"
CLOSED_WITH_FILE = "closed_with_file"


def gaps(record: Record, kind: str) -> list[Gap]:
    """Return the rules between fields that a dataset or organization breaks."""
    return [gap for rule in _RULES[kind] for gap in rule(record)]


def _period(record: Record) -> Iterator[Gap]:
    start, end = _day(record, "periode_mulai"), _day(record, "periode_akhir")
    if start and end and end < start:
        yield _gap(
            "periode_akhir", "period_order", _("The period ends before it begins; correct one of the dates.")
        )
    if end and end > clock.today().date().isoformat() and values.blank(record.get("catatan_mutu")):
        yield _gap(
            "catatan_mutu",
            "future_period",
            _("The period ends after today; say in the quality note that this is a plan or forecast."),
        )


def _access(record: Record) -> Iterator[Gap]:
    access = code_of(record, "klasifikasi_akses", "klasifikasi_akses")
    if access in ("terbatas", "tertutup"):
        yield _gap(
            "klasifikasi_akses", NOT_OPEN, _("Only open data can be public; keep this dataset private.")
        )
    if access == "terbuka" and code_of(record, "kelas_informasi", "kelas_informasi") == "dikecualikan":
        yield _gap(
            "kelas_informasi",
            "exempt_but_open",
            _("Exempt information cannot be open; change one of the two."),
        )


def _files(record: Record) -> Iterator[Gap]:
    resources = resources_of(record)
    if code_of(record, "klasifikasi_akses", "klasifikasi_akses") == "tertutup":
        if resources:
            yield _gap(
                "resources",
                CLOSED_WITH_FILE,
                _("Remove the files; of closed data only the description is kept."),
            )
        return
    if not resources:
        yield _gap("resources", "no_file", _("Add at least one file or link."))
        return
    if not any(code_of(one, "jenis_berkas", "jenis_berkas") == "utama" for one in resources):
        yield _gap("resources", "no_main_file", _("Mark one file as the main data."))
    if not any(open_format(one) for one in resources):
        yield _gap(
            "resources",
            "no_open_format",
            _("Add the data in an open format such as CSV; PDF or images do not suffice."),
        )


def _tables(record: Record) -> Iterator[Gap]:
    """Refuse a second main file of one table: two main files that describe the same columns."""
    seen: dict[frozenset[str], int] = {}
    for number, one in enumerate(resources_of(record)):
        names = frozenset(_names(one))
        if not any(names) or code_of(one, "jenis_berkas", "jenis_berkas") != "utama":
            continue
        if names in seen:
            path: Path = ("resources", number, "jenis_berkas")
            yield Gap("jenis_berkas", "second_main_file", _SECOND_MAIN, path=path)
        seen[names] = number


def _columns(record: Record) -> Iterator[Gap]:
    for number, one in enumerate(resources_of(record)):
        names = _names(one)
        yield from _unknown_columns(one, names, ("resources", number))
        for order, (position, _column) in enumerate(numbered_columns(one)):
            if names[order] in names[:order]:
                yield _column_twice(names[order], number, position)


def _column_twice(name: str, resource: int, column: int) -> Gap:
    path: Path = ("resources", resource, "kamus_data", column, "nama")
    return Gap("nama", "column_twice", _COLUMN_TWICE, {"name": name}, path)


def _unknown_columns(resource: Record, names: list[str], path: Path) -> Iterator[Gap]:
    if not names:
        return
    for field in ("kolom_periode", "kolom_wilayah", "kolom_kunci"):
        for name in _listed(resource, field):
            if name not in names:
                yield Gap(field, "unknown_column", _UNKNOWN_COLUMN, {"name": name}, (*path, field))


def _classification(record: Record) -> Iterator[Gap]:
    known = {name for one in resources_of(record) for name in _names(one)}
    for name in _listed(record, "klasifikasi"):
        if known and name not in known:
            yield Gap("klasifikasi", "unknown_column", _UNKNOWN_COLUMN, {"name": name}, ("klasifikasi",))


def _term(record: Record) -> Iterator[Gap]:
    start, end = _day(record, "berlaku_mulai"), _day(record, "berlaku_sampai")
    if start and end and end < start:
        yield _gap(
            "berlaku_sampai", "period_order", _("The term ends before it begins; correct one of the dates.")
        )


_SECOND_MAIN = _("Another file is the main data of this table already; choose another kind.")
_COLUMN_TWICE = _("The column {name} is described twice; remove one entry.")
_UNKNOWN_COLUMN = _("The data dictionary has no column {name}; correct the name.")


def _names(resource: Record) -> list[str]:
    return [str(one.get("nama") or "") for one in columns_of(resource)]


def _listed(record: Record, field: str) -> list[str]:
    try:
        return [] if values.blank(record.get(field)) else values.as_list(record[field])
    except values.RefusedError:
        return []


def _day(record: Record, field: str) -> str | None:
    try:
        return None if values.blank(record.get(field)) else values.iso_date(record[field], {})
    except values.RefusedError:
        return None


def _gap(field: str, code: str, message: str) -> Gap:
    return Gap(field, code, message, path=(field,))


_RULES: Mapping[str, tuple[Callable[[Record], Iterator[Gap]], ...]] = {
    "dataset": (_period, _access, _files, _tables, _columns, _classification),
    "organization": (_term,),
}
