"""When a field of rule C is required: the conditions that schema files name. Imports no CKAN.

Each takes the record that the field belongs to: a dataset, a resource, a column or an organization.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ckanext.jambi.metadata import vocabularies
from ckanext.jambi.metadata.values import blank

Record = Mapping[str, Any]
Condition = Callable[[Record], bool]

AREA_COLUMNS = ("kemendagri_kode_kelurahan", "kemendagri_kode_kecamatan")
AREA_CODES = {"kemendagri", "bps"}
DELIVERED = {"panen", "dorong"}


def code_of(record: Record, name: str, vocabulary: str) -> str | None:
    """Return the code that a record's choice means, or None."""
    value = record.get(name)
    return None if blank(value) else vocabularies.normalise(vocabulary, str(value))


def columns_of(resource: Record) -> list[Record]:
    """Return the entries of a resource's data dictionary."""
    return [column for _, column in numbered_columns(resource)]


def numbered_columns(resource: Record) -> list[tuple[int, Record]]:
    """Return the entries of a data dictionary with their places; a form's empty entry is none."""
    dictionary = resource.get("kamus_data")
    entries = enumerate(dictionary) if isinstance(dictionary, list) else ()
    return [(place, one) for place, one in entries if isinstance(one, Mapping) and not _empty(one)]


def resources_of(dataset: Record) -> list[Record]:
    """Return a dataset's resources."""
    return list(dataset.get("resources") or ())


def tabular(resource: Record) -> bool:
    """Whether a resource is the main file of a table."""
    if code_of(resource, "jenis_berkas", "jenis_berkas") != "utama":
        return False
    return in_datastore(resource) or _has(resource, "format", "format", "tabel")


def in_datastore(resource: Record) -> bool:
    """Whether a resource's rows are in the DataStore."""
    return str(resource.get("datastore_active")).lower() == "true" or resource.get("url_type") == "datastore"


def open_format(resource: Record) -> bool:
    """Whether machines can read a resource; PDF or an image alone never suffices."""
    return in_datastore(resource) or _has(resource, "format", "format", "terbuka")


def usual_area_column(resource: Record) -> str | None:
    """Return the finest area column of a table by the convention's names, or None."""
    named = {one.get("nama") for one in columns_of(resource)}
    return next((name for name in AREA_COLUMNS if name in named), None)


def _empty(record: Record) -> bool:
    return all(blank(value) for value in record.values())


def _statistical(dataset: Record) -> bool:
    return code_of(dataset, "jenis_data", "jenis_data") == "statistik"


def _statistical_or_financial(dataset: Record) -> bool:
    return code_of(dataset, "jenis_data", "jenis_data") in ("statistik", "keuangan")


def _not_open(dataset: Record) -> bool:
    return code_of(dataset, "klasifikasi_akses", "klasifikasi_akses") in ("terbatas", "tertutup")


def _restricted(dataset: Record) -> bool:
    return code_of(dataset, "klasifikasi_akses", "klasifikasi_akses") == "terbatas"


def _all_columns(dataset: Record) -> Iterator[Record]:
    for resource in resources_of(dataset):
        yield from columns_of(resource)


def _has_dimension(dataset: Record) -> bool:
    return any(not blank(column.get("klasifikasi_isian")) for column in _all_columns(dataset))


def _has_code_column(dataset: Record) -> bool:
    return any(
        not blank(column.get("kode_referensi")) or code_of(column, "tipe", "tipe") == "kode"
        for column in _all_columns(dataset)
    )


def _dated(resource: Record) -> bool:
    by_hand = code_of(resource, "asal", "asal") not in DELIVERED
    return tabular(resource) and (by_hand or not blank(resource.get("kolom_periode")))


def _unkeyed(resource: Record) -> bool:
    return tabular(resource) and blank(resource.get("kolom_kunci"))


def _undated(resource: Record) -> bool:
    return tabular(resource) and blank(resource.get("kolom_periode"))


def _has_area_column(resource: Record) -> bool:
    codes = (code_of(one, "kode_referensi", "kode_referensi") for one in columns_of(resource))
    return tabular(resource) and any(code in AREA_CODES for code in codes)


def _numeric_column(column: Record) -> bool:
    return _has(column, "tipe", "tipe", "angka")


def _has_parent(organization: Record) -> bool:
    return _has(organization, "jenis_opd", "jenis_opd", "berinduk")


def _agency(organization: Record) -> bool:
    return _has(organization, "jenis_opd", "jenis_opd", "opd")


def _district(organization: Record) -> bool:
    return code_of(organization, "jenis_opd", "jenis_opd") == "kecamatan"


def _ended(organization: Record) -> bool:
    return not blank(organization.get("berlaku_sampai"))


def _has(record: Record, name: str, vocabulary: str, quality: str) -> bool:
    """Whether the entry that a record chose has a quality of the list's further columns."""
    code = code_of(record, name, vocabulary)
    entry = vocabularies.term(vocabulary, code) if code else None
    return bool(entry and entry.extra.get(quality))


CONDITIONS: Mapping[str, Condition] = {
    "agency": _agency,
    "dated": _dated,
    "district": _district,
    "ended": _ended,
    "has_area_column": _has_area_column,
    "has_code_column": _has_code_column,
    "has_dimension": _has_dimension,
    "has_parent": _has_parent,
    "not_open": _not_open,
    "numeric_column": _numeric_column,
    "restricted": _restricted,
    "statistical": _statistical,
    "statistical_or_financial": _statistical_or_financial,
    "tabular": tabular,
    "undated": _undated,
    "unkeyed": _unkeyed,
}
