"""Understand one dataset of a data.json catalogue (POD v1.1 and the dialects of Satu Data Indonesia).

Keys come in other cases and with typing errors, dates in many forms, descriptions with HTML. What is not
understood becomes a warning and stays out; nothing is guessed. Contact points stay out: they name persons.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from jambi_harvesters.bad_values import BadValueError
from jambi_harvesters.canonical import canonical_json
from jambi_harvesters.dates import is_zero_date, parse_day, parse_instant
from jambi_harvesters.errors import InvalidGuidError
from jambi_harvesters.plain_text import has_markup, to_plain
from jambi_harvesters.record import Warning_, clean_guid
from jambi_harvesters.values import Resolvers, clean_text

DATE_FORMS = ("dd-MM-yyyy HH:mm:ss", "dd-MM-yyyy", "d MMMM yyyy")
FUTURE = timedelta(minutes=5)

KEYS = {
    name.casefold(): name
    for name in (
        "@id",
        "@type",
        "accessLevel",
        "accessRights",
        "accessURL",
        "accrualPeriodicity",
        "conformsTo",
        "contactPoint",
        "describedBy",
        "description",
        "distribution",
        "downloadURL",
        "format",
        "identifier",
        "issued",
        "keyword",
        "landingPage",
        "license",
        "mediaType",
        "modified",
        "name",
        "publisher",
        "spatial",
        "temporal",
        "theme",
        "title",
        "definisi",
        "id_mskeg",
        "id_msind",
        "interpretasi",
        "konsep",
        "metode_perhitungan",
        "rumus",
        "satuan",
        "ukuran",
    )
}
ALIASES = {"keywords": "keyword", "notes": "description", "accesslevel": "accessLevel", "url": "accessURL"}
TEXT_FIELDS = {
    "konsep": "konsep",
    "definisi": "definisi",
    "satuan": "satuan",
    "ukuran": "ukuran",
    "id_mskeg": "id_mskeg",
    "id_msind": "id_msind",
    "metode_perhitungan": "metode",
    "rumus": "rumus",
    "interpretasi": "interpretasi",
}
CODED_TEXTS = frozenset({"satuan", "ukuran"})
ACCESS = {
    "public": "terbuka",
    "terbuka": "terbuka",
    "restricted public": "terbatas",
    "restricted": "terbatas",
    "terbatas": "terbatas",
    "non-public": "tertutup",
    "non_public": "tertutup",
    "private": "tertutup",
    "tertutup": "tertutup",
}
LICENCES = (
    ("creativecommons.org/licenses/by/", "cc-by"),
    ("creativecommons.org/publicdomain/zero", "cc-zero"),
    ("opendatacommons.org/licenses/odbl", "odc-odbl"),
)
_NEAR = 0.85


class Entry:
    """One dataset of a catalogue, read once.

    Args:
        now: instant of the run; later claims are dropped.
        resolvers: `frequency(text)` and `vocabulary(name, text)` give a code or None.
    """

    def __init__(self, raw: Mapping[str, Any], now: datetime, zone: str, resolvers: Resolvers) -> None:
        self.warnings: list[Warning_] = []
        self.refused: set[str] = set()
        self._values = self._known(raw)
        self._now = now
        self._zone = zone
        self._resolvers = resolvers

    def guid(self) -> str:
        """Return identifier, else address, else a hash of title and publisher.

        Raises:
            InvalidGuidError: if the identifier is too long, or there is nothing to go by.
        """
        for name in ("identifier", "@id", "landingPage"):
            value = self._values.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                if name != "identifier":
                    self._warn("no_identifier", "identifier", f"{name} taken instead")
                return clean_guid(value)
        title = self._text("title")
        if not title:
            raise InvalidGuidError(length=0)
        self._warn("no_identifier", "identifier", "hash of title and publisher taken instead")
        return f"sha256:{sha256(canonical_json([title, self._publisher()])).hexdigest()}"

    def fields(self) -> dict[str, Any]:
        """Return the dataset fields that the entry states and we understand."""
        found: dict[str, Any] = {
            "title": self._plain("title"),
            "notes": self._plain("description"),
            "tags": self._tags(),
            "url": self._link("landingPage"),
            "frekuensi": self._frequency(),
            "klasifikasi_akses": self._access(),
            "license_id": self._licence(),
            "resources": list(self._resources()),
            **dict(zip(("periode_mulai", "periode_akhir"), self._period(), strict=True)),
            **{ours: self._stated(theirs, ours) for theirs, ours in TEXT_FIELDS.items()},
        }
        if not found["title"]:
            self._warn("missing", "title")
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def modified_at(self) -> datetime | None:
        """Return when the source claims the dataset changed; a claim from the future is dropped."""
        value = self._values.get("modified")
        if value in (None, "") or (isinstance(value, str) and is_zero_date(value)):
            return None
        try:
            moment = parse_instant(value, DATE_FORMS, self._zone)
        except BadValueError:
            self._warn("unknown_date", "modified")
            return None
        if moment > self._now + FUTURE:
            self._warn("future_date", "modified")
            return None
        return moment

    def period_end(self) -> date | None:
        """Return the last day that the source claims to cover."""
        end = self._period()[1]
        return date.fromisoformat(end) if end else None

    def _known(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in raw.items():
            name = known_key(str(key))
            if name is None or (name in found and name != key):
                continue
            if name != key:
                self._warn("misspelt_key", name, f"written {str(key)[:40]}")
            found[name] = value
        return found

    def _warn(self, code: str, field: str, detail: str = "") -> None:
        self.warnings.append(Warning_(code, field, detail))

    def _refuse(self, code: str, field: str) -> None:
        """Warn, and let no default of the definition stand for what the source says and we do not know."""
        self._warn(code, field)
        self.refused.add(field)

    def _text(self, name: str) -> str:
        value = self._values.get(name)
        return clean_text(value) if isinstance(value, str) else ""

    def _plain(self, name: str) -> str | None:
        text = self._text(name)
        if has_markup(text):
            self._warn("html_removed", name)
        return to_plain(text) or None

    def _stated(self, theirs: str, ours: str) -> str | None:
        """Return the text of a field; where it must be a code, the code that the text means."""
        text, codes = self._plain(theirs), self._resolvers.get("vocabulary")
        if text is None or codes is None or ours not in CODED_TEXTS:
            return text
        code = codes(ours, text)
        if code is None:
            self._warn("unknown_code", ours)
        return code

    def _publisher(self) -> str:
        publisher = self._values.get("publisher")
        if isinstance(publisher, Mapping):
            publisher = publisher.get("name")
        return clean_text(publisher) if isinstance(publisher, str) else ""

    def _tags(self) -> list[str]:
        value = self._values.get("keyword")
        if isinstance(value, str):
            value = value.replace(";", ",").split(",")
        if not isinstance(value, list):
            return []
        tags = (to_plain(tag).casefold() for tag in value if isinstance(tag, str))
        return list(dict.fromkeys(tag for tag in tags if tag))

    def _link(self, name: str) -> str | None:
        text = self._text(name)
        return text if text.casefold().startswith(("http://", "https://")) else None

    def _frequency(self) -> str | None:
        text = self._text("accrualPeriodicity")
        if not text:
            return None
        resolver = self._resolvers.get("frequency")
        code = resolver(text) if resolver else None
        if code is None or code == "tidak_diketahui":
            self._warn("unknown_frequency", "frekuensi")
            return None
        return code

    def _access(self) -> str | None:
        text = (self._text("accessRights") or self._text("accessLevel")).casefold()
        if not text:
            return None
        code = ACCESS.get(text.rstrip("/").rsplit("/", 1)[-1])
        if code is None:
            self._refuse("unknown_access", "klasifikasi_akses")
        return code

    def _licence(self) -> str | None:
        text = self._text("license").casefold()
        found = next((code for part, code in LICENCES if part in text), None)
        if text and found is None:
            self._refuse("unknown_licence", "license_id")
        return found

    def _period(self) -> tuple[str | None, str | None]:
        value = self._values.get("temporal")
        if isinstance(value, Mapping):
            parts = [value.get("startDate"), value.get("endDate")]
        elif isinstance(value, str) and value.count("/") == 1:
            parts = list(value.split("/"))
        else:
            return None, None
        start, end = (self._day(part) for part in parts)
        return start, end

    def _day(self, value: object) -> str | None:
        try:
            return parse_day(value, DATE_FORMS, self._zone).isoformat() if value else None
        except BadValueError:
            return None

    def _resources(self) -> Iterator[dict[str, str]]:
        value = self._values.get("distribution")
        listed = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
        for one in listed:
            if isinstance(one, Mapping):
                yield from self._resource(one)

    def _resource(self, raw: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        inner = Entry(raw, self._now, self._zone, {})
        self.warnings.extend(inner.warnings)
        url = inner._link("downloadURL") or inner._link("accessURL")
        if url is None:
            self._warn("no_address", "distribution")
            return
        found = {
            "url": url,
            "name": inner._plain("title") or self._plain("title") or url.rsplit("/", 1)[-1],
            "description": inner._plain("description"),
            "format": inner._text("format").upper() or None,
            "mimetype": inner._text("mediaType") or None,
        }
        yield {name: value for name, value in found.items() if value}


@cache
def known_key(key: str) -> str | None:
    """Return the right spelling of a key, or None for one that we do not know."""
    folded = key.strip().casefold()
    if folded in ALIASES:
        return ALIASES[folded]
    if folded in KEYS:
        return KEYS[folded]
    if len(folded) < 8:
        return None
    near = difflib.get_close_matches(folded, KEYS, n=1, cutoff=_NEAR)
    return KEYS[near[0]] if near else None
