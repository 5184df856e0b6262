"""Rules on a definition that a schema cannot state: names, secrets, paths and columns that must fit together.

`definition.parse` calls `problems` once the schema has nothing against the definition.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jmespath
from jmespath.exceptions import JMESPathError

from jambi_harvesters import kind_rules, unsupported
from jambi_harvesters.amounts import parse_duration
from jambi_harvesters.dates import is_date_form
from jambi_harvesters.errors import Problem
from jambi_harvesters.kind_rules import needed, no_effect
from jambi_harvesters.redaction import has_userinfo, is_key_name

REFUSED_HEADERS = frozenset({"host", "cookie", "authorization"})
TABLE_KINDS = frozenset({"csv", "xlsx", "gsheet", "html_table", "spse", "sql"})
"""Kinds whose fields are found by their headings as they stand; elsewhere a path is JMESPath."""
PER_RECORD_KINDS = frozenset({"ckan", "dcat", "datajson"})
PAGING_OF_KIND: Mapping[str, frozenset[str]] = {
    kind: frozenset({"page_number"}) for kind in ("jdih", "html_table")
}
"""Paginators of a kind beside auto and single_page; `rest_api` knows all."""
KEYS_OF_KIND: Mapping[str, str] = {"jdih": "idData", "wordpress": "id"}
"""The primary key of a kind whose systems all have the same."""
AUTH_OF_KIND: Mapping[str, str] = {"bps_webapi": "api_key"}
"""The only access of a kind that knows one place for its key."""
KEY_SEGMENTS = frozenset({"key", "apikey", "api_key", "token"})
MIN_EVERY_SECONDS = 60
MAX_DELETE_COUNT, MAX_DELETE_SHARE = 3, 0.1
"""So many records or rows may go at once by default: the larger of both."""

_NUMERIC_HOST = re.compile(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+))*\.?", re.IGNORECASE | re.ASCII)
_PATHS = (
    ("client", "paginator", "total_path"),
    ("client", "paginator", "cursor_path"),
    ("client", "paginator", "next_url_path"),
    ("client", "paginator", "has_more_path"),
    ("endpoint", "data_selector"),
    ("endpoint", "incremental", "cursor_path"),
    ("guard", "success"),
)


def problems(raw: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a definition that fits the schema."""
    useless = list(_without_effect(raw))
    return useless or [problem for rule in _RULES for problem in rule(raw)]


def _without_effect(raw: Mapping[str, Any]) -> Iterator[Problem]:
    kind = raw["kind"]
    for where in unsupported.NOT_FOR_KIND.get(kind, ()):
        if _at(raw, where.split(".")) is not None:
            yield no_effect(where, kind)
    paging = raw["client"].get("paginator", {}).get("type", "auto")
    known = {"auto", "single_page", *PAGING_OF_KIND.get(kind, ())}
    if kind in unsupported.NOT_FOR_KIND and kind != "rest_api" and paging not in known:
        yield no_effect("client.paginator.type", kind)
    if kind in PER_RECORD_KINDS and raw["dataset"].get("mode") == "single":
        yield no_effect("dataset.mode", kind)
    yield from _access_without_effect(kind, raw["client"].get("auth", {}))


def _access_without_effect(kind: str, auth: Mapping[str, Any]) -> Iterator[Problem]:
    if kind not in AUTH_OF_KIND or not auth:
        return
    if auth["type"] != AUTH_OF_KIND[kind]:
        yield no_effect("client.auth.type", kind)
    if "location" in auth:
        yield no_effect("client.auth.location", kind)


def _at(raw: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        raw = raw.get(step) if isinstance(raw, Mapping) else None
    return raw


def _address(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if raw["kind"] in kind_rules.FILE_KINDS:
        return
    if "base_url" not in raw["client"]:
        yield needed("client.base_url", "it says where the source is", "menyatakan letak sumber")
        return
    url = raw["client"]["base_url"]
    if kind_rules.in_a_secret(raw) or url.startswith("secret:"):
        yield from kind_rules.secret_address(raw)
        return
    yield from _address_problems("client.base_url", url)
    token_url = _at(raw, ("client", "auth", "access_token_url"))
    if token_url:
        yield from _address_problems("client.auth.access_token_url", token_url)


def _address_problems(where: str, url: str) -> Iterator[Problem]:
    if has_userinfo(url) or "\\" in url:
        yield Problem(
            where,
            "No user name or password in an address; use client.auth with secret:NAME",
            "Nama pengguna atau sandi tidak boleh ada di alamat; pakai client.auth dengan secret:NAMA.",
        )
        return
    if not _good_host(url):
        yield Problem(
            where,
            "The host must be a name or an address in its usual form",
            "Host harus berupa nama atau alamat IP dalam bentuk biasa.",
        )


def _good_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return bool(host) and (parts.port or 1) > 0 and _usual_form(host)
    except ValueError:
        return False


def _usual_form(host: str) -> bool:
    if ":" in host:
        return True
    if not _NUMERIC_HOST.fullmatch(host):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _literal_secrets(raw: Mapping[str, Any]) -> Iterator[Problem]:
    endpoint, headers = raw.get("endpoint", {}), raw["client"].get("headers", {})
    refused = [f"client.headers.{name}" for name in headers if name.casefold() in REFUSED_HEADERS]
    for where, names in (
        ("client.headers", headers),
        ("endpoint.params", endpoint.get("params", {})),
        ("endpoint.json", _names_within(endpoint.get("json"))),
    ):
        refused += [f"{where}.{name}" for name in names if is_key_name(name)]
    addresses = ("client.base_url", "endpoint.path")
    refused += [where for where in addresses if _has_key(str(_at(raw, where.split(".")) or ""))]
    asked = "client.auth.access_token_url"
    refused += [asked] if _has_key_parameter(str(_at(raw, asked.split(".")) or "")) else []
    yield from map(_secret_problem, dict.fromkeys(refused))


def _names_within(value: Any) -> Iterator[str]:
    """Yield the keys of an object and of all that is nested in it."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            yield from map(str, one)
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def _has_key(address: str) -> bool:
    """Say whether a step or a parameter of an address is named like a key."""
    steps = address.partition("?")[0].strip("/").split("/")
    stepped = any(before.casefold() in KEY_SEGMENTS for before in steps[:-1])
    return stepped or _has_key_parameter(address)


def _has_key_parameter(address: str) -> bool:
    query = address.partition("?")[2].replace("#", "&")
    return any(is_key_name(name) for name, _ in parse_qsl(query, keep_blank_values=True))


def _below_the_base(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Keep the path below the address that was judged: a whole address would be another source."""
    if "://" in str(_at(raw, ("endpoint", "path")) or "").partition("?")[0]:
        yield Problem(
            "endpoint.path",
            "endpoint.path is a path below client.base_url; write another address there",
            "endpoint.path adalah jalur di bawah client.base_url; tulis alamat lain di sana.",
        )


def _secret_problem(where: str) -> Problem:
    return Problem(
        where,
        f"{where} may carry a secret and is refused here; use client.auth with secret:NAME",
        f"{where} dapat memuat rahasia sehingga ditolak; pakai client.auth dengan secret:NAMA.",
    )


def _names(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if raw["dataset"].get("name") == raw["id"]:
        yield Problem(
            "dataset.name",
            "dataset.name must differ from id, which is the name of the harvest source",
            "dataset.name harus berbeda dari id, karena id adalah nama sumber panennya.",
        )


def _jmespaths(raw: Mapping[str, Any]) -> Iterator[Problem]:
    for steps in _PATHS:
        value = _at(raw, steps)
        if value is not None:
            yield from _path_problem(".".join(steps), value)
    if raw["kind"] in TABLE_KINDS or kind_rules.has_headings(raw):
        return
    for name, spec in raw.get("schema", {}).get("fields", {}).items():
        path = spec if isinstance(spec, str) else spec.get("path", name)
        yield from _path_problem(f"schema.fields.{name}", path)


def _path_problem(where: str, expression: str) -> Iterator[Problem]:
    try:
        jmespath.compile(expression)
    except JMESPathError:
        yield Problem(where, f"{where} is no JMESPath", f"{where} bukan JMESPath yang sah.")


def _columns(raw: Mapping[str, Any]) -> Iterator[Problem]:
    schema, dataset = raw.get("schema", {}), raw["dataset"]
    fields = schema.get("fields", {})
    dropped = {name.casefold() for name in schema.get("drop", ())}
    for name, spec in fields.items():
        path = spec if isinstance(spec, str) else spec.get("path", name)
        if {name.casefold(), path.casefold()} & dropped:
            yield Problem(
                f"schema.fields.{name}",
                f"{name} is both declared and dropped; keep one",
                f"{name} dinyatakan sekaligus dibuang; pilih salah satu.",
            )
    named = [(key, dataset[key]) for key in ("period_column", "area_column") if key in dataset]
    named += [("key_columns", column) for column in dataset.get("key_columns", ())]
    for key, column in named:
        if column not in fields:
            yield Problem(
                f"dataset.{key}",
                f"Column {column} is not declared in schema.fields",
                f"Kolom {column} tidak ada di schema.fields.",
            )


def _date_forms(raw: Mapping[str, Any]) -> Iterator[Problem]:
    schema = raw.get("schema", {})
    listed = [("schema.date_formats", form) for form in schema.get("date_formats", ())]
    for name, spec in schema.get("fields", {}).items():
        if isinstance(spec, Mapping) and spec.get("type") in ("date", "timestamp") and "format" in spec:
            listed += [(f"schema.fields.{name}.format", form) for form in spec["format"].split("|")]
    for where, form in listed:
        if not is_date_form(form):
            yield Problem(
                where,
                "This is no date form; use yyyy, MM or MMMM, d, HH, mm, ss, or serial, epoch_s, epoch_ms",
                "Ini bukan bentuk tanggal; pakai yyyy, MM, MMMM, d, HH, mm, ss, serial, epoch_s, epoch_ms.",
            )


def _modes(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if raw["kind"] in PER_RECORD_KINDS:
        return
    mode = raw["dataset"].get("mode", "single")
    if not raw.get("schema", {}).get("fields"):
        yield needed("schema.fields", "it declares the columns", "menyatakan kolomnya")
    if "title" not in raw["dataset"]:
        yield needed("dataset.title", "a source of rows has no title", "sumber baris tidak berjudul")
    if mode == "per_record":
        yield from _per_record_modes(raw)
    else:
        yield from _writes(raw)


def _pushes(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if raw.get("trigger", {}).get("push") and not raw.get("schema", {}).get("fields"):
        yield kind_rules.needed(
            "schema.fields",
            "pushed rows are read by declared columns",
            "baris kiriman dibaca menurut kolomnya",
        )


def _writes(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge how the rows of a table meet those that are there."""
    mode = raw.get("write", {}).get("mode", "replace")
    changes = "incremental" in raw.get("endpoint", {})
    if mode == "replace" and changes and raw["kind"] not in kind_rules.MARKED_KINDS:
        yield Problem(
            "endpoint.incremental",
            "Changes alone cannot replace a table; write.mode must be merge or append",
            "Perubahan saja tidak dapat menggantikan tabel; write.mode harus merge atau append.",
        )
    if mode == "replace" and raw.get("guard", {}).get("rolling"):
        yield Problem(
            "guard.rolling",
            "Rows that leave by design stay only with write.mode merge",
            "Baris yang memang hilang hanya tetap tersimpan dengan write.mode merge.",
        )
    if mode == "append" and not changes:
        yield needed("endpoint.incremental", "append takes changes only", "append hanya menerima perubahan")
    if mode != "replace" and not raw["dataset"].get("key_columns"):
        yield needed("dataset.key_columns", "rows are found by their key", "baris dikenali dari kuncinya")


def _deletions(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge what is stated of a limit that lets more go than the default does."""
    stated = raw.get("guard", {}).get("max_delete", {})
    if "until" in stated and not _is_date(stated["until"]):
        where = "guard.max_delete.until"
        yield Problem(where, f"{where} is no date of the calendar", f"{where} bukan tanggal di kalender.")
    count, share = stated.get("count", 0), stated.get("share", 0)
    if count <= MAX_DELETE_COUNT and share <= MAX_DELETE_SHARE:
        return
    for name in ("reason", "until"):
        if name not in stated:
            yield needed(
                f"guard.max_delete.{name}",
                "more may go for a reason and a time only",
                "batas hanya dapat dilonggarkan dengan alasan dan batas waktu",
            )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _per_record_modes(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if "primary_key" not in raw and raw["kind"] not in KEYS_OF_KIND:
        yield needed("primary_key", "it names a record", "menamai tiap rekaman")
    if raw.get("write", {}).get("mode", "replace") != "replace":
        yield Problem(
            "write.mode",
            "write.mode is for dataset.mode single only",
            "write.mode hanya untuk dataset.mode single.",
        )
    if "name" in raw["dataset"]:
        yield Problem(
            "dataset.name",
            "dataset.name is for dataset.mode single only",
            "dataset.name hanya untuk dataset.mode single.",
        )


def _times(raw: Mapping[str, Any]) -> Iterator[Problem]:
    trigger = raw.get("trigger", {})
    for name in ("every", "full_every"):
        if name in trigger and parse_duration(trigger[name]).total_seconds() < MIN_EVERY_SECONDS:
            where = f"trigger.{name}"
            yield Problem(where, f"{where} must be at least 1m", f"{where} paling pendek 1m.")
    if "at" in trigger and "every" in trigger:
        yield Problem(
            "trigger.at",
            "Give trigger.at (once a day) or trigger.every, not both",
            "Isi trigger.at (sekali sehari) atau trigger.every, jangan keduanya.",
        )
    start, _, until = raw.get("polite", {}).get("quiet_hours", "-").partition("-")
    if start and start == until:
        yield Problem(
            "polite.quiet_hours",
            "Quiet hours that end when they begin would last all day",
            "Jam tenang yang berakhir saat dimulai berarti sepanjang hari.",
        )


_RULES = (
    _address,
    _literal_secrets,
    _below_the_base,
    _names,
    _jmespaths,
    _columns,
    _date_forms,
    _modes,
    _times,
    _deletions,
    _pushes,
    kind_rules.problems,
)
