"""Understand one dataset as CKAN's API shows it (`package_search`), whatever its site added to it.

Sites that took datasets from elsewhere keep foreign fields in `extras`, so every name is looked up on both
levels, in our own spelling and in that of Satu Data Indonesia. Contact persons stay out: they are persons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from jambi_harvesters.catalogues import LICENCES, TEXT_FIELDS, Entry
from jambi_harvesters.record import Warning_, clean_guid
from jambi_harvesters.values import Resolvers, clean_text

CODED = {
    "jenis_data": ("jenis_data", "jenis"),
    "urusan": ("urusan", "theme"),
    "tingkat_penyajian": ("tingkat_penyajian", "level_estimasi"),
    "kelas_informasi": ("kelas_informasi",),
    "satuan": ("satuan",),
    "ukuran": ("ukuran",),
}
"""Fields whose value is a code of the vocabulary of the same name, with the names that sources give them."""
CODE_LISTS = {"topik": ("topik", "kategori"), "kode_referensi": ("kode_referensi", "kodereferensi")}
PLAIN = ("kegiatan", "id_sds", "jadwal_rilis", "sumber_sistem", "catatan_mutu", "version")
DESCRIBED = {
    "accrualPeriodicity": ("frekuensi", "accrualPeriodicity", "frequency"),
    "accessRights": ("klasifikasi_akses", "accessRights", "access_rights", "accessLevel"),
    **{theirs: (ours, theirs) for theirs, ours in TEXT_FIELDS.items() if ours not in CODED},
}
SYSTEM_FIELDS = frozenset({
    "title", "name", "notes", "owner_org", "tag_string", "license_id", "cakupan_wilayah",
    "klasifikasi", "periode_mulai", "periode_akhir", "id_dds", "prioritas_tahun", "kontak_jabatan",
    "kontak_surel", "kontak_telepon", "walidata", "walidata_email", "dasar_pengecualian",
    "nomor_uji_konsekuensi", "berlaku_sampai", "kode_daftar_data", "status_pemeriksaan",
    "diperiksa_pada", "metode", "klasifikasi_akses", "frekuensi",
})  # fmt: skip
"""Fields of our own datasets that are read elsewhere, or that no other site decides."""
PERSONAL = frozenset({
    "author", "author_email", "maintainer", "maintainer_email", "contact_name", "contact_email",
    "contact_phone", "contact_uri", "ii_pj_nama", "ii_pj_telepon", "ii_pj_faksimile", "ii_pj_email",
})  # fmt: skip
BOOKKEEPING = frozenset({
    "id", "package_id", "url_type", "revision_id", "revision_timestamp", "resource_group_id",
    "position", "state", "created", "last_modified", "metadata_modified", "cache_last_updated",
    "webstore_last_updated", "datastore_active", "datastore_contains_all_records_of_source_file",
    "on_same_domain", "has_views",
})  # fmt: skip
"""What a site notes of a resource for itself: ids and instants there, which mean nothing here."""
TABLE_FIELDS = frozenset({"kamus_data", "kolom_kunci"})
HARVEST_PREFIX = "harvest_"

_NO_TAG_CHARACTER = re.compile(r"[^\w .\-]")
_MIN_TAG = 2


class Package:
    """One dataset of a CKAN site, read once.

    Args:
        now: instant of the run; later claims are dropped.
        resolvers: `frequency(text)`, `area(text)` and `vocabulary(name, text)` give a code or None;
            `own_site(text)` gives None unless the text is the id or an address of our own portal.
    """

    def __init__(self, raw: Mapping[str, Any], now: datetime, resolvers: Resolvers) -> None:
        self._raw = raw
        self._extras = dict(_extras(raw.get("extras")))
        self._resolvers = resolvers
        self._entry = Entry(self._described(), now, "UTC", resolvers)
        self.warnings = self._entry.warnings
        self.refused = self._entry.refused

    def guid(self) -> str:
        """Return the dataset's id.

        Raises:
            InvalidGuidError: if it has none that can be used.
        """
        value = self._raw.get("id")
        return clean_guid(value if isinstance(value, str) else "")

    @property
    def is_dataset(self) -> bool:
        """Whether this is a public dataset; CKAN keeps its harvest sources in the same list."""
        raw = self._raw
        return (
            raw.get("type") != "harvest" and raw.get("state", "active") == "active" and not raw.get("private")
        )

    @property
    def is_ours(self) -> bool:
        """Whether the site's own harvest brought the dataset from our portal."""
        own_site = self._resolvers.get("own_site")
        stated = [
            value
            for key, value in self._extras.items()
            if key.startswith(HARVEST_PREFIX) or key.endswith("site_id")
        ]
        return own_site is not None and any(value and own_site(value) for value in stated)

    def modified_at(self) -> datetime | None:
        """Return when the site says the dataset changed."""
        return self._entry.modified_at()

    def fields(self) -> dict[str, Any]:
        """Return the dataset fields that the site states and we understand."""
        plain = {name: text for name in PLAIN if (text := self._text(name))}
        found = {
            **self._entry.fields(),
            **plain,
            **dict(self._codes()),
            **dict(self._code_lists()),
            "cakupan_wilayah": list(self._areas()),
            "license_id": self._licence(),
            "tags": list(dict.fromkeys(self._tags())),
            "extras": list(self._kept_extras()),
            "resources": list(self._resources()),
        }
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def _described(self) -> dict[str, Any]:
        """Return the dataset in the words of a catalogue entry, which knows how to read them."""
        described = {name: self._text(*names) for name, names in DESCRIBED.items()}
        period = [self._text("periode_mulai", "temporal_start"), self._text("periode_akhir", "temporal_end")]
        return {
            **{name: value for name, value in described.items() if value},
            "title": self._text("title") or self._text("name"),
            "description": self._text("notes"),
            "landingPage": self._text("url"),
            "modified": self._text("metadata_modified"),
            "temporal": dict(zip(("startDate", "endDate"), period, strict=True)),
        }

    def _text(self, *names: str) -> str:
        """Return the first text that one of these names has, on the top level or in the extras."""
        for name in names:
            for level in (self._raw, self._extras):
                value = level.get(name)
                if isinstance(value, str) and clean_text(value):
                    return clean_text(value)
        return ""

    def _texts(self, *names: str) -> list[str]:
        """Return the list that one of these names has: a list, JSON of one, or texts between commas."""
        text = self._text(*names)
        stated = next((value for name in names if isinstance(value := self._raw.get(name), list)), None)
        listed = _listed(text) if stated is None else stated
        return [clean for one in listed if isinstance(one, str) and (clean := clean_text(one))]

    def _codes(self) -> Iterator[tuple[str, str]]:
        for name, names in CODED.items():
            text = self._text(*names)
            code = self._known(name, "vocabulary", name, text) if text else None
            if code:
                yield name, code

    def _code_lists(self) -> Iterator[tuple[str, list[str]]]:
        for name, names in CODE_LISTS.items():
            codes = [self._known(name, "vocabulary", name, text) for text in self._texts(*names)]
            yield name, list(dict.fromkeys(code for code in codes if code))

    def _areas(self) -> Iterator[str]:
        for text in self._texts("cakupan_wilayah"):
            code = self._known("cakupan_wilayah", "area", text)
            if code:
                yield code

    def _known(self, field: str, resolver: str, *args: str) -> str | None:
        """Ask an alias table; a text that it does not know is a warning."""
        table = self._resolvers.get(resolver)
        code = table(*args) if table else None
        if code is None:
            self.warnings.append(Warning_("unknown_code", field))
        return code

    def _licence(self) -> str | None:
        """Return the licence id; one that we do not know is handed on as it is, never replaced by ours."""
        stated = self._text("license_id")
        url = self._text("license_url").casefold()
        known = {code for _, code in LICENCES}
        found = stated if stated in known else next((code for part, code in LICENCES if part in url), None)
        if stated and found is None:
            self.warnings.append(Warning_("unknown_licence", "license_id"))
        return found or stated or None

    def _tags(self) -> Iterator[str]:
        for tag in _mappings(self._raw.get("tags")):
            name = clean_text(tag["name"]) if isinstance(tag.get("name"), str) else ""
            clean = " ".join(_NO_TAG_CHARACTER.sub("", name).split())
            if clean != name:
                self.warnings.append(Warning_("tag_cleaned", "tags"))
            if len(clean) >= _MIN_TAG:
                yield clean

    def _kept_extras(self) -> Iterator[dict[str, str]]:
        mapped = SYSTEM_FIELDS | PERSONAL | CODED.keys() | CODE_LISTS.keys() | TEXT_FIELDS.keys() | set(PLAIN)
        for key, value in self._extras.items():
            if key not in mapped and not key.startswith(HARVEST_PREFIX):
                yield {"key": key, "value": value}

    def _resources(self) -> Iterator[dict[str, Any]]:
        for raw in _mappings(self._raw.get("resources")):
            url = raw.get("url")
            if not isinstance(url, str) or not url.casefold().startswith(("http://", "https://")):
                self.warnings.append(Warning_("no_address", "resources"))
                continue
            yield dict(_attributes(raw))


def _listed(text: str) -> list[Any]:
    if not text.startswith("["):
        return text.split(",")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _attributes(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in raw.items():
        if name in BOOKKEEPING or name in PERSONAL:
            continue
        kept = str(value) if isinstance(value, Decimal) else value
        if isinstance(kept, str):
            kept = clean_text(kept)
        if kept not in (None, "") and (isinstance(kept, str | int) or name in TABLE_FIELDS):
            yield name, kept


def _extras(raw: Any) -> Iterator[tuple[str, str]]:
    """Yield the extras, which old sites write as one mapping."""
    if isinstance(raw, Mapping):
        raw = [{"key": key, "value": value} for key, value in raw.items()]
    for one in _mappings(raw):
        if isinstance(one.get("key"), str) and isinstance(one.get("value"), str):
            value, clean = one["value"], clean_text(one["value"])
            yield one["key"], value if value.strip() == clean else clean


def _mappings(raw: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in raw if isinstance(one, Mapping)) if isinstance(raw, list) else ()
