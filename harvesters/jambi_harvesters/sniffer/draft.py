"""The definition that sniffing proposes; what only a person knows stays blank."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from jambi_harvesters.definition import Dialect
from jambi_harvesters.definition_rules import PER_RECORD_KINDS, TABLE_KINDS
from jambi_harvesters.headings import column_id
from jambi_harvesters.pasted import BLANK_SECRET, Key
from jambi_harvesters.sniffer.columns import MISSING, ColumnGuess
from jambi_harvesters.sniffer.looking import meaning
from jambi_harvesters.sniffer.sampling import Sample
from jambi_harvesters.sources.base import Connector
from jambi_harvesters.texts import sniff_form

ENCODINGS = {"utf-16-le": "utf-16", "utf-16-be": "utf-16"}
KNOWN_ENCODINGS = frozenset({"utf-8", "utf-16", "cp1252", "latin-1"})
KEY_NAMES = ("id", "kode", "nomor", "no", "uuid", "npsn")
TIMES = ("date", "timestamp")
_DULL = frozenset({"index", "api", "query", "export", "unduh", "data", "get", "list", "0"})
_BLANKS: Mapping[str, Any] = {
    "id": "sumber-baru",
    "organization": "opd",
    "dataset": {"title": "Data", "fields": {"frekuensi": "harian"}},
}


def placed(kind: type[Connector], url: str, key: Key | None, paging: Mapping[str, Any]) -> dict[str, Any]:
    """Return the draft as far as the address tells: kind, place, paging, blanks."""
    place = kind.place(url)
    client, endpoint = dict(place["client"]), dict(place.get("endpoint", {}))
    if "paginator" in paging:
        client["paginator"] = dict(paging["paginator"])
    if key is not None:
        client["auth"] = {"type": "api_key", "name": key.name, "api_key": BLANK_SECRET}
        client["auth"] |= {"location": "query"} if key.location == "query" else {}
    if "data_selector" in paging:
        endpoint["data_selector"] = paging["data_selector"]
    stem = _stem(url)
    dataset: dict[str, Any] = {"fields": {"frekuensi": ""}}
    if kind.kind not in PER_RECORD_KINDS:
        dataset = {"name": _slug(stem), "title": _title(stem), **dataset}
    draft = {"version": 1, "id": "", "kind": kind.kind, "organization": "", "client": client}
    return draft | ({"endpoint": endpoint} if endpoint else {}) | {"dataset": dataset}


def readable(draft: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Return a draft whose blanks are filled, so that the source can be looked at."""
    raw = copy.deepcopy(dict(draft)) | copy.deepcopy(dict(_BLANKS))
    if "auth" in raw["client"]:
        raw["client"]["auth"]["api_key"] = f"secret:{secret}"
    if draft["kind"] in PER_RECORD_KINDS:
        del raw["dataset"]["title"]
    else:
        raw["schema"] = {"fields": {"kolom": {"path": "kolom"}}}
    return raw


def first_of_list(resource: str, field: str) -> list[str]:
    """Stand in for a code list: one value is enough to look at."""
    return ["15.71.01.1001"]


def completed(draft: Mapping[str, Any], columns: Sequence[ColumnGuess], sample: Sample) -> dict[str, Any]:
    """Return the draft with what the sample tells of columns and form."""
    done = copy.deepcopy(dict(draft))
    schema: dict[str, Any] = {}
    if columns:
        schema["fields"] = {one.name: _field(one, done["kind"]) for one in columns}
    locales = {one.locale for one in columns if one.locale}
    if len(locales) == 1:
        schema["locale"] = locales.pop()
    marks = sorted(_marks(sample))
    if marks:
        schema["missing"] = ["", *marks]
    dialect = _dialect(sample)
    if dialect:
        schema["dialect"] = dialect
    if schema:
        done["schema"] = schema
    done["dataset"] |= _named_columns(columns)
    return done


def confidences(
    draft: Mapping[str, Any], kind: float, sample: Sample, columns: Sequence[ColumnGuess]
) -> dict[str, float]:
    """Return how sure each guess is, by the dotted key of the draft."""
    found = {"kind": kind}
    paginator = draft["client"].get("paginator")
    if paginator:
        found["client.paginator"] = 0.5 if paginator["type"] in ("single_page", "auto") else 0.9
    selector = draft.get("endpoint", {}).get("data_selector")
    if selector:
        found["endpoint.data_selector"] = 0.9 if sample.table else 0.5
    if sample.layout:
        found["schema.dialect"] = sample.layout.confidence
    if "key_columns" in _named_columns(columns):
        found["dataset.key_columns"] = 0.7
    return found | {f"schema.fields.{one.name}": one.confidence for one in columns}


def _field(column: ColumnGuess, kind: str) -> dict[str, Any]:
    path = column.label if kind in TABLE_KINDS else column.path
    field: dict[str, Any] = {"path": path, "type": column.type, "label": _label(column.label)}
    return field | ({"format": column.format} if column.format else {}) | {"public": True}


def _named_columns(columns: Sequence[ColumnGuess]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    period = next((one.name for one in columns if one.type in TIMES), None)
    if period:
        named["period_column"] = period
    keys = [one.name for one in columns if one.unique]
    own = next((name for name in keys if name.split("_")[0] in KEY_NAMES), None)
    return named | ({"key_columns": [own]} if own else {})


def _dialect(sample: Sample) -> dict[str, Any]:
    layout, found = sample.layout, dict[str, Any]()
    if layout is None:
        return found
    if layout.skip_rows:
        found["skip_rows"] = layout.skip_rows
    if layout.header_rows > 1:
        found["header_rows"] = layout.header_rows
    if layout.footer:
        found["footer"] = list(layout.footer)
    if len(sample.sheets) > 1:
        found["sheets"] = "stack"
    elif sample.sheet:
        found["sheet"] = sample.sheet
    return found | _text_form(sample.head)


def _text_form(head: bytes) -> dict[str, str]:
    """Return encoding and separator of a text file, frozen from now on (S24)."""
    if meaning(head) != "text":
        return {}
    form = sniff_form(head, Dialect())
    encoding = ENCODINGS.get(form.encoding, form.encoding)
    found = {"delimiter": form.delimiter}
    return found | ({"encoding": encoding} if encoding in KNOWN_ENCODINGS else {})


def _marks(sample: Sample) -> set[str]:
    texts = {value.strip() for values in sample.table.values() for value in values if isinstance(value, str)}
    return {text for text in texts if text and text.casefold() in MISSING}


def _stem(url: str) -> str:
    steps = [unquote(step) for step in urlsplit(url).path.split("/") if step]
    names = [re.sub(r"\.\w{1,5}$", "", step) for step in steps]
    telling = [name for name in names if name.casefold() not in _DULL and re.search(r"[^\W\d_]{3}", name)]
    return telling[-1] if telling else (urlsplit(url).hostname or "data").split(".")[0]


def _slug(stem: str) -> str:
    slug = column_id(stem).replace("_", "-")[:90].strip("-")
    return slug if len(slug) >= 3 else f"data-{slug}".strip("-")


def _title(stem: str) -> str:
    words = re.sub(r"[_\-+.\s]+", " ", stem).split()
    return " ".join(word if word.isupper() else word[:1].upper() + word[1:] for word in words) or "Data"


def _label(heading: str) -> str:
    text = " ".join(re.sub(r"[_.]+", " ", heading).split())
    return text[:1].upper() + text[1:]
