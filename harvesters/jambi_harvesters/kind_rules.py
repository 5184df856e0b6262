"""What single kinds need of a definition, beyond what holds for all (`definition_rules` calls `problems`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jambi_harvesters import sheet_links
from jambi_harvesters.errors import Problem

Rule = Callable[[Mapping[str, Any]], Iterator[Problem]]

WORDPRESS_COLLECTION = re.compile(r"/?wp-json/wp/v2/(?P<name>[a-z0-9_-]+)/?", re.ASCII)
RESOLVING_KINDS = frozenset({"bmkg"})
"""Kinds that ask once for each value of a code list."""
MARKED_KINDS = frozenset({"sql"})
"""Kinds whose `endpoint.incremental` is a mark of change too, so that a table replaced whole may name it."""
FILE_KINDS = frozenset({"snapshot"})
"""Kinds that read an uploaded file and have no address."""
FILE_NAME = re.compile(r"(?:[\w-][\w .-]*/)*[\w-][\w .-]*\.(?:csv|xlsx|json)", re.IGNORECASE)
STORED = "secret:"
NEWEST_FIRST = "desc"
"""A list of this order is read until it is known: it need not be asked by a start."""
TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}(?:\.[A-Za-z_][A-Za-z0-9_$]{0,62})?")


def problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a definition for its kind."""
    kind = raw["kind"]
    if kind in RULES:
        yield from RULES[kind](raw)
    if kind not in MARKED_KINDS:
        yield from _start_param(raw)
    if kind not in RESOLVING_KINDS:
        for name in resolved_params(raw):
            yield Problem(
                f"endpoint.params.{name}",
                f"A code list has no effect for kind {kind}; state a value",
                f"Daftar kode tidak berpengaruh untuk jenis {kind}; isi sebuah nilai.",
            )


def needed(where: str, reason: str, alasan: str) -> Problem:
    """Return the problem of a key that must be there."""
    return Problem(where, f"{where} is required: {reason}", f"{where} wajib diisi: {alasan}.")


def no_effect(where: str, kind: str) -> Problem:
    """Return the problem of a key that a kind never looks at."""
    return Problem(
        where,
        f"{where} has no effect for kind {kind}. Remove it",
        f"{where} tidak berpengaruh untuk jenis {kind}; hapus dari definisi.",
    )


def resolved_params(raw: Mapping[str, Any]) -> list[str]:
    """Return the names of the parameters that stand for a code list."""
    params = raw.get("endpoint", {}).get("params", {})
    return [name for name, value in params.items() if isinstance(value, Mapping)]


def in_a_secret(raw: Mapping[str, Any]) -> bool:
    """Say whether the whole address of this kind is a secret."""
    return bool(raw["kind"] == "sql")


def secret_address(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge an address that is, or should be, the name of a secret."""
    where = "client.base_url"
    if not in_a_secret(raw):
        yield Problem(
            where,
            f"Only kind sql keeps its address in a secret; write the address of kind {raw['kind']}",
            f"Hanya jenis sql yang menyimpan alamatnya sebagai rahasia; tulis alamat jenis {raw['kind']}.",
        )
    elif not raw["client"].get("base_url", "").startswith(STORED):
        yield Problem(
            where,
            "The address of a database holds a password: store it, and write secret:NAME",
            "Alamat basis data memuat sandi: simpan sebagai rahasia, lalu tulis secret:NAMA.",
        )


def _start_param(raw: Mapping[str, Any]) -> Iterator[Problem]:
    incremental = raw.get("endpoint", {}).get("incremental", {})
    if incremental and "start_param" not in incremental and incremental.get("row_order") != NEWEST_FIRST:
        where = "endpoint.incremental.start_param"
        yield needed(where, "it carries the start of what changed", "membawa saat awal perubahan")


def _sql(raw: Mapping[str, Any]) -> Iterator[Problem]:
    endpoint = raw.get("endpoint", {})
    if not TABLE.fullmatch(endpoint.get("path", "")):
        yield needed(
            "endpoint.path",
            "the name of a table or view, such as pelayanan.izin",
            "nama tabel atau view, misalnya pelayanan.izin",
        )
    if "primary_key" not in raw:
        yield needed("primary_key", "the table is read in its order", "tabel dibaca menurut urutannya")
    for name in ("start_param", "end_param"):
        if name in endpoint.get("incremental", {}):
            yield no_effect(f"endpoint.incremental.{name}", "sql")


def _wfs(raw: Mapping[str, Any]) -> Iterator[Problem]:
    params = raw.get("endpoint", {}).get("params", {})
    named = [value for name, value in params.items() if name.casefold() in ("typenames", "typename")]
    if len(named) != 1 or not str(named[0]).strip() or set(str(named[0])) & set(", ("):
        yield needed(
            "endpoint.params.typeNames",
            "exactly one feature type, since each makes a dataset of its own",
            "tepat satu jenis fitur, karena tiap jenis menjadi satu set data",
        )
    if "primary_key" not in raw:
        yield needed("primary_key", "pages are sorted by it", "halaman diurutkan menurut kunci itu")


def has_headings(raw: Mapping[str, Any]) -> bool:
    """Say whether a file has headings, so that a path is no JMESPath."""
    path = str(raw.get("endpoint", {}).get("path", ""))
    return raw["kind"] in FILE_KINDS and not path.casefold().endswith(".json")


def _snapshot(raw: Mapping[str, Any]) -> Iterator[Problem]:
    path = raw.get("endpoint", {}).get("path", "")
    if not FILE_NAME.fullmatch(path) or ".." in path:
        yield needed(
            "endpoint.path",
            "the name of an uploaded CSV, XLSX or JSON file",
            "nama berkas CSV, XLSX, atau JSON yang diunggah",
        )
    if has_headings(raw):
        for name in ("endpoint.data_selector", "guard.success"):
            outer, inner = name.split(".")
            if inner in raw.get(outer, {}):
                yield no_effect(name, "snapshot")


def _bmkg(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if len(resolved_params(raw)) != 1:
        yield needed(
            "endpoint.params",
            "exactly one parameter, such as adm4, must be {type: resolve, resource: kelurahan, "
            "field: kode_kemendagri}",
            "tepat satu parameter, misalnya adm4, harus berupa {type: resolve, resource: kelurahan, "
            "field: kode_kemendagri}",
        )


def _gsheet(raw: Mapping[str, Any]) -> Iterator[Problem]:
    endpoint = raw.get("endpoint", {})
    base_url, path = raw["client"].get("base_url", ""), endpoint.get("path", "").lstrip("/")
    url = f"{base_url.rstrip('/')}/{path}" if path else base_url
    if sheet_links.export_address(url) is None:
        yield Problem(
            "client.base_url",
            "This is no link to a spreadsheet; it must hold /spreadsheets/d/ and the document's id",
            "Ini bukan tautan lembar kerja; tautan harus memuat /spreadsheets/d/ dan pengenal dokumen.",
        )
    for name, value in endpoint.get("params", {}).items():
        if name != "gid" and (name, value) != ("format", "csv"):
            yield no_effect(f"endpoint.params.{name}", "gsheet")


def _spse(raw: Mapping[str, Any]) -> Iterator[Problem]:
    endpoint = raw.get("endpoint", {})
    asked = (endpoint.get("path", ""), *map(str, endpoint.get("params", {}).values()))
    start = str(raw["dataset"]["fields"].get("periode_mulai", ""))
    if any("{tahun}" in one for one in asked) and not re.match(r"20\d\d(?!\d)", start, re.ASCII):
        yield needed("dataset.fields.periode_mulai", "it is the first {tahun}", "menjadi {tahun} pertama")


def _wordpress(raw: Mapping[str, Any]) -> Iterator[Problem]:
    path = raw.get("endpoint", {}).get("path", "")
    if path and not WORDPRESS_COLLECTION.fullmatch(path):
        yield Problem(
            "endpoint.path",
            "Leave it out for posts and files, or name one list, such as wp-json/wp/v2/media",
            "Kosongkan untuk pos dan berkas, atau sebut satu daftar, misalnya wp-json/wp/v2/media.",
        )


RULES: Mapping[str, Rule] = {
    "bmkg": _bmkg,
    "gsheet": _gsheet,
    "snapshot": _snapshot,
    "spse": _spse,
    "sql": _sql,
    "wfs": _wfs,
    "wordpress": _wordpress,
}
