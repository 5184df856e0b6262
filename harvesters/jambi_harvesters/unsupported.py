"""What the specification of definitions names and this version does not do yet.

Such a value is refused as "belum didukung", never ignored (harvesting.md 5): a steward must not believe in
quiet hours that nobody keeps. Whoever builds an effect takes its line away from here.
"""

from __future__ import annotations

from collections.abc import Mapping

_FORM_OF_FILES = tuple(
    f"schema.dialect.{name}"
    for name in (
        *("encoding", "delimiter", "quote", "sheet", "sheets", "header_rows", "skip_rows", "footer"),
    )
)

_ASKED_ITS_OWN_WAY = (
    *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
    *("endpoint.incremental", "guard.success", *_FORM_OF_FILES),
)

_NO_TABLE = (
    *("primary_key", "schema.fields", "schema.rename", "schema.drop", "schema.contract", "schema.locale"),
    *("schema.missing", "schema.dialect", "dataset.name", "dataset.period_column", "dataset.area_column"),
    "dataset.key_columns",
)
"""A catalogue describes datasets and has no rows."""

NOT_FOR_KIND: Mapping[str, tuple[str, ...]] = {
    "dcat": (
        *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
        *("endpoint.incremental", "guard.success", *_NO_TABLE),
    ),
    "bps_webapi": ("polite.max_bytes", *_ASKED_ITS_OWN_WAY),
    "csv": ("endpoint.data_selector", "endpoint.response_actions", "endpoint.incremental", "guard.success"),
    "gsheet": (
        *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
        *("endpoint.incremental", "guard.success", "schema.dialect.sheet", "schema.dialect.sheets"),
    ),
    "xlsx": ("endpoint.data_selector", "endpoint.response_actions", "endpoint.incremental", "guard.success"),
    "rest_api": _FORM_OF_FILES,
    "jdih": ("endpoint.incremental", *_FORM_OF_FILES),
    "html_table": (
        *(
            "client.paginator.total_path",
            "client.paginator.has_more_path",
            "endpoint.method",
            "endpoint.json",
        ),
        *("endpoint.data_selector", "endpoint.response_actions", "endpoint.incremental", "guard.success"),
        *("schema.dialect.delimiter", "schema.dialect.quote"),
    ),
    "wordpress": (
        "endpoint.incremental.row_order",
        *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
        *("guard.success", *_FORM_OF_FILES),
    ),
    "spse": (
        *("endpoint.method", "endpoint.json", "endpoint.response_actions", "endpoint.incremental"),
        *_FORM_OF_FILES,
    ),
    "arcgis": _ASKED_ITS_OWN_WAY,
    "bmkg": _ASKED_ITS_OWN_WAY,
    "snapshot": (
        *("client.base_url", "client.headers", "client.auth", "client.paginator", "polite", "trigger"),
        *("endpoint.method", "endpoint.json", "endpoint.params", "endpoint.response_actions"),
        *("endpoint.incremental", "guard.content_types", "guard.tls", "guard.internal_target"),
    ),
    "wfs": _ASKED_ITS_OWN_WAY,
    "sql": (
        *("client.headers", "client.auth", "endpoint.params", "guard.content_types", "guard.tls.sha256"),
        *("polite.max_bytes", "endpoint.incremental.row_order"),
        *(key for key in _ASKED_ITS_OWN_WAY if key != "endpoint.incremental"),
    ),
    "datajson": ("endpoint.response_actions", "endpoint.incremental", "guard.success", *_NO_TABLE),
    "ckan": (
        *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
        *("endpoint.incremental", "endpoint.params.start", "endpoint.params.sort", "guard.success"),
        *("schema.date_formats", "schema.timezone", *_NO_TABLE),
    ),
}

VALUES: Mapping[tuple[str, str], str] = {
    ("schema.contract.data_type", "evolve"): (
        "a type is declared, never guessed; declare the wider one (decimal, text)"
    ),
    ("write.to", "file"): "files are not stored by the importer yet",
}
