"""Put the engine where CKAN makes its search connection: the one monkeypatch of this extension.

`make_connection` is imported by name into five modules. They are patched when the plugin's module is imported
and stay patched: which engine answers is decided at each call. CKAN's tests unload plugins and
load them again.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import ckan.lib.search
import ckan.lib.search.common
import ckan.lib.search.index
import ckan.lib.search.query

from ckanext.jambi.search import config, session
from ckanext.jambi.search.engine import PostgresConnection

_MODULES = (
    "ckan.lib.search.common",
    "ckan.lib.search",
    "ckan.lib.search.index",
    "ckan.lib.search.query",
    "ckanext.harvest.logic.action.update",
)
_original = ckan.lib.search.common.make_connection
_original_check = ckan.lib.search.check_solr_schema_version
_original_clear = ckan.lib.search.clear


def uses_postgresql() -> bool:
    """Return whether the PostgreSQL engine answers now."""
    return config.engine() == "postgresql"


@functools.wraps(_original)
def make_connection(decode_dates: bool = True) -> Any:
    """Return a connection to the engine that is chosen now."""
    return PostgresConnection(decode_dates) if uses_postgresql() else _original(decode_dates)


@functools.wraps(_original_check)
def check_solr_schema_version(schema_file: str | None = None) -> bool:
    """Ask nobody for a schema where no Solr is used; a file is checked all the same."""
    if uses_postgresql() and schema_file is None:
        return True
    return _original_check(schema_file)


@functools.wraps(_original_clear)
def clear(package_reference: str) -> None:
    """Clear one dataset from the index and commit: the commands that call this never would."""
    _original_clear(package_reference)
    if uses_postgresql():
        session.commit()


def install() -> None:
    """Patch what is imported by now; doing so again does nothing new."""
    for name in _MODULES:
        module = sys.modules.get(name)
        if module is not None:
            vars(module)["make_connection"] = make_connection
    vars(ckan.lib.search)["check_solr_schema_version"] = check_solr_schema_version
    vars(ckan.lib.search)["clear"] = clear
