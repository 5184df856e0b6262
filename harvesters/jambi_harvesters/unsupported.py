"""What the specification of definitions names and this version does not do yet.

Such a key is refused as "belum didukung", never ignored (harvesting.md 5): a steward must not believe in
quiet hours that nobody keeps. Whoever builds an effect takes its line away from here.
"""

from __future__ import annotations

from collections.abc import Mapping

KINDS: tuple[str, ...] = (
    "dcat",
    "wfs",
    "sql",
    "html_table",
    "snapshot",
)

KEYS: Mapping[str, str] = {
    "client.auth.access_token_url": "oauth2 is not built yet",
    "client.auth.client_id": "oauth2 is not built yet",
    "client.auth.client_secret": "oauth2 is not built yet",
    "endpoint.incremental.row_order": "changes are read to their end in any order",
    "polite.quiet_hours": "polling does not know hours yet",
    "polite.probe": "the five-minute health probe is not built yet",
    "guard.grace_days": "tombstones always wait 7 days",
    "trigger.at": "polling at a fixed time of day is not built yet",
    "trigger.adaptive": "polling does not stretch its interval yet",
    "trigger.webhook": "pings are not built yet",
    "trigger.push": "pushes are not built yet",
    "notify": "notices are not built yet",
}

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
    "bps_webapi": ("polite.max_bytes", *_ASKED_ITS_OWN_WAY),
    "csv": ("endpoint.data_selector", "endpoint.response_actions", "endpoint.incremental", "guard.success"),
    "gsheet": (
        *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
        *("endpoint.incremental", "guard.success", "schema.dialect.sheet", "schema.dialect.sheets"),
    ),
    "xlsx": ("endpoint.data_selector", "endpoint.response_actions", "endpoint.incremental", "guard.success"),
    "rest_api": _FORM_OF_FILES,
    "jdih": ("endpoint.incremental", *_FORM_OF_FILES),
    "wordpress": (
        *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
        *("guard.success", *_FORM_OF_FILES),
    ),
    "spse": (
        *("endpoint.method", "endpoint.json", "endpoint.response_actions", "endpoint.incremental"),
        *_FORM_OF_FILES,
    ),
    "arcgis": _ASKED_ITS_OWN_WAY,
    "bmkg": _ASKED_ITS_OWN_WAY,
    "datajson": ("endpoint.response_actions", "endpoint.incremental", "guard.success", *_NO_TABLE),
    "ckan": (
        *("endpoint.method", "endpoint.json", "endpoint.data_selector", "endpoint.response_actions"),
        *("endpoint.incremental", "endpoint.params.start", "endpoint.params.sort", "guard.success"),
        *("schema.date_formats", "schema.timezone", *_NO_TABLE),
    ),
}

VALUES: Mapping[tuple[str, str], str] = {
    ("state", "retired"): "archiving a retired source is not built yet",
    ("client.auth.type", "oauth2_client_credentials"): "oauth2 is not built yet",
    ("schema.contract.data_type", "evolve"): "a stored column cannot change its type yet",
    ("write.to", "file"): "files are not stored by the importer yet",
}
