"""The engines of this process. A child must not share them: no two processes may talk over one connection."""

from __future__ import annotations

from ckan import model
from ckanext.datastore.backend import postgres
from sqlalchemy.engine import Engine


def every() -> list[Engine]:
    """Return CKAN's engine and those of the DataStore, which it names in no public place."""
    return [model.meta.engine, *postgres._engines.values()]
