"""The fields of a search document: CKAN's Solr schema (`ckan/config/solr/schema.xml`), as data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the values of a field are kept and compared."""

    STRING = "string"
    TEXT = "text"
    DATE = "date"
    INTEGER = "integer"
    NGRAM = "ngram"
    PAYLOAD = "payload"


@dataclass(frozen=True)
class Field:
    """What the schema says of one field."""

    kind: Kind
    stored: bool = True
    multiple: bool = False


_STRING = Field(Kind.STRING)
_STRINGS = Field(Kind.STRING, multiple=True)
_TEXT = Field(Kind.TEXT)
_TEXTS = Field(Kind.TEXT, multiple=True)
_HIDDEN_TEXTS = Field(Kind.TEXT, stored=False, multiple=True)
_HIDDEN_INTEGER = Field(Kind.INTEGER, stored=False)
_DATE = Field(Kind.DATE)
_ANY = Field(Kind.STRING, stored=False)

_NAMED: dict[str, Field] = {
    **dict.fromkeys(
        (
            *("index_id", "id", "site_id", "entity_type", "dataset_type", "state", "name", "revision_id"),
            *("version", "url", "ckan_url", "download_url", "license", "license_id", "organization"),
            *("capacity", "_version_"),
        ),
        _STRING,
    ),
    **dict.fromkeys(("tags", "groups", "res_format", "res_url", "res_type"), _STRINGS),
    "permission_labels": Field(Kind.STRING, stored=False, multiple=True),
    "title_string": Field(Kind.STRING, stored=False),
    **dict.fromkeys(
        ("title", "notes", "author", "author_email", "maintainer", "maintainer_email"),
        _TEXT,
    ),
    **dict.fromkeys(("res_name", "res_description"), _TEXTS),
    **dict.fromkeys(
        (
            *("text", "urls", "depends_on", "dependency_of", "derives_from", "has_derivation"),
            *("links_to", "linked_from", "child_of", "parent_of"),
        ),
        _HIDDEN_TEXTS,
    ),
    **dict.fromkeys(
        ("views_total", "views_recent", "resources_accessed_total", "resources_accessed_recent"),
        _HIDDEN_INTEGER,
    ),
    **dict.fromkeys(("metadata_created", "metadata_modified", "indexed_ts"), _DATE),
    **dict.fromkeys(("title_ngram", "name_ngram"), Field(Kind.NGRAM, stored=False)),
    **dict.fromkeys(("data_dict", "validated_data_dict"), Field(Kind.PAYLOAD)),
}
_BY_PREFIX = {"res_extras_": _TEXTS, "extras_": _TEXT, "vocab_": _STRINGS}

NGRAM_SOURCES = {"title_ngram": "title", "name_ngram": "name"}
HOT_DATES = {"metadata_modified": "modified", "metadata_created": "created"}
PAYLOADS = ("data_dict", "validated_data_dict")
AGEING = frozenset({"jambi_score"})
"""Values that are those of the last write and may be older than the dataset's: a score of freshness
falls day by day and is indexed when evidence changes (F41)."""

# A scope is a distinct combination of these; every filter that CKAN itself adds is on one of them.
SCOPE_SINGLE = ("site_id", "entity_type", "state", "dataset_type", "capacity")
SCOPE_FIELDS = (*SCOPE_SINGLE, "permission_labels")

# Values of these are numbered (`facet_value`) and counted by scope; any other field is counted from the hits.
COUNTED = frozenset(
    {
        *("organization", "groups", "tags", "res_format", "license_id", "dataset_type", "capacity"),
        *("frekuensi", "urusan", "jenis_data", "tingkat_penyajian", "klasifikasi_akses"),
    }
)

# What Solr's copyField rules gather into `text`, by the label that ranks it (weights.py).
TITLE, NAMES, NOTES, REST = "A", "B", "C", "D"
_LABELS = {
    "title": TITLE,
    **dict.fromkeys(("name", "tags", "groups", "organization"), NAMES),
    "notes": NOTES,
    **dict.fromkeys(
        (
            *("text", "urls", "url", "ckan_url", "download_url", "res_url", "license"),
            *("res_name", "res_description", "maintainer", "author"),
        ),
        REST,
    ),
}
HEAD = frozenset({TITLE, NAMES})


def field(name: str) -> Field:
    """Return what the schema says of a field; unknown names are strings that are searched but not shown."""
    if name in _NAMED:
        return _NAMED[name]
    if name.endswith("_date"):
        return _DATE
    return next((found for prefix, found in _BY_PREFIX.items() if name.startswith(prefix)), _ANY)


def is_counted(name: str) -> bool:
    """Return whether the values of a field are numbered and counted."""
    return name in COUNTED or name.startswith("vocab_")


def text_label(name: str) -> str | None:
    """Return the label by which a field takes part in `text`, or None if it does not."""
    if name in _LABELS:
        return _LABELS[name]
    return REST if name.startswith(tuple(_BY_PREFIX)) else None
